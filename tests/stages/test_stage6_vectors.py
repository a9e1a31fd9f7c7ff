"""Whole stage 6 against unit vectors of the original (64 to 560 pixels, 8 interferograms)."""

from __future__ import annotations

import numpy as np
import pytest
from stage6_trees import costs_of_tree, tree_of_vector
from vector_files import load_vector

from pystamps.config import RunConfig
from pystamps.io.mat import read_mat
from pystamps.pipeline.entry.stage6 import stage6_unwrap
from pystamps.pipeline.space_time import SCRATCH

pytestmark = pytest.mark.golden

CASES = ["sm_3D", "sm_3D_nola", "sm_3D_noisy", "sm_3D_QUICK", "sm_3D_NO_DEF", "sm_2D"]
CASES += ["patch_phase_sm", "iteration2_sm", "sm_3D_QUICK_scf_noisy"]
CASES += ["sm_3D_QUICK_scf_ramps"]
EXACT = {"uw_grid": ("nzix", "ij", "grid_ij"), "uw_interp": ("Z", "edgs", "rowix", "colix")}
# 2e-6 rad: tolerance of the vectors, which are single precision; magnitudes of cells reach 5.
CLOSE = {"uw_grid": {"ph_in": 2e-6, "ph": 3e-6}, "uw_space_time": {"G": 0.0}}
# The expected differences of noisy arcs reach 3.7e-6 on a processor without AVX.
CLOSE["uw_space_time"] |= {"dph_space_uw": 5e-6, "dph_noise": 5e-6}
# Interpolation between windows on a lattice: diagonals are arbitrary, but both use Qhull.
CLOSE["uw_space_time"] |= {"ifreq_ij": 1e-6, "jfreq_ij": 1e-6, "shaky_ix": 0.0}


def run(vectors, tmp_path, case):
    vector = load_vector(vectors / f"s6_{case}.json")
    root = tree_of_vector(tmp_path / case, vector["inputs"])
    scla = root / "scla_smooth2.mat"
    stage6_unwrap(root, RunConfig(dataset=root), scla=scla if scla.is_file() else None)
    return root, vector["outputs"]


def variable(root, dotted):
    name, field = dotted.split(".")
    path = root / SCRATCH / "space_time.mat" if name == "uw_space_time" else root / f"{name}.mat"
    return read_mat(path)[field]


@pytest.mark.parametrize("case", CASES)
def test_the_whole_stage_equals_the_original(vectors, tmp_path, case):
    root, wanted = run(vectors, tmp_path, case)
    for name, fields in EXACT.items():
        for field in fields:
            np.testing.assert_array_equal(
                variable(root, f"{name}.{field}"), wanted[f"{name}.{field}"]
            )
    for name, fields in CLOSE.items():
        for field, tolerance in fields.items():
            if f"{name}.{field}" in wanted:
                found = variable(root, f"{name}.{field}")
                golden = wanted[f"{name}.{field}"].astype(found.dtype)
                np.testing.assert_allclose(found, golden, rtol=0, atol=tolerance)
    # float32 integration within snaphu
    for name in ("uw_phaseuw", "phuw2"):
        found = variable(root, f"{name}.ph_uw")
        np.testing.assert_allclose(found, wanted[f"{name}.ph_uw"], rtol=0, atol=1e-5)


@pytest.mark.parametrize("case", CASES)
def test_the_integer_costs_equal_those_of_the_original(vectors, tmp_path, case):
    root, wanted = run(vectors, tmp_path, case)
    for k, costs in enumerate(costs_of_tree(root), start=1):
        if f"snaphu.rowcost_{k}" not in wanted:
            assert k > 2  # long vectors list two interferograms
            continue
        golden = wanted[f"snaphu.rowcost_{k}"] + wanted[f"snaphu.colcost_{k}"]
        np.testing.assert_array_equal(costs, golden)
