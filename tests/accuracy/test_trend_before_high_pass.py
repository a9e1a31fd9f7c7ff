"""The straight line of a pixel and the high-pass of stage 8."""

from __future__ import annotations

import logging
from dataclasses import replace

import numpy as np
import pytest
from unwrapped_examples import DAY, MASTER_IX, example_pixels

from pystamps.accuracy.trend_before_high_pass import SeriesMethod, filtered_series
from pystamps.config import Compat
from pystamps.model import AccurateVelocity
from pystamps.parameters import Parameters
from pystamps.products.phase import PhaseParts
from pystamps.products.velocity import displacement_series_mm, mm_per_radian
from pystamps.stages.stage8_filter import ScnInput, filter_correlated_noise

N_PS = 60
PARAMETERS = Parameters(lambda_=0.0555, scn_wavelength=300.0, scn_time_win=200.0)
YEARS = (DAY - DAY[MASTER_IX]) / 365.25
RAD_PER_MM = -1 / mm_per_radian(0.0555)
RNG = np.random.default_rng(4)
VELOCITY = RNG.uniform(-20, 20, N_PS)
PIXELS = example_pixels(N_PS)


def parts_of(phase: np.ndarray) -> PhaseParts:
    zeros = np.zeros((N_PS, DAY.size), np.float32)
    return PhaseParts(PIXELS, phase.astype(np.float32), zeros, np.zeros(N_PS, np.float32))


def velocity_of(plane: np.ndarray | float = 0.0) -> AccurateVelocity:
    one, plane = np.ones(N_PS), np.zeros(N_PS) + plane
    return AccurateVelocity(VELOCITY, one, VELOCITY, one, plane, 0 * one, 0 * one)


def series(phase: np.ndarray, trend: bool, plane: np.ndarray | float = 0.0) -> np.ndarray:
    method = SeriesMethod(trend, Compat())
    return filtered_series(parts_of(phase), velocity_of(plane), PARAMETERS, method).displacement


def relative(displacement: np.ndarray) -> np.ndarray:
    return displacement - displacement.mean(axis=0)


def test_a_steady_motion_is_kept_whole_once_its_line_is_off_before_the_filter():
    truth = relative(VELOCITY[:, None] * YEARS)
    kept = series(RAD_PER_MM * VELOCITY[:, None] * YEARS, trend=False)
    removed = series(RAD_PER_MM * VELOCITY[:, None] * YEARS, trend=True)
    assert np.abs(removed - truth).max() < 0.01
    assert np.abs(kept - truth)[:, [0, -1]].max() > 1  # what the high-pass takes at the ends


def test_with_the_line_kept_the_series_is_that_of_stage_8():
    phase = RAD_PER_MM * VELOCITY[:, None] * YEARS + RNG.normal(0, 1, (N_PS, DAY.size))
    phase[:, MASTER_IX] = 0
    place = PIXELS.xy[:, 1:] - PIXELS.xy[:, 1:].mean(axis=0)
    terms = np.column_stack([np.ones(N_PS), place])
    left = phase - RAD_PER_MM * VELOCITY[:, None] * YEARS
    phase -= terms @ np.linalg.lstsq(terms, left, rcond=None)[0]  # planes beside the lines
    phase = phase.astype(np.float32)
    noise = filter_correlated_noise(ScnInput(PIXELS, phase), PARAMETERS, compat=Compat())
    parts = PhaseParts(
        PIXELS, phase, np.zeros_like(phase), np.zeros(N_PS, np.float32), noise.ph_scn_slave
    )
    stamps = displacement_series_mm(parts, PARAMETERS, value_type="u-dms", wavelength=0.0555)
    assert series(phase, trend=False) == pytest.approx(stamps.displacement_mm, abs=2e-3)


