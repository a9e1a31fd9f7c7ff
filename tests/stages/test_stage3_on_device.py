"""Stage 3 with its arrays on a device: one upload, one download, the results of the CPU."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from gamma_examples import PARAMETERS, made_up_candidates, rated
from golden_tolerances import tolerances
from stage_comparison import assert_same_artifact

from pystamps.config import KernelSettings, RunConfig
from pystamps.pipeline.entry.stage3 import stage3_select_ps
from pystamps.stages.reestimation import REESTIMATION_KERNELS
from pystamps.stages.stage2_gamma import estimate_gamma
from pystamps.stages.stage3_select import RatedCandidates, select_pixels
from pystamps_kernels import KernelChoice

CUDA, NATIVE = KernelChoice("cuda"), KernelChoice("native")

# As for the unit vectors: a filtered phase that rounds to the other single value
ALLOWED = {"ph_patch2": 2e-6, "ph_res2": 2e-4, "k_ps2": 2e-8, "c_ps2": 5e-6, "coh_ps2": 2e-6}


@pytest.fixture(scope="module")
def example() -> RatedCandidates:
    """Selected candidates share cells, and one of them has a null value."""
    candidates = made_up_candidates(350, 6, noise=0.4)
    found = rated(candidates, estimate_gamma(candidates, PARAMETERS, choice=NATIVE))
    pixel = select_pixels(found, PARAMETERS, choice=NATIVE).ix[3]
    ph = found.ph.copy()
    ph[pixel, 2] = 0
    return replace(found, ph=ph)


def assert_close(found, expected):
    np.testing.assert_array_equal(found.ix, expected.ix)
    np.testing.assert_array_equal(found.keep_ix, expected.keep_ix)
    for name, absolute in ALLOWED.items():
        mine, other = getattr(found, name), getattr(expected, name)
        assert isinstance(mine, np.ndarray)
        assert mine.dtype == other.dtype
        np.testing.assert_allclose(mine, other, rtol=0, atol=absolute, err_msg=name)


def test_the_device_selects_what_the_host_selects(example, cuda_arrays):
    there, here = (select_pixels(example, PARAMETERS, choice=c) for c in (CUDA, NATIVE))
    assert np.isnan(here.k_ps2).sum() == 1
    assert_close(there, here)


def test_dropped_interferograms_are_left_out_on_the_device_too(example, cuda_arrays):
    parameters = replace(PARAMETERS, drop_ifg_index=(2,), slc_osf=2.0)
    there, here = (select_pixels(example, parameters, choice=c) for c in (CUDA, NATIVE))
    assert_close(there, here)


def test_large_arrays_are_uploaded_and_downloaded_once(example, cuda_stand_in):
    choice = KernelChoice("native").on_device(REESTIMATION_KERNELS)
    found = select_pixels(example, PARAMETERS, choice=choice)
    searched = np.count_nonzero(np.isfinite(found.k_ps2)) * found.ph_patch2.shape[1]
    large = 4 * searched  # a vector of one double per pixel is smaller
    phasors, baselines = found.ph_patch2.nbytes, searched * example.bperp_mat.itemsize
    grid, low_pass = example.stability.ph_grid.nbytes, example.stability.low_pass.nbytes
    uploads = sorted(size for size in cuda_stand_in.uploads if size >= large)
    assert uploads == sorted([grid, low_pass, phasors, baselines])
    downloads = sorted(size for size in cuda_stand_in.downloads if size >= large)
    assert downloads == sorted([phasors, 4 * searched])
    assert len(cuda_stand_in.downloads) < 10


def test_arrays_too_large_for_the_device_stay_on_the_host(example, cuda_stand_in):
    expected = select_pixels(example, PARAMETERS, choice=CUDA)
    resident = len(cuda_stand_in.launches)
    cuda_stand_in.cuda.runtime.memGetInfo = lambda: (300_000, 300_000)
    found = select_pixels(example, PARAMETERS, choice=CUDA)
    assert len(cuda_stand_in.launches) > 2 * resident, "not in blocks"
    np.testing.assert_array_equal(found.ph_patch2, expected.ph_patch2)
    np.testing.assert_array_equal(found.coh_ps2, expected.coh_ps2)


@pytest.mark.golden
@pytest.mark.slow
def test_the_device_writes_what_the_original_writes(tree_before, shared_data, cuda_arrays):
    root, patch = tree_before("tiny", 3), "PATCH_2"
    kernels = KernelSettings(kernel_backend_overrides=dict.fromkeys(REESTIMATION_KERNELS, "cuda"))
    stage3_select_ps(root / patch, RunConfig(dataset=root, kernels=kernels))
    golden = shared_data / "tiny" / "stages" / "stage3" / patch / "select1.mat"
    allowed = tolerances("select1") | {"coh_thresh": 1e-15}
    assert_same_artifact(root / patch / "select1.mat", golden, allowed)
