"""Delaunay network: equal to the program Triangle, and defined where that one stops."""

from __future__ import annotations

import sys

import numpy as np
import pytest
from vector_files import load_vector

from pystamps.errors import ExternalProgramError, ParameterError
from pystamps.stages.network import METHODS, delaunay_edges

METHOD = pytest.mark.parametrize("method", METHODS)


@METHOD
@pytest.mark.golden
def test_arcs_are_those_of_the_program_triangle(vectors, method):
    vector = load_vector(vectors / "triangle_edges_60.json")
    wanted = np.unique(np.sort(vector["outputs"]["edges"] - 1, axis=1), axis=0)
    x, y = vector["inputs"]["xy"].T
    assert np.array_equal(delaunay_edges(x, y, method=method), wanted)


def test_both_methods_give_the_same_arcs():
    x, y = np.random.default_rng(4).uniform(-5e4, 5e4, (2, 5000)).astype(np.float32)
    assert np.array_equal(delaunay_edges(x, y), delaunay_edges(x, y, method="triangle"))


@METHOD
def test_arcs_are_unique_and_sorted_with_the_low_row_first(method):
    x, y = np.random.default_rng(5).uniform(0, 100, (2, 300))
    edges = delaunay_edges(x, y, method=method)
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
def test_few_points_lines_and_duplicates(method, points, wanted):
    x, y = np.array(points, dtype=float).reshape(-1, 2).T
    assert delaunay_edges(x, y, method=method).tolist() == wanted


def test_coordinates_that_are_equal_to_six_decimals_are_one_place():
    x = np.array([0.0, 4e-7, 1.0, 0.0])
    y = np.array([0.0, 0.0, 0.0, 1.0])
    assert delaunay_edges(x, y).tolist() == [[0, 2], [0, 3], [2, 3]]


def test_points_far_from_the_origin_and_close_to_a_line_keep_an_arc():
    rng = np.random.default_rng(6)
    along = rng.uniform(0, 1e5, 200)
    edges = delaunay_edges(1e6 + np.round(0.6 * along, 3), np.round(0.8 * along, 3))
    assert np.unique(edges).size == 200


def test_bad_settings_and_coordinates_are_refused(monkeypatch):
    with pytest.raises(ParameterError, match="qhull, triangle"):
        delaunay_edges(np.zeros(3), np.zeros(3), method="voronoi")
    with pytest.raises(ValueError, match="finite"):
        delaunay_edges(np.array([0, np.nan, 1]), np.zeros(3))
    monkeypatch.setitem(sys.modules, "triangle", None)
    with pytest.raises(ExternalProgramError, match="pip install triangle"):
        delaunay_edges(np.array([0.0, 1, 0]), np.array([0.0, 0, 1]), method="triangle")
