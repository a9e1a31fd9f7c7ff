"""Delaunay network: equal to the program Triangle, and defined where that one stops."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest
from vector_files import load_vector

from pystamps.errors import ExternalProgramError
from pystamps.pipeline.triangle_runner import triangle_arcs
from pystamps.stages import network
from pystamps.stages.network import checked_arcs, delaunay_edges, qhull_arcs

METHODS = {
    "standard": None,
    "qhull": qhull_arcs,
    "triangle": partial(triangle_arcs, silence_minutes=1),
}
METHOD = pytest.mark.parametrize("triangulate", METHODS.values(), ids=METHODS)


@METHOD
@pytest.mark.golden
def test_arcs_are_those_of_the_program_triangle(vectors, triangulate):
    vector = load_vector(vectors / "triangle_edges_60.json")
    wanted = np.unique(np.sort(vector["outputs"]["edges"] - 1, axis=1), axis=0)
    x, y = vector["inputs"]["xy"].T
    assert np.array_equal(delaunay_edges(x, y, triangulate=triangulate), wanted)


@pytest.mark.parametrize("other", ["qhull", "triangle"])
def test_all_methods_give_the_same_arcs(other):
    x, y = np.random.default_rng(4).uniform(-5e4, 5e4, (2, 5000)).astype(np.float32)
    assert np.array_equal(delaunay_edges(x, y), delaunay_edges(x, y, triangulate=METHODS[other]))


@pytest.mark.parametrize("distance", [4e5, 3e6])
def test_the_standard_method_has_the_arcs_of_triangle_on_clusters_far_apart(distance):
    """Qhull has other ones on some of them, beyond ties."""
    rng = np.random.default_rng(1)
    far = [distance, 0.75 * distance]
    places = np.concatenate([rng.normal(0, 50, (3000, 2)), rng.normal(0, 50, (3000, 2)) + far])
    found = delaunay_edges(*places.T)
    assert np.array_equal(found, delaunay_edges(*places.T, triangulate=METHODS["triangle"]))


def test_qhull_takes_the_place_of_a_package_that_is_not_there(monkeypatch):
    x, y = np.random.default_rng(7).uniform(0, 100, (2, 50))
    arcs = delaunay_edges(x, y)
    monkeypatch.setattr(network, "has_cdt", lambda: False)
    monkeypatch.setattr(network, "triangles_of_cdt", None)
    assert np.array_equal(delaunay_edges(x, y), arcs)


@METHOD
def test_arcs_are_unique_and_sorted_with_the_low_row_first(triangulate):
    x, y = np.random.default_rng(5).uniform(0, 100, (2, 300))
    edges = delaunay_edges(x, y, triangulate=triangulate)
    assert edges.dtype == np.int64
    assert np.all(edges[:, 0] < edges[:, 1])
    assert np.array_equal(edges, np.unique(edges, axis=0))
    assert len(edges) <= 3 * 300 - 6


@METHOD
@pytest.mark.parametrize(
    ("points", "wanted"),
    [
        ([], []),
        ([(3, 4)], []),
        ([(3, 4), (1, 1)], [[0, 1]]),
        ([(0, 0), (2, 2), (1, 1)], [[0, 2], [1, 2]]),
        ([(5, 1), (5, 0), (5, 7), (5, 3)], [[0, 1], [0, 3], [2, 3]]),
        ([(0, 0), (0, 0)], []),
        ([(0, 0), (0, 0), (1, 0), (0, 1)], [[0, 2], [0, 3], [2, 3]]),
    ],
)
def test_few_points_lines_and_duplicates(triangulate, points, wanted):
    x, y = np.array(points, dtype=float).reshape(-1, 2).T
    assert delaunay_edges(x, y, triangulate=triangulate).tolist() == wanted


def test_coordinates_that_are_equal_to_six_decimals_are_one_place():
    x = np.array([0.0, 4e-7, 1.0, 0.0])
    y = np.array([0.0, 0.0, 0.0, 1.0])
    assert delaunay_edges(x, y).tolist() == [[0, 2], [0, 3], [2, 3]]


def test_points_far_from_the_origin_and_close_to_a_line_keep_an_arc():
    rng = np.random.default_rng(6)
    along = rng.uniform(0, 1e5, 200)
    edges = delaunay_edges(1e6 + np.round(0.6 * along, 3), np.round(0.8 * along, 3))
    assert np.unique(edges).size == 200


def test_coordinates_that_are_not_finite_are_refused():
    with pytest.raises(ValueError, match="finite"):
        delaunay_edges(np.array([0, np.nan, 1]), np.zeros(3))


SQUARE = np.array([[0.0, 0], [1, 0], [0, 1], [1, 1.5]])
RIM_AND_DIAGONAL = [(0, 1), (1, 3), (3, 2), (2, 0), (1, 2)]


@pytest.mark.parametrize(
    ("arcs", "what"),
    [
        (np.full((5, 2), np.nan), "float64 of shape"),
        (np.zeros(10, np.int32), r"shape \(10,\)"),
        (np.zeros((5, 2), np.int32), "1 of them different"),
        (np.array(RIM_AND_DIAGONAL[:4]), "gave 4 arcs, expected 5 to 6"),
        (np.array([*RIM_AND_DIAGONAL, (0, 3), (1, 0)]), "gave 7 arcs, expected 5 to 6"),
        (np.array([*RIM_AND_DIAGONAL[:4], (1, 4)]), "names pixels 0 to 4, expected 0 to 3"),
        (np.array([*RIM_AND_DIAGONAL[:4], (-1, 2)]), "names pixels -1 to 3"),
        (np.array([*RIM_AND_DIAGONAL[:4], (1, 0)]), "5 arcs, 4 of them different"),
        (np.array([*RIM_AND_DIAGONAL[:4], (1, 1)]), "5 arcs"),
        (np.array([(0, 1), (1, 0), (0, 1), (1, 0), (0, 1)]), "separate parts"),
    ],
)
def test_what_cannot_be_a_triangulation_is_refused(arcs, what):
    with pytest.raises(ExternalProgramError, match=what):
        checked_arcs(arcs, len(SQUARE))


def test_a_triangulation_by_others_is_taken():
    arcs = delaunay_edges(*SQUARE.T, triangulate=lambda _: np.array(RIM_AND_DIAGONAL))
    assert arcs.tolist() == [[0, 1], [0, 2], [1, 2], [1, 3], [2, 3]]
