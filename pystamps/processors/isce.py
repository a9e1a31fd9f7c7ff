"""Stack of ISCE: native byte order, ``isce_minrefdem.int`` per date, rasters with XML."""

from __future__ import annotations

from pystamps.processors.processor import (
    DATED_FILES,
    DATED_ORDER,
    InputFile,
    Processor,
    imported_on_call,
)

PROCESSOR = Processor(
    name="isce",
    summary="Stack of ISCE (INSAR_<date>, or its SMALL_BASELINES).",
    byte_order=DATED_ORDER,
    angle="inc",
    angle_file="inc_angle.raw",
    constants=("lambda", "heading"),
    input_files=(
        *DATED_FILES,
        InputFile("inc_angle.raw", "incidence angle; else look_angle.raw", is_needed=False),
        InputFile("look_angle.raw", "look angle; else no angle", is_needed=False),
        InputFile("baselineGRID_????????", "baselines; else bperp.1.in", is_needed=False),
    ),
    dates_in="day.1.in",
    recognises=imported_on_call("pystamps.processors.isce_export:has_isce_files"),
    scan=imported_on_call("pystamps.processors.isce_export:scan_isce"),
    read_constants=imported_on_call("pystamps.processors.constants:constants_of_texts"),
    read_acquisitions=imported_on_call("pystamps.processors.acquisitions:read_acquisitions"),
    read_patch=imported_on_call("pystamps.processors.isce_patch:read_isce_patch"),
)
