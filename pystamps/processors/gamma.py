"""Stack of GAMMA: as SNAP's, but images may be complex int16 (``image_format: SCOMPLEX``)."""

from __future__ import annotations

from pathlib import Path

from pystamps.processors.constants import constants_of_header
from pystamps.processors.export import Export
from pystamps.processors.gamma_family import has_gamma_layout, scan_gamma_family
from pystamps.processors.processor import Processor
from pystamps.processors.slant_range import (
    SLANT_RANGE_CONSTANTS,
    SLANT_RANGE_FILES,
    read_slant_range_acquisitions,
    read_slant_range_patch,
)

_GEOMETRY_REMEDY = (
    "export longitude, latitude and heights in radar geometry (float, big-endian, size of the "
    "images)"
)


def _recognises(folder: Path) -> bool:
    """Tell whether a folder looks like a stack of GAMMA."""
    return has_gamma_layout(folder) and not (folder / "geo" / "elevation_dem.rdc").exists()


def _scan(folder: Path, master: str) -> Export:
    """Look through a GAMMA stack (StaMPS: ``mt_prep_gamma``)."""
    return scan_gamma_family(folder, master, processor="gamma", geometry_remedy=_GEOMETRY_REMEDY)


PROCESSOR = Processor(
    name="gamma",
    summary="Stack of GAMMA (as SNAP's; images FCOMPLEX or SCOMPLEX).",
    byte_order=">",
    constants=SLANT_RANGE_CONSTANTS,
    input_files=SLANT_RANGE_FILES,
    dates_in="pscphase.in",
    has_par_files=True,
    recognises=_recognises,
    scan=_scan,
    read_constants=constants_of_header,
    read_acquisitions=read_slant_range_acquisitions,
    read_patch=read_slant_range_patch,
)
