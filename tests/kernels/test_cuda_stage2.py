"""CUDA kernels of stage 2: the same bits as the CPU's, in one block or in many."""

from __future__ import annotations

import numpy as np
import pytest

from pystamps.kernel_checks.inputs import run_kernel, typical
from pystamps.kernel_checks.ties import tied_rows
from pystamps_kernels import KernelChoice

CUDA, NATIVE = KernelChoice("cuda"), KernelChoice("native")


def assert_same_bits(kernel: str, arguments: dict) -> None:
    tied = tied_rows(kernel, arguments)
    for found, expected in zip(
        run_kernel(kernel, arguments, CUDA), run_kernel(kernel, arguments, NATIVE), strict=True
    ):
        some = ~tied if tied.any() else slice(None)
        np.testing.assert_array_equal(found[some], expected[some])


@pytest.mark.parametrize("wraps", [0.0, 1.37, 1.5, 3.3])  # 0, 11, 12, 27 trials a side
@pytest.mark.parametrize("kernel", ["stage2_topofit", "stage2_topofit_row_invariant"])
def test_the_search_gives_the_bits_of_the_cpu(kernel, wraps, cuda_arrays):
    arguments = typical(kernel, 300, 17, seed=5) | {"n_trial_wraps": wraps}
    for phase_class in (np.complex64, np.complex128):
        for bperp_class in (np.float32, np.float64):
            assert_same_bits(
                kernel,
                arguments
                | {"phase": arguments["phase"].astype(phase_class)}
                | {"bperp": arguments["bperp"].astype(bperp_class)},
            )


@pytest.mark.parametrize("bperp_class", [np.float32, np.float64])
def test_the_coherence_of_random_phase_has_the_bits_of_the_cpu(bperp_class, cuda_arrays):
    arguments = typical("stage2_topofit_coh_row_invariant", 300, 17, seed=6)
    arguments["bperp"] = arguments["bperp"].astype(bperp_class)
    assert_same_bits("stage2_topofit_coh_row_invariant", arguments)


@pytest.mark.parametrize(
    "kernel",
    ["stage2_topofit", "stage2_topofit_coh_row_invariant", "stage2_grid_accumulate",
     "stage2_histogram"],
)  # fmt: skip
def test_many_blocks_give_what_one_gives(kernel, cuda_stand_in):
    arguments = typical(kernel, 500, 9, seed=7)
    whole = run_kernel(kernel, arguments, CUDA)
    before = len(cuda_stand_in.uploads)
    cuda_stand_in.cuda.runtime.memGetInfo = lambda: (20_000, 20_000)
    for found, expected in zip(run_kernel(kernel, arguments, CUDA), whole, strict=True):
        np.testing.assert_array_equal(found, expected)
    assert len(cuda_stand_in.uploads) > 2 * before
