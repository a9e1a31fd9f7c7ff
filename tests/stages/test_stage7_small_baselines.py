"""Stage 7 of small baselines: from the pairs, and from the images that were inverted."""

from __future__ import annotations

from dataclasses import replace
from math import inf

import numpy as np
import pytest
from unwrapped_examples import parameters_of_vector
from vector_files import load_vector

from pystamps.errors import ParameterError
from pystamps.model import PairLookAngleError, Pixels, SmoothedPairLookAngleError
from pystamps.parameters import Parameters
from pystamps.stages.stage7_clip import clip_outliers
from pystamps.stages.stage7_columns import SclaInput, image_baselines
from pystamps.stages.stage7_scla import estimate_look_angle_error
from pystamps_kernels import KernelChoice

BACKENDS = ["python", "native"]
# the original references and adds in single precision
TOLERANCES = {"K_ps_uw": 3e-9, "C_ps_uw": 4e-7, "ph_scla": 8e-7, "ph_ramp": 0.0}

DAY = 737000.0 + np.array([0.0, 24, 36, 60, 96, 108, 156, 168])
BPERP = np.array([-40.0, 110, -75, 0, 62, -130, 28, 90])
PAIRS = np.array([(a, b) for a in range(8) for b in range(a + 1, min(a + 4, 8))])
UNREFERENCED = Parameters(small_baseline_flag=True, ref_radius=-inf)


def pixels_of(inputs):
    pairs = inputs["ifgday_ix"].astype(np.int64) - 1
    day = inputs["day"].ravel()
    master_ix = int(inputs["master_ix"].item()) - 1
    return Pixels(
        ij=np.zeros((len(inputs["xy"]), 3)),
        lonlat=inputs["lonlat"],
        xy=inputs["xy"],
        bperp=np.zeros(len(pairs)),
        day=day,
        master_day=float(day[master_ix]),
        master_ix=master_ix,
        ll0=inputs["ll0"].ravel(),
        pairs=pairs,
    )


def made_up_pixels(n_ps=30):
    rng = np.random.default_rng(7)
    xy = rng.uniform(-1500, 1500, (n_ps, 2))
    return Pixels(
        ij=np.zeros((n_ps, 3)),
        lonlat=np.zeros((n_ps, 2)),
        xy=np.column_stack([np.arange(n_ps), xy]).astype(np.float32),
        bperp=(BPERP[PAIRS[:, 1]] - BPERP[PAIRS[:, 0]]),
        day=DAY,
        master_day=DAY[3],
        master_ix=3,
        ll0=np.zeros(2),
        pairs=PAIRS,
    )


def made_up_pairs(k_ps, *, velocity=0.0):
    pixels = made_up_pixels(k_ps.size)
    bperp = np.tile(pixels.bperp.astype(np.float32), (k_ps.size, 1))
    spans = pixels.interferograms.temporal_baseline
    ph_uw = (k_ps[:, None] * bperp + velocity * spans).astype(np.float32)
    return SclaInput(pixels, ph_uw, bperp)


def assert_as_the_vector(found, outputs, name):
    for variable, tolerance in TOLERANCES.items():
        values = getattr(found, variable.lower())
        golden = outputs[f"{name}.{variable}"].reshape(values.shape)
        np.testing.assert_allclose(
            values, golden, rtol=0, atol=tolerance, err_msg=f"{name} {variable}"
        )
        assert values.dtype == golden.dtype


@pytest.mark.golden
@pytest.mark.parametrize("backend", BACKENDS)
def test_the_vector_of_the_original_is_reproduced(vectors, backend):
    vector = load_vector(vectors / "s7_sb_chain.json")
    inputs, outputs = vector["inputs"], vector["outputs"]
    pixels, parameters = pixels_of(inputs), parameters_of_vector(inputs)
    choice = KernelChoice(backend)
    arcs = outputs["scla.2.edge"].astype(np.int64)
    arcs -= arcs.min()
    pairs = SclaInput(
        pixels, inputs["ph_uw_sb"], inputs["bperp_mat"], covariance=outputs["phuw_sb_res2.sb_cov"]
    )
    of_pairs = estimate_look_angle_error(pairs, parameters, choice=choice)
    assert isinstance(of_pairs, PairLookAngleError)
    assert_as_the_vector(of_pairs, outputs, "scla_sb2")
    smooth = clip_outliers(of_pairs, arcs, bperp=inputs["bperp_mat"])
    assert isinstance(smooth, SmoothedPairLookAngleError)
    assert_as_the_vector(smooth, outputs, "scla_smooth_sb2")
    images = SclaInput(
        pixels,
        outputs["phuw2.ph_uw"],
        inputs["bperp_mat"],
        images=outputs["phuw2.unwrap_ifg_index_sm"].ravel().astype(np.int64) - 1,
        covariance=outputs["phuw_sb_res2.sm_cov"],
    )
    solved = images.used(parameters).observed
    baselines = image_baselines(pixels.interferograms, inputs["bperp_mat"], solved)
    of_images = estimate_look_angle_error(
        replace(images, bperp=baselines), parameters, choice=choice
    )
    assert_as_the_vector(of_images, outputs, "scla2")
    everywhere = image_baselines(pixels.interferograms, inputs["bperp_mat"])
    assert_as_the_vector(clip_outliers(of_images, arcs, bperp=everywhere), outputs, "scla_smooth2")


