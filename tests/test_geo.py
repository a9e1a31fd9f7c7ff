"""Local coordinates: printed values of the original, order, rotation, rounding."""

from __future__ import annotations

import numpy as np
import pytest

from pystamps import geo

ORIGIN = np.array([14.2, 40.8])


@pytest.mark.parametrize(
    ("lonlat", "origin", "expected"),
    [
        ((14.25, 40.82), (14.2, 40.8), (4.218223421823, 2.222171384250)),
        ((14.1, 40.7), (14.2, 40.8), (-8.451630253343, -11.099915102824)),
        ((-70.5, -33.4), (14.2, 40.8), (-7038.295566893113, -11248.216130648647)),
        ((14.25, 0.0), (14.2, 0.1), (5.565974539664, -11.056925458270)),
        ((14.25, 0.05), (14.2, 0.0), (5.565972434581, 5.528464806055)),
    ],
)
def test_the_projection_gives_the_values_of_the_original(lonlat, origin, expected):
    found = geo.llh2local(np.array([lonlat]), np.array(origin))
    np.testing.assert_allclose(found, [expected], rtol=0, atol=5e-12)


def test_very_many_places_are_projected_as_a_few_are():
    lonlat = ORIGIN + np.random.default_rng(4).normal(scale=0.3, size=(40_000, 2))
    found = geo.llh2local(lonlat, ORIGIN)
    for part in (slice(0, 7), slice(16_380, 16_390), slice(39_999, 40_000)):
        assert np.array_equal(found[part], geo.llh2local(lonlat[part], ORIGIN))


def test_the_inverse_gives_the_value_of_the_original():
    found = geo.local2llh(np.array([[4.2, 2.2]]), ORIGIN)
    np.testing.assert_allclose(found, [(14.2497838425, 40.8198004387)], rtol=0, atol=5e-11)


@pytest.mark.parametrize("origin", [(14.2, 40.8), (-70.0, -33.4), (100.0, 0.0)])
def test_the_inverse_undoes_the_projection(origin):
    origin = np.array(origin)
    lonlat = origin + np.random.default_rng(3).normal(scale=0.3, size=(200, 2))
    lonlat[0] = origin
    again = geo.local2llh(geo.llh2local(lonlat, origin), origin)
    np.testing.assert_allclose(again, lonlat, rtol=0, atol=1e-10)


def test_a_point_that_has_no_latitude_is_refused():
    with pytest.raises(ValueError, match="too far from the origin"):
        geo.local2llh(np.array([[1e5, 3.0]]), ORIGIN)


def test_the_origin_is_the_middle_of_the_extent_without_nan():
    lonlat = np.array([[1.0, 10.0], [np.nan, np.nan], [3.0, 20.0], [1.5, 11.0]])
    np.testing.assert_array_equal(geo.local_origin(lonlat), [2.0, 15.0])


def test_a_scene_across_the_180th_meridian_stays_together():
    west = np.array([[14.0, 10.0], [14.2, 10.1], [13.9, 10.2], [np.nan, np.nan]])
    turned = west + np.array([166.0, 0.0])
    turned[:, 0] = np.where(turned[:, 0] > 180, turned[:, 0] - 360, turned[:, 0])
    assert turned[1, 0] < 0 < turned[2, 0]
    origin = geo.local_origin(turned)
    np.testing.assert_allclose(origin, [-179.95, 10.1], atol=1e-12)
    expected = geo.llh2local(west, geo.local_origin(west))
    np.testing.assert_allclose(geo.llh2local(turned, origin), expected, rtol=0, atol=1e-9)


def test_no_position_has_no_origin_and_no_coordinates():
    nothing = np.zeros((0, 2))
    assert np.isnan(geo.local_origin(nothing)).all()
    xy = geo.local_coordinates(nothing, geo.local_origin(nothing), -12.0)
    order, rounded = geo.sorted_by_y(xy)
    assert xy.shape == rounded.shape == (0, 2) and order.shape == (0,)


def along_track(heading: float) -> np.ndarray:
    """A rectangle of 20 x 5 km that lies along a satellite's track."""
    theta = geo.rotation_angle(heading)
    corners = np.array([[-2.0, -10.0], [2.0, -10.0], [2.0, 10.0], [-2.0, 10.0]]) * 1000
    turn = np.array([[np.cos(theta), -np.sin(theta)], [np.sin(theta), np.cos(theta)]])
    return corners @ turn.T


@pytest.mark.parametrize("heading", [-12.6, 192.0, 347.0])
def test_coordinates_are_turned_when_both_extents_shrink(heading):
    turned = geo.rotated_if_smaller(along_track(heading), heading)
    np.testing.assert_allclose(np.ptp(turned, axis=0), [4000, 20000])


def test_coordinates_stay_when_only_one_extent_shrinks():
    xy = np.array([[-2.0, -10.0], [2.0, -10.0], [2.0, 10.0], [-2.0, 10.0]])
    assert geo.rotated_if_smaller(xy, -12.6) is xy


