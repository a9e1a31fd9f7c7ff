"""Which plane of a velocity map is taken for orbit."""

from __future__ import annotations

import numpy as np
import pytest

from pystamps.accuracy.orbit_plane import VelocityPlane, velocity_plane
from pystamps.errors import ParameterError

RNG = np.random.default_rng(5)
PLACE = RNG.uniform(-4, 4, (2500, 2))
ORBIT = np.array([0.4, -0.25])
BOWL = -15 * np.exp(-((PLACE - [2.5, 1.5]) ** 2).sum(axis=1) / 0.5)
NOISE = RNG.normal(0, 0.5, len(PLACE))
WIDE = np.eye(2)
"""Covariance of slopes far above what the pixels leave open."""


def found_plane(kind: str, velocity: np.ndarray, allowed: np.ndarray, **options) -> VelocityPlane:
    given = {"is_motion_possible": False} | options
    return velocity_plane(kind, velocity, velocity, PLACE, allowed, **given)


def slopes_of(plane: np.ndarray) -> np.ndarray:
    return np.linalg.lstsq(PLACE, plane, rcond=None)[0]


def test_the_plane_is_that_of_what_does_not_move():
    velocity = PLACE @ ORBIT + BOWL + NOISE
    found = found_plane("combined", velocity, WIDE)
    assert slopes_of(found.plane) == pytest.approx(ORBIT, abs=0.06)
    as_stamps = found_plane("interferogram", velocity, WIDE)
    assert np.abs(slopes_of(as_stamps.plane) - ORBIT).max() > 0.1  # the bowl is in it


def test_as_much_of_the_plane_is_taken_off_as_images_allow():
    velocity = PLACE @ ORBIT + BOWL + NOISE
    allowed, forbidden = (found_plane("combined", velocity, WIDE * size) for size in (1, 1e-9))
    assert slopes_of(allowed.plane) == pytest.approx(ORBIT, abs=0.06)
    assert np.abs(forbidden.plane).max() < 0.01
    assert forbidden.std.max() < allowed.std.max() < WIDE[0, 0] * 6


@pytest.mark.parametrize("size", [0.0, 1.0, 3.0])
def test_a_plane_that_may_be_motion_leaves_more_unknown_the_larger_it_is(size):
    """A sixth of the variance that orbits can make stays unknown even where there is no plane."""
    velocity = size * PLACE @ np.array([0.3, 0.0]) + NOISE
    images = 0.3**2 * np.eye(2)
    known = found_plane("combined", velocity, images)
    unsure = found_plane("combined", velocity, images, is_motion_possible=True)
    np.testing.assert_array_equal(known.plane, unsure.plane)
    share = np.mean(unsure.std**2) / np.mean((PLACE * 0.3) ** 2) / 2
    assert np.mean(known.std**2) < 0.3 * np.mean(unsure.std**2)
    low, high = {0.0: (0.14, 0.19), 1.0: (0.16, 0.3), 3.0: (0.4, 1.5)}[size]
    assert low < share < high


def test_without_a_plane_all_that_images_allow_stays_unknown():
    found = found_plane("none", NOISE, np.diag([0.04, 0.01]))
    assert not found.plane.any()
    assert found.std == pytest.approx(np.hypot(0.2 * PLACE[:, 0], 0.1 * PLACE[:, 1]))


def test_the_spread_of_the_plane_is_that_of_its_errors():
    """Smooth motion of a scene at rest: planes of many scenes differ by what each states."""
    errors, stated = [], []
    for seed in range(12):
        rng = np.random.default_rng(seed)
        waves, at = rng.normal(0, 1, 25), rng.uniform(-4, 4, (25, 2))
        distance = ((PLACE[:, None] - at) ** 2).sum(axis=2)
        velocity = np.exp(-distance / 2) @ waves + NOISE
        found = found_plane("combined", velocity, WIDE)
        errors.append(slopes_of(found.plane))
        stated.append(np.mean(found.std**2))
    size = np.mean([np.mean((PLACE @ error) ** 2) for error in errors])
    assert 0.3 < np.mean(stated) / size < 3


def test_pixels_without_velocity_take_no_part_and_get_the_plane():
    velocity = PLACE @ ORBIT + NOISE
    velocity[::7] = np.nan
    found = found_plane("combined", velocity, WIDE)
    assert slopes_of(found.plane) == pytest.approx(ORBIT, abs=0.03)
    assert np.isfinite(found.plane).all()


def test_pixels_on_a_line_have_no_plane():
    line = np.column_stack([PLACE[:, 0], np.zeros(len(PLACE))])
    with pytest.raises(ParameterError, match="orbit_plane to none"):
        velocity_plane("combined", NOISE, NOISE, line, WIDE, is_motion_possible=True)
    none = velocity_plane("none", NOISE, NOISE, line, WIDE, is_motion_possible=True)
    assert not none.plane.any()
