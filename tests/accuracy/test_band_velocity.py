"""The estimates in bands as results of a data set: one reference image, and small baselines."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from accuracy_stacks import moving_stack

from pystamps.accuracy.band_velocity import BandMethod, band_velocity, heights_in_doubt
from pystamps.accuracy.collocated_series import collocated_series
from pystamps.errors import ParameterError
from pystamps.interferograms import Interferograms
from pystamps.model import Pixels
from pystamps.parameters import Parameters
from pystamps.products.phase import PhaseParts

PARAMETERS = Parameters(lambda_=0.0555)
FACTOR = -0.0555 * 1000 / (4 * np.pi)
DRAWN = BandMethod("none", is_drawn=True, is_posterior=True, is_motion_possible=True)


@pytest.fixture(scope="module")
def stack():
    return moving_stack(21, n_ps=1500)


def middle_of(stack):
    return int(np.searchsorted(stack.years, 0))


def pixels_of(stack):
    at, n_ps = middle_of(stack), len(stack.xy)
    day = 737000 + np.rint(np.insert(stack.years, at, 0) * 365.25)
    return Pixels(
        ij=np.zeros((n_ps, 3)),
        lonlat=np.column_stack([12 + stack.xy[:, 0] / 84000, 41 + stack.xy[:, 1] / 111000]),
        xy=np.column_stack([np.arange(1, n_ps + 1), stack.xy]).astype(np.float32),
        bperp=np.insert(stack.bperp.mean(axis=0), at, 0),
        day=day,
        master_day=float(day[at]),
        master_ix=at,
        ll0=np.array([12.0, 41.0]),
    )


def inputs_of(stack, phase=None):
    at = middle_of(stack)
    whole = np.insert(stack.phase if phase is None else phase, at, 0, axis=1)
    parts = PhaseParts(pixels_of(stack), whole.astype(np.float32))
    return parts, np.insert(stack.bperp, at, 0, axis=1)


def test_velocity_and_series_come_in_millimetres_relative_to_the_reference_area(stack):
    parts, bperp = inputs_of(stack)
    found = band_velocity(parts, bperp, PARAMETERS, DRAWN)
    truth = FACTOR * (stack.velocity - stack.velocity.mean())
    left = found.v - truth
    assert abs(found.v.mean()) < 1e-6
    assert np.sqrt(np.mean(left**2)) < 0.5 * np.std(truth)
    assert 0.35 < np.mean(np.abs(left) < found.v_std) < 0.95  # one scene, its plane is one draw
    height = found.k_ps - stack.k_ps
    assert 0.35 < np.mean(np.abs(height - height.mean()) < found.k_std) < 0.95
    series = collocated_series(parts, bperp, found, PARAMETERS, with_std=True)
    at = middle_of(stack)
    assert not series.displacement[:, at].any()
    assert np.isfinite(series.displacement_std).all()
    total = series.displacement + series.atmosphere + series.noise
    phase = FACTOR * (np.insert(stack.phase - found.k_ps[:, None] * stack.bperp, at, 0, axis=1))
    terms = np.column_stack([np.ones(len(phase)), stack.xy])
    apart = phase - total
    apart -= terms @ np.linalg.lstsq(terms, apart, rcond=None)[0]
    assert np.abs(apart).max() < 0.02  # all but a plane of every image is in one of the three


def test_pixels_without_phase_are_unknown_and_change_nothing(stack):
    phase = stack.phase.copy()
    phase[:5, 3] = np.nan
    parts, bperp = inputs_of(stack, phase)
    found = band_velocity(parts, bperp, PARAMETERS, DRAWN)
    assert np.isnan(found.v[:5]).all() and np.isfinite(found.v[5:]).all()
    series = collocated_series(parts, bperp, found, PARAMETERS, with_std=False)
    assert series.displacement_std is None
    at = middle_of(stack)
    assert np.isnan(np.delete(series.displacement[:5], at, axis=1)).all()


def test_joint_is_least_squares_and_says_so(stack):
    parts, bperp = inputs_of(stack)
    joint = BandMethod("none", is_drawn=False, is_posterior=False, is_motion_possible=False)
    found = band_velocity(parts, bperp, PARAMETERS, joint)
    np.testing.assert_allclose(found.v, found.v_unshrunk, atol=1e-9)
    assert (found.gain == 1).all() and found.k_std is None
    drawn = band_velocity(parts, bperp, PARAMETERS, DRAWN)
    assert np.median(found.v_std) > np.median(drawn.v_std)
    assert (drawn.gain < 1).any()


def test_a_plane_that_orbits_do_not_explain_is_kept_as_motion(stack, caplog):
    slope = stack.xy[:, 0] / 1000 * 5  # rad/yr: 22 mm/yr per km
    parts, bperp = inputs_of(stack.with_motion(slope))
    combined = BandMethod("combined", is_drawn=True, is_posterior=True, is_motion_possible=True)
    found = band_velocity(parts, bperp, PARAMETERS, combined)
    assert not found.plane.any()
    assert "kept as motion" in caplog.text


def test_a_plane_stays_unsure_unless_the_user_knows_better(stack):
    parts, bperp = inputs_of(stack)
    unsure, known = (
        band_velocity(
            parts,
            bperp,
            PARAMETERS,
            BandMethod(
                "combined", is_drawn=True, is_posterior=True, is_motion_possible=is_possible
            ),
        )
        for is_possible in (True, False)
    )
    np.testing.assert_array_equal(unsure.v, known.v)
    assert unsure.plane_std.mean() > known.plane_std.mean()


def test_few_images_are_refused_in_one_line(stack):
    parts, bperp = inputs_of(stack)
    dropped = Parameters(lambda_=0.0555, drop_ifg_index=tuple(range(1, 20)))
    with pytest.raises(ParameterError, match=r"secondary images do not determine.*stepwise"):
        band_velocity(parts, bperp, dropped, DRAWN)


def test_a_network_of_small_baselines_gives_the_same_from_its_images(stack):
    parts, _ = inputs_of(stack)
    pixels = parts.pixels
    n_image = pixels.day.size
    pairs = np.array([(i, j) for i in range(n_image) for j in range(i + 1, min(i + 4, n_image))])
    whole = parts.ph_uw.astype(np.float64)
    baselines = pixels.bperp[pairs[:, 1]] - pixels.bperp[pairs[:, 0]]
    network = Interferograms.small_baselines(
        pairs, day=pixels.day, bperp=baselines, reference_ix=pixels.master_ix
    )
    noise = np.random.default_rng(2).normal(0, 0.3, (len(whole), len(pairs)))
    observed = whole @ network.design().T + noise
    others = np.delete(np.arange(n_image), pixels.master_ix)
    solve = np.linalg.pinv(network.design()[:, others])
    images = np.insert(observed @ solve.T, pixels.master_ix, 0, axis=1)
    covariance = np.zeros((n_image, n_image))
    covariance[np.ix_(others, others)] = 0.3**2 * solve @ solve.T
    small = PhaseParts(
        _of_pairs(pixels, pairs, baselines),
        images.astype(np.float32),
        images=np.arange(n_image),
        covariance=covariance,
    )
    bperp = np.broadcast_to(small.columns.bperp, images.shape)
    found = band_velocity(small, bperp, PARAMETERS, DRAWN)
    truth = FACTOR * (stack.velocity - stack.velocity.mean())
    assert np.sqrt(np.mean((found.v - truth) ** 2)) < 0.5 * np.std(truth)
    assert 0.35 < np.mean(np.abs(found.v - truth) < found.v_std) < 0.95


def _of_pairs(pixels, pairs, baselines):
    return replace(pixels, pairs=pairs, bperp=baselines)


def test_heights_of_least_squares_that_are_not_clearly_nearer_are_in_doubt():
    generator = np.random.default_rng(2)
    bands, near, far = generator.normal(0, 1, (3, 500))
    bands[7] = np.nan
    assert not heights_in_doubt(bands + 0.5 * near, bands + far, bands)
    assert not heights_in_doubt(bands + 3 + 0.5 * near, bands + far, bands)  # another reference
    reason = heights_in_doubt(bands + 0.9 * near, bands + far, bands)
    assert "times as far from those of the estimate in bands" in reason
    assert not heights_in_doubt(bands * np.nan, bands, bands)
