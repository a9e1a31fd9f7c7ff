"""Squares of squares hold the same points as a search through all of them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from pystamps.viewer.tile_index import CELLS, LARGEST_ZOOM, TileIndex

RNG = np.random.default_rng(11)
N = 60_000
all_x = np.r_[RNG.normal(0, 3000, N // 2), RNG.uniform(-9000, 4000, N // 2)].astype(np.float32)
all_y = np.r_[RNG.normal(500, 2000, N // 2), RNG.uniform(-3000, 8000, N // 2)].astype(np.float32)
RANK = RNG.uniform(0, 1, N).astype(np.float32)


@pytest.fixture(scope="module")
def index() -> TileIndex:
    x = all_x.copy()
    x[17] = np.nan  # a point without a place
    return TileIndex.of_places(x, all_y)


def rows_of(index: TileIndex, places: np.ndarray[Any, Any]) -> list[int]:
    return sorted(index.row[places].tolist())


def test_every_point_with_a_place_is_in_one_square_of_every_size(index: TileIndex) -> None:
    assert sorted(index.row.tolist()) == [row for row in range(N) if row != 17]
    for zoom in (0, 1, 3):
        wide = index.side / 2**zoom
        for line in range(2**zoom):
            for column in range(2**zoom):
                part = index.stretch(zoom, column, line)
                west, south = index.west + column * wide, index.south + line * wide
                inside = (
                    (all_x >= west)
                    & (all_x < west + wide)
                    & (all_y >= south)
                    & (all_y < south + wide)
                )
                inside[17] = False
                found = np.zeros(N, bool)
                found[index.row[part]] = True
                # a point within the rounding of float32 of an edge may be on either side
                assert (found != inside).sum() <= 2


def test_a_tile_shows_the_most_coherent_point_of_each_cell(index: TileIndex) -> None:
    rank = RANK[index.row]
    places, is_all = index.shown(0, 0, 0, rank, None)
    assert not is_all and 1000 < places.size <= CELLS * CELLS
    cell = index.side / CELLS
    column = np.floor((index.x - index.west) / cell).astype(int)
    line = np.floor((index.y - index.south) / cell).astype(int)
    best = np.full((CELLS, CELLS), -1.0)
    np.maximum.at(best, (line, column), rank)
    assert places.size == (best >= 0).sum()
    wrong = best[line[places], column[places]] != rank[places]
    assert wrong.sum() <= 4  # on the edge of a cell, within the rounding of float32


def test_hidden_points_are_in_no_tile_and_leave_their_cell_to_the_next(index: TileIndex) -> None:
    rank = RANK[index.row]
    keep = rank < 0.5
    places, _ = index.shown(0, 0, 0, rank, keep)
    assert keep[places].all() and places.size > 1000
    few, is_all = index.shown(0, 0, 0, rank, rank > 0.999)
    assert is_all and few.tolist() == np.flatnonzero(rank > 0.999).tolist()


def test_a_tile_of_the_largest_zoom_shows_all_its_points() -> None:
    dense = np.zeros(CELLS * CELLS + 500, np.float32)
    index = TileIndex.of_places(np.r_[dense, np.float32(1000)], np.r_[dense, np.float32(1000)])
    places, is_all = index.shown(LARGEST_ZOOM, 0, 0, np.zeros(len(index)), None)
    assert is_all and places.size == dense.size


def test_points_of_boxes_and_polygons_are_all_and_only_those_inside(index: TileIndex) -> None:
    for west, south, east, north in (
        (-100, -50, 300, 200), (-9e3, -9e3, 9e3, 9e3), (1e5, 0, 2e5, 1), (100, 100, 100.5, 8e3),
    ):  # fmt: skip
        inside = (all_x >= west) & (all_x <= east) & (all_y >= south) & (all_y <= north)
        inside[17] = False
        found = rows_of(index, index.in_box(west, south, east, north))
        assert found == np.flatnonzero(inside).tolist()
    triangle = np.array([[-2000.0, -1000.0], [3000.0, 0.0], [0.0, 4000.0]])
    a, b, c = triangle

    def side(p: Any, q: Any) -> Any:
        return (q[0] - p[0]) * (all_y - p[1]) - (q[1] - p[1]) * (all_x.astype(float) - p[0])

    inside = (side(a, b) > 0) & (side(b, c) > 0) & (side(c, a) > 0)
    inside[17] = False
    assert inside.sum() > 1000
    found = rows_of(index, index.in_polygon(triangle))
    assert found == np.flatnonzero(inside).tolist()


def test_the_nearest_point_is_that_of_all_shown_ones(index: TileIndex) -> None:
    keep = RANK[index.row] > 0.9
    x, y = index.x[keep].astype(float), index.y[keep].astype(float)
    for px, py in RNG.uniform(-30_000, 30_000, (60, 2)):
        square = (x - px) ** 2 + (y - py) ** 2
        found = index.nearest(px, py, keep)
        assert keep[found]
        assert (float(index.x[found]) - px) ** 2 + (float(index.y[found]) - py) ** 2 == square.min()
    assert index.nearest(0, 0, np.zeros(len(index), bool)) == -1


def test_no_points_and_one_point_have_an_index_too() -> None:
    empty = TileIndex.of_places(np.full(3, np.nan, np.float32), np.zeros(3, np.float32))
    assert len(empty) == 0 and empty.nearest(0, 0, None) == -1
    assert empty.shown(0, 0, 0, np.zeros(0), None)[0].size == 0
    one = TileIndex.of_places(np.float32([5]), np.float32([7]))
    assert one.nearest(1e6, -1e6, None) == 0 and one.shown(0, 0, 0, np.zeros(1), None)[1]
