"""Export of SNAP (operator StampsExport): big-endian complex float, single master.

Small-baseline trees in this layout are made by other tools and are accepted.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from pystamps.processors.processor import (
    SLANT_RANGE_CONSTANTS,
    SLANT_RANGE_FILES,
    SLANT_RANGE_ORDER,
    Processor,
    imported_on_call,
)

if TYPE_CHECKING:
    from pystamps.processors.export import Export

_HEIGHTS = "geo/elevation_dem.rdc"


def _recognises(folder: Path) -> bool:
    """Tell whether a folder looks like an export of SNAP: the heights have a name of their own."""
    from pystamps.processors.gamma_family import has_gamma_layout

    return has_gamma_layout(folder) and (folder / _HEIGHTS).exists()


def _scan(folder: Path, master: str) -> Export:
    """Look through a SNAP export (StaMPS: ``mt_prep_snap``)."""
    from pystamps.processors.gamma_family import scan_gamma_family

    return scan_gamma_family(
        folder, master, processor="snap", default_format="FCOMPLEX", are_ranges_rough=True
    )


PROCESSOR = Processor(
    name="snap",
    summary="Export of SNAP (rslc, diff0, geo; or SMALL_BASELINES).",
    byte_order=SLANT_RANGE_ORDER,
    constants=SLANT_RANGE_CONSTANTS,
    input_files=SLANT_RANGE_FILES,
    dates_in="pscphase.in",
    has_par_files=True,
    la_is_incidence=True,
    are_ranges_rough=True,
    recognises=_recognises,
    scan=_scan,
    read_constants=imported_on_call("pystamps.processors.constants:constants_of_header"),
    read_acquisitions=imported_on_call(
        "pystamps.processors.slant_range:read_slant_range_acquisitions"
    ),
    read_patch=imported_on_call("pystamps.processors.slant_range:read_slant_range_patch"),
)
