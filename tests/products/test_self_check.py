"""Figures of accuracy that need no truth: what was planted is seen, and nothing else is."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from click.testing import CliRunner

from pystamps.cli.selfcheck import selfcheck
from pystamps.errors import ParameterError
from pystamps.io.artifacts import read_artifact, write_artifact
from pystamps.model import Unwrapped
from pystamps.products.image_stack import read_image_stack
from pystamps.products.loop_closure import TripletClosure, closure_of_loops
from pystamps.products.residual_colour import DISTANCES_M, ResidualColour, residual_colour
from pystamps.products.split_stacks import SplitStacks, split_stacks

DAY = 737000.0 + 12.0 * np.arange(60)
BPERP = np.random.default_rng(8).normal(0, 80, 60)
SIDE = 25


def _place() -> np.ndarray:
    row, column = np.indices((SIDE, SIDE)) * 120.0
    return np.column_stack([column.ravel(), row.ravel()])


def _colour(series: np.ndarray) -> ResidualColour:
    return residual_colour(series, DAY, BPERP, _place())


def _weather(size: int = 60, *, memory: float = 0.0) -> np.ndarray:
    """Fields that are smooth in space, (pixels, dates), with memory from date to date."""
    generator = np.random.default_rng(4)
    place = _place() / 1000
    waves = generator.normal(0, 1.2, (40, 2))
    shift = generator.uniform(0, 2 * np.pi, 40)
    amplitude = generator.normal(0, 1, (40, size))
    for k in range(1, size):
        amplitude[:, k] += memory * (amplitude[:, k - 1] - amplitude[:, k])
    return np.cos(place @ waves.T + shift) @ amplitude


def test_noise_of_pixels_is_white_in_time_and_uncorrelated_in_space():
    found = _colour(np.random.default_rng(2).normal(0, 3, (SIDE**2, 60)))
    assert found.of_pixels.is_white
    assert found.of_pixels.lag_1 == pytest.approx(found.of_pixels.expected_lag_1, abs=0.02)
    assert found.of_pixels.annual == pytest.approx(found.of_pixels.expected_annual, abs=0.01)
    assert max(abs(value) for value in found.by_distance if np.isfinite(value)) < 0.05


def test_independent_weather_is_white_in_time_and_correlated_near_by():
    found = _colour(_weather())
    assert found.of_pixels.is_white
    assert found.of_squares is not None
    assert found.of_squares.is_white
    near, far = (found.by_distance[DISTANCES_M.index(at)] for at in (100.0, 1000.0))
    assert near > 0.8
    assert far < near - 0.2


def test_weather_that_lasts_is_called_not_white():
    found = _colour(_weather(memory=0.75))
    assert not found.of_pixels.is_white
    assert found.of_pixels.lag_1 > 0.5


def test_a_year_that_comes_back_is_seen_as_one():
    year = np.cos(2 * np.pi * DAY / 365.25)
    moving = np.outer(np.sin(_place()[:, 0] / 400), year)
    noise = np.random.default_rng(3).normal(0, 0.3, (SIDE**2, 60))
    found = _colour(moving + noise)
    assert found.of_pixels.annual > 0.5 > 5 * found.of_pixels.expected_annual


def test_planes_lines_and_baselines_leave_no_residual():
    place = _place()
    planes = np.outer(place[:, 0], np.sin(DAY)) + np.outer(place[:, 1], np.cos(DAY))
    lines = np.outer(np.arange(SIDE**2), DAY - DAY[0]) + np.outer(place[:, 1], BPERP)
    assert _colour(planes + lines).rms_mm < 1e-4


def test_loops_that_close_are_closed_and_a_cycle_too_many_is_counted():
    loops = np.array([[1.0, 1.0, -1.0, 0.0], [0.0, 1.0, 1.0, -1.0]])
    images = np.random.default_rng(1).normal(0, 9, (200, 4))
    first = np.column_stack([images[:, 0], images[:, 1], images[:, :2].sum(axis=1)])
    phase = np.column_stack([first, first[:, 1] + first[:, 2]])
    assert closure_of_loops(phase, loops) == TripletClosure(2, 0.0, 0.0, 0.0, pytest.approx(0))
    phase[:20, 0] += 2 * np.pi
    found = closure_of_loops(phase, loops)
    assert (found.open_share, found.worst_loop_share, found.open_pixel_share) == (0.05, 0.1, 0.1)
    assert found.misclosure_rad < 1e-9
    phase[:, 2] += 4 * np.pi  # of all pixels: a constant that unwrapping leaves free
    assert closure_of_loops(phase, loops).open_share == 0.05
    phase[:, 3] += 0.1
    assert closure_of_loops(phase, loops).misclosure_rad == pytest.approx(0.1 / np.sqrt(2))


def test_pixels_without_phase_are_no_open_loops():
    phase = np.full((3, 3), np.nan)
    phase[0] = [1.0, 2.0, 3.0]
    found = closure_of_loops(phase, np.array([[1.0, 1.0, -1.0]]))
    assert (found.open_share, found.open_pixel_share) == (0.0, 0.0)


def test_halves_of_a_simulated_run_differ_about_as_much_as_is_stated(finished_once: Path):
    found = split_stacks(read_image_stack(finished_once))
    assert isinstance(found, SplitStacks)
    assert found.images == (7, 7)
    assert 0.4 < found.local_rms / found.stated_local_rms < 2.0
    assert found.whole_rms == found.difference_rms / 2


def test_a_jump_in_half_of_the_images_is_a_difference_of_the_halves(finished: Path):
    before = split_stacks(read_image_stack(finished))
    stored = read_artifact(Unwrapped, finished / "phuw2.mat")
    stack = read_image_stack(finished)
    phase = np.array(stored.ph_uw)
    day = stack.pixels.day - stack.pixels.master_day
    # every second secondary image sees the first pixels move at 0.02 rad per day
    for column in stack.secondaries[1::2]:
        phase[: len(phase) // 2, column] += np.float32(0.02 * day[column])
    write_artifact(finished / "phuw2.mat", dataclasses.replace(stored, ph_uw=phase))
    after = split_stacks(read_image_stack(finished))
    assert isinstance(before, SplitStacks)
    assert isinstance(after, SplitStacks)
    assert after.difference_rms > 3 * before.difference_rms
    assert after.within_1 < before.within_1


def test_too_few_images_have_no_halves():
    short = SimpleNamespace(secondaries=np.arange(9))
    assert split_stacks(short) == "9 secondary images, two halves need 10"  # type: ignore[arg-type]


def test_the_command_says_all_figures_and_what_there_is_not(finished: Path):
    text = CliRunner().invoke(selfcheck, ["-d", str(finished)])
    assert text.exit_code == 0, text.output
    for word in ("halves", "within 1 sigma", "they form no loop", "residuals", "stable ground"):
        assert word in text.output
    result = CliRunner().invoke(selfcheck, ["-d", str(finished), "--json"])
    values = json.loads(result.output)
    assert values["residuals"]["of_pixels"]["expected_lag_1"] < 0.05
    assert values["stable"]["points"] > 100


def test_an_area_without_points_is_refused(finished: Path):
    result = CliRunner().invoke(selfcheck, ["-d", str(finished), "--area", "1,1,2,2"])
    assert isinstance(result.exception, ParameterError)
    assert "0 points lie inside, 10 are needed" in str(result.exception)
