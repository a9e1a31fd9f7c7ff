"""Motion that is not linear in time: found where it is, not made of atmosphere."""

from __future__ import annotations

import numpy as np
from accuracy_stacks import moving_stack, still_stack, without_plane

from pystamps.accuracy.collocation import nonlinear_motion
from pystamps.accuracy.gaussian_low_pass import gaussian_low_pass


def smooth_phase(stack):
    """Give what a collocation sees: no look-angle error, no planes, no single pixels."""
    left = stack.phase - stack.k_ps[:, None] * stack.bperp
    left -= left.mean(axis=0)
    smooth = gaussian_low_pass(stack.xy, 150.0).means(left.astype(np.float32))
    return without_plane(stack.xy, smooth).astype(np.float32)


def bowl_in_time(stack):
    """Give a bowl that sinks by 30 mm within weeks and then rests, rad."""
    course = 1 - np.exp(-np.maximum(stack.years + 0.2, 0) / 0.15)
    at_reference = 1 - np.exp(-0.2 / 0.15)
    return stack.bowl((0.3, 0.4), 700, 7.0)[:, None] * (course - at_reference)


def found_and_bent(stack, motion):
    """Let a stack move: give what a collocation finds, and what is not linear of truth and find."""
    moving = stack.with_motion(np.zeros(len(stack.xy)), motion)
    found = nonlinear_motion(stack.xy, smooth_phase(moving), stack.years)
    line = np.column_stack([np.ones_like(stack.years), stack.years])
    linear = np.linalg.pinv(line).T @ line.T
    return found, *(values - values @ linear for values in (moving.motion, found.series))


def rms(values):
    return float(np.sqrt(np.mean(np.square(values))))


def test_a_bowl_that_sinks_and_rests_is_found_where_it_is():
    stack = still_stack(1)
    found, bent, said = found_and_bent(stack, bowl_in_time(stack))
    near = stack.bowl((0.3, 0.4), 700, 1.0) > 0.6
    assert 0 < found.claimed < 0.4
    assert rms((said - bent)[near]) < 0.6 * rms(bent[near])
    far = stack.bowl((0.3, 0.4), 700, 1.0) < 1e-6
    assert rms(said[far]) < 0.05 * rms(bent[near])
    assert np.all(found.variance >= 0)


def test_motion_beside_the_line_has_no_line_of_its_own():
    # the velocity of a pixel is the line through all that moves: a second one would count twice
    stack = still_stack(1, n_ps=1200)
    moving = stack.with_motion(np.zeros(len(stack.xy)), bowl_in_time(stack))
    found = nonlinear_motion(stack.xy, smooth_phase(moving), stack.years)
    through = np.linalg.pinv(np.column_stack([np.ones_like(stack.years), stack.years]))[1]
    assert rms(found.series) > 0.1
    assert rms(found.series @ through) < 1e-6 * rms(moving.motion @ through)


def test_a_step_is_found_too_though_no_kernel_has_its_course():
    stack = still_stack(1)
    after = np.sort(stack.years)[5]
    course = (stack.years >= after).astype(float) - (after <= 0)
    motion = stack.bowl((0.4, 0.5), 1500, 5.0)[:, None] * course
    found, bent, said = found_and_bent(stack, motion)
    near = stack.bowl((0.4, 0.5), 1500, 1.0) > 0.8
    assert 0.05 < found.claimed < 0.4
    assert rms((said - bent)[near]) < 0.85 * rms(bent[near])


def test_atmosphere_is_not_taken_for_motion():
    found = []
    for seed in range(2, 7):
        stack = moving_stack(seed, n_ps=1200)
        found.append(nonlinear_motion(stack.xy, smooth_phase(stack), stack.years))
    assert np.mean([one.claimed for one in found]) < 0.01
    assert not any(one.is_off for one in found)


def test_atmosphere_that_lasts_switches_the_claims_off():
    stack = still_stack(11, n_ps=1200, lasting_days=150)
    found = nonlinear_motion(stack.xy, smooth_phase(stack), stack.years)
    assert found.is_off
    assert found.claimed == 0
    assert not found.series.any()


def test_a_scene_most_of_which_moves_is_not_taken_for_atmosphere_that_lasts():
    stack = still_stack(1, n_ps=1200)
    course = 1 - np.exp(-np.maximum(stack.years + 0.2, 0) / 0.15)
    motion = stack.bowl((0.3, 0.4), 1100, 12.0)[:, None] * (course - 1 + np.exp(-0.2 / 0.15))
    found, bent, said = found_and_bent(stack, motion)
    assert not found.is_off
    assert found.claimed > 0.25
    assert rms(said - bent) < 0.85 * rms(bent)


def test_too_few_pixels_move_by_a_line_only():
    stack = still_stack(5, n_ps=10)
    found = nonlinear_motion(stack.xy, smooth_phase(stack), stack.years)
    assert not found.series.any()
    assert found.claimed == 0
