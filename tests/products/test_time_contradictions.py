"""Arcs that contradict their neighbours in time: both rules."""

from __future__ import annotations

import numpy as np
import pytest

from pystamps.products.time_contradictions import (
    contradicting_share_of_expected,
    contradicting_share_of_neighbours,
)
from pystamps.stages.network import delaunay_edges

DAYS = np.arange(12) * 24.0
REFERENCE, SPOILED = 5, 8


def moving_points(n: int = 400) -> tuple[np.ndarray, np.ndarray]:
    """Positions (m), and phases that grow with time, 0 at the reference image; a little noise."""
    rng = np.random.default_rng(11)
    xy = rng.uniform(0, 1000, (n, 2))
    phase = xy[:, :1] / 1000 * 6 * (DAYS - DAYS[REFERENCE]) / 100 + rng.normal(0, 0.3, (n, 12))
    phase[:, REFERENCE] = 0
    return xy, phase


def test_a_jump_of_a_cycle_is_counted_at_the_arcs_that_cross_it_and_at_no_other_date():
    xy, phase = moving_points()
    arcs = delaunay_edges(*xy.T)
    is_raised = xy[:, 0] > 500
    phase[is_raised, SPOILED] += 2 * np.pi
    crossing = np.mean(is_raised[arcs[:, 0]] != is_raised[arcs[:, 1]])
    found = contradicting_share_of_neighbours(phase, arcs, DAYS)
    assert crossing > 0.02
    assert found[SPOILED] == pytest.approx(crossing, abs=0.003)
    assert np.delete(found, SPOILED).max() < 0.003


@pytest.mark.parametrize("spoiled", [0, 11])
def test_the_first_and_the_last_date_are_compared_with_those_on_one_side(spoiled):
    xy, phase = moving_points()
    phase[xy[:, 1] > 700, spoiled] -= 2 * np.pi
    found = contradicting_share_of_neighbours(phase, delaunay_edges(*xy.T), DAYS)
    assert found.argmax() == spoiled and found[spoiled] > 5 * np.delete(found, spoiled).max()


@pytest.mark.parametrize("n_date", [3, 4, 5, 12])
def test_the_share_is_that_of_the_medians_of_the_nearest_dates(n_date: int):
    rng = np.random.default_rng(n_date)
    phase = rng.normal(0, 2, (60, n_date)).astype(np.float32)
    phase[7, 1] = np.nan
    arcs, days = rng.integers(0, 60, (5000, 2)), np.cumsum(rng.integers(6, 30, n_date)) * 1.0
    difference = phase[arcs[:, 1]] - phase[arcs[:, 0]]
    expected = []
    for date in range(n_date):
        order = np.argsort(np.abs(days - days[date]), kind="stable")
        near = difference[:, order[order != date][:4]]
        departure = difference[:, date] - np.median(near, axis=1)
        departure = departure[np.isfinite(departure)]
        expected.append(np.mean(np.abs(departure) > np.pi))
    assert min(expected) > 0
    np.testing.assert_array_equal(contradicting_share_of_neighbours(phase, arcs, days), expected)


def test_two_dates_say_nothing_about_each_other():
    phase = np.zeros((3, 2))
    arcs = np.array([[0, 1], [1, 2]])
    assert np.isnan(contradicting_share_of_neighbours(phase, arcs, np.array([0.0, 12.0]))).all()


def test_whole_cycles_between_unwrapped_and_expected_contradict():
    rng = np.random.default_rng(2)
    ends = np.array([[0, 1], [1, 2], [0, 2], [2, 3]])
    nodes = rng.normal(0, 3, (4, 5))
    expected = nodes[ends[:, 1]] - nodes[ends[:, 0]]
    expected[0, 1] += 2 * np.pi
    expected[2, 1] -= 4 * np.pi
    expected[3, 4] = np.nan
    found = contradicting_share_of_expected(nodes, ends, expected)
    assert found is not None
    np.testing.assert_array_equal(found, [0, 0.5, 0, 0, 0])


def test_expectations_of_another_unwrapping_are_not_taken():
    rng = np.random.default_rng(4)
    ends = np.array([[0, 1], [1, 2]])
    assert (
        contradicting_share_of_expected(rng.normal(0, 3, (3, 50)), ends, rng.normal(0, 3, (2, 50)))
        is None
    )
