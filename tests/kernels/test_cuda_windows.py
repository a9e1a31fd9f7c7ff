"""The window filters of stages 2 and 3 on a device: sizes, medians, memory."""

from __future__ import annotations

import numpy as np
import pytest

from pystamps.kernel_checks.inputs import random_phasors
from pystamps_kernels import KernelChoice
from pystamps_kernels.device import gpu
from pystamps_kernels.device.windows import WindowBlock
from pystamps_kernels.stage2_clap_filter import stage2_clap_filter
from pystamps_kernels.stage3_cell_filter import CellFilterSettings, stage3_cell_filter

CUDA, PYTHON = KernelChoice("cuda"), KernelChoice("python")
SETTINGS = CellFilterSettings(alpha=0.7)


def gain(n_win: int) -> np.ndarray:
    """A gain that is not symmetric, so that exchanged or reversed axes show."""
    return np.random.default_rng(n_win).random((n_win, n_win))


def sparse(shape: tuple[int, int, int], share: float = 0.4) -> np.ndarray:
    random = np.random.default_rng(5)
    return random_phasors(shape, random) * (random.random((*shape[:2], 1)) < share)


def cells_of(grid, n_win, choice, settings=SETTINGS):
    n_i, n_j = grid.shape[:2]
    cells = np.array([[0, 0], [n_i - 1, n_j - 1], [n_i // 2, n_j // 3], [1, n_j - 2]])
    return stage3_cell_filter(grid, cells, low_pass=gain(n_win), settings=settings, choice=choice)


# powers of two, all radices, a large prime, and sizes that need global memory (48 and more)
@pytest.mark.parametrize("n_win", [6, 10, 12, 16, 30, 34, 40, 48, 62])
def test_windows_of_any_even_size_are_filtered_around_cells(n_win, cuda_arrays):
    grid = sparse((n_win + 3, n_win + 6, 2))
    plain, found = (cells_of(grid, n_win, choice) for choice in (PYTHON, CUDA))
    np.testing.assert_allclose(found, plain, rtol=0, atol=1.2e-7 * abs(plain).max())


# double precision shows the arithmetic itself: sums of n_win**2 terms
@pytest.mark.parametrize("n_win", [8, 24, 40, 56])
@pytest.mark.parametrize("alpha", [1.0, 0.0, 0.7])
def test_windows_of_any_multiple_of_eight_are_filtered_in_a_grid(n_win, alpha, cuda_arrays):
    grid = sparse((n_win + 5, n_win + 20, 1)).astype(np.complex128)
    plain, found = (
        stage2_clap_filter(grid, gain(n_win), alpha=alpha, beta=0.3, choice=choice)
        for choice in (PYTHON, CUDA)
    )
    np.testing.assert_allclose(found, plain, rtol=0, atol=1e-12 * abs(plain).max())


def test_the_median_of_tied_moduli_is_found(cuda_arrays):
    """A single value has a flat spectrum: inside, all smoothed moduli are equal but for rounding.

    Rounding decides then on which side of the median a modulus lies, by no more than itself.
    """
    grid = np.zeros((34, 40, 1), np.complex64)
    grid[13, 14] = 1
    plain, found = (cells_of(grid, 32, choice) for choice in (PYTHON, CUDA))
    np.testing.assert_allclose(found, plain, rtol=0, atol=1.2e-7)


def test_most_windows_of_a_spotted_grid_are_empty_and_give_zero(cuda_arrays):
    grid = np.zeros((80, 90, 2), np.complex64)
    grid[70, 80, 1] = 2j
    plain, found = (
        stage2_clap_filter(grid, gain(32), alpha=1.0, beta=0.3, choice=choice)
        for choice in (PYTHON, CUDA)
    )
    np.testing.assert_allclose(found, plain, rtol=0, atol=1.2e-7 * abs(plain).max())
    assert (found[:40] == 0).all()


def test_interferograms_are_filtered_in_blocks_when_memory_is_short(cuda_stand_in):
    grid = sparse((36, 41, 5))
    settings = CellFilterSettings(reach=1)  # in the first interferogram only
    expected = cells_of(grid, 32, CUDA, settings)
    whole = stage2_clap_filter(grid, gain(32), alpha=1.0, beta=0.3, choice=CUDA)
    memory = 2 * 2 * 24 * grid[:, :, 0].nbytes
    cuda_stand_in.cuda.runtime.memGetInfo = lambda: (memory // 8, memory)
    cuda_stand_in.launches.clear()
    np.testing.assert_array_equal(cells_of(grid, 32, CUDA, settings), expected)
    found = stage2_clap_filter(grid, gain(32), alpha=1.0, beta=0.3, choice=CUDA)
    np.testing.assert_array_equal(found, whole)
    assert cuda_stand_in.launches.count("cell_filter") > 1
    assert cuda_stand_in.launches.count("filter_windows") > 1


def test_blocks_take_windows_in_turn_when_there_are_more_than_can_be_started(
    cuda_stand_in, monkeypatch
):
    grid = sparse((36, 41, 3))
    expected = cells_of(grid, 32, CUDA)
    monkeypatch.setattr("pystamps_kernels.device.windows._MOST_BLOCKS", 5)
    np.testing.assert_array_equal(cells_of(grid, 32, CUDA), expected)


def test_no_cells_and_no_interferograms_give_nothing(cuda_arrays):
    grid = sparse((33, 33, 2))
    settings = CellFilterSettings()
    none = np.zeros((0, 2), np.int64)
    found = stage3_cell_filter(grid, none, low_pass=gain(32), settings=settings, choice=CUDA)
    assert found.shape == (0, 2)
    empty = stage2_clap_filter(grid[:, :, :0], gain(32), alpha=1, beta=0.3, choice=CUDA)
    assert empty.shape == (33, 33, 0)


@pytest.mark.parametrize("n", [8, 24, 32, 40, 44, 46, 64, 128])
def test_a_block_asks_for_no_more_than_devices_grant(n):
    block = WindowBlock(n)
    assert block.threads % 32 == 0
    assert block.threads <= 512
    assert block.is_shared == (n <= 40)
    if n == 32:  # six blocks of a hundred-odd threads share the 227 KiB of a multiprocessor
        assert 6 * (block.bytes + 4096) <= 227 * 1024


def test_results_lie_beside_the_grid(cuda_stand_in):
    there = cells_of(cuda_stand_in.asarray(sparse((33, 35, 2))), 32, CUDA)
    assert gpu.is_on_device(there)
