"""Stack of Doris: native byte order, ``slave_res.slc`` and ``cint.minrefdem.raw`` per date."""

from __future__ import annotations

from pystamps.processors.processor import (
    DATED_FILES,
    DATED_ORDER,
    InputFile,
    Processor,
    imported_on_call,
)

PROCESSOR = Processor(
    name="doris",
    summary="Stack of Doris (INSAR_<date>, or its SMALL_BASELINES).",
    byte_order=DATED_ORDER,
    angle_file="look_angle.1.in",
    constants=("lambda", "heading", "slc_osf", "platform"),
    input_files=(
        *DATED_FILES,
        InputFile("slc_osfactor.1.in", "oversampling factor; else 1", is_needed=False),
        InputFile("look_angle.1.in", "look angle on nodes; else no la1", is_needed=False),
        InputFile("bperp_*.1.in", "baselines on nodes; else bperp.1.in", is_needed=False),
    ),
    dates_in="day.1.in",
    recognises=imported_on_call("pystamps.processors.doris_export:has_doris_files"),
    scan=imported_on_call("pystamps.processors.doris_export:scan_doris"),
    read_constants=imported_on_call("pystamps.processors.constants:constants_of_doris"),
    read_acquisitions=imported_on_call("pystamps.processors.acquisitions:read_acquisitions"),
    read_patch=imported_on_call("pystamps.processors.doris_patch:read_doris_patch"),
)
