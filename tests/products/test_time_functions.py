"""Functions of time: what people may write, and that a simulated motion is found again."""

from __future__ import annotations

import numpy as np
import pytest

from pystamps.dates import datenum
from pystamps.errors import ParameterError
from pystamps.fit_condition import time_function_condition
from pystamps.products.line_fit import fit_lines
from pystamps.products.time_function_fit import fit_design, fit_time_function
from pystamps.products.time_functions import parse_time_functions
from pystamps.rows import Rows

DAY = datenum(20170101) + 18.0 * np.arange(70) + np.random.default_rng(3).integers(-3, 4, 70)
AT = 11
NOISE_MM = 2.0
ONSET = datenum(20180310)
N_PS = 400

MOTIONS = {
    "linear": {"velocity": -7.0},
    "quadratic": {"velocity": -7.0, "acceleration": 4.0},
    "annual": {"annual_sine": 3.0, "annual_cosine": -2.0},
    "linear + seasonal": {
        "velocity": 5.0, "annual_sine": 2.0, "annual_cosine": 1.0,
        "semiannual_sine": -1.0, "semiannual_cosine": 0.5,
    },
    "linear + seasonal + step@2018-03-10": {
        "velocity": -3.0, "annual_sine": 2.0, "annual_cosine": 1.0, "semiannual_sine": 0.0,
        "semiannual_cosine": 0.7, "step_20180310": -12.0,
    },
    "exponential@20180310/60 + linear": {"velocity": 2.0, "exponential_20180310_60d": 20.0},
    "piecewise@2018-03-10": {"velocity": -4.0, "velocity_change_20180310": 9.0},
}  # fmt: skip


def plain_motion(name: str, size: float) -> np.ndarray:
    """Give the motion of one coefficient, written down apart from the code under test."""
    years = (DAY - DAY[AT]) / 365.25
    middle = (DAY.min() + DAY.max()) / 2
    since = np.maximum(DAY - ONSET, 0)
    turn = 2 * np.pi * (DAY - datenum(20000101)) / 365.25
    return (
        size
        * {
            "velocity": years,
            "acceleration": ((DAY - middle) / 365.25) ** 2 / 2,
            "annual_sine": np.sin(turn),
            "annual_cosine": np.cos(turn),
            "semiannual_sine": np.sin(2 * turn),
            "semiannual_cosine": np.cos(2 * turn),
            "step_20180310": 1.0 * (DAY >= ONSET),
            "exponential_20180310_60d": 1 - np.exp(-since / 60),
            "velocity_change_20180310": since / 365.25,
        }[name]
    )


def series_of(motion: dict[str, float], noise_mm: float = NOISE_MM, n_ps: int = N_PS):
    clean = sum(plain_motion(name, size) for name, size in motion.items())
    noisy = clean + noise_mm * np.random.default_rng(5).normal(size=(n_ps, DAY.size))
    return (noisy - noisy[:, [AT]]).astype(np.float32)


@pytest.mark.parametrize("text", MOTIONS)
def test_a_simulated_motion_is_found_within_its_stated_uncertainty(text):
    motion = MOTIONS[text]
    fit = fit_time_function(DAY, series_of(motion), text, reference_column=AT)
    assert set(fit.model.names) == {"constant", *motion}
    for name, truth in motion.items():
        error, std = fit.coefficient(name) - truth, fit.coefficient_std(name)
        scaled = error / std
        assert np.abs(scaled).max() < 5
        assert 0.62 < np.mean(np.abs(scaled) < 1) < 0.74
        assert np.mean(np.abs(scaled) < 2) > 0.92
        assert abs(error.mean()) < 5 * std.mean() / np.sqrt(N_PS)
    np.testing.assert_allclose(fit.rmse.mean(), NOISE_MM, rtol=0.1)


@pytest.mark.parametrize("text", MOTIONS)
def test_without_noise_coefficients_and_predictions_are_exact(text):
    fit = fit_time_function(DAY, series_of(MOTIONS[text], 0.0, 3), text, reference_column=AT)
    for name, truth in MOTIONS[text].items():
        np.testing.assert_allclose(fit.coefficient(name), truth, atol=1e-4)
    np.testing.assert_allclose(
        np.asarray(fit.predict(DAY)), series_of(MOTIONS[text], 0.0, 3), atol=1e-4
    )


def test_seasons_are_amplitude_and_day_of_the_peak():
    peak = 200.0
    turn = 2 * np.pi * (DAY - datenum(20170101) - peak) / 365.25
    series = np.tile(4.0 * (np.cos(turn) - np.cos(turn[AT])), (2, 1))
    wave = fit_time_function(DAY, series, "annual", reference_column=AT).waves["annual"]
    np.testing.assert_allclose(wave.amplitude, 4.0, atol=1e-4)
    np.testing.assert_allclose(wave.peak_day, peak, atol=1.0)
    noisy = fit_time_function(
        DAY, series_of({"annual_cosine": 4.0}), "annual", reference_column=AT
    ).waves["annual"]
    spread = noisy.amplitude.std()
    np.testing.assert_allclose(noisy.amplitude_std.mean(), spread, rtol=0.15)


