"""Which windows of a scene move other than linearly: groups that it does not make by chance."""

from __future__ import annotations

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from pystamps.accuracy.motion_test import MotionTest
from pystamps.arrays import Bool, Float64, Index

CHANCE = 0.01
"""How often a scene that rests has a window that is said to move."""
_CHANCE_OF_WINDOW, _CHANCE_BESIDE = 0.025, 0.2
"""How often a window that rests is taken into a group, and how often beside one that moves."""
_FEW_DRAWS, _DRAWS = 99, 499
_HOPELESS = 0.1
"""Chance after the first few draws from which on no more are made."""


def moving_windows(test: MotionTest, centres: Float64, *, reach_m: float) -> Bool:
    """Tell which windows move.

    Parameters
    ----------
    test : MotionTest
        Of the windows.
    centres : ndarray of float64, shape (n_window, 2)
        m.
    reach_m : float
        Distance of windows that lie beside each other.

    Returns
    -------
    ndarray of bool, shape (n_window,)

    Notes
    -----
    What atmosphere does by chance is taken from the scene: images that are turned over, all of the
    scene at once, by random signs, stay as likely where the atmosphere of different images is
    independent, while motion falls apart. Windows stay as like their neighbours, and images in
    which the atmosphere of a place is strong, or a cycle is wrong, stay so. Windows with larger
    ratios than all but some of their own draws make groups with those beside them; the weight of a
    group is by how much its ratios exceed what these draws reach. It moves if in hardly any draw
    the scene has a group of that weight (cluster-based test; Nichols and Holmes, 2002, Hum. Brain
    Mapp. 15, 1-25), so that the chance of a wrong claim is that of the scene, not of each of its
    windows.
    """
    generator = np.random.default_rng(0)
    signs = generator.choice([-1.0, 1.0], (1 + _DRAWS, test.moments.shape[1]))
    signs[0] = 1
    beside = cKDTree(centres).query_pairs(reach_m, output_type="ndarray")
    ratios = test.ratios(signs[: 1 + _FEW_DRAWS])
    group, chance = groups_of_windows(ratios, beside)
    if chance.min(initial=1.0) > _HOPELESS:
        return np.zeros(len(centres), np.bool_)
    ratios = np.concatenate([ratios, test.ratios(signs[1 + _FEW_DRAWS :])])
    group, chance = groups_of_windows(ratios, beside)
    is_moving = np.isin(group, np.flatnonzero(chance <= CHANCE))
    return with_those_beside(is_moving, (ratios >= ratios[0]).mean(axis=0), beside)


def groups_of_windows(ratios: Float64, beside: Index) -> tuple[Index, Float64]:
    """Give groups of windows that are unlike atmosphere, and how often chance makes such ones.

    Parameters
    ----------
    ratios : ndarray of float64, shape (n_draw, n_window)
        The first row is what is found, the others are draws in which nothing moves.
    beside : ndarray of int, shape (n_pair, 2)
        Windows that lie beside each other.

    Returns
    -------
    ndarray of int64, shape (n_window,)
        Number of the group; -1 = none.
    ndarray of float64, shape (n_group,)
        Share of the draws, the first included, with a group of at least that weight.
    """
    excess = ratios - np.quantile(ratios, 1 - _CHANCE_OF_WINDOW, axis=0)
    found = [_weighed(row, beside) for row in excess]
    heaviest = np.array([weight.max(initial=0.0) for _, weight in found])
    group, weight = found[0]
    return group, (heaviest >= weight[:, None]).mean(axis=1)


def _weighed(excess: Float64, beside: Index) -> tuple[Index, Float64]:
    """Join windows with an excess that lie beside each other; give groups and their weights."""
    rows = np.flatnonzero(excess > 0)
    place = np.full(excess.size, -1)
    place[rows] = np.arange(rows.size)
    pairs = place[beside]
    pairs = pairs[(pairs >= 0).all(axis=1)]
    joined = coo_array((np.ones(len(pairs)), pairs.T), shape=(rows.size, rows.size))
    count, number = connected_components(joined, directed=False)
    group = np.full(excess.size, -1, dtype=np.int64)
    group[rows] = number
    weight = np.bincount(number, weights=excess[rows], minlength=count)
    return group, np.asarray(weight, dtype=np.float64)


def with_those_beside(is_moving: Bool, chance: Float64, beside: Index) -> Bool:
    """Add windows beside those that move, and beside these, that look like motion themselves.

    Parameters
    ----------
    is_moving : ndarray of bool, shape (n_window,)
    chance : ndarray of float64, shape (n_window,)
        How often a window that rests is as unlike atmosphere.
    beside : ndarray of int, shape (n_pair, 2)
        Windows that lie beside each other.
    """
    is_candidate = chance <= _CHANCE_BESIDE
    while True:
        reached = is_moving.copy()
        for one, other in (beside.T, beside.T[::-1]):
            np.logical_or.at(reached, one, is_moving[other])
        grown = is_moving | (reached & is_candidate)
        if np.array_equal(grown, is_moving):
            return is_moving
        is_moving = grown
