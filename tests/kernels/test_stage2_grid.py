"""Kernels around the filter grid: weighted phase, sums per cell, histogram, random numbers."""

from __future__ import annotations

import numpy as np
import pytest

from pystamps_kernels import KernelChoice
from pystamps_kernels.legacy_uniform import legacy_uniform, legacy_uniform_rows
from pystamps_kernels.stage2_grid_accumulate import stage2_grid_accumulate
from pystamps_kernels.stage2_histogram import stage2_histogram
from pystamps_kernels.stage2_weighted_phase import stage2_weighted_phase

BACKENDS = [KernelChoice("python"), KernelChoice("native")]
backends = pytest.mark.parametrize("choice", BACKENDS, ids=lambda c: c.backend)


def phasors(n: int, m: int, seed: int = 0):
    generator = np.random.default_rng(seed)
    return np.exp(2j * np.pi * generator.random((n, m))).astype(np.complex64)


@backends
def test_each_cell_holds_the_single_precision_sum_in_pixel_order(choice):
    ph = phasors(5000, 3)
    cell = np.random.default_rng(1).integers(0, 30 * 40, 5000)
    plain = np.zeros((30 * 40, 3), np.complex64)
    for p in range(len(cell)):
        plain[cell[p]] += ph[p]
    grid = stage2_grid_accumulate(ph, cell, shape=(30, 40), choice=choice)
    np.testing.assert_array_equal(grid, plain.reshape(30, 40, 3))


@backends
def test_nan_reaches_only_its_own_cell(choice):
    ph = phasors(4, 2)
    ph[2] = np.nan
    grid = stage2_grid_accumulate(ph, np.array([0, 5, 5, 1]), shape=(2, 3), choice=choice)
    assert np.isnan(grid[1, 2]).all()
    assert np.isfinite(grid[0]).all()


@backends
def test_no_pixels_give_an_empty_grid_of_the_wanted_shape(choice):
    none = np.zeros((0, 4), np.complex64)
    grid = stage2_grid_accumulate(none, np.zeros(0, np.int64), shape=(2, 2), choice=choice)
    assert grid.shape == (2, 2, 4)
    assert not grid.any()


def test_a_cell_outside_the_grid_is_refused():
    with pytest.raises(ValueError, match="lie in the grid"):
        stage2_grid_accumulate(phasors(2, 2), np.array([0, 4]), shape=(2, 2))


@pytest.mark.parametrize("bperp_class", [np.float32, np.float64])
def test_numba_weighs_phase_as_numpy_does(bperp_class):
    generator = np.random.default_rng(2)
    ph, bperp = phasors(300, 7), generator.uniform(-300, 300, (300, 7)).astype(bperp_class)
    k_ps, weighting = generator.uniform(-0.02, 0.02, 300), generator.random(300)
    k_ps[5] = np.nan
    plain, fast = (
        stage2_weighted_phase(ph, bperp, k_ps=k_ps, weighting=weighting, choice=choice)
        for choice in BACKENDS
    )
    np.testing.assert_allclose(fast, plain, rtol=0, atol=2e-7)  # last place of single
    assert np.isnan(fast[5]).all()


@backends
def test_a_value_on_an_edge_belongs_to_the_lower_bin(choice):
    values = np.array([0.5, 0.6, 1.5, -9.0, 9.0, np.nan, -np.inf, np.inf])
    counts = stage2_histogram(values, np.array([0.0, 1.0, 2.0]), choice=choice)
    np.testing.assert_array_equal(counts, [3, 2, 2])


@backends
@pytest.mark.parametrize(
    "centres",
    [
        np.arange(0.005, 1, 0.01),
        1e6 + 1e-8 * np.arange(30),  # not uniform: neighbouring numbers are 1e-10 apart
        np.sort(np.random.default_rng(5).normal(size=60)),
        np.arange(40) + np.random.default_rng(6).uniform(-0.1, 0.1, 40),
        np.array([2.0, 2.0, 2.0]),
    ],
    ids=["coherence", "coarse numbers", "random", "nearly uniform", "equal"],
)
def test_values_on_both_sides_of_every_edge_go_to_their_bins(choice, centres):
    edges = centres[:-1] + np.diff(centres) / 2
    values = [edges, np.nextafter(edges, np.inf), np.nextafter(edges, -np.inf), centres]
    values = np.concatenate([*values, np.linspace(centres[0] - 1, centres[-1] + 1, 5000)])
    expected = np.zeros(centres.size)
    for value in values:
        expected[np.count_nonzero(edges < value)] += 1
    np.testing.assert_array_equal(stage2_histogram(values, centres, choice=choice), expected)


@backends
def test_nothing_gives_zero_counts(choice):
    np.testing.assert_array_equal(
        stage2_histogram(np.zeros(0), np.array([0.0, 1.0]), choice=choice), [0, 0]
    )


@pytest.mark.parametrize("seed", [0, 1, 2005, 2**32 - 1])
def test_compiled_random_numbers_equal_exact_integer_arithmetic(seed):
    plain, fast = (legacy_uniform(seed, 2500, choice=choice) for choice in BACKENDS)
    np.testing.assert_array_equal(fast, plain)
    assert 0 < fast.min() < fast.max() < 1


@backends
@pytest.mark.parametrize(("rows", "columns"), [(1, 4), (31, 3), (100, 1), (1300, 3), (0, 2)])
@pytest.mark.parametrize("size", [1, 7, 32, 100, 5000])
def test_rows_of_a_random_matrix_are_those_of_the_matrix_drawn_at_once(choice, rows, columns, size):
    whole = legacy_uniform(2005, rows * columns, choice=choice).reshape(columns, rows)
    parts = list(legacy_uniform_rows(2005, (rows, columns), size=size, choice=choice))
    assert all(part.shape[1] <= size for part in parts)
    np.testing.assert_array_equal(np.concatenate([np.empty((columns, 0)), *parts], axis=1), whole)


def test_seeds_and_counts_out_of_range_are_refused():
    for seed, count in ((-1, 3), (2**32, 3), (5, -1)):
        with pytest.raises(ValueError, match="32 bits"):
            legacy_uniform(seed, count)
    with pytest.raises(ValueError, match="32 bits"):
        next(legacy_uniform_rows(2**32, (3, 3), size=2))
