"""Stage 2 with its arrays on a device: one upload, one download, the results of the CPU."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from gamma_examples import PARAMETERS, made_up_candidates
from golden_tolerances import tolerances
from stage_comparison import assert_same_artifact

from pystamps.config import Compat, KernelSettings, RunConfig
from pystamps.pipeline.entry.stage2 import stage2_estimate_gamma
from pystamps.stages.gamma_iteration import GAMMA_KERNELS
from pystamps.stages.random_reference import RandomReference, random_reference
from pystamps.stages.stage2_gamma import GammaInput, estimate_gamma, trial_wraps
from pystamps_kernels import KernelChoice

CUDA, NATIVE = KernelChoice("cuda"), KernelChoice("native")
THREE = replace(PARAMETERS, gamma_max_iterations=3)


@pytest.fixture(scope="module")
def example() -> GammaInput:
    made_up = made_up_candidates(400, 6)
    ph = made_up.ph.copy()
    ph[7, 2] = 0
    return replace(made_up, ph=ph)


@pytest.fixture(scope="module")
def reference(example: GammaInput) -> RandomReference:
    wraps = float(trial_wraps(example.bperp, PARAMETERS, incidence=example.incidence))
    return random_reference(example.bperp, n_trial_wraps=wraps)


@pytest.mark.parametrize("weighting", ["P-square", "SNR"])
def test_the_device_gives_what_the_host_gives(example, reference, weighting, cuda_arrays):
    parameters = replace(THREE, filter_weighting=weighting)
    there, here = (
        estimate_gamma(example, parameters, reference=reference, choice=choice)
        for choice in (CUDA, NATIVE)
    )
    assert there.i_loop == here.i_loop
    # as for the unit vectors: moduli on a device are good to the last place but one
    allowed = {"k_ps": 1e-7, "c_ps": 5e-5, "coh_ps": 5e-6, "ph_patch": 5e-5, "ph_res": 2e-4}
    for name, absolute in allowed.items():
        found, expected = getattr(there, name), getattr(here, name)
        assert found.dtype == expected.dtype
        np.testing.assert_allclose(found, expected, rtol=0, atol=absolute, err_msg=name)
    np.testing.assert_array_equal(there.grid_ij, here.grid_ij)
    np.testing.assert_array_equal(there.n_opt, here.n_opt)


def test_large_arrays_are_uploaded_and_downloaded_once(example, reference, cuda_stand_in):
    found = estimate_gamma(example, THREE, reference=reference, choice=CUDA)
    assert found.i_loop == 3
    large = found.ph_res.nbytes  # a vector of one double per candidate is smaller
    read, made = (example.ph, example.bperp_mat), (found.ph_weight, found.ph_grid, found.ph_patch)
    assert sorted(size for size in cuda_stand_in.uploads if size >= large) == sorted(
        array.nbytes for array in read
    )
    assert sorted(size for size in cuda_stand_in.downloads if size >= large) == sorted(
        array.nbytes for array in (*made, found.ph_res)
    )


def test_arrays_too_large_for_the_device_stay_on_the_host(example, reference, cuda_stand_in):
    expected = estimate_gamma(example, THREE, reference=reference, choice=CUDA)
    resident = len(cuda_stand_in.downloads)
    cuda_stand_in.cuda.runtime.memGetInfo = lambda: (400_000, 400_000)
    found = estimate_gamma(example, THREE, reference=reference, choice=CUDA)
    assert len(cuda_stand_in.downloads) > 2 * resident
    np.testing.assert_array_equal(found.k_ps, expected.k_ps)


@pytest.mark.parametrize("n", [0, 2, 3])
def test_almost_no_candidates_on_a_device(reference, n, cuda_arrays):
    few = made_up_candidates(n or 1, 6)
    few = GammaInput(
        few.xy[:n], few.ph[:n], few.bperp_mat[:n], few.d_a[:n], 0.6, few.interferograms
    )
    found = estimate_gamma(few, THREE, reference=reference, choice=CUDA)
    expected = estimate_gamma(few, THREE, reference=reference, choice=NATIVE)
    np.testing.assert_allclose(found.coh_ps, expected.coh_ps, rtol=0, atol=5e-6)
    assert isinstance(found.ph_grid, np.ndarray)


@pytest.mark.parametrize("shared", [False, True])
def test_null_candidates_are_left_out_of_cells_when_that_is_asked_for(
    example, reference, shared, cuda_arrays
):
    baselines = np.broadcast_to(example.bperp, example.ph.shape).astype(np.float32)
    given = replace(example, bperp_mat=baselines) if shared else example
    compat = Compat(null_candidate_clears_cell=False)
    there, here = (
        estimate_gamma(given, THREE, compat=compat, reference=reference, choice=choice)
        for choice in (CUDA, NATIVE)
    )
    assert np.isnan(here.k_ps).sum() == 1
    assert not np.isnan(there.ph_weight).any()
    np.testing.assert_allclose(there.k_ps, here.k_ps, rtol=0, atol=1e-7)


@pytest.mark.golden
@pytest.mark.slow
@pytest.mark.parametrize("patch", ["PATCH_1", "PATCH_2"])
def test_stage_2_on_a_device_writes_what_the_original_writes(
    tree_before, shared_data, patch, cuda_arrays
):
    root = tree_before("tiny", 2)
    kernels = KernelSettings("native", dict.fromkeys(GAMMA_KERNELS, "cuda"))
    stage2_estimate_gamma(root / patch, RunConfig(dataset=root, kernels=kernels))
    golden = shared_data / "tiny" / "stages" / "stage2" / patch / "pm1.mat"
    assert_same_artifact(root / patch / "pm1.mat", golden, tolerances("pm1"), ignore={"weighting"})
