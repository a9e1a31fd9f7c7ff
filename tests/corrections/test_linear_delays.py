from __future__ import annotations

import logging

import numpy as np
import pytest
from delay_examples import terrain, train_delays

from pystamps.corrections.linear_delays import linear_delays, without_dem_error
from pystamps.errors import ParameterError
from pystamps.interferograms import Interferograms
from pystamps.rows import Rows
from pystamps.stages.delay_inversion import image_delays

XY, HEIGHT = terrain(800)
EVERY = np.ones(HEIGHT.size, np.bool_)
SLOPES = np.array([3.0, -1.5, 0.0])
"""rad per km."""


def stratified(slopes: np.ndarray = SLOPES) -> np.ndarray:
    return HEIGHT[:, None] / 1000 * slopes + np.arange(slopes.size)


@pytest.mark.parametrize(("key", "without"), [("linear", False), ("linear_left_out", True)])
def test_without_a_plane_the_delays_are_those_of_train(key, without):
    train = train_delays()
    used = ~train["is_left_out"] if without else np.ones(400, np.bool_)
    found = linear_delays(train["phase_rad"], train["height_m"], is_used=used)
    # TRAIN solves in single precision: 9 rad of 400 pixels
    np.testing.assert_allclose(found.delays, train[f"{key}_rad"], rtol=0, atol=2e-5)


def test_sign_and_size_of_the_slope_are_those_that_made_the_phase():
    noise = np.random.default_rng(1).normal(0, 0.5, (HEIGHT.size, 3))
    phase = (stratified() + noise).astype(np.float32)
    found = linear_delays(phase, HEIGHT, is_used=EVERY, plane_xy=XY)
    # 0.5 rad over the root of 800 pixels with heights of 0.3 km
    np.testing.assert_allclose(found.slope, SLOPES, atol=0.25)
    left = phase - np.asarray(found.delays)
    assert (left.std(axis=0) < 0.52).all()
    assert phase[:, 0].std() > 0.8


def test_an_orbital_ramp_over_a_slope_is_not_taken_for_delay():
    ramp = 4e-4 * XY[:, 0]
    phase = stratified() + ramp[:, None]
    tilted = HEIGHT + 0.03 * XY[:, 0]
    phase += (0.03 * XY[:, :1] / 1000) * SLOPES
    with_plane = linear_delays(phase, tilted, is_used=EVERY, plane_xy=XY)
    without = linear_delays(phase, tilted, is_used=EVERY)
    np.testing.assert_allclose(with_plane.slope, SLOPES, atol=1e-6)
    assert (without.slope - SLOPES > 3).all()
    left = phase - np.asarray(with_plane.delays)
    np.testing.assert_allclose(left - left.mean(axis=0), (ramp - ramp.mean())[:, None] + 0 * left)


def test_motion_that_follows_the_terrain_is_taken_for_delay_unless_it_is_left_out():
    top = np.quantile(HEIGHT, 0.8) < HEIGHT
    motion = np.where(top, -6 * (HEIGHT - HEIGHT[top].min()) / np.ptp(HEIGHT[top]), 0.0)
    phase = stratified() + motion[:, None]
    misled = linear_delays(phase, HEIGHT, is_used=EVERY)
    right = linear_delays(phase, HEIGHT, is_used=~top)
    assert (misled.slope - SLOPES < -2).all()
    np.testing.assert_allclose(right.slope, SLOPES, atol=1e-9)
    np.testing.assert_allclose(right.delays, stratified(), atol=1e-9)  # also where the motion is


def test_pixels_without_phase_take_no_part_and_have_no_delay():
    phase = stratified()
    phase[3:90, 1] = np.nan
    found = linear_delays(phase, HEIGHT, is_used=EVERY, plane_xy=XY)
    np.testing.assert_array_equal(np.isnan(found.delays), np.isnan(phase))
    np.testing.assert_allclose(found.slope, SLOPES, atol=1e-9)


def test_delays_of_pairs_close_and_give_those_of_the_images():
    pairs = np.array([[0, 1], [1, 2], [0, 2]])
    stack = Interferograms.small_baselines(
        pairs, day=np.array([1.0, 13.0, 25.0]), bperp=np.zeros(3), reference_ix=0
    )
    of_images = stratified(np.array([0.0, 2.0, -1.0]))
    noise = np.random.default_rng(2).normal(0, 0.3, of_images.shape)
    images = of_images + noise
    phase = images[:, pairs[:, 1]] - images[:, pairs[:, 0]]
    found = linear_delays(phase, HEIGHT, is_used=EVERY)
    closure = found.slope[0] + found.slope[1] - found.slope[2]
    assert abs(closure) < 1e-9
    inverted = image_delays(stack, np.asarray(found.delays), np.arange(3))
    expected = linear_delays(images - images[:, :1], HEIGHT, is_used=EVERY).delays
    np.testing.assert_allclose(inverted, expected, atol=1e-5)


def test_phase_may_lie_in_a_file():
    phase = stratified()
    rows = Rows(phase.shape, phase.dtype, phase.__getitem__)
    found = linear_delays(rows, HEIGHT, is_used=EVERY)
    assert isinstance(found.delays, Rows)
    np.testing.assert_allclose(found.delays, phase, atol=1e-9)


def test_heights_that_tell_nothing_are_refused():
    flat = np.full(HEIGHT.size, 40.0)
    with pytest.raises(ParameterError, match=r"hgt2\.mat.*differ by 0 m"):
        linear_delays(stratified(), flat, is_used=EVERY)
    with pytest.raises(ParameterError, match="beyond a plane"):
        linear_delays(stratified(), 0.01 * XY[:, 0], is_used=EVERY, plane_xy=XY)
    with pytest.raises(ParameterError, match=r"3 pixels with phase and height.*5 or more"):
        linear_delays(stratified(), HEIGHT, is_used=np.arange(800) < 3, plane_xy=XY)


def test_heights_that_are_almost_a_plane_are_warned_of(caplog):
    tilted = HEIGHT + 0.2 * XY[:, 0]
    with caplog.at_level(logging.WARNING):
        linear_delays(stratified(), tilted, is_used=EVERY, plane_xy=XY)
    assert "almost a plane (R = 0.9" in caplog.text


def test_the_part_of_the_baselines_is_taken_off_pixel_by_pixel():
    bperp = np.array([30.0, -60, 20, 0, 100, -15])
    share = np.random.default_rng(3).normal(0, 0.02, HEIGHT.size)
    phase = share[:, None] * bperp
    phase[5, 2] = np.nan
    left = without_dem_error(phase, bperp)
    np.testing.assert_allclose(np.nan_to_num(left), 0, atol=1e-12)
    assert np.isnan(left).sum() == 1
