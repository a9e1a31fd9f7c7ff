"""Velocity and look-angle error in bands: better than least squares, honest, harmless."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from accuracy_stacks import moving_stack, still_stack, without_plane

from pystamps.accuracy import phase_bands
from pystamps.accuracy.band_estimate import estimate_in_bands


def rms(values):
    return float(np.sqrt(np.mean(np.square(values))))


@pytest.fixture(scope="module")
def estimates():
    """Three stacks that move, with their estimates."""
    stacks = [moving_stack(seed) for seed in range(3)]
    return [(stack, estimate_in_bands(stack.bands)) for stack in stacks]


def planes(found):
    return found.place @ found.slopes


def errors(stack, found):
    """Give errors of velocity and look-angle error, means removed, and their deviations."""
    truth = np.column_stack([stack.velocity, stack.k_ps])
    left = found.values + planes(found) - truth
    variance = found.covariance[:, [0, 1], [0, 1]] + found.place**2 @ found.slopes_error
    return left - left.mean(axis=0), np.sqrt(variance)


def test_velocity_and_height_are_better_than_by_least_squares(estimates):
    for stack, found in estimates:
        truth = np.column_stack([stack.velocity, stack.k_ps])
        drawn = without_plane(stack.xy, found.values - truth)
        plain = without_plane(stack.xy, found.unshrunk - truth)
        assert rms(drawn[:, 0]) < 0.8 * rms(plain[:, 0])
        assert rms(drawn[:, 1]) < 0.8 * rms(plain[:, 1])


def test_the_stated_deviation_covers_the_truth_as_often_as_it_says(estimates):
    shares = []
    for stack, found in estimates:
        left, deviation = errors(stack, found)
        shares.append([(np.abs(left) < k * deviation).mean(axis=0) for k in (1, 2)])
    once, twice = np.mean(shares, axis=0)
    # of three scenes: the plane and the long waves of a scene are one draw each
    assert np.all((once > 0.5) & (once < 0.85)), once
    assert np.all(twice > 0.85), twice


@pytest.mark.parametrize("share", [0.002, 0.01])
def test_pixels_that_move_alone_keep_their_motion(share):
    stack = moving_stack(5)
    moves = np.random.default_rng(3).random(len(stack.xy)) < share
    own = 2.3  # rad/yr: 10 mm/yr in C band
    found = estimate_in_bands(stack.with_motion(np.where(moves, own, 0.0)).bands)
    assert moves.sum() >= 4
    lost = (found.values - found.unshrunk)[moves, 0].mean()
    elsewhere = np.median((found.values - found.unshrunk)[:, 0])
    assert abs(lost - elsewhere) < 0.115  # rad/yr: 0.5 mm/yr


def test_a_small_bowl_keeps_its_motion():
    stack = moving_stack(6, n_ps=8000)
    bowl = stack.bowl((0.2, 0.3), 120, -2.7)
    near = bowl < -1.6
    found = estimate_in_bands(stack.with_motion(bowl).bands)
    lost = (found.values - found.unshrunk)[:, 0]
    assert near.sum() >= 4
    assert abs(lost[near].mean() - np.median(lost)) < 0.115


def test_a_scene_at_rest_gets_less_velocity_than_the_deviation_says():
    shares = []
    for seed in range(4):
        found = estimate_in_bands(still_stack(seed).bands)
        shares.append(rms(found.values[:, 0]) / rms(np.sqrt(found.covariance[:, 0, 0])))
    assert np.median(shares) < 1
    assert max(shares) < 2


def test_noise_that_lasts_makes_the_deviation_larger_and_is_reported():
    white = estimate_in_bands(moving_stack(7).bands)
    lasting = estimate_in_bands(moving_stack(7, lasting_days=60).bands)
    assert not any(noise.is_coloured for noise in white.noise)
    assert any(noise.is_coloured for noise in lasting.noise)
    assert np.median(lasting.covariance[:, 0, 0]) > 1.5 * np.median(white.covariance[:, 0, 0])


def test_blocks_of_pixels_do_not_show(monkeypatch):
    stack = moving_stack(8, n_ps=700).bands
    whole = estimate_in_bands(stack)
    monkeypatch.setattr(phase_bands, "PIXELS_AT_A_TIME", 113)
    blocked = estimate_in_bands(stack)
    np.testing.assert_allclose(blocked.values, whole.values, rtol=0, atol=1e-6)
    np.testing.assert_allclose(blocked.covariance, whole.covariance, rtol=1e-4, atol=1e-12)


def test_bands_and_planes_add_up_to_least_squares():
    stack = moving_stack(9, n_ps=600)
    bands = phase_bands.split_in_bands(stack.xy, stack.phase.astype(np.float32))
    every = slice(0, len(stack.xy))
    total = sum(bands.band(b, every) for b in range(bands.n_band))
    total += bands.plane[0] + bands.place @ bands.plane[1:]
    np.testing.assert_allclose(total, stack.phase, rtol=0, atol=2e-5)


def test_wrong_cycles_of_a_few_pixels_do_not_make_the_scene_uncertain():
    stack = moving_stack(10)
    phase = stack.phase.copy()
    phase[::100, 3:8] += 2 * np.pi
    clean = estimate_in_bands(stack.bands)
    found = estimate_in_bands(replace(stack, phase=phase).bands)
    usual = np.arange(len(phase)) % 100 != 0
    ratio = found.covariance[usual, 0, 0] / clean.covariance[usual, 0, 0]
    assert np.median(ratio) < 1.3
    assert np.median(found.covariance[~usual, 0, 0]) > 2 * np.median(found.covariance[usual, 0, 0])


def test_planes_are_as_unsure_as_delays_that_last_make_them():
    """White planes would state a ninth of the variance that planes of such delays have."""
    square, stated = np.zeros(2), np.zeros(2)
    for seed in range(6):
        stack = still_stack(seed, n_ps=1200, lasting_days=100.0, ramp=0.0, turbulence=1.2)
        found = estimate_in_bands(stack.bands)
        assert any(noise.is_coloured for noise in found.noise[1:])
        square += found.slopes[:, 0] ** 2
        stated += found.slopes_error[:, 0]
    assert 0.4 < square.sum() / stated.sum() < 2.5
