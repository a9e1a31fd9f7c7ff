"""Comparison with the truth: what is known exactly must come out exactly."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from processed_tree import DAYS, MASTER, SIZE, WAVELENGTH, write_processed_tree, write_truth_of_tree

from pystamps.cli.assess import assess
from pystamps.errors import ArtifactError
from pystamps.io.artifacts import read_artifact, write_artifact
from pystamps.io.mat import write_mat
from pystamps.model import Unwrapped
from pystamps.products.agreement import agreement
from pystamps.products.assessment import assess_dataset, detection
from pystamps.products.image_agreement import wrong_cycles
from pystamps.simulate.truth import TruthHeader, read_truth


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data set whose velocities are those of the truth plus 2 mm/yr."""
    line, sample = np.nonzero(np.indices(SIZE)[0] < 6)
    root = tmp_path / "data"
    root.mkdir()
    write_processed_tree(root, -20.0 + line + 0.5 * sample + 2.0, line, sample)
    write_truth_of_tree(root / "truth.h5")
    return root


def _add_to_phase(root: Path, change: np.ndarray) -> None:
    found = read_artifact(Unwrapped, root / "phuw2.mat")
    phase = (found.ph_uw + change).astype(np.float32)
    write_artifact(root / "phuw2.mat", dataclasses.replace(found, ph_uw=phase))


def test_a_shifted_velocity_has_a_bias_and_no_other_error(data: Path):
    found = assess_dataset(data, data / "truth.h5")
    assert found.velocity.count == 90
    assert found.velocity.bias == pytest.approx(2.0, abs=1e-4)
    assert found.velocity.rms < 1e-4
    assert found.velocity.correlation == pytest.approx(1.0)


def test_selected_pixels_are_counted_against_all_scatterers(data: Path):
    found = assess_dataset(data, data / "truth.h5").detection
    assert (found.selected, found.scatterers, found.found) == (90, 90, 45)
    assert (found.recall, found.false_alarms) == (0.5, 0.5)
    assert sum(c.selected for c in found.classes) == 90
    assert sum(c.false_alarms for c in found.classes) == 45


def test_false_alarms_are_counted_by_coherence():
    coherence = np.array([0.35, 0.45, 0.9, 1.0, 0.95])
    found = detection(np.array([False, True, True, False, True]), 10, coherence)
    by_class = {(c.low, c.high): (c.selected, c.false_alarms) for c in found.classes}
    assert by_class[0.3, 0.4] == (1, 1)
    assert by_class[0.4, 0.5] == (1, 0)
    assert by_class[0.9, 1.0] == (3, 1)
    assert sum(selected for selected, _ in by_class.values()) == 5


def test_the_look_angle_error_of_stage_seven_makes_the_height(data: Path):
    found = assess_dataset(data, data / "truth.h5").dem_error
    assert found is not None
    assert found.bias == pytest.approx(3.0, abs=1e-4)
    assert found.rms < 1e-4


def test_before_stage_seven_there_is_no_height_and_before_stage_six_no_unwrapping(data: Path):
    (data / "scla2.mat").unlink()
    found = assess_dataset(data, data / "truth.h5")
    assert found.dem_error is None
    assert found.series is None
    assert found.unwrapping is not None
    (data / "phuw2.mat").unlink()
    assert assess_dataset(data, data / "truth.h5").unwrapping is None


def test_displacement_that_follows_the_truth_has_no_error_and_an_offset_image_neither(data: Path):
    _add_to_phase(data, np.arange(DAYS.size) * 0.3)
    found = assess_dataset(data, data / "truth.h5").series
    assert found is not None
    assert max(found.rms_mm) < 1e-3
    generator = np.random.default_rng(2)
    noise = np.zeros((90, DAYS.size))
    noise[:, 4] = generator.normal(0, 1.0, 90)
    _add_to_phase(data, noise)
    found = assess_dataset(data, data / "truth.h5").series
    assert found is not None
    # 1 rad of phase is wavelength / 4 pi; 45 pixels give it to 11 %
    assert found.rms_mm[4] == pytest.approx(1000 * WAVELENGTH / (4 * np.pi), rel=0.35)
    assert max(np.delete(found.rms_mm, 4)) < 1e-3


def test_pixels_in_a_wrong_cycle_are_counted_modulo_one_constant(data: Path):
    found = assess_dataset(data, data / "truth.h5").unwrapping
    assert found is not None
    assert found.wrong_fraction == 0
    assert np.isnan(found.wrong_cycles[MASTER])
    cycles = np.zeros((90, DAYS.size))
    cycles[:, 1] = 2  # all pixels: a constant, no error
    scatterers = np.flatnonzero(_is_scatterer())
    cycles[scatterers[:9], 3] = 1
    cycles[scatterers[5], 5] = -1
    _add_to_phase(data, 2 * np.pi * cycles)
    found = assess_dataset(data, data / "truth.h5").unwrapping
    assert found is not None
    wrong = [found.wrong_cycles[k] for k in (0, 1, 3, 4, 5)]
    assert wrong == pytest.approx([0, 0, 9 / 45, 0, 1 / 45])
    assert found.worst == pytest.approx(9 / 45)
    assert found.wrong_fraction == pytest.approx(10 / 225)


def _is_scatterer() -> np.ndarray:
    line, sample = np.nonzero(np.indices(SIZE)[0] < 6)
    return (line + sample) % 2 == 0


