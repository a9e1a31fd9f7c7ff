"""Stage 1 on whole patches: golden comparison for three processors."""

from __future__ import annotations

from pathlib import Path

import pytest
from stage_comparison import assert_same_artifact

from pystamps.config import RunConfig
from pystamps.pipeline.entry.stage1 import stage1_load_initial

pytestmark = pytest.mark.golden

SUMMED = {"bperp": 1e-3, "mean_incidence": 1e-12}
"""Octave adds single-precision baselines of up to 170 m one after the other, we add in double;
the bound for 3000 terms is 2e-4 relative = 3e-2 m, seen are 3e-4 m. mean_incidence differs by
the order of a double sum only."""

TOLERANCES = {
    "tiny": {"ps1": SUMMED, "la1": {"la": 5e-16}},  # la: arccos, 4 units in the last place
    # the original triangulates where we interpolate bilinearly; on these smooth grids both
    # agree to one unit in the last place of single (baselines of 171 m) and double
    "tiny_doris": {"bp1": {"bperp_mat": 3e-5}, "la1": {"la": 5e-16}},
    "tiny_isce": {},
}
BOOKKEEPING = ("no_ps_info.mat", "psver.mat")


@pytest.mark.parametrize("name", TOLERANCES)
def test_a_patch_equals_the_golden_one(name, tree_before, shared_data):
    root = tree_before(name, 1)
    for patch in ("PATCH_1", "PATCH_2"):
        result = stage1_load_initial(root / patch, RunConfig(dataset=root))
        golden = shared_data / name / "stages" / "stage1" / patch
        expected = {path.name for path in golden.glob("*.mat")} - set(BOOKKEEPING)
        assert set(result.written) == expected
        for file in (*sorted(expected), *BOOKKEEPING):
            d = assert_same_artifact(
                root / patch / file, golden / file, TOLERANCES[name].get(Path(file).stem)
            )
            print(name, patch, file, {k: v for k, v in d.items() if v})
