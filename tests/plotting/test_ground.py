"""What changes slowly over a map, from its values at points."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.interpolate import LinearNDInterpolator, NearestNDInterpolator, RegularGridInterpolator

from pystamps.plotting.ground import _COARSER, MapFrame, _smooth_on_map, map_frame


def lattice_of(frame: MapFrame) -> MapFrame:
    """The coarse cells on which triangles are looked for."""
    n_row, n_column = (max(2, n // _COARSER + 1) for n in (frame.n_row, frame.n_column))
    return MapFrame(frame.west, frame.east, frame.south, frame.north, n_row, n_column)


@pytest.mark.parametrize("is_known_beyond", [True, False])
def test_values_in_triangles_and_between_cells_are_those_of_scipy(is_known_beyond: bool):
    rng = np.random.default_rng(5)
    knots = np.column_stack([rng.uniform(12, 13, 40), rng.uniform(42, 42.6, 40)])
    values = rng.normal(size=(40, 2))
    frame = map_frame(knots, cells=120)
    coarse = lattice_of(frame)
    lattice = LinearNDInterpolator(knots, values)(*coarse.cells())
    outside = np.isnan(lattice[..., 0])
    assert 0.1 < outside.mean() < 0.9
    if is_known_beyond:
        nearest = NearestNDInterpolator(knots, values)
        lattice[outside] = nearest(*(cells[outside] for cells in coarse.cells()))
    x, y = coarse.axes()
    expected = RegularGridInterpolator((-y, x), lattice, bounds_error=False, fill_value=None)
    longitude, latitude = frame.cells()
    found = _smooth_on_map(knots, values, frame, beyond=is_known_beyond)
    np.testing.assert_allclose(found, expected((-latitude, longitude)), rtol=0, atol=1e-12)


@pytest.mark.parametrize("count", [1, 3, 20])
def test_of_few_points_or_points_on_a_line_the_nearest_holds(count: int):
    knots = np.column_stack([np.linspace(12, 13, count), np.full(count, 42.0)])
    values = np.arange(count, dtype=np.float64)
    frame = map_frame(knots, cells=60)
    found = _smooth_on_map(knots, values, frame)
    assert found.shape == (frame.n_row, frame.n_column)
    assert found.min() >= -1 and found.max() <= count  # a cell beyond the outermost lattice
    np.testing.assert_allclose(found, np.broadcast_to(found[0], found.shape), rtol=0, atol=1e-12)