@pytest.mark.parametrize("method", ["L2", "L1"])
def test_a_made_up_look_angle_error_is_found_from_pairs_and_from_images(method):
    k_ps = np.linspace(-0.02, 0.02, 30)
    parameters = replace(UNREFERENCED, scla_method=method)
    pairs = made_up_pairs(k_ps, velocity=0.01)
    found = estimate_look_angle_error(pairs, parameters)
    np.testing.assert_allclose(found.k_ps_uw, k_ps, atol=1e-7)
    assert not found.c_ps_uw.any()
    images = np.arange(8)
    baselines = image_baselines(pairs.pixels.interferograms, pairs.bperp, images)
    np.testing.assert_allclose(baselines[0], BPERP, atol=1e-4)
    series = k_ps[:, None] * baselines + 0.01 * (DAY - DAY[3])
    stack = SclaInput(pairs.pixels, series.astype(np.float32), baselines, images=images)
    found = estimate_look_angle_error(stack, parameters)
    np.testing.assert_allclose(found.k_ps_uw, k_ps, atol=1e-7)
    np.testing.assert_allclose(found.c_ps_uw, 0, atol=1e-5)


def test_the_lists_of_both_passes_are_their_own():
    pairs = made_up_pairs(np.linspace(-0.02, 0.02, 30))
    dropped = replace(UNREFERENCED, sb_scla_drop_index=(2, 5), scla_drop_index=(3,))
    assert pairs.used(dropped).with_null.tolist() == [0, 2, 3, *range(5, len(PAIRS))]
    images = replace(pairs, images=np.array([0, 1, 2, 3, 4, 6, 7]))
    assert images.used(dropped).with_null.tolist() == [0, 1, 4, 6, 7]
    with pytest.raises(ParameterError, match="sb_scla_drop_index: 99 does not exist"):
        pairs.used(replace(UNREFERENCED, sb_scla_drop_index=(99,)))
    few = replace(UNREFERENCED, sb_scla_drop_index=tuple(range(3, len(PAIRS) + 1)))
    with pytest.raises(ParameterError, match=r"leave 2 of 18 interferograms"):
        pairs.used(few)


def test_pairs_whose_baselines_follow_their_spans_are_refused():
    pairs = made_up_pairs(np.linspace(-0.02, 0.02, 30))
    spans = pairs.pixels.interferograms.temporal_baseline
    follows = replace(pairs, bperp=np.tile(spans * 0.3, (30, 1)).astype(np.float32))
    with pytest.raises(ParameterError, match=r"spans in time.*sb_scla_drop_index"):
        estimate_look_angle_error(follows, UNREFERENCED)


def test_a_covariance_that_is_not_positive_definite_is_raised_with_a_warning(caplog):
    pairs = made_up_pairs(np.linspace(-0.02, 0.02, 30))
    ones = np.ones((len(PAIRS), len(PAIRS)))
    found = estimate_look_angle_error(replace(pairs, covariance=ones), UNREFERENCED)
    np.testing.assert_allclose(found.k_ps_uw, np.linspace(-0.02, 0.02, 30), atol=1e-6)
    assert "not positive definite" in caplog.text
    np.testing.assert_array_equal(found.ifg_vcm, ones)


def test_missing_phase_spoils_its_pixel_unless_the_pair_is_dropped():
    pairs = made_up_pairs(np.linspace(-0.02, 0.02, 30))
    pairs.ph_uw[4, 5] = np.nan
    found = estimate_look_angle_error(pairs, UNREFERENCED)
    assert np.flatnonzero(np.isnan(found.k_ps_uw)).tolist() == [4]
    dropped = replace(UNREFERENCED, sb_scla_drop_index=(6,))
    assert np.isfinite(estimate_look_angle_error(pairs, dropped).k_ps_uw).all()
