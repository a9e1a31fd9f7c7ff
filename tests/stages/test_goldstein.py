"""Goldstein filter and local fringe frequency."""

from __future__ import annotations

import numpy as np
import pytest
from vector_files import load_vector

from pystamps.errors import ParameterError
from pystamps.stages.goldstein import (
    WindowFilter,
    fringe_frequency,
    window_starts,
    wrap_filter,
    wrap_filter_both,
)


def ramp(shape, row_rate, column_rate):
    i, j = np.indices(shape)
    return np.exp(1j * (row_rate * i + column_rate * j)).astype(np.complex64)


@pytest.mark.golden
@pytest.mark.parametrize("case", ["64x48", "45x29_shift"])
def test_the_filter_equals_the_original(vectors, case):
    vector = load_vector(vectors / f"s6_wrap_filt_{case}.json")
    inputs, outputs = vector["inputs"], vector["outputs"]
    settings = WindowFilter.of(int(inputs["n_win"].item()), float(inputs["alpha"].item()))
    filtered, smooth = wrap_filter_both(inputs["ph"], settings)
    # tolerance of the vector: single precision results
    np.testing.assert_allclose(filtered, outputs["ph_out"], rtol=0, atol=2e-6)
    np.testing.assert_allclose(smooth, outputs["ph_out_low"], rtol=0, atol=2e-6)
    assert filtered.dtype == smooth.dtype == np.complex64


@pytest.mark.golden
def test_fringe_frequencies_equal_the_original(vectors):
    vector = load_vector(vectors / "s6_gradient_filt_40x36.json")
    inputs, outputs = vector["inputs"], vector["outputs"]
    found = fringe_frequency(inputs["ph"], int(inputs["n_win"].item()))
    for name, golden in (("ifreq", "ifreq"), ("jfreq", "jfreq"), ("peak", "Hmag")):
        expected = outputs[golden].ravel(order="F")
        np.testing.assert_allclose(getattr(found, name), expected, rtol=0, atol=1e-6)
    np.testing.assert_allclose(found.centre + 1, outputs["ij"], rtol=0, atol=1e-12)


def test_the_magnitude_stays_and_empty_cells_stay_empty():
    rng = np.random.default_rng(4)
    ph = (rng.normal(size=(20, 26)) + 1j * rng.normal(size=(20, 26))).astype(np.complex64)
    ph[rng.random(ph.shape) < 0.4] = 0
    filtered = wrap_filter(ph, WindowFilter.of(8, 0.8))
    np.testing.assert_allclose(np.abs(filtered), np.abs(ph), rtol=1e-6)


def test_noise_goes_down_and_a_fringe_stays():
    rng = np.random.default_rng(5)
    clean = ramp((40, 48), 0.15, -0.2)
    noisy = (clean * np.exp(1j * rng.normal(0, 0.7, clean.shape))).astype(np.complex64)
    filtered = wrap_filter(noisy, WindowFilter.of(16, 0.8))
    error = np.angle(filtered * clean.conj())
    assert error.std() < 0.25
    assert abs(error.mean()) < 0.05


def test_an_exponent_of_zero_changes_nothing():
    rng = np.random.default_rng(6)
    ph = np.exp(1j * rng.uniform(-3, 3, (24, 30))).astype(np.complex64)
    np.testing.assert_allclose(wrap_filter(ph, WindowFilter.of(8, 0.0)), ph, atol=1e-6)


def test_missing_cells_count_as_empty():
    ph = ramp((16, 16), 0.1, 0.1)
    holes, empty = ph.copy(), ph.copy()
    holes[3, 4], empty[3, 4] = np.nan, 0
    settings = WindowFilter.of(8, 0.8)
    np.testing.assert_array_equal(wrap_filter(holes, settings), wrap_filter(empty, settings))


def test_windows_cover_the_grid_and_the_last_ones_are_moved_back_inside():
    assert window_starts(16, 8) == [(0, 0), (4, 0), (8, 0)]
    assert window_starts(17, 8) == [(0, 0), (4, 0), (8, 0), (9, 3)]
    assert window_starts(8, 8) == [(0, 0)]


def test_an_odd_window_is_refused():
    with pytest.raises(ParameterError, match="unwrap_gold_n_win: 7"):
        WindowFilter.of(7, 0.8)


def test_a_grid_smaller_than_the_window_is_refused():
    with pytest.raises(ParameterError, match=r"\(6, 20\)"):
        wrap_filter(ramp((6, 20), 0, 0), WindowFilter.of(8, 0.8))


@pytest.mark.parametrize(("reversed_sign", "expected"), [(True, -np.pi / 4), (False, np.pi / 4)])
def test_the_sign_along_columns_is_that_of_the_original_unless_corrected(reversed_sign, expected):
    found = fringe_frequency(
        ramp((32, 32), np.pi / 4, np.pi / 4), 16, column_sign_reversed=reversed_sign
    )
    np.testing.assert_allclose(found.ifreq, np.pi / 4)
    np.testing.assert_allclose(found.jfreq, expected)


def test_windows_with_fewer_than_six_cells_have_no_fringe():
    ph = np.zeros((16, 16), dtype=np.complex64)
    ph[0, :5] = 1
    assert np.isnan(fringe_frequency(ph, 8).ifreq).all()
