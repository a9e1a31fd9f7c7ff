"""Pairs of images for small baselines, against ``sb_find`` of the original."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from pystamps.dates import yyyymmdd
from pystamps.io.mat import read_mat
from pystamps.stages.image_network import (
    connected_image_groups,
    expected_coherence,
    small_baseline_pairs,
)

OF_THE_ORIGINAL = {
    (0.99, 60.0, 30.0): (
        "20180107 20180131;20180107 20180224;20180107 20180320;20180107 20180531;20180107 20180928;"
        "20180107 20190219;20180413 20180507;20180624 20180718;20180811 20180904;20181022 20181115;"
        "20190126 20190315"
    ),
}
"""``sb_find(0.99, 60, 30)`` of StaMPS in Octave on ``ps2.mat`` of the golden tree ``tiny``; six
images have no partner of which anything is expected, and the first image stands for it."""


@pytest.mark.golden
@pytest.mark.parametrize(("limits", "expected"), OF_THE_ORIGINAL.items())
def test_the_pairs_are_those_of_the_original(
    shared_data: Path, limits: tuple[float, float, float], expected: str
) -> None:
    ps = read_mat(shared_data / "tiny" / "stages" / "stage5" / "ps2.mat", ["day", "bperp"])
    day, bperp = ps["day"].ravel(), ps["bperp"].ravel()
    least, days, metres = limits
    coherence = expected_coherence(day, bperp, critical_days=days, critical_baseline_m=metres)
    pairs = small_baseline_pairs(coherence, least)
    found = [f"{yyyymmdd(day[i])} {yyyymmdd(day[j])}" for i, j in pairs]
    assert ";".join(found) == expected


def test_expected_coherence_falls_with_time_and_baseline_and_ends_at_the_limits() -> None:
    day, bperp = np.array([0.0, 30, 30, 200]), np.array([0.0, 0, 100, 0])
    found = expected_coherence(day, bperp, critical_days=100, critical_baseline_m=200)
    assert found[0].tolist() == [0, 0.7, 0.35, 0]
    assert (found == found.T).all()


def test_every_image_gets_its_best_partner_below_the_limit_too() -> None:
    coherence = np.array([[0, 0.9, 0.1], [0.9, 0, 0.2], [0.1, 0.2, 0]])
    assert small_baseline_pairs(coherence, 0.5).tolist() == [[0, 1], [1, 2]]


def test_an_image_is_no_partner_of_itself() -> None:
    assert small_baseline_pairs(np.zeros((3, 3)), 0.5).tolist() == [[0, 1], [0, 2]]
    assert small_baseline_pairs(np.zeros((1, 1)), 0.5).size == 0


def test_groups_of_connected_images_are_found() -> None:
    groups = connected_image_groups(np.array([[0, 1], [2, 3], [3, 4]]))
    assert [group.tolist() for group in groups] == [[2, 3, 4], [0, 1]]
