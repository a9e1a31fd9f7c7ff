"""Export of SNAP (operator StampsExport): big-endian complex float, single master.

Small-baseline trees in this layout are made by other tools and are accepted.
"""

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

_HEIGHTS = "geo/elevation_dem.rdc"


def _recognises(folder: Path) -> bool:
    """Tell whether a folder looks like an export of SNAP: the heights have a name of their own."""
    return has_gamma_layout(folder) and (folder / _HEIGHTS).exists()


def _scan(folder: Path, master: str) -> Export:
    """Look through a SNAP export (StaMPS: ``mt_prep_snap``)."""
    return scan_gamma_family(folder, master, processor="snap", default_format="FCOMPLEX")


PROCESSOR = Processor(
    name="snap",
    summary="Export of SNAP (rslc, diff0, geo; or SMALL_BASELINES).",
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
