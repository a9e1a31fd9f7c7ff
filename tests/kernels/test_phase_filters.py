"""The filters of stages 2 and 3: published vectors, plain forms, edge cases."""

from __future__ import annotations

import numpy as np
import pytest
from vector_files import load_vector

from pystamps_kernels import KernelChoice
from pystamps_kernels.stage2_clap_filter import stage2_clap_filter
from pystamps_kernels.stage3_cell_filter import CellFilterSettings, stage3_cell_filter
from pystamps_kernels.stage3_cell_filter.reference import filter_window

BACKENDS = [KernelChoice("python"), KernelChoice("native")]
backends = pytest.mark.parametrize("choice", BACKENDS, ids=lambda c: c.backend)


def low_pass(n_win: int):
    b = 1 / (1 + (np.arange(-n_win // 2, n_win // 2) / (50 * n_win) * 800) ** 10)
    return np.fft.fftshift(np.outer(b, b))


def sparse_grid(n_i: int, n_j: int, m: int = 3, *, share: float = 0.3):
    generator = np.random.default_rng(11)
    grid = generator.standard_normal((n_i, n_j, m)) + 1j * generator.standard_normal((n_i, n_j, m))
    grid[generator.random((n_i, n_j)) > share] = 0
    return grid.astype(np.complex64)


@pytest.mark.golden
@backends
@pytest.mark.parametrize(
    ("grid", "alpha", "beta"),
    [("48x40", 1.0, 0.3), ("31x26", 1.0, 0.3), ("48x40", 0.5, 0.1)],
)
def test_the_grid_filter_gives_what_the_original_gives(vectors, choice, grid, alpha, beta):
    case = load_vector(vectors / "s2_clap_filt.json")
    image = case["inputs"][f"grid_{grid}"].astype(np.complex128)[:, :, None]
    found = stage2_clap_filter(
        image, case["inputs"]["low_pass"], alpha=alpha, beta=beta, choice=choice
    )[:, :, 0]
    golden = case["outputs"][f"out_{grid}_alpha{alpha:g}_beta{beta:g}"]
    np.testing.assert_allclose(found, golden, rtol=0, atol=2e-12 * abs(golden).max())


@pytest.mark.golden
def test_the_window_filter_gives_what_the_original_gives(vectors):
    case = load_vector(vectors / "s3_clap_filt_patch.json")
    found = filter_window(
        case["inputs"]["window"].astype(np.complex128), case["inputs"]["low_pass"], 1.0, 0.3
    )
    np.testing.assert_allclose(found, case["outputs"]["out_double"], rtol=0, atol=1e-12)


@pytest.mark.parametrize("n_win", [8, 16, 24, 32, 40])
@pytest.mark.parametrize(("alpha", "beta"), [(1.0, 0.3), (0.0, 1.0), (0.7, 0.3)])
def test_numba_filters_a_grid_as_numpy_does(n_win, alpha, beta):
    grid = sparse_grid(43, 50).astype(np.complex128)
    grid[4, 5] = np.nan
    plain, fast = (
        stage2_clap_filter(grid, low_pass(n_win), alpha=alpha, beta=beta, choice=choice)
        for choice in BACKENDS
    )
    np.testing.assert_allclose(fast, plain, rtol=0, atol=1e-12 * abs(plain).max())


@pytest.mark.parametrize("n_win", [8, 24, 32])
@pytest.mark.parametrize(
    "settings",
    [
        CellFilterSettings(),
        CellFilterSettings(alpha=0.6, beta=0.2),
        CellFilterSettings(reach=1, reach_in_first_only=True),
        CellFilterSettings(reach=2, reach_in_first_only=False),
    ],
)
def test_one_sample_of_the_inverse_equals_the_whole_filtered_window(n_win, settings):
    grid = sparse_grid(41, 36)
    grid[20, 20] = np.nan
    cells = np.array([[0, 0], [40, 35], [20, 20], [17, 3], [3, 30], [21, 20]])
    plain, fast = (
        stage3_cell_filter(grid, cells, low_pass=low_pass(n_win), settings=settings, choice=choice)
        for choice in BACKENDS
    )
    np.testing.assert_allclose(fast, plain, rtol=0, atol=1e-7)


@pytest.mark.parametrize("n_win", [6, 14, 32])
@pytest.mark.parametrize("share", [0.01, 0.3, 1.0])
def test_spectra_taken_over_from_the_window_before_equal_transforms_of_each_window(n_win, share):
    """Gaps between cells, rows longer than a task, repeated cells, windows at the edges."""
    grid = sparse_grid(n_win + 2, 300, 2, share=share)
    random = np.random.default_rng(3)
    cells = np.column_stack([random.integers(0, n_win + 2, 90), random.integers(0, 300, 90)])
    cells[:4] = [0, 0], [n_win + 1, 299], cells[5], [0, 299]
    plain, fast = (
        stage3_cell_filter(
            grid, cells, low_pass=low_pass(n_win), settings=CellFilterSettings(), choice=choice
        )
        for choice in BACKENDS
    )
    np.testing.assert_allclose(fast, plain, rtol=0, atol=1.2e-7 * abs(plain).max())
    np.testing.assert_array_equal(fast == 0, plain == 0)


@backends
def test_the_value_of_the_cell_itself_does_not_matter(choice):
    grid = sparse_grid(34, 34)
    changed = grid.copy()
    changed[12, 13] = 1000
    values = [
        stage3_cell_filter(
            g, np.array([[12, 13]]), low_pass=low_pass(32), settings=CellFilterSettings(),
            choice=choice,
        )
        for g in (grid, changed)
    ]  # fmt: skip
    # Numba takes the cell out of the spectrum: 1e-13, which can turn the last bit of a single
    np.testing.assert_allclose(values[0], values[1], rtol=2.4e-7)


@backends
def test_a_cell_without_neighbours_gives_exactly_zero(choice):
    grid = np.zeros((40, 40, 2), np.complex64)
    grid[7, 8] = 1 + 1j
    found = stage3_cell_filter(
        grid,
        np.array([[7, 8]]),
        low_pass=low_pass(32),
        settings=CellFilterSettings(),
        choice=choice,
    )
    assert (found == 0).all()
    empty = stage2_clap_filter(grid * 0, low_pass(32), alpha=1, beta=0.3, choice=choice)
    assert (empty == 0).all()


def test_the_number_of_threads_does_not_change_the_filters():
    grid = sparse_grid(40, 45)
    cells = np.argwhere(grid[:, :, 0] != 0)
    results = [
        (
            stage2_clap_filter(grid, low_pass(32), alpha=1, beta=0.3, choice=choice),
            stage3_cell_filter(
                grid, cells, low_pass=low_pass(32), settings=CellFilterSettings(), choice=choice
            ),
        )
        for choice in (KernelChoice(threads=1), KernelChoice(threads=2))
    ]
    for one, two in zip(*results, strict=True):
        np.testing.assert_array_equal(one, two)


def test_a_constant_phase_passes_the_filter():
    grid = np.full((48, 48, 1), np.exp(0.4j), np.complex64)
    found = stage2_clap_filter(grid, low_pass(32), alpha=1, beta=0.3)
    np.testing.assert_allclose(np.angle(found[4:-4, 4:-4]), 0.4, atol=1e-3)


def test_grids_smaller_than_the_window_are_refused():
    with pytest.raises(ValueError, match="smaller"):
        stage2_clap_filter(sparse_grid(23, 40), low_pass(32), alpha=1, beta=0.3)
    with pytest.raises(ValueError, match="smaller"):
        stage3_cell_filter(
            sparse_grid(31, 40),
            np.zeros((1, 2), np.int64),
            low_pass=low_pass(32),
            settings=CellFilterSettings(),
        )
