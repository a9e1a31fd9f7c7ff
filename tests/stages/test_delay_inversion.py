from __future__ import annotations

import numpy as np
import pytest
from vector_files import load_vector

from pystamps.errors import ArtifactError
from pystamps.interferograms import Interferograms
from pystamps.stages.delay_inversion import image_delays

DAY = 737061.0 + 12 * np.arange(5)
PAIRS = np.array([[0, 1], [1, 2], [0, 2], [2, 3], [3, 4]])
STACK = Interferograms.small_baselines(PAIRS, day=DAY, bperp=np.zeros(5), reference_ix=1)


@pytest.mark.golden
def test_the_vector_of_the_original_is_reproduced(vectors):
    vector = load_vector(vectors / "sb_invert_aps.json")
    inputs = vector["inputs"]
    pairs = inputs["ifgday_ix"].astype(np.int64) - 1
    days = np.unique(inputs["ifgday"])
    stack = Interferograms.small_baselines(
        pairs,
        day=days,
        bperp=np.zeros(len(pairs)),
        reference_ix=int(inputs["master_ix"].item()) - 1,
    )
    delays = inputs["ph_tropo_sb"]
    known = np.flatnonzero(np.nanmean(delays, axis=0) != 0)
    found = image_delays(stack, delays, known[known != 10])  # drop_ifg_index=[11]
    golden = vector["outputs"]["ph_tropo"]
    np.testing.assert_allclose(found, golden, rtol=0, atol=1e-6)
    assert found.dtype == golden.dtype


def test_delays_of_images_are_those_that_made_the_pairs():
    of_images = np.random.default_rng(1).normal(0, 3, (7, 5))
    delays = of_images[:, PAIRS[:, 1]] - of_images[:, PAIRS[:, 0]]
    found = image_delays(STACK, delays, np.arange(5))
    np.testing.assert_allclose(found, of_images - of_images[:, [1]], atol=1e-5)
    assert not found[:, 1].any()


def test_a_delay_that_is_not_known_takes_no_part_whatever_stands_there():
    delays = np.ones((3, 5))
    delays[:, 2] = np.nan
    found = image_delays(STACK, delays, np.array([0, 1, 3, 4]))
    np.testing.assert_allclose(found, [[-1, 0, 1, 2, 3]] * 3, atol=1e-6)


def test_an_image_without_path_and_a_reference_image_without_delay_are_named():
    with pytest.raises(ArtifactError, match=r"from 20180206, 20180218 to the reference image"):
        image_delays(STACK, np.ones((3, 5)), np.array([0, 1, 4]))
    with pytest.raises(ArtifactError, match=r"with the reference image \(20180113\)"):
        image_delays(STACK, np.ones((3, 5)), np.array([3, 4]))
