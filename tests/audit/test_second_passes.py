"""What an audit gives the unwrapping of a second pass."""

from __future__ import annotations

from pathlib import Path

import pytest

from pystamps.audit.execution import _options
from pystamps.audit.manifest import read_manifest
from pystamps.io.mat import write_mat

MANIFEST = read_manifest()


@pytest.mark.parametrize(
    ("case", "flag", "names"),
    [
        ("tiny__iteration2", "n", {"scla": "scla_smooth2.mat"}),
        (
            "sb_small__hold_good",
            "y",
            {"scla": "scla_smooth_sb2.mat", "earlier": "phuw_sb2.mat"},
        ),
        ("sb_small__la_error_n", "y", {}),
    ],
)
def test_a_second_pass_gets_the_files_of_the_first_and_no_other_does(
    case: str, flag: str, names: dict[str, str], tmp_path: Path
) -> None:
    write_mat(tmp_path / "parms.mat", {"small_baseline_flag": flag, "insar_processor": "snap"})
    given = _options(MANIFEST.case_named(case), "stage6_unwrap", tmp_path)
    assert given == {option: tmp_path / name for option, name in names.items()}
    assert _options(MANIFEST.case_named(case), "stage7_scla", tmp_path) == {}
