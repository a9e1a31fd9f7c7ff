"""Triangulations by CDT: what the package does not survive never reaches it."""

from __future__ import annotations

import numpy as np
import pytest
import pythoncdt
from scipy.spatial import Delaunay

from pystamps.cdt import triangles_of_cdt
from pystamps.errors import ExternalProgramError

PLACES = np.random.default_rng(3).uniform(-1e4, 1e4, (60, 2))


def test_the_triangles_are_those_of_qhull() -> None:
    found = triangles_of_cdt(PLACES)
    assert found.dtype == np.int32
    corners = {tuple(sorted(map(int, triangle))) for triangle in found}
    assert corners == {tuple(sorted(map(int, t))) for t in Delaunay(PLACES).simplices}


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_a_coordinate_that_is_not_finite_is_refused_at_once(value: float) -> None:
    """The package would never come back."""
    places = PLACES.copy()
    places[5, 1] = value
    with pytest.raises(ValueError, match="finite"):
        triangles_of_cdt(places)


def test_views_and_columns_are_taken_as_they_are() -> None:
    wanted = triangles_of_cdt(PLACES)
    assert np.array_equal(triangles_of_cdt(np.asfortranarray(PLACES)), wanted)
    assert np.array_equal(triangles_of_cdt(np.repeat(PLACES, 2, axis=0)[::2]), wanted)


@pytest.mark.parametrize("kept", [0, 20])
def test_triangles_without_some_of_the_points_are_refused(
    kept: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Broken:
        def __init__(self, *_: object) -> None: ...
        def insert_vertices(self, _: object) -> None: ...
        def erase_super_triangle(self) -> None: ...
        def triangles_array(self, *, copy: bool) -> object:
            corners = np.zeros((kept * 4, 3), np.uint32)
            return np.rec.fromarrays([corners], dtype=[("vertices", "u4", (3,))])

    monkeypatch.setattr(pythoncdt, "Triangulation", Broken)
    with pytest.raises(ExternalProgramError, match=r"60 pixels.*expected 58 to 115.*qhull"):
        triangles_of_cdt(PLACES)
