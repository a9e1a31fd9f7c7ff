"""Which windows move: groups that a scene does not make by chance, and what lies beside them."""

from __future__ import annotations

import numpy as np
from windows_in_time import YEARS, atmosphere, motion_test

from pystamps.accuracy.moving_windows import (
    groups_of_windows,
    moving_windows,
    with_those_beside,
)

SIDE = 6
CENTRES = np.stack(np.meshgrid(np.arange(SIDE), np.arange(SIDE)), axis=-1).reshape(-1, 2) * 700.0
REACH_M = 1.5 * 700.0
APART = np.linalg.norm(CENTRES[:, None] - CENTRES, axis=2)
LIKE_NEIGHBOURS = np.linalg.cholesky(np.exp(-0.5 * (APART / 900) ** 2) + 1e-6 * np.eye(SIDE**2))


def scene(seed):
    """Give atmosphere of windows that is like that of their neighbours."""
    return LIKE_NEIGHBOURS @ atmosphere(SIDE**2, seed)


def test_a_scene_at_rest_hardly_ever_has_a_window_that_moves():
    # one scene in 100: of 30, four or more are claimed once in 4000 sets of them
    claimed = [moving_windows(motion_test(scene(seed)), CENTRES, reach_m=REACH_M).any()
               for seed in range(30)]  # fmt: skip
    assert sum(claimed) <= 3


def test_a_weak_motion_is_found_where_many_windows_share_it():
    course = np.sin(2 * np.pi * YEARS / 1.2)
    near = np.linalg.norm(CENTRES - CENTRES[14], axis=1) < 1500
    found = []
    for seed in range(3):
        moving = scene(seed) + np.where(near, 2.0, 0.0)[:, None] * course
        found.append(moving_windows(motion_test(moving), CENTRES, reach_m=REACH_M))
    assert np.mean([each[near].mean() for each in found]) > 0.6
    # beside what moves one window in five is taken for motion by chance
    assert np.mean([each[~near].mean() for each in found]) < 0.3


def test_windows_that_lie_beside_each_other_are_one_group_that_weighs_what_exceeds():
    # of 100 draws the third largest is what windows have to exceed: 7.0 of each
    draws = np.tile(np.arange(99)[:, None] / 14.0, (1, 5))
    ratios = np.vstack([[9.0, 8.0, 1.0, 9.0, 1.0], draws])
    group, chance = groups_of_windows(ratios, np.array([[0, 1], [1, 2], [2, 3], [3, 4]]))
    assert group[0] == group[1] != group[3]
    assert [group[2], group[4]] == [-1, -1]
    assert chance[group[0]] == 0.01


def test_motion_reaches_windows_beside_one_that_moves_and_not_over_a_gap():
    pairs = np.argwhere(np.triu((APART < REACH_M) & (APART > 0)))
    chance = np.full((SIDE, SIDE), 0.5)
    chance[0, :5] = 0.01, 0.15, 0.1, 0.4, 0.1
    chance[1, 2] = 0.05
    moving = np.zeros((SIDE, SIDE), dtype=bool)
    moving[0, 0] = True
    found = with_those_beside(moving.ravel(), chance.ravel(), pairs).reshape(SIDE, SIDE)
    # through (0, 1) to (0, 2) and (1, 2), not over the gap at (0, 3)
    assert np.argwhere(found).tolist() == [[0, 0], [0, 1], [0, 2], [1, 2]]
    assert not with_those_beside(np.zeros(SIDE**2, dtype=bool), chance.ravel(), pairs).any()
