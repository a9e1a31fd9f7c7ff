"""The error budget: what each true part of the phase does to the results, exactly."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from processed_tree import DAYS, MASTER, SIZE, write_processed_tree, write_truth_of_tree

from pystamps.cli.assess import assess
from pystamps.errors import ParameterError
from pystamps.io.artifacts import read_artifact, write_artifact
from pystamps.io.mat import read_mat, write_mat
from pystamps.model import Unwrapped
from pystamps.products.error_budget import ErrorBudget, error_budget
from pystamps.products.true_parts import (
    CYCLES,
    HEIGHT,
    MOTION,
    NOISE,
    ORBITS,
    REFERENCE,
    STRATIFIED,
    TURBULENCE,
    true_parts,
)
from pystamps.simulate.truth import Truth, read_truth

LINE, SAMPLE = np.nonzero(np.indices(SIZE)[0] < 10)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data set whose phase is that of its truth: motion, height errors, turbulence."""
    root = tmp_path / "data"
    root.mkdir()
    write_processed_tree(root, np.zeros(LINE.size), LINE, SAMPLE)
    delay = np.random.default_rng(5).normal(0, 0.3, (DAYS.size, *SIZE))
    write_truth_of_tree(root / "truth.h5", atmosphere=delay)
    _set_phase(root, read_truth(root / "truth.h5").phase(LINE, SAMPLE))
    return root


def _set_phase(root: Path, phase: np.ndarray) -> None:
    found = read_artifact(Unwrapped, root / "phuw2.mat")
    changed = dataclasses.replace(found, ph_uw=phase.astype(np.float32))
    write_artifact(root / "phuw2.mat", changed)


def _budget(root: Path) -> tuple[ErrorBudget, dict[str, dict[str, float]]]:
    found = error_budget(root, root / "truth.h5")
    return found, {line.name: line.velocity_mm_yr for line in found.parts}


def _truth(root: Path) -> Truth:
    return read_truth(root / "truth.h5")


def test_the_parts_add_up_to_the_phase_and_nothing_is_left_of_true_phase(data: Path):
    truth = _truth(data)
    is_ps = truth.at("ps_mask", LINE, SAMPLE).astype(bool)
    phase = truth.phase(LINE, SAMPLE)
    parts = true_parts(truth, LINE, SAMPLE, phase, is_ps)
    names = [part.name for part in parts]
    assert names == [MOTION, HEIGHT, TURBULENCE, STRATIFIED, ORBITS, REFERENCE, CYCLES, NOISE]
    assert np.sum([part.phase for part in parts], axis=0) == pytest.approx(phase, abs=1e-9)
    by_name = {part.name: part for part in parts}
    assert np.abs(by_name[NOISE].phase).max() < 1e-6
    assert not by_name[CYCLES].phase.any()
    assert by_name[MOTION].velocity == pytest.approx(truth.at("velocity", LINE, SAMPLE), abs=1e-4)
    assert not by_name[REFERENCE].phase[:, MASTER].any()
    assert np.ptp(by_name[REFERENCE].phase[:, MASTER + 1 :], axis=1).max() < 1e-12


def test_motion_alone_has_no_error_but_the_plane_that_o_takes(data: Path):
    found, velocities = _budget(data)
    assert velocities[MOTION]["v"] < 1e-3
    assert velocities[MOTION]["v-d"] < 1e-3
    # the true velocity is a plane over the scene: v-do loses all of it
    assert velocities[MOTION]["v-do"] == pytest.approx(found.lost_plane_mm_yr, rel=1e-3)
    assert found.lost_plane_mm_yr > 2


def test_turbulence_is_all_there_is_where_the_phase_has_nothing_else_that_harms(data: Path):
    found, velocities = _budget(data)
    assert velocities[TURBULENCE]["v-d"] > 0.1
    assert found.total.velocity_mm_yr["v-d"] == pytest.approx(
        velocities[TURBULENCE]["v-d"], rel=0.02
    )
    for name in (STRATIFIED, ORBITS, CYCLES, NOISE):
        assert velocities[name]["v-d"] < 1e-3
    assert found.not_additive_mm_yr < 1e-4


def test_a_wrong_cycle_stands_under_wrong_cycles_and_a_disturbed_pixel_under_noise(data: Path):
    truth = _truth(data)
    is_ps = np.flatnonzero(truth.at("ps_mask", LINE, SAMPLE))
    phase = truth.phase(LINE, SAMPLE)
    phase[is_ps[3], 0] += 2 * np.pi
    phase[is_ps[8], 0] += 0.7
    _set_phase(data, phase)
    found, velocities = _budget(data)
    assert velocities[CYCLES]["v"] > 5 * velocities[NOISE]["v"] > 0.01
    assert found.not_additive_mm_yr < 1e-4


def test_a_method_that_is_not_linear_has_no_budget(data: Path):
    values = read_mat(data / "parms.mat")
    write_mat(data / "parms.mat", {**values, "scla_method": "L1"})
    with pytest.raises(ParameterError, match=r"scla_method=L1.*set scla_method=L2"):
        error_budget(data, data / "truth.h5")


def test_the_command_prints_the_budget_and_gives_it_as_json(data: Path):
    text = CliRunner().invoke(assess, ["--run", str(data), "--budget"])
    assert text.exit_code == 0, text.output
    assert "turbulence" in text.output
    assert "plane of the true velocity, lost with o" in text.output
    result = CliRunner().invoke(assess, ["--run", str(data), "--budget", "--json"])
    budget = json.loads(result.output)["budget"]
    assert budget["parts"][0]["name"] == MOTION
    assert set(budget["total"]["velocity_mm_yr"]) == {"v", "v-d", "v-do", "v-dos"}
    assert len(budget["leak_mm"]) == 3
    assert "budget" not in json.loads(
        CliRunner().invoke(assess, ["--run", str(data), "--json"]).output
    )
