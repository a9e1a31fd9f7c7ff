"""Stack of GAMMA: as SNAP's, but images may be complex int16 (``image_format: SCOMPLEX``)."""

from __future__ import annotations

from pathlib import Path

from pystamps.processors.constants import constants_of_header
from pystamps.processors.export import Export
from pystamps.processors.gamma_family import find_gamma_family
from pystamps.processors.processor import Processor
from pystamps.processors.slant_range import (
    SLANT_RANGE_CONSTANTS,
    SLANT_RANGE_FILES,
    read_slant_range_acquisitions,
    read_slant_range_patch,
)


def find(folder: Path, master: str) -> Export:
    """Find a GAMMA export (StaMPS: ``mt_prep_gamma``)."""
    return find_gamma_family(folder, master, processor="gamma")


PROCESSOR = Processor(
    name="gamma",
    summary="Stack of GAMMA (as SNAP's; images FCOMPLEX or SCOMPLEX).",
    byte_order=">",
    constants=SLANT_RANGE_CONSTANTS,
    input_files=SLANT_RANGE_FILES,
    dates_in="pscphase.in",
    has_par_files=True,
    find=find,
    read_constants=constants_of_header,
    read_acquisitions=read_slant_range_acquisitions,
    read_patch=read_slant_range_patch,
)