def test_linear_is_the_mean_velocity_with_the_same_weights():
    noise = np.random.default_rng(2).uniform(20, 60, DAY.size)
    series = series_of(MOTIONS["linear"])
    line = fit_lines(series, DAY, AT, ifg_std_deg=noise)
    fit = fit_time_function(DAY, series, "linear", reference_column=AT, ifg_std_deg=noise)
    np.testing.assert_allclose(fit.coefficient("velocity"), line.velocity, rtol=1e-5)
    np.testing.assert_allclose(fit.coefficient_std("velocity"), line.velocity_std, rtol=1e-5)
    np.testing.assert_allclose(fit.rmse, line.rmse, rtol=1e-5)


def test_noisy_dates_count_less():
    noise = np.where(np.arange(DAY.size) % 2, 10.0, 100.0)
    series = series_of({"velocity": 0.0}) * (noise / 10).astype(np.float32)
    series -= series[:, [AT]]
    weighted = fit_time_function(
        DAY, series, "linear + annual", reference_column=AT, ifg_std_deg=noise
    )
    plain = fit_time_function(DAY, series, "linear + annual", reference_column=AT)
    assert weighted.coefficient("velocity").std() < 0.5 * plain.coefficient("velocity").std()


def test_pixels_that_lack_a_date_are_not_known_and_the_others_are():
    series = series_of(MOTIONS["linear"], n_ps=3)
    series[1, 4] = np.nan
    fit = fit_time_function(DAY, series, "linear + seasonal", reference_column=AT)
    assert np.isnan(fit.coefficients[1]).all() and np.isnan(fit.std[1]).all()
    assert np.isfinite(fit.coefficients[[0, 2]]).all()
    assert np.isnan(fit.waves["annual"].amplitude).tolist() == [False, True, False]


def test_series_are_read_in_blocks_and_never_as_a_whole():
    longest = 0

    def give(rows: slice) -> np.ndarray:
        nonlocal longest
        longest = max(longest, rows.stop - rows.start)
        return np.outer(np.arange(rows.start, rows.stop), (DAY - DAY[AT]) / 365.25)

    n_ps = 100_000
    series = Rows((n_ps, DAY.size), np.float32, give)
    fit = fit_time_function(DAY, series, "linear", reference_column=AT)
    np.testing.assert_allclose(fit.coefficient("velocity"), np.arange(n_ps), rtol=1e-5, atol=1e-5)
    assert 0 < longest <= 2**22 // (4 * DAY.size) + 1


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "'' is none of linear, quadratic"),
        ("linear + sesonal", "'sesonal' is none of linear, quadratic"),
        ("linear + linear", "'linear' stands there twice"),
        ("step", "'step' is none of"),
        ("linear@2018-01-01", "'linear@2018-01-01' is none of"),
        ("step@2018-13-01", "is not a date of the calendar"),
        ("exponential@2018-01-01", "is none of .*exponential@DATE/DAYS"),
        ("exponential@2018-01-01/0", "is none of .*exponential@DATE/DAYS"),
        ("step@2018-01-01/20", "is none of"),
    ],
)
def test_what_is_no_sum_of_functions_is_refused_with_an_example(text, reason):
    with pytest.raises(ParameterError, match=f"{reason}.*for example 'linear . seasonal") as found:
        parse_time_functions(text, DAY, float(DAY[AT]))
    assert "\n" not in str(found.value)


def test_spelling_does_not_matter_and_what_is_meant_twice_is_fitted_once():
    first = parse_time_functions("linear+SEASONAL +step@20180310", DAY, float(DAY[AT]))
    second = parse_time_functions(
        "step@2018-03-10 + seasonal + annual + linear", DAY, float(DAY[AT])
    )
    assert set(first.names) == set(second.names) and len(first.names) == 7
    assert first.names[:2] == ("constant", "velocity")
    quadratic = parse_time_functions("linear + quadratic", DAY, float(DAY[AT]))
    assert quadratic.names == ("constant", "velocity", "acceleration")
    assert "middle of the period" in quadratic.functions[1].meaning


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("linear + step@2010-01-01", "step_20100101: is the same at all dates"),
        ("linear + step@2030-01-01", "step_20300101: is the same at all dates"),
        ("step@2018-03-10 + step@2018-03-11", "cannot be told from the other functions"),
        ("exponential@2018-03-10/900000 + piecewise@2018-03-10", "cannot be told from the other"),
    ],
)
def test_functions_that_the_dates_do_not_tell_are_refused_by_name(text, reason):
    with pytest.raises(ParameterError, match=f"{reason}.*fit fewer or other functions"):
        fit_design(DAY, text, reference_column=AT)


def test_more_unknowns_than_interferograms_are_refused():
    with pytest.raises(ParameterError, match=r"5 interferograms for 6 unknowns \(constant, vel"):
        fit_design(DAY[:6], "linear + seasonal", reference_column=2)


def test_seasons_within_a_few_months_are_warned_about_and_in_weeks_refused():
    years = parse_time_functions("linear + seasonal", DAY, float(DAY[AT]))
    words = {}
    for days in (60.0, 200.0, 1200.0):
        matrix = years.design(DAY[0] + np.linspace(0, days, 30))
        words[days] = time_function_condition(matrix, years.names)
    assert words[60.0].refusal
    assert not words[200.0].refusal and "hardly told" in words[200.0].warnings[0]
    assert not words[1200.0].words


def test_one_interferogram_that_decides_alone_is_refused():
    noise = np.full(DAY.size, 1e4)
    noise[3] = 1e-3
    with pytest.raises(ParameterError, match="one decides alone"):
        fit_design(DAY, "linear", reference_column=AT, ifg_std_deg=noise)