def test_interferograms_that_were_not_unwrapped_have_no_cycles():
    error = np.full((4, 3), np.nan)
    error[:, 0] = [0.1, -0.2, 0.0, 6.3]
    cycles = wrong_cycles(error)
    assert cycles[:, 0].tolist() == [0, 0, 0, 1]
    assert np.isnan(cycles[:, 1:]).all()
    assert wrong_cycles(np.zeros((0, 3))).shape == (0, 3)


def test_a_plane_and_a_few_outliers_show_in_the_rms_alone():
    generator = np.random.default_rng(1)
    place = generator.uniform(0, 1000, (500, 2))
    truth = generator.normal(0, 5, 500)
    tilted = agreement(truth + 0.01 * place[:, 0], truth, place)
    assert tilted.rms > 2
    assert tilted.rms_without_plane < 1e-9
    wrong = truth.copy()
    wrong[:5] += 100
    outliers = agreement(wrong, truth, place)
    assert outliers.rms > 5
    assert outliers.median_absolute < 1e-9


def test_nan_and_constant_values_give_no_correlation():
    place = np.zeros((3, 2))
    none = agreement(np.full(3, np.nan), np.zeros(3), place)
    assert none.count == 0
    assert np.isnan(none.rms)
    assert np.isnan(agreement(np.arange(3.0), np.zeros(3), place).correlation)


def test_the_truth_of_another_data_set_is_refused(data: Path):
    write_truth_of_tree(data / "other.h5", n_images=5)
    with pytest.raises(ArtifactError, match="5 images"):
        assess_dataset(data, data / "other.h5")


def test_the_truth_is_read_back_as_written(tmp_path: Path):
    header = write_truth_of_tree(tmp_path / "truth.h5")
    truth = read_truth(tmp_path / "truth.h5")
    for field in dataclasses.fields(TruthHeader):
        assert np.array_equal(getattr(header, field.name), getattr(truth.header, field.name))
    line, sample = np.array([11, 0, 3]), np.array([2, 14, 5])
    assert np.array_equal(truth.at("velocity", line, sample), -20.0 + line + 0.5 * sample)
    years = (DAYS - DAYS[MASTER]) / 365.25
    expected = np.outer(-20.0 + line + 0.5 * sample, years)
    assert np.allclose(truth.displacement(line, sample), expected)
    assert truth.scatterers() == 90


def test_the_command_prints_json_or_lines(data: Path):
    result = CliRunner().invoke(assess, ["--run", str(data), "--json"])
    assert result.exit_code == 0
    found = json.loads(result.output)
    assert found["velocity"]["bias"] == pytest.approx(2.0, abs=1e-4)
    assert found["unwrapping"]["wrong_cycles"][MASTER] is None
    result = CliRunner().invoke(assess, ["--run", str(data)])
    assert "50.0 % of them no scatterers" in result.output
    assert "wrong cycle" in result.output
    assert "coherence 0.9 ... 1.0" in result.output


@pytest.fixture
def delayed(data: Path) -> tuple[Path, np.ndarray]:
    """The data set with an atmosphere in its truth, and the delays of its 90 pixels, rad."""
    atmosphere = np.random.default_rng(4).normal(0, 2, (DAYS.size, *SIZE))
    write_truth_of_tree(data / "truth.h5", atmosphere=atmosphere)
    line, sample = np.nonzero(np.indices(SIZE)[0] < 6)
    relative = atmosphere - atmosphere[MASTER]
    return data, relative[:, line, sample].T


def test_delays_are_compared_with_the_true_atmosphere_of_the_images(delayed):
    root, truth = delayed
    assert assess_dataset(root, root / "truth.h5").delays is None
    rng = np.random.default_rng(5)
    estimate = truth + 0.1 * rng.normal(0, 1, truth.shape) + 3.0  # a constant is free
    estimate[:, 5] = -truth[:, 5]  # one has the wrong sign
    estimate[:, MASTER] = 0
    write_mat(root / "tca2.mat", {"ph_tropo_linear": estimate})
    found = assess_dataset(root, root / "truth.h5")
    assert len(found.delays.dates) == DAYS.size - 1
    scatterers = truth[scatterers_of_data()]
    np.testing.assert_allclose(
        found.delays.before_rad, np.delete(scatterers.std(axis=0), MASTER), rtol=1e-5
    )
    assert 0.05 < found.delays.median_after_rad < 0.2 < 2 < found.delays.median_before_rad
    assert found.delays.after_rad[-1] == pytest.approx(2 * found.delays.before_rad[-1], rel=1e-5)
    assert found.delays.worse == found.delays.dates[-1:]
    told = CliRunner().invoke(assess, ["--run", str(root)]).output
    assert "troposphere    " in told and f"worse after: {found.delays.worse[0]}" in told
    held = json.loads(CliRunner().invoke(assess, ["--run", str(root), "--json"]).output)
    assert held["delays"]["worse"] == list(found.delays.worse)


def scatterers_of_data() -> np.ndarray:
    """Give which of the 90 pixels are persistent scatterers."""
    line, sample = np.nonzero(np.indices(SIZE)[0] < 6)
    return (line + sample) % 2 == 0


def test_delays_that_cannot_be_compared_are_told(delayed):
    root, truth = delayed
    write_mat(root / "tca2.mat", {"ph_tropo_linear": truth[:5]})
    found = assess_dataset(root, root / "truth.h5")
    assert any(line.startswith("troposphere    not known: ") for line in found.lines())
    assert "of shape (5, 6)" in found.delays
