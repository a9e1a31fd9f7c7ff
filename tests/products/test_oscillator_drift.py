"""Drift of Envisat's oscillator: as the original takes it off, and a scene that does not move."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from unwrapped_examples import DAY, example_pixels, parts_of_tiny

from pystamps.io.artifacts import read_artifact
from pystamps.model import InterferogramNoise, Pixels
from pystamps.parameters import Parameters
from pystamps.processors.constants import constants_of_doris
from pystamps.products.oscillator_drift import drift_phase, without_drift
from pystamps.products.phase import PhaseParts, corrected_phase
from pystamps.products.velocity import mean_velocity, velocity_mm_per_year
from pystamps.stages.reference_area import reference_pixels

GOLDEN = Path(__file__).parents[1] / "data" / "oscillator_drift.npz"
WAVELENGTH = 0.055465759531382094
ENVISAT = Parameters(platform="ENVISAT", lambda_=WAVELENGTH)


@pytest.mark.golden
def test_velocity_and_phase_of_envisat_are_those_of_the_original(shared_data):
    golden = np.load(GOLDEN)
    parts = parts_of_tiny(shared_data)
    parts = replace(parts, ph_uw=without_drift(parts.ph_uw, parts.pixels, ENVISAT))
    std = read_artifact(InterferogramNoise, shared_data / "tiny" / "stages" / "stage5" /
                        "ifgstd2.mat").ifg_std_deg  # fmt: skip
    m = mean_velocity(parts, ENVISAT, value_type="v-do", ifg_std_deg=std).m
    assert (np.abs(m - golden["m"]) <= [[4e-6], [2e-8]]).all()
    phase = corrected_phase(parts, "dm")
    phase = phase - phase[reference_pixels(parts.pixels, ENVISAT)].mean(axis=0)
    np.testing.assert_allclose(phase[::20], golden["u_dm"], rtol=0, atol=2e-5)


def test_a_scene_at_rest_seen_by_envisat_does_not_move():
    pixels = example_pixels()
    pixels.ij[:, 2] = np.linspace(0, 5000, pixels.n_ps)
    years = (DAY - pixels.master_day) / 365.25
    apparent = 7.8 * pixels.ij[:, 2] * 3.87e-7  # m per year
    ph_uw = (-4 * np.pi / WAVELENGTH * apparent[:, None] * years).astype(np.float32)
    ph_uw += np.float32(0)
    seen = velocity_mm_per_year(
        mean_velocity(PhaseParts(pixels, ph_uw), ENVISAT, value_type="v").m, WAVELENGTH
    )
    assert np.ptp(seen) == pytest.approx(15.1, abs=0.1)  # mm per year across the scene
    corrected = np.asarray(without_drift(ph_uw, pixels, ENVISAT)[:])
    np.testing.assert_allclose(corrected, 0, atol=1e-6)
    assert without_drift(ph_uw, pixels, Parameters(platform="S1A")) is ph_uw
    assert drift_phase(pixels, WAVELENGTH).shape == ph_uw.shape


@pytest.mark.parametrize(("text", "platform"), [("ASAR", "ENVISAT"), ("ERS-2", None)])
def test_envisat_is_known_from_the_results_of_doris(tmp_path, text, platform):
    assert constants_of_doris(tmp_path).platform is None
    (tmp_path / "master.res").write_text(f"Product type specifier: {text}\n")
    assert constants_of_doris(tmp_path).platform == platform


@pytest.mark.golden
def test_the_drift_of_images_is_that_of_their_pairs(shared_data):
    pixels = read_artifact(Pixels, shared_data / "sb_small" / "stages" / "stage5" / "ps2.mat")
    stack = pixels.interferograms
    of_images = np.asarray(drift_phase(pixels, WAVELENGTH, stack=stack.of_images()))
    of_pairs = np.asarray(drift_phase(pixels, WAVELENGTH))
    assert of_images.shape == (pixels.n_ps, 12) and of_pairs.shape == (pixels.n_ps, 25)
    np.testing.assert_allclose(of_images @ stack.design().T, of_pairs, atol=1e-12)
    phase = of_images.astype(np.float32)
    left = without_drift(phase, pixels, ENVISAT, stack=stack.of_images())
    np.testing.assert_allclose(np.asarray(left[:]), 0, atol=1e-6)
