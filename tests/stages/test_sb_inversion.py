"""Phase of the images from interferograms of small baselines: unit vectors, and networks."""

from __future__ import annotations

import logging

import numpy as np
import pytest
from unwrapped_examples import parameters_of_vector
from vector_files import load_vector

from pystamps.errors import ParameterError
from pystamps.interferograms import Interferograms
from pystamps.model import Pixels
from pystamps.stages.reference_area import reference_pixels
from pystamps.stages.sb_inversion import (
    invert_pairs,
    noise_covariance,
    reference_phase,
    require_connected_images,
    solve_images,
    well_conditioned,
)

DAY = 737000.0 + 12 * np.arange(6)
TRIANGLE_AND_CHAIN = np.array([[0, 1], [1, 2], [0, 2], [2, 3], [3, 4], [4, 5]])


def network(pairs=TRIANGLE_AND_CHAIN, *, reference=0, day=DAY):
    pairs = np.asarray(pairs, dtype=np.int64)
    bperp = np.zeros(len(pairs))
    return Interferograms.small_baselines(pairs, day=day, bperp=bperp, reference_ix=reference)


def inverted(stack, ph_uw, *, columns=None, covariance=None, reference_rows=None, quirk=False):
    columns = np.arange(stack.n_ifg) if columns is None else np.asarray(columns)
    covariance = np.eye(stack.n_ifg) if covariance is None else covariance
    reference = reference_phase(ph_uw, reference_rows, columns, over_interferograms=quirk)
    solution = solve_images(stack, columns, covariance)
    return invert_pairs(ph_uw, stack, reference, covariance, solution)


def series(n_ps=7, n_image=6, *, reference=0):
    x = np.random.default_rng(3).normal(0, 9, (n_ps, n_image))
    return x - x[:, [reference]]


@pytest.mark.golden
@pytest.mark.parametrize("case", ["sb_invert_isolated_image", "s7_sb_chain"])
def test_images_and_covariances_equal_the_original(vectors, case):
    vector = load_vector(vectors / f"{case}.json")
    inputs, wanted = vector["inputs"], vector["outputs"]
    pairs, master_ix = inputs["ifgday_ix"].astype(int) - 1, int(inputs["master_ix"].item()) - 1
    day = inputs["day"].ravel() if "day" in inputs else 737000.0 + 12 * np.arange(9)
    parameters = parameters_of_vector(inputs)
    xy, lonlat = inputs.get("xy", np.zeros((40, 3))), inputs.get("lonlat", np.zeros((40, 2)))
    pixels = Pixels(
        ij=np.zeros((40, 3)), lonlat=lonlat, xy=xy.astype(np.float32), bperp=np.zeros(15), day=day,
        master_day=day[master_ix], master_ix=master_ix, pairs=pairs,
        ll0=inputs.get("ll0", np.zeros((1, 2))).ravel(),
    )  # fmt: skip
    stack = pixels.interferograms
    columns = stack.used(parameters.drop_ifg_index).observed
    images, inversion = inverted(
        stack, inputs["ph_uw_sb"], columns=columns,
        covariance=noise_covariance(inputs["ph_rc"], inputs["ph_patch"]),
        reference_rows=reference_pixels(pixels, parameters),
    )  # fmt: skip
    for found, name in (
        (images.ph_uw, "phuw2.ph_uw"),
        (inversion.ph_res, "phuw_sb_res2.ph_res"),
        (inversion.sb_cov, "phuw_sb_res2.sb_cov"),
        (inversion.sm_cov, "phuw_sb_res2.sm_cov"),
    ):
        np.testing.assert_allclose(found, wanted[name], rtol=0, atol=1e-6)
    listed = wanted["phuw2.unwrap_ifg_index_sm"].ravel() - 1
    np.testing.assert_array_equal(images.unwrap_ifg_index_sm, listed)


@pytest.mark.parametrize("reference", [0, 3])
def test_a_consistent_network_gives_its_series_back(reference):
    stack, x = network(reference=reference), series(reference=reference)
    images, inversion = inverted(stack, (x @ stack.design().T).astype(np.float32))
    np.testing.assert_allclose(images.ph_uw, x, rtol=0, atol=5e-6)
    np.testing.assert_allclose(inversion.ph_res, x @ stack.design().T, rtol=0, atol=5e-6)
    assert (np.asarray(images.ph_uw)[:, reference] == 0).all()


def test_a_tree_without_redundancy_and_one_interferogram_more_are_solved():
    x = series()
    for pairs in ([[0, 1], [1, 2], [2, 3], [3, 4], [4, 5]], TRIANGLE_AND_CHAIN):
        stack = network(pairs)
        images, _ = inverted(stack, (x @ stack.design().T).astype(np.float32))
        np.testing.assert_allclose(images.ph_uw, x, rtol=0, atol=5e-6)


