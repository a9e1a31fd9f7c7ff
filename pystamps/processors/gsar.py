"""Stack of GSAR as ``mt_prep_gsar`` prepares it: little-endian, positions in double precision."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from pystamps.processors.processor import (
    COMMON_FILES,
    DATED_ORDER,
    SLANT_RANGE_CONSTANTS,
    InputFile,
    Processor,
    imported_on_call,
)

if TYPE_CHECKING:
    from pystamps.processors.export import Export


def _is_recognised(_: Path) -> bool:
    """Tell that no folder is taken for an export of GSAR: only prepared data sets are read."""
    return False


def _scan(folder: Path, _: str) -> Export:
    """Say that an export is not prepared here."""
    from pystamps.processors.export import Export
    from pystamps.processors.export_codes import PREPARED_ELSEWHERE

    return Export("gsar", folder, findings=(PREPARED_ELSEWHERE.at(folder, "an export of GSAR"),))


PROCESSOR = Processor(
    name="gsar",
    summary="Stack of GSAR, prepared with mt_prep_gsar of StaMPS.",
    byte_order=DATED_ORDER,
    constants=SLANT_RANGE_CONSTANTS,
    input_files=(
        *COMMON_FILES,
        InputFile("pscphase.in", "paths of the interferograms; each has a description, PATH.xml"),
    ),
    dates_in="pscphase.in",
    candidate_files=("ij", "lon", "lat", "inc", "ph"),
    has_double_candidates=True,
    la_is_incidence=True,
    recognises=_is_recognised,
    scan=_scan,
    read_constants=imported_on_call("pystamps.processors.gsar_patch:constants_of_descriptions"),
    read_acquisitions=imported_on_call("pystamps.processors.gsar_patch:read_gsar_acquisitions"),
    read_patch=imported_on_call("pystamps.processors.gsar_patch:read_gsar_patch"),
)
