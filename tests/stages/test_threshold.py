"""Thresholds on coherence."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from vector_files import load_vector

from pystamps.parameters import Parameters
from pystamps.stages.threshold import (
    DispersionBins,
    RandomLimit,
    coherence_threshold,
    dispersion_bins,
    random_limit,
)

DENSITY = RandomLimit(np.float32(30.0), is_percent=False)


def sequence(seed: int, n: int = 10_400) -> np.ndarray:
    """Generator of the vectors: x = (1103515245 x + 12345) mod 2**31."""
    values, x = np.empty(n), seed
    for k in range(n):
        x = (1103515245 * x + 12345) % 2**31
        values[k] = x / 2**31
    return values


@pytest.fixture(scope="module")
def made_up():
    """Candidates of the threshold vectors: dispersion, coherence, positions."""
    u, v, w, a, b = (sequence(seed) for seed in (301, 302, 303, 304, 305))
    low, high = 0.15 + 0.55 * w**2, 0.45 + 0.54 * np.sqrt(w) * (1 - 0.5 * u)
    coherence = np.round(np.where(v < 0.55, low, high), 5)
    coherence[::977] = 0
    x, y = np.round((a - 0.5) * 4000, 1), np.sort(np.round((b - 0.5) * 6000, 1))
    return np.round(0.05 + 0.35 * u, 5), coherence, np.column_stack([x, y]).astype(np.float32)


def random_histogram() -> np.ndarray:
    """Smooth histogram of random phases with a tail of single counts."""
    return np.round(300_000 * np.exp(-(((np.arange(100) - 30) / 12) ** 2)) / 21)


@pytest.mark.golden
@pytest.mark.parametrize("method", ["density", "percent"])
@pytest.mark.parametrize(("name", "n"), [("all10400", 10_400), ("first3000", 3000)])
def test_the_selection_is_that_of_the_original(vectors, made_up, method, name, n):
    case = load_vector(vectors / f"s3_threshold_{method}.json")
    given = case["inputs"]
    golden = {key.removeprefix(f"{name}."): value for key, value in case["outputs"].items()}
    d_a, coherence, xy = (array[:n] for array in made_up)
    parameters = replace(
        Parameters(),
        select_method=method.upper(),
        density_rand=float(given["density_rand"]),
        percent_rand=float(given["percent_rand"]),
    )
    bins = dispersion_bins(d_a, n)
    limit = random_limit(xy, parameters, bins.n_bin)
    found = coherence_threshold(coherence, given["Nr"].ravel(), bins=bins, limit=limit)
    selected = np.flatnonzero(coherence > found.value) + 1
    assert selected.size == golden["n_selected"]
    assert selected.sum() == golden["sum_of_ix"]
    assert limit.value == golden["max_percent_rand"].item()
    assert limit.value.dtype == golden["max_percent_rand"].dtype
    assert found.value.size == golden["coh_thresh_shape"][0]
    np.testing.assert_allclose(
        found.value[:5], golden["coh_thresh_first5"].ravel(), rtol=0, atol=1e-12
    )
    np.testing.assert_allclose(
        found.coefficients, golden["coh_thresh_coeffs"].ravel(), rtol=0, atol=1e-12
    )


@pytest.mark.parametrize(
    ("n", "n_bin", "last"),
    [(9_999, 1, None), (10_000, 5, 2000), (11_999, 5, 3999), (50_000, 5, 10_000)],
)
def test_bins_hold_the_stated_numbers_of_candidates(n, n_bin, last):
    d_a = np.random.default_rng(0).permutation(np.linspace(0.1, 0.4, n))
    bins = dispersion_bins(d_a, n)
    assert bins.n_bin == n_bin
    if last is not None:
        assert np.count_nonzero(bins.d_a > bins.edges[-2]) == last
        assert np.count_nonzero(bins.d_a <= bins.edges[1]) == (10_000 if n >= 50_000 else 2000)


def test_without_dispersions_there_is_one_bin():
    assert dispersion_bins(None, 20_000).n_bin == 1


def test_a_bin_that_equal_dispersions_leave_empty_is_ignored():
    coherence = np.random.default_rng(1).beta(4, 6, 4000)
    one = DispersionBins(np.full(4000, 0.3), np.array([0.0, 1.0]))
    with_empty = DispersionBins(np.full(4000, 0.3), np.array([0.0, 0.2, 1.0]))
    results = [
        coherence_threshold(coherence, random_histogram(), bins=bins, limit=DENSITY)
        for bins in (one, with_empty)
    ]
    np.testing.assert_array_equal(results[0].value, results[1].value)


def test_a_line_that_falls_with_dispersion_becomes_one_threshold():
    generator = np.random.default_rng(2)
    d_a = np.repeat([0.2, 0.4], 3000)
    coherence = np.concatenate([generator.beta(4, 16, 3000), generator.beta(4, 6, 3000)])
    found = coherence_threshold(
        coherence, random_histogram(), bins=DispersionBins(d_a, np.array([0.0, 0.3, 0.5])),
        limit=DENSITY,
    )  # fmt: skip
    assert found.value.shape == (1,)
    assert found.coefficients.size == 0


def test_too_few_random_pixels_give_the_fixed_threshold(caplog):
    found = coherence_threshold(
        np.repeat([0.2, 0.8], [5, 95]), random_histogram(), bins=dispersion_bins(None, 100),
        limit=DENSITY,
    )  # fmt: skip
    np.testing.assert_array_equal(found.value, [0.3])
    assert "not enough random pixels" in caplog.text


def test_lack_of_random_candidates_is_said_once_for_all_bins(caplog):
    generator = np.random.default_rng(5)
    bins = DispersionBins(np.repeat([0.1, 0.2, 0.3], 100), np.array([0.0, 0.15, 0.25, 0.4]))
    coherence = generator.uniform(0.5, 0.9, 300)
    for as_zero, words in ((True, "distribution becomes zero"), (False, "scaled on coherences")):
        caplog.clear()
        coherence_threshold(
            coherence, random_histogram(), bins=bins, limit=DENSITY, as_zero=as_zero
        )  # fmt: skip
        assert [message.count(words) for message in caplog.messages].count(1) == 1
    caplog.clear()
    coherence_threshold(
        coherence, random_histogram(), bins=bins, limit=DENSITY, with_warning=False
    )  # fmt: skip
    assert not caplog.text


def test_a_bin_of_dispersion_without_low_coherence_is_ignored_as_in_the_original():
    generator = np.random.default_rng(6)
    d_a = np.repeat([0.1, 0.3], 3000)
    stable = generator.uniform(0.5, 0.9, 3000)
    coherence = np.concatenate([stable, generator.beta(4, 6, 3000)])
    bins = DispersionBins(d_a, np.array([0.0, 0.2, 0.4]))
    alone = coherence_threshold(
        coherence[3000:], random_histogram(), limit=DENSITY,
        bins=DispersionBins(d_a[3000:], np.array([0.0, 0.4])),
    )  # fmt: skip
    found, extended = (
        coherence_threshold(
            coherence, random_histogram(), bins=bins, limit=DENSITY, as_zero=as_zero
        )
        for as_zero in (True, False)
    )
    np.testing.assert_array_equal(found.value, alone.value)
    assert not np.array_equal(extended.value, found.value)


def test_nothing_is_below_an_unreachable_limit():
    coherence = np.random.default_rng(3).uniform(0, 1, 5000)
    found = coherence_threshold(
        coherence, np.ones(100), bins=dispersion_bins(None, 5000),
        limit=RandomLimit(np.float64(1e-3), is_percent=True),
    )  # fmt: skip
    np.testing.assert_array_equal(found.value, [1.0])


def test_gaps_in_the_tail_give_a_linear_threshold_between_the_two_bins(caplog):
    random = np.zeros(100)
    random[[5, 60]] = 1000, 20
    coherence = np.full(1020, 0.055)
    found = coherence_threshold(
        coherence, random, bins=dispersion_bins(None, 1020),
        limit=RandomLimit(np.float32(10), is_percent=False),
    )  # fmt: skip
    assert "linear interpolation" in caplog.text
    assert 0.61 <= found.value[0] <= 0.62


def test_nan_coherence_counts_nowhere():
    coherence = np.random.default_rng(4).beta(4, 6, 4000)
    with_nan = np.concatenate([coherence, np.full(50, np.nan), np.zeros(30)])
    first, second = (
        coherence_threshold(
            values, random_histogram(), bins=dispersion_bins(None, values.size), limit=DENSITY
        ).value
        for values in (coherence, with_nan)
    )
    np.testing.assert_array_equal(first, second)


def test_no_candidates_give_a_threshold_and_no_error():
    none = np.zeros(0)
    limit = random_limit(np.zeros((0, 2), np.float32), Parameters(), 1)
    found = coherence_threshold(none, np.zeros(100), bins=dispersion_bins(None, 0), limit=limit)
    assert found.value.shape == (1,)
