"""Stages 7 and 8 after interferograms were dropped, one of them before the reference image."""

from __future__ import annotations

import numpy as np
import pytest

from pystamps.config import Compat
from pystamps.io.artifacts import read_artifact, read_variable
from pystamps.io.mat import read_mat
from pystamps.model import Baselines, InterferogramNoise, Pixels, Unwrapped
from pystamps.parameters import Parameters
from pystamps.stages import stage7_scla
from pystamps.stages.network import delaunay_edges
from pystamps.stages.stage7_clip import clip_outliers
from pystamps.stages.stage7_columns import SclaInput
from pystamps.stages.stage7_scla import estimate_look_angle_error
from pystamps.stages.stage8_filter import ScnInput, filter_correlated_noise

PARAMETERS = Parameters(drop_ifg_index=(3, 7))


def baselines(shared_data, pixels):
    """Give the baselines of the pixels, found in stage 1 by line and sample.

    The variant keeps no bp2 and no ph_scla.
    """
    known = {}
    for patch in ("PATCH_1", "PATCH_2"):
        folder = shared_data / "tiny" / "stages" / "stage1" / patch
        positions = read_variable(Pixels, "ij", folder / "ps1.mat")[:, 1:]
        bperp_mat = read_variable(Baselines, "bperp_mat", folder / "bp1.mat")
        known |= dict(zip(map(tuple, positions.tolist()), bperp_mat, strict=True))
    return np.array([known[tuple(position)] for position in pixels.ij[:, 1:].tolist()])


@pytest.fixture(scope="module")
def stack(shared_data):
    folder = shared_data / "variants" / "tiny__drop_3_7"
    pixels = read_artifact(Pixels, folder / "stage5" / "ps2.mat")
    return SclaInput(
        pixels=pixels,
        ph_uw=read_variable(Unwrapped, "ph_uw", folder / "stage6" / "phuw2.mat"),
        bperp=pixels.interferograms.with_null_column(baselines(shared_data, pixels), 0),
        ifg_std_deg=read_artifact(
            InterferogramNoise, folder / "stage5" / "ifgstd2.mat"
        ).ifg_std_deg,
    )


@pytest.mark.golden
def test_stage_7_leaves_dropped_interferograms_out_as_the_original(stack, shared_data):
    folder = shared_data / "variants" / "tiny__drop_3_7" / "stage7"
    scla = estimate_look_angle_error(stack, PARAMETERS)
    smooth = clip_outliers(scla, delaunay_edges(*stack.pixels.xy[:, 1:].T), bperp=stack.bperp)
    for name, found in {"scla2.mat": scla, "scla_smooth2.mat": smooth}.items():
        golden = read_mat(folder / name)
        # single-precision means in Octave, see the next test; baselines reach 171 m
        np.testing.assert_allclose(found.k_ps_uw, golden["K_ps_uw"].ravel(), rtol=0, atol=1.5e-7)
        np.testing.assert_allclose(found.c_ps_uw, golden["C_ps_uw"].ravel(), rtol=0, atol=1e-5)
    np.testing.assert_array_equal(scla.ifg_vcm, read_mat(folder / "scla2.mat")["ifg_vcm"])


def added_in_single_precision(values):
    """Give the mean of each column as Octave makes it: one addition after the other."""
    total = np.cumsum(values, axis=0, dtype=np.float32)[-1]
    return (total / np.float32(len(values))).astype(np.float64)


@pytest.mark.golden
def test_slopes_are_equal_when_means_are_added_as_octave_adds_them(stack, shared_data, monkeypatch):
    used = np.delete(np.arange(17), [2, 6])
    reference, baseline = np.zeros(17), np.zeros(17)
    reference[used] = added_in_single_precision(stack.ph_uw[:, used])
    steps = added_in_single_precision(np.diff(stack.bperp[:, used], axis=1))
    baseline[used[1:]] = np.cumsum(steps)
    monkeypatch.setattr(stage7_scla, "reference_means", lambda *_, **__: reference)
    monkeypatch.setattr(stage7_scla, "mean_over_pixels", lambda _: baseline)
    scla = estimate_look_angle_error(stack, PARAMETERS)
    folder = shared_data / "variants" / "tiny__drop_3_7" / "stage7"
    golden = read_mat(folder / "scla2.mat")["K_ps_uw"].ravel()
    # referenced phases of 2 to 30 rad are rounded to single precision there
    np.testing.assert_allclose(scla.k_ps_uw, golden, rtol=0, atol=3e-9)


@pytest.mark.golden
def test_stage_8_leaves_the_wrong_image_out_as_the_original_and_the_right_one_on_request(
    stack, shared_data
):
    golden = read_mat(shared_data / "variants" / "tiny__drop_3_7" / "stage8" / "scn2.mat")
    scla = estimate_look_angle_error(stack, PARAMETERS)
    inputs = ScnInput(stack.pixels, stack.ph_uw, scla.ph_scla, scla.c_ps_uw)
    found = filter_correlated_noise(inputs, PARAMETERS, compat=Compat())
    np.testing.assert_allclose(found.ph_scn_slave, golden["ph_scn_slave"], rtol=0, atol=2e-5)
    right = filter_correlated_noise(
        inputs, PARAMETERS, compat=Compat(scn_full_list_master_position=False)
    )
    assert np.abs(right.ph_scn_slave - found.ph_scn_slave).max() > 0.1
