"""How often the truth lies within the stated uncertainty: known errors, and a processed stack."""

from __future__ import annotations

import dataclasses
import json

import numpy as np
import pytest
from click.testing import CliRunner
from unwrapped_examples import example_pixels

from pystamps.cli import main
from pystamps.products.assessment import assess_dataset
from pystamps.products.phase import PhaseParts
from pystamps.products.velocity_coverage import (
    NOMINAL,
    StatedVelocity,
    VelocityCoverage,
    stated_velocity,
    velocity_coverage,
)
from pystamps.rows import Rows

N_PS = 20_000
RNG = np.random.default_rng(6)
KM = RNG.uniform(-10, 10, (N_PS, 2))
PLACE = np.column_stack([KM, np.zeros(N_PS)])
TRUTH = 5.0 * np.sin(KM[:, 0])
IS_PS = np.ones(N_PS, dtype=bool)


def stated(local_std: float, plane: tuple[float, float], plane_std: float) -> StatedVelocity:
    """Give velocities with noise of 1 mm/yr and a plane, and what is stated of them."""
    velocity = TRUTH + RNG.normal(size=N_PS) + KM @ plane
    std = np.full(N_PS, local_std)
    return StatedVelocity(velocity, std, np.hypot(*KM.T) * plane_std, PLACE, None, np.zeros((3, 3)))


def test_errors_of_the_stated_size_are_covered_as_a_normal_distribution_says():
    found = velocity_coverage(stated(1.0, (0.0, 0.0), 0.0), TRUTH, IS_PS)
    assert (found.within_1, found.within_2) == pytest.approx(NOMINAL, abs=0.02)
    assert (found.rms, found.stated_rms) == pytest.approx((1.0, 1.0), abs=0.02)
    assert found.plane_rms < 0.05 and found.stated_plane_rms == 0


def test_a_plane_is_a_term_of_its_own():
    found = velocity_coverage(stated(1.0, (0.5, -0.3), 0.0), TRUTH, IS_PS)
    assert found.within_1 < 0.35
    assert (found.local_within_1, found.local_within_2) == pytest.approx(NOMINAL, abs=0.02)
    assert found.plane_rms == pytest.approx(np.hypot(0.5, 0.3) * 10 / np.sqrt(3), rel=0.05)
    known = velocity_coverage(stated(1.0, (0.5, -0.3), 0.4), TRUTH, IS_PS)
    assert known.within_1 > 0.5 and known.stated_plane_rms == pytest.approx(3.27, rel=0.05)


def test_the_reference_area_and_pixels_without_scatterer_do_not_count():
    given = stated(1.0, (0.0, 0.0), 0.0)
    shifted = dataclasses.replace(
        given, velocity=given.velocity + 40, reference_rows=np.arange(500)
    )
    only = np.arange(N_PS) % 2 == 0
    wrong = dataclasses.replace(
        shifted, velocity=np.where(only | (np.arange(N_PS) < 500), shifted.velocity, 1e3)
    )
    found = velocity_coverage(wrong, TRUTH, only)
    assert (found.within_1, found.within_2) == pytest.approx(NOMINAL, abs=0.03)


def test_dates_that_determine_nothing_are_said_and_do_not_end_the_assessment():
    pixels = example_pixels(8)
    used = pixels.interferograms.used((1, 2, 5, 6, 7))
    zero = np.zeros((8, pixels.day.size), dtype=np.float32)
    parts = PhaseParts(pixels, zero, zero, np.zeros(8, np.float32), None)
    found = stated_velocity(parts, used, np.arange(8), wavelength=0.0555, ifg_std_deg=None)
    assert "2 interferograms for 2 unknowns (constant, velocity)" in found


def test_noise_that_the_velocity_keeps_is_not_read():
    pixels = example_pixels(30)
    rng = np.random.default_rng(8)
    shape = (30, pixels.day.size)
    zero = np.zeros(shape, np.float32)
    phase = rng.normal(size=shape).astype(np.float32)

    def refuse(rows: slice) -> np.ndarray:
        raise AssertionError("scn2.mat was read")

    parts = PhaseParts(pixels, phase, zero, zero[:, 0], Rows(shape, np.float64, refuse))
    used = pixels.interferograms.used(())
    found = stated_velocity(parts, used, np.arange(30), wavelength=0.0555, ifg_std_deg=None)
    assert isinstance(found, StatedVelocity)
    assert np.isfinite(found.velocity).all() and (found.local_std > 0).all()


@pytest.mark.slow
def test_the_uncertainty_of_a_processed_stack_is_of_the_size_of_its_errors(finished_once):
    found = assess_dataset(finished_once, finished_once / "truth.h5").coverage
    assert isinstance(found, VelocityCoverage)
    assert 0.5 < found.local_within_1 < 0.95 and found.local_within_2 > 0.85
    assert 0.2 < found.plane_rms / found.stated_plane_rms < 5
    done = CliRunner().invoke(main, ["assess", "--run", str(finished_once)])
    assert "(nominal 68.3 and 95.4 %)" in done.output and "  plane        rms" in done.output
    done = CliRunner().invoke(main, ["assess", "--run", str(finished_once), "--json"])
    assert json.loads(done.output)["coverage"]["within_1"] == pytest.approx(found.within_1)