def test_the_plane_of_the_orbit_and_planes_of_single_images_are_not_in_the_series():
    x = PIXELS.xy[:, 1] / 1000
    orbit = 3.0 * (x - x.mean())
    jumps = RNG.normal(0, 2, DAY.size) * (YEARS != 0)
    phase = RAD_PER_MM * ((VELOCITY + orbit)[:, None] * YEARS) + x[:, None] * jumps
    assert np.abs(series(phase, True, orbit) - relative(VELOCITY[:, None] * YEARS)).max() < 0.02


def test_the_reference_image_is_the_origin_and_images_that_are_left_out_are_unknown():
    phase = RNG.normal(0, 1, (N_PS, DAY.size))
    dropped = Parameters(lambda_=0.0555, scn_wavelength=300.0, drop_ifg_index=(1,))
    found = filtered_series(parts_of(phase), velocity_of(), dropped, SeriesMethod(True, Compat()))
    for array in (found.displacement, found.atmosphere):
        assert not array[:, MASTER_IX].any() and np.isnan(array[:, 0]).all()
        assert np.isfinite(array[:, 1:]).all()


def test_a_jump_switches_the_line_off_and_is_told(caplog: pytest.LogCaptureFixture):
    last = np.arange(DAY.size) >= DAY.size - 2
    phase = RAD_PER_MM * 20 * np.sin(PIXELS.xy[:, 1:2] / 300) * last
    slope = phase @ np.linalg.pinv(np.column_stack([np.ones(DAY.size), YEARS]))[1] / RAD_PER_MM
    one = np.ones(N_PS)
    velocity = AccurateVelocity(slope, one, slope, one, 0 * one, 0 * one, 0 * one)
    with caplog.at_level(logging.WARNING):
        removed, kept = (
            filtered_series(parts_of(phase), velocity, PARAMETERS, SeriesMethod(trend, Compat()))
            for trend in (True, False)
        )
    assert "accuracy.scn_trend: remove changes nothing here" in caplog.text
    for array in ("displacement", "atmosphere"):
        assert getattr(removed, array) == pytest.approx(getattr(kept, array), abs=1e-3)


@pytest.mark.parametrize(("lasting", "is_off"), [(0.0, False), (0.85, True)])
def test_atmosphere_that_lasts_from_image_to_image_switches_the_line_off(
    caplog: pytest.LogCaptureFixture, lasting: float, is_off: bool
):
    rng, n_ps, n_image = np.random.default_rng(5), 400, 30
    day = 737000.0 + 12 * np.arange(n_image)
    years = (day - day[MASTER_IX]) / 365.25
    pixels = example_pixels(n_ps, day=day)
    pixels = replace(pixels, bperp=rng.normal(0, 80, n_image).astype(np.float32))
    x, y = pixels.xy[:, 1:].T / 1000
    waves = np.stack([f(k * a) for k in (2, 3, 4) for f in (np.sin, np.cos) for a in (x, y, x + y)])
    size = rng.normal(0, 0.4, (len(waves), n_image))
    for image in range(1, n_image):
        size[:, image] += lasting * size[:, image - 1]
    phase = waves.T @ size + rng.normal(0, 0.3, (n_ps, n_image))
    velocity = 25 * np.sin(x) * np.cos(y)
    phase += RAD_PER_MM * velocity[:, None] * years
    phase -= phase[:, [MASTER_IX]]
    one = np.ones(n_ps)
    parts = PhaseParts(pixels, phase.astype(np.float32), np.zeros_like(phase, np.float32),
                       np.zeros(n_ps, np.float32))  # fmt: skip
    found = AccurateVelocity(velocity, one, velocity, one, 0 * one, 0 * one, 0 * one)
    with caplog.at_level(logging.WARNING):
        filtered_series(parts, found, PARAMETERS, SeriesMethod(True, Compat()))
    assert ("the atmosphere is correlated in time" in caplog.text) == is_off
    assert ("accuracy.scn_trend: remove changes nothing here" in caplog.text) == is_off
