"""Positions on both sides of the 180th meridian: reference areas and means of groups."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from unwrapped_examples import example_pixels

from pystamps.parameters import Parameters
from pystamps.stages.reference_area import reference_pixels
from pystamps.stages.stage5_resample import _mean_positions, weighted_means

NEAR = example_pixels()
LONGITUDE = NEAR.lonlat[:, 0] + 168.0
ACROSS = replace(
    NEAR,
    lonlat=np.column_stack([(LONGITUDE + 180) % 360 - 180, NEAR.lonlat[:, 1]]),
    ll0=np.array([180.0, 41.0]),
)


@pytest.mark.parametrize("limits", [(179.99, 180.01), (179.99, -179.99), (-180.01, -179.99)])
def test_a_reference_area_across_the_180th_meridian_holds_both_sides(
    limits: tuple[float, float],
) -> None:
    assert ACROSS.lonlat[:, 0].min() < 0 < ACROSS.lonlat[:, 0].max()
    expected = reference_pixels(NEAR, Parameters(ref_lon=(11.99, 12.01)))
    found = reference_pixels(ACROSS, Parameters(ref_lon=limits))
    assert expected is not None and 5 < expected.size < 30
    np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("longitude", [180.0, -180.0, 540.0 - 360.0])
def test_a_reference_circle_may_be_given_on_either_side(longitude: float) -> None:
    circle = {"ref_radius": 800.0}
    expected = reference_pixels(NEAR, Parameters(ref_centre_lonlat=(12.0, 41.0), **circle))
    found = reference_pixels(ACROSS, Parameters(ref_centre_lonlat=(longitude, 41.0), **circle))
    assert expected is not None and 0 < expected.size < 30
    np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("is_positive", [False, True])
def test_the_mean_position_of_a_group_across_the_180th_meridian_lies_in_it(
    is_positive: bool,
) -> None:
    lonlat = np.array([[179.99, 41.0], [-179.99, 41.0]])
    if is_positive:  # 0 to 360, across Greenwich
        lonlat = np.array([[359.99, 41.0], [0.01, 41.0]])
    mean = _mean_positions(lonlat, np.array([1, 3], np.float32), np.array([0]))
    expected = 0.005 if is_positive else -179.995
    np.testing.assert_allclose(mean, [[expected, 41.0]], atol=2e-5)


def test_mean_positions_elsewhere_keep_their_bits() -> None:
    lonlat = np.array([[14.123456789, 41.0], [14.2, 41.1], [14.3, 41.2]])
    weight, starts = np.array([1, 2, 3], np.float32), np.array([0, 2])
    expected = weighted_means(lonlat, weight, starts)
    np.testing.assert_array_equal(_mean_positions(lonlat, weight, starts), expected)
