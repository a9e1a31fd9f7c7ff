"""Stack of GAMMA: as SNAP's, but images may be complex int16 (``image_format: SCOMPLEX``)."""

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

_GEOMETRY_REMEDY = (
    "export longitude, latitude and heights in radar geometry (float, big-endian, size of the "
    "images)"
)


def _recognises(folder: Path) -> bool:
    """Tell whether a folder looks like a stack of GAMMA."""
    from pystamps.processors.gamma_family import has_gamma_layout

    return has_gamma_layout(folder) and not (folder / "geo" / "elevation_dem.rdc").exists()


def _scan(folder: Path, master: str) -> Export:
    """Look through a GAMMA stack (StaMPS: ``mt_prep_gamma``)."""
    from pystamps.processors.gamma_family import scan_gamma_family

    return scan_gamma_family(folder, master, processor="gamma", geometry_remedy=_GEOMETRY_REMEDY)


PROCESSOR = Processor(
    name="gamma",
    summary="Stack of GAMMA (as SNAP's; images FCOMPLEX or SCOMPLEX).",
    byte_order=SLANT_RANGE_ORDER,
    constants=SLANT_RANGE_CONSTANTS,
    input_files=SLANT_RANGE_FILES,
    dates_in="pscphase.in",
    has_par_files=True,
    la_is_incidence=True,
    recognises=_recognises,
    scan=_scan,
    read_constants=imported_on_call("pystamps.processors.constants:constants_of_header"),
    read_acquisitions=imported_on_call(
        "pystamps.processors.slant_range:read_slant_range_acquisitions"
    ),
    read_patch=imported_on_call("pystamps.processors.slant_range:read_slant_range_patch"),
)