def test_interferograms_with_more_noise_weigh_less():
    stack, covariance = network([[0, 1], [1, 2], [0, 2]], day=DAY[:3]), np.diag([0.01, 0.01, 9.0])
    ph_uw = np.float32([[1.0, 1.0, 5.0]])
    images, _ = inverted(stack, ph_uw, covariance=covariance)
    assert abs(np.asarray(images.ph_uw)[0, 2] - 2) < 0.05
    images, _ = inverted(stack, ph_uw, covariance=np.eye(3))
    np.testing.assert_allclose(np.asarray(images.ph_uw)[0, 2], 4, atol=1e-6)


def test_a_pair_stored_the_other_way_round_says_the_same():
    x, stack = series(), network(TRIANGLE_AND_CHAIN[:, ::-1])
    images, _ = inverted(stack, (x @ stack.design().T).astype(np.float32))
    np.testing.assert_allclose(images.ph_uw, x, rtol=0, atol=5e-6)


def test_a_pixel_with_a_gap_has_no_series_and_leaves_the_others_alone():
    stack, x = network(), series()
    ph_uw = (x @ stack.design().T).astype(np.float32)
    ph_uw[2, 4] = np.nan
    images, inversion = inverted(stack, ph_uw)
    others = np.arange(7) != 2
    found = np.asarray(images.ph_uw)
    assert np.isnan(found[2, 1:]).all()
    np.testing.assert_allclose(found[others], x[others], rtol=0, atol=5e-6)
    assert np.isfinite(np.asarray(inversion.ph_res)[others]).all()


def test_an_image_in_no_used_interferogram_has_no_phase_and_is_named(caplog):
    stack, x = network(), series()
    with caplog.at_level(logging.WARNING):
        images, inversion = inverted(
            stack, (x @ stack.design().T).astype(np.float32), columns=[0, 1, 2, 3, 4]
        )
    np.testing.assert_array_equal(images.unwrap_ifg_index_sm, np.arange(5))
    assert (np.asarray(images.ph_uw)[:, 5] == 0).all()
    assert not inversion.sm_cov[5].any()
    assert "no phase: 20171231" in caplog.text


def test_images_apart_from_the_reference_image_are_refused_by_date_with_their_interferograms():
    with pytest.raises(ParameterError, match="20171207, 20171219, 20171231") as refused:
        require_connected_images(network(), np.array([0, 1, 2, 4, 5]))
    assert "reference image 20171101" in str(refused.value)
    assert "(5, 6)" in str(refused.value)


def test_a_reference_image_in_no_interferogram_is_refused():
    with pytest.raises(ParameterError, match="no used interferogram contains the reference image"):
        require_connected_images(network(reference=5), np.arange(5))


@pytest.mark.parametrize("pair", [5, 0])
def test_a_single_reference_pixel_gives_its_phase_in_every_interferogram(pair):
    stack, x = network(), series()
    ph_uw = (x @ stack.design().T).astype(np.float32) + np.float32(2 * np.pi * pair)
    images, _ = inverted(stack, ph_uw, reference_rows=np.array([4]))
    np.testing.assert_allclose(images.ph_uw, x - x[4], rtol=0, atol=2e-5)


def test_a_single_reference_pixel_gives_one_number_as_in_the_original_when_asked():
    ph_uw = np.float32([[1, 2, 3], [5, 7, 9]])
    one = reference_phase(ph_uw, np.array([1]), np.array([0, 2]), over_interferograms=True)
    np.testing.assert_array_equal(one, [7, 7])
    two = reference_phase(ph_uw, np.array([0, 1]), np.array([0, 2]), over_interferograms=True)
    np.testing.assert_array_equal(two, [3, 6])


def test_a_singular_covariance_gets_variance_until_it_can_be_inverted():
    one = np.ones((3, 3))
    steps = (well_conditioned(one) - one)[0, 0] / 0.01
    assert steps == pytest.approx(round(steps))
    assert np.linalg.cond(well_conditioned(one), 1) <= 1000
    np.testing.assert_array_equal(well_conditioned(np.eye(3)), np.eye(3))


def test_covariance_is_that_of_the_wrapped_noise():
    rng = np.random.default_rng(1)
    noise = rng.normal(0, 0.4, (500, 4)) @ rng.normal(0, 1, (4, 4)) * 0.5
    patch = np.exp(1j * rng.uniform(-3, 3, (500, 4)))
    found = noise_covariance((patch * np.exp(1j * noise)).astype(np.complex64), patch)
    wrapped = np.angle(np.exp(1j * noise))
    np.testing.assert_allclose(found, np.cov(wrapped, rowvar=False), rtol=0, atol=1e-6)
