"""Delays between nodes and between points, and which sizes are possible."""

from __future__ import annotations

import numpy as np
import pytest

from pystamps.corrections.node_grid import NodeGrid
from pystamps.corrections.plausible_delays import possible_zenith_delay, what_is_wrong
from pystamps.corrections.scattered_points import ScatteredPoints


def plane(lon, lat):
    return 2.0 + 0.3 * lon - 0.2 * lat + 0.05 * lon * lat


def grid_of(function, *, first_lon=10.0, lon_step=0.5, lat_step=-0.25):
    lon = first_lon + lon_step * np.arange(7)
    lat = 45.0 + lat_step * np.arange(5)
    return NodeGrid(first_lon, 45.0, lon_step, lat_step, function(*np.meshgrid(lon, lat)))


@pytest.mark.parametrize("lat_step", [-0.25, 0.25])
def test_a_bilinear_function_is_given_back_whichever_way_the_rows_run(lat_step):
    grid = grid_of(plane, lat_step=lat_step)
    rng = np.random.default_rng(1)
    lonlat = np.column_stack([rng.uniform(10, 13, 200), 45 + lat_step * rng.uniform(0, 4, 200)])
    np.testing.assert_allclose(grid.at(lonlat), plane(*lonlat.T), rtol=1e-12)


def test_nodes_and_edges_are_inside_and_what_lies_beyond_is_not_known():
    grid = grid_of(plane)
    edges = np.array([[10.0, 45.0], [13.0, 44.0], [13.0, 45.0]])
    np.testing.assert_allclose(grid.at(edges), plane(*edges.T), rtol=1e-12)
    beyond = np.array([[9.99, 44.5], [13.01, 44.5], [11.0, 45.01], [11.0, 43.99]])
    assert np.isnan(grid.at(beyond)).all() and not grid.is_inside(beyond).any()


def test_longitudes_may_count_from_0_or_from_minus_180():
    grid = grid_of(lambda lon, lat: lon + lat, first_lon=350.0)
    lonlat = np.array([[-9.3, 44.6], [350.7, 44.6]])
    np.testing.assert_allclose(grid.at(lonlat), 350.7 + 44.6, rtol=1e-12)
    far_east = NodeGrid(179.0, 45.0, 1.0, -1.0, np.array([[1.0, 2, 3], [1, 2, 3]]))
    np.testing.assert_allclose(far_east.at(np.array([[-179.5, 44.5]])), 2.5)


def test_the_weight_of_a_node_without_value_goes_to_the_others():
    values = np.array([[1.0, np.nan], [1.0, 3.0]])
    grid = NodeGrid(0.0, 1.0, 1.0, -1.0, values)
    assert grid.at(np.array([[0.5, 0.5]]))[0] == pytest.approx((1 + 1 + 3) / 3)
    assert np.isnan(grid.at(np.array([[1.0, 1.0]]))[0])  # on the node that has none


def test_between_points_a_plane_is_given_back_and_nothing_outside_their_hull():
    rng = np.random.default_rng(2)
    lonlat = np.vstack([rng.uniform(0, 1, (60, 2)), [[0, 0], [1, 0], [0, 1], [1, 1]]])
    values = 2 + lonlat @ [0.4, -0.7]
    asked = np.vstack([rng.uniform(0, 1, (200, 2)), [[1.1, 0.5]]])
    found = ScatteredPoints(lonlat).at(values, asked, np.zeros(201))
    np.testing.assert_allclose(found[:-1], 2 + asked[:-1] @ [0.4, -0.7], rtol=1e-10)
    assert np.isnan(found[-1])


def test_points_may_be_the_positions_themselves():
    rng = np.random.default_rng(4)
    lonlat = np.round(rng.uniform((14.1, 40.8), (14.3, 41.0), (500, 2)), 7)
    values = rng.uniform(2, 3, 500)
    found = ScatteredPoints(lonlat).at(values, lonlat, np.zeros(500))
    np.testing.assert_allclose(found, values, rtol=1e-9)


def test_a_profile_is_linear_in_height_and_ends_with_its_levels():
    rng = np.random.default_rng(3)
    places = np.vstack([rng.uniform(0, 1, (20, 2)), [[0, 0], [1, 0], [0, 1], [1, 1]]])
    levels = [np.sort(rng.uniform(0, 3000, 6)) for _ in places]
    for each in levels:
        each[[0, -1]] = 0, 3000
    lonlat = np.repeat(places, 6, axis=0)
    height = np.concatenate(levels)
    order = rng.permutation(len(height))
    lonlat, height = lonlat[order], height[order]
    values = 2 + lonlat @ [0.4, -0.7] - height / 5000
    asked, at = rng.uniform(0, 1, (100, 2)), rng.uniform(0, 3000, 100)
    points = ScatteredPoints(lonlat, height)
    found = points.at(values, asked, at)
    np.testing.assert_allclose(found, 2 + asked @ [0.4, -0.7] - at / 5000, rtol=1e-10)
    assert np.isnan(points.at(values, asked, np.full(100, 3100.0))).all()


def test_points_without_value_are_left_out_of_the_triangles():
    lonlat = np.array([[0.0, 0], [2, 0], [0, 2], [2, 2], [1, 1]])
    values = np.array([1.0, 1, 1, 1, np.nan])
    assert ScatteredPoints(lonlat).at(values, np.array([[1.0, 1.0]]), np.zeros(1))[0] == 1
    few = np.array([1.0, 1, np.nan, np.nan, np.nan])
    assert np.isnan(ScatteredPoints(lonlat).at(few, np.array([[1.0, 0.1]]), np.zeros(1)))
    line = np.column_stack([np.arange(5.0), np.arange(5.0)])
    assert np.isnan(ScatteredPoints(line).at(values, np.array([[1.0, 1.0]]), np.zeros(1)))


def test_two_points_at_one_place_are_refused():
    with pytest.raises(ValueError, match="one place and height"):
        ScatteredPoints(np.array([[0.0, 0], [0, 0], [1, 1]]))
    with pytest.raises(ValueError, match="one place and height"):
        ScatteredPoints(np.array([[0.0, 0], [0, 0], [1, 1]]), np.array([5.0, 5, 5]))


@pytest.mark.parametrize(
    ("height", "delay"),
    [(0, 2.3), (0, 2.75), (-420, 2.5), (2000, 1.85), (4800, 1.28), (8849, 0.74)],
)
def test_delays_that_occur_are_possible(height, delay):
    least, most = possible_zenith_delay(np.array([float(height)]))
    assert least[0] < delay < most[0]
    assert what_is_wrong(np.array([delay]), np.array([np.nan])) == ""


def test_the_height_tells_a_delay_from_one_of_another_place():
    assert "expected 1.07 to 1.93 m" in what_is_wrong(np.array([2.4]), np.array([4800.0]))
