"""Triangulations: points on a line have none, and too little memory is not taken for that."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.spatial

from pystamps.qhull import hull_of, triangulation_of
from pystamps.stages.stage6_gradient import interpolated_at_nodes

NO_MEMORY = [
    "QH6080 qhull error (qh_memalloc): insufficient memory to allocate short memory buffer",
    "QH6016 qhull error: insufficient memory to project 940 points",
    "qhull: did not free 7544 bytes (1 pieces)",
]
LINES = [
    [[0, 0], [1, 1], [2, 2], [5, 5]],
    [[0, 0], [1, 0], [2, 0]],
    [[1, 7], [1, 2], [1, 3], [1, 4]],
]


@pytest.mark.parametrize("points", [*LINES, [[0, 0], [1, 2]], np.empty((0, 2))])
def test_points_on_a_line_and_too_few_points_have_no_triangles(points: list[list[float]]) -> None:
    given = np.asarray(points, dtype=np.float64)
    assert triangulation_of(given) is None
    assert hull_of(given) is None


def test_other_points_have_them() -> None:
    points = np.array([[0.0, 0], [1, 0], [0, 1], [1, 1], [0.4, 0.5]])
    found, hull = triangulation_of(points), hull_of(points)
    assert found is not None and len(found.simplices) == 4
    assert hull is not None and hull.volume == 1


@pytest.mark.parametrize("words", NO_MEMORY)
def test_too_little_memory_for_triangles_is_no_line(
    words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Stage 6 took it for windows on one line, and went on without the fringes."""

    def refused(_: object) -> None:
        raise scipy.spatial.QhullError(words)

    monkeypatch.setattr(scipy.spatial, "Delaunay", refused)
    centre = np.array([[0.0, 0], [1, 0], [0, 1], [1, 1]])
    with pytest.raises(MemoryError, match="triangulation of 4 points"):
        interpolated_at_nodes(centre, np.arange(4.0), np.array([[0, 0]]))


def test_another_error_of_qhull_stays_what_it_is() -> None:
    with pytest.raises(ValueError, match=r"NaN|nan|infinite"):
        triangulation_of(np.array([[0, 0], [1, np.nan], [0, 1.0]]))
