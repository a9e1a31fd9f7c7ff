"""Whole stage 6 against unit vectors of the original (64 to 560 pixels, 8 to 15 interferograms)."""

from __future__ import annotations

import numpy as np
import pytest
from stage6_trees import costs_of_tree, tree_of_vector
from vector_files import load_vector

from pystamps.config import RunConfig
from pystamps.io.mat import read_mat
from pystamps.pipeline.entry import stage6_pairs
from pystamps.pipeline.entry.stage6 import stage6_unwrap
from pystamps.pipeline.space_time import SCRATCH
from pystamps.stages import stage6_curves
from pystamps_kernels.stage6_annealed_series import N_UNIFORM_OF_RUN

pytestmark = pytest.mark.golden

CASES = ["sm_3D", "sm_3D_nola", "sm_3D_noisy", "sm_3D_QUICK", "sm_3D_NO_DEF", "sm_2D"]
CASES += ["patch_phase_sm", "iteration2_sm", "sm_3D_QUICK_scf_noisy"]
CASES += ["sm_3D_QUICK_scf_ramps", "tropo_sm"]
SMALL_BASELINES = ["sb_3D_QUICK", "sb_3D_anneal", "sb_3D_FULL", "sb_2D", "sb_3D_SMALL_DEF_nola"]
SMALL_BASELINES += ["iteration2_sb_holdgood"]
CASES += SMALL_BASELINES
# float32 integration within snaphu; without the filter, phasors of a cell nearly cancel
UNFILTERED = ("sb_3D_anneal", "sb_3D_SMALL_DEF_nola")
SPACE_TIME_ROUNDING = {case: 3e-5 if case in UNFILTERED else 5e-6 for case in CASES}
ROUNDING = {case: 4e-5 if case in UNFILTERED else 1e-5 for case in CASES}
EXACT = {"uw_grid": ("nzix", "ij", "grid_ij"), "uw_interp": ("Z", "edgs", "rowix", "colix")}
# 2e-6 rad: tolerance of the vectors, which are single precision; magnitudes of cells reach 5.
CLOSE = {"uw_grid": {"ph_in": 2e-6, "ph": 3e-6}, "uw_space_time": {"G": 0.0}}
CLOSE["uw_grid"] |= {"ph_lowpass": 3e-6, "ph_uw_predef": 2e-6}
# The expected differences of noisy arcs reach 3.7e-6 on a processor without AVX.
CLOSE["uw_space_time"] |= {"dph_space_uw": 5e-6, "dph_noise": 5e-6}
# Interpolation between windows on a lattice: diagonals are arbitrary, but both use Qhull.
CLOSE["uw_space_time"] |= {"ifreq_ij": 1e-6, "jfreq_ij": 1e-6, "shaky_ix": 0.0}


@pytest.fixture(autouse=True)
def random_numbers_of_the_original(monkeypatch):
    """Those of the annealing come one after the other, arc by arc."""
    state = [20240101]

    def numbers(arcs):
        found = np.empty((len(arcs), 15 * N_UNIFORM_OF_RUN))
        for row in found:
            for k in range(row.size):
                state[0] = 16807 * state[0] % 2147483647
                row[k] = state[0] / 2147483647
        return found

    monkeypatch.setattr(stage6_curves, "uniform_numbers", numbers)


def run(vectors, tmp_path, case, monkeypatch):
    vector = load_vector(vectors / f"s6_{case}.json")
    inputs = vector["inputs"]
    root = tree_of_vector(tmp_path / case, inputs)
    files = {"scla_smooth2": "scla", "scla_smooth_sb2": "scla", "phuw_sb2": "earlier"}
    paths = {root / f"{name}.mat": option for name, option in files.items()}
    second = {option: path for path, option in paths.items() if path.is_file()}
    if "phuw_good2.good_pixels" in inputs:  # which pixels are held was given to the original
        is_good = inputs["phuw_good2.good_pixels"]
        monkeypatch.setattr(stage6_pairs, "closed_pixels", lambda *_: is_good)
    stage6_unwrap(root, RunConfig(dataset=root), **second)
    return root, vector["outputs"]


def variable(root, dotted):
    name, field = dotted.split(".")
    path = root / SCRATCH / "space_time.mat" if name == "uw_space_time" else root / f"{name}.mat"
    return read_mat(path)[field]


@pytest.mark.parametrize("case", CASES)
def test_the_whole_stage_equals_the_original(vectors, tmp_path, case, monkeypatch):
    root, wanted = run(vectors, tmp_path, case, monkeypatch)
    for name, fields in EXACT.items():
        for field in fields:
            np.testing.assert_array_equal(
                variable(root, f"{name}.{field}"), wanted[f"{name}.{field}"]
            )
    for name, fields in CLOSE.items():
        for field, tolerance in fields.items():
            if name == "uw_space_time" and tolerance:
                tolerance = max(tolerance, SPACE_TIME_ROUNDING[case])
            if f"{name}.{field}" in wanted:
                found = variable(root, f"{name}.{field}")
                golden = wanted[f"{name}.{field}"].astype(found.dtype)
                np.testing.assert_allclose(found, golden, rtol=0, atol=tolerance)
    for name in ("uw_phaseuw", "phuw_sb2" if case in SMALL_BASELINES else "phuw2"):
        found = variable(root, f"{name}.ph_uw")
        np.testing.assert_allclose(found, wanted[f"{name}.ph_uw"], rtol=0, atol=ROUNDING[case])


@pytest.mark.parametrize("case", CASES)
def test_the_integer_costs_equal_those_of_the_original(vectors, tmp_path, case, monkeypatch):
    root, wanted = run(vectors, tmp_path, case, monkeypatch)
    for k, costs in enumerate(costs_of_tree(root), start=1):
        if f"snaphu.rowcost_{k}" not in wanted:
            assert k > 2  # long vectors list two interferograms
            continue
        golden = wanted[f"snaphu.rowcost_{k}"] + wanted[f"snaphu.colcost_{k}"]
        np.testing.assert_array_equal(costs, golden)
