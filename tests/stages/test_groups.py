"""Groups of touching pixels and of pixels at one place."""

from __future__ import annotations

import numpy as np
import pytest

from pystamps.stages.groups import best_of_each, place_numbers, touching_groups


def groups(cells, **how):
    line, sample = np.array(cells, dtype=np.int64).reshape(-1, 2).T
    return touching_groups(line, sample, **how).tolist()


def lowest_neighbour_groups_step_by_step(line, sample):
    """The procedure of StaMPS with its dense array of cells."""
    owner = {}
    for p, cell in enumerate(zip(line, sample, strict=True)):
        for i in (-1, 0, 1):
            for j in (-1, 0, 1):
                if i or j:
                    owner.setdefault((cell[0] + i, cell[1] + j), p)
    group = list(range(len(line)))
    for p, cell in enumerate(zip(line, sample, strict=True)):
        if cell in owner:
            old, new = group[p], group[owner[cell]]
            group = [new if number == old else number for number in group]
    return group


def same_partition(a, b):
    return len(set(zip(a, b, strict=True))) == len(set(a)) == len(set(b))


def test_ends_of_a_u_stay_apart_by_lowest_neighbour_and_join_as_components():
    u_shape = [(0, 0), (0, 3), (1, 1), (1, 2)]  # 0 - 2 - 3 - 1
    assert groups(u_shape, by_lowest_neighbour=True) == [0, 1, 0, 1]
    assert groups(u_shape, by_lowest_neighbour=False) == [0, 0, 0, 0]


@pytest.mark.parametrize("density", [0.05, 0.3, 0.6])
def test_groups_are_those_of_the_step_by_step_procedure(density):
    rng = np.random.default_rng(int(100 * density))
    line, sample = (ix.astype(np.int64) for ix in np.nonzero(rng.random((12, 15)) < density))
    order = rng.permutation(line.size)
    found = touching_groups(line[order], sample[order], by_lowest_neighbour=True)
    wanted = lowest_neighbour_groups_step_by_step(line[order].tolist(), sample[order].tolist())
    assert same_partition(found.tolist(), wanted)


def test_pixels_in_one_cell_join_only_through_a_common_neighbour():
    assert len(set(groups([(5, 5), (5, 5)], by_lowest_neighbour=True))) == 2
    assert len(set(groups([(5, 5), (5, 5), (5, 6)], by_lowest_neighbour=True))) == 1
    assert len(set(groups([(5, 5), (5, 5)], by_lowest_neighbour=False))) == 1


@pytest.mark.parametrize("by_lowest_neighbour", [True, False])
def test_none_and_one_pixel(by_lowest_neighbour):
    assert groups([], by_lowest_neighbour=by_lowest_neighbour) == []
    assert groups([(0, 0)], by_lowest_neighbour=by_lowest_neighbour) == [0]


def test_cells_at_the_ends_of_neighbouring_lines_do_not_touch():
    assert len(set(groups([(0, 0), (1, -2)], by_lowest_neighbour=True))) == 2


def test_the_first_of_equals_is_best_and_nan_loses():
    group = np.array([0, 1, 0, 1, 2, 2, 3])
    quality = np.array([0.5, np.nan, 0.5, 0.1, np.nan, np.nan, 0.0])
    assert best_of_each(group, quality).tolist() == [True, False, False, True, True, False, True]
    assert best_of_each(group[:0], quality[:0]).tolist() == []


def test_equal_pairs_of_coordinates_are_one_place():
    x = np.array([1, 0.0, 1, -0.0, np.nan, np.nan], dtype=np.float32)
    y = np.array([2, 5, 2, 5, 1, 1], dtype=np.float32)
    number = place_numbers(x, y)
    assert number[0] == number[2] and number[1] == number[3]
    assert len(set(number.tolist())) == 4
