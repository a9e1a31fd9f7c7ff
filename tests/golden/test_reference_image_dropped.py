"""The reference image in ``drop_ifg_index``: what the original makes of 40 pixels of ``tiny``.

``tests/data/README.md`` says how the original was run. It never refuses the number; where the
reference image is the last one its stage 8 stops.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import pytest
from trees import CHECKOUT

from pystamps.config import Compat, RunConfig
from pystamps.errors import ParameterError
from pystamps.interferograms import Interferograms
from pystamps.io.mat import read_mat
from pystamps.model import Pixels
from pystamps.parameters import Parameters
from pystamps.pipeline.entry.stage3 import stage3_select_ps
from pystamps.pipeline.entry.stage6 import stage6_unwrap
from pystamps.pipeline.triangle_runner import triangle_arcs
from pystamps.products.phase import PhaseParts
from pystamps.products.velocity import displacement_series_mm, mean_velocity
from pystamps.stages.stage4_weed import SelectedPixels, weed_pixels
from pystamps.stages.stage7_scla import SclaInput, estimate_look_angle_error
from pystamps.stages.stage8_filter import ScnInput, filter_correlated_noise

VECTOR = CHECKOUT / "tests" / "data" / "reference_dropped.npz"
PLACES = (8, 1)
"""Numbers of the reference image: that of ``tiny``, and the first of all."""
LAST = 17


@pytest.fixture(scope="module")
def vector() -> Iterator[Any]:
    with np.load(VECTOR) as stored:
        yield {name: stored[name] for name in stored.files}


def stack_with_reference(vector: Any, number: int) -> SclaInput:
    """Give the stack of the vector, the reference image at another place of the columns."""
    order = np.insert(np.delete(np.arange(LAST), 7), number - 1, 7)
    full = np.insert(vector["bperp_mat"], 7, 0, axis=1)[:, order]
    day = vector["day"].ravel()
    pixels = Pixels(
        ij=vector["ij"], lonlat=vector["lonlat"], xy=vector["xy"].astype(np.float32),
        bperp=vector["bperp"].ravel()[order], day=day, master_day=float(day[number - 1]),
        master_ix=number - 1, ll0=vector["ll0"].ravel(),
    )  # fmt: skip
    std = vector["ifg_std"].ravel()[order]
    return SclaInput(pixels, vector["ph_uw"][:, order], full.astype(np.float32), std)


def dropped(number: int) -> Parameters:
    return Parameters(drop_ifg_index=(number,), scn_wavelength=100.0)


@pytest.mark.parametrize("number", PLACES)
def test_stages_7_and_8_and_the_velocity_are_those_of_the_original(vector, number):
    stack, parameters = stack_with_reference(vector, number), dropped(number)
    scla = estimate_look_angle_error(stack, parameters)
    # single-precision means in Octave, see tests/golden/test_dropped_interferograms.py
    golden_k = vector[f"K_ps_uw_{number}"].ravel()
    np.testing.assert_allclose(scla.k_ps_uw, golden_k, rtol=0, atol=1.5e-7)
    np.testing.assert_allclose(scla.c_ps_uw, vector[f"C_ps_uw_{number}"].ravel(), rtol=0, atol=1e-5)
    inputs = ScnInput(stack.pixels, stack.ph_uw, scla.ph_scla, scla.c_ps_uw)
    noise = filter_correlated_noise(inputs, parameters, compat=Compat())
    golden = vector[f"ph_scn_slave_{number}"]
    np.testing.assert_allclose(noise.ph_scn_slave, golden, rtol=0, atol=2e-5)
    assert np.abs(golden).max() > 1
    parts = PhaseParts(stack.pixels, stack.ph_uw, scla.ph_scla, scla.c_ps_uw)
    velocity = mean_velocity(parts, parameters, ifg_std_deg=stack.ifg_std_deg)
    scale = np.array([[1e-5], [1e-8]])  # rad, rad/day
    assert (np.abs(velocity.m - vector[f"m_{number}"]) < scale).all()


def test_its_null_column_matters_to_stages_7_and_8_and_to_no_product(vector):
    stack, without = stack_with_reference(vector, 8), dropped(8)
    complete = replace(without, drop_ifg_index=())
    found = [estimate_look_angle_error(stack, parameters) for parameters in (without, complete)]
    assert np.abs(found[0].k_ps_uw - found[1].k_ps_uw).max() > 1e-4
    parts = PhaseParts(stack.pixels, stack.ph_uw, found[0].ph_scla, found[0].c_ps_uw)
    velocities = [mean_velocity(parts, parameters) for parameters in (without, complete)]
    assert np.array_equal(velocities[0].m, velocities[1].m)
    series = displacement_series_mm(parts, without, value_type="u-dm", wavelength=0.055)
    assert series.day.tolist() == np.delete(stack.pixels.day, 7).tolist()


def test_stage_8_stops_where_the_original_stops_and_goes_on_when_corrected(vector):
    stack = stack_with_reference(vector, LAST)
    inputs = ScnInput(stack.pixels, stack.ph_uw)
    with pytest.raises(ParameterError, match="17 is the reference image, and no later image"):
        filter_correlated_noise(inputs, dropped(LAST), compat=Compat())
    corrected = Compat(scn_full_list_master_position=False)
    found = filter_correlated_noise(inputs, dropped(LAST), compat=corrected)
    assert np.isfinite(found.ph_scn_slave).all() and found.ph_scn_slave.any()


def test_stage_4_is_that_of_the_original(vector):
    day = vector["day"].ravel()
    ij = vector["weed_ij"]
    pixels = SelectedPixels(
        line=ij[:, 1].astype(np.int64), sample=ij[:, 2].astype(np.int64),
        xy=vector["weed_xy"][:, 1:].astype(np.float32), coh_ps=vector["weed_coh"].ravel(),
        k_ps=vector["weed_K"].ravel(), c_ps=vector["weed_C"].ravel(), ph=vector["weed_ph"],
        interferograms=Interferograms.single_master(day, vector["weed_bperp"].ravel(), 7),
    )  # fmt: skip
    triangulate = partial(triangle_arcs, silence_minutes=1)
    found = weed_pixels(pixels, dropped(8), triangulate=triangulate).weeding
    assert np.array_equal(found.ifg_index + 1, vector["weed_ifg_index"].ravel())
    assert np.array_equal(found.ix_weed, vector["weed_ix_weed"].ravel().astype(bool))
    assert np.array_equal(found.ix_weed2, vector["weed_ix_weed2"].ravel().astype(bool))
    for name in ("ps_std", "ps_max"):
        golden = vector[f"weed_{name}"].ravel()
        np.testing.assert_allclose(getattr(found, name), golden, rtol=0, atol=1e-5)


@pytest.mark.golden
def test_a_run_without_the_reference_image_gives_the_same_stages_3_and_6(tree_before):
    patch, root = tree_before("tiny", 3) / "PATCH_2", tree_before("tiny", 6)
    names = (patch / "select1.mat", root / "phuw2.mat", root / "uw_phaseuw.mat")
    found = []
    for stamps in ({}, {"drop_ifg_index": [8]}):
        stage3_select_ps(patch, RunConfig(patch.parent, stamps=stamps))
        stage6_unwrap(root, RunConfig(root, stamps=stamps))
        found.append([read_mat(name) for name in names])
    for complete, without in zip(*found, strict=True):
        assert complete.keys() == without.keys()
        for name, values in complete.items():
            np.testing.assert_array_equal(without[name], values, err_msg=name)