def test_an_unknown_heading_never_turns():
    xy = along_track(-12.6)
    assert geo.rotated_if_smaller(xy, float("nan")) is xy


def test_positions_that_are_nan_do_not_decide_about_the_rotation():
    xy = np.vstack([along_track(-12.6), [[np.nan, np.nan]]])
    turned = geo.rotated_if_smaller(xy, -12.6)
    assert turned is not xy and np.isnan(turned[-1]).all()


def test_pixels_are_ordered_by_y_then_x_with_ties_in_their_order_and_nan_last():
    xy = np.array([[2, 1], [np.nan, np.nan], [1, 1], [0, 3], [1, 1], [5, 0]], dtype=np.float32)
    order, rounded = geo.sorted_by_y(xy)
    assert order.tolist() == [5, 2, 4, 0, 3, 1]
    assert rounded.dtype == np.float32


def test_rounding_to_mm_comes_after_sorting():
    xy = np.array([[5.0, 1.0004], [1.0, 1.00041]], dtype=np.float32)
    order, rounded = geo.sorted_by_y(xy)
    assert order.tolist() == [0, 1]  # equal y after rounding, but not put in order of x
    np.testing.assert_array_equal(rounded[:, 1], np.float32(1.0))


def test_halves_are_rounded_away_from_zero_in_single_precision():
    below_half = np.nextafter(np.float32(0.5), np.float32(0))
    values = np.array([0.5, -0.5, 1.5, -2.5, below_half, 8388609.0, np.nan], dtype=np.float32)
    rounded = geo.round_half_away(values)
    assert rounded.dtype == np.float32
    np.testing.assert_array_equal(rounded, [1, -1, 2, -3, 0, 8388609, np.nan])


def test_a_scene_across_greenwich_with_longitudes_from_0_to_360_stays_together():
    near = np.array([[-0.1, 51.0], [0.2, 51.1], [-0.3, 51.2]])
    turned = near.copy()
    turned[:, 0] = np.where(near[:, 0] < 0, near[:, 0] + 360, near[:, 0])
    origin = geo.local_origin(turned)
    np.testing.assert_allclose(origin, geo.local_origin(near), atol=1e-12)
    np.testing.assert_allclose(
        geo.llh2local(turned, origin), geo.llh2local(near, geo.local_origin(near)), atol=1e-9
    )


def test_distances_around_a_pole_are_those_on_the_ground():
    longitude = np.arange(-180.0, 180, 30)
    ring = np.column_stack([longitude, np.full(longitude.size, 89.5)])
    xy = geo.llh2local(ring, geo.local_origin(ring))
    radius = np.hypot(*(xy - xy.mean(axis=0)).T)
    np.testing.assert_allclose(radius, 55.8, rtol=2e-3)


def test_near_longitudes_keep_their_bits_and_others_move_by_whole_turns():
    longitude = np.array([14.2000005, -179.9, 359.9, np.nan, np.inf])
    np.testing.assert_array_equal(geo.near_longitudes(longitude, 10.0)[:1], longitude[:1])
    np.testing.assert_allclose(
        geo.near_longitudes(longitude, 180.0), [14.2000005, 180.1, 359.9, np.nan, np.inf]
    )
    assert geo.near_longitudes(longitude, np.nan)[0] == longitude[0]


def test_longitudes_of_a_map_do_not_jump():
    np.testing.assert_allclose(
        geo.continuous_longitudes(np.array([179.9, -179.9, 180.0])) % 360, [179.9, 180.1, 180.0]
    )
    assert np.ptp(geo.continuous_longitudes(np.array([359.9, 0.1]))) < 1


@pytest.mark.parametrize("limits", [(179.0, 181.0), (179.0, -179.0), (-181.0, -179.0)])
def test_limits_of_longitude_are_compared_whatever_their_turns(limits):
    longitude = np.array([179.5, -179.5, 180.5, 178.9, -178.9, 0.0])
    assert geo.is_between_longitudes(longitude, limits).tolist() == [True] * 3 + [False] * 3


def test_infinite_limits_of_longitude_are_none():
    longitude = np.array([-170.0, 10.0, 300.0, np.nan])
    everything = geo.is_between_longitudes(longitude, (-np.inf, np.inf))
    assert everything.tolist() == [True, True, True, False]
    east = geo.is_between_longitudes(longitude, (0.0, np.inf))
    assert east.tolist() == [False, True, True, False]


def test_distances_of_places():
    assert geo.distance_km((14.0, 40.0), (374.0, 40.0)) == pytest.approx(0, abs=1e-6)
    assert geo.distance_km((0.0, 0.0), (1.0, 0.0)) == pytest.approx(111.3, rel=1e-3)
    assert geo.distance_km((14.2, 40.8), (40.8, 14.2)) > 3000
