"""Comparison with the truth: what is known exactly must come out exactly."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from processed_tree import DAYS, SIZE, WAVELENGTH, write_processed_tree

from pystamps.cli.assess import assess
from pystamps.dates import yyyymmdd
from pystamps.errors import ArtifactError
from pystamps.products.assessment import agreement, assess_dataset
from pystamps.simulate.truth import Truth, read_truth, write_truth

PHASE_PER_HEIGHT = np.linspace(-4.5e-4, -4.0e-4, SIZE[1])


def _truth(n_images: int = DAYS.size) -> Truth:
    line, sample = np.indices(SIZE)
    plane = np.zeros(SIZE, np.float32)
    cube = np.zeros((n_images, *SIZE), np.float32)
    # the processed tree has k_ps_uw = 0.0005 rad/m everywhere
    dem_error = np.broadcast_to(0.0005 / PHASE_PER_HEIGHT - 3.0, SIZE).astype(np.float32)
    return Truth(
        velocity=(-20.0 + line + 0.5 * sample).astype(np.float32),
        displacement=cube,
        dem_error=dem_error,
        ps_mask=(line + sample) % 2 == 0,
        signal_to_clutter=plane,
        atmosphere=cube,
        orbit_ramp=cube,
        height=plane,
        longitude=plane,
        latitude=plane,
        phase_per_height=PHASE_PER_HEIGHT,
        baseline=np.zeros(n_images),
        dates=np.array([int(yyyymmdd(day)) for day in DAYS[:n_images]]),
        master=20180224,
        wavelength_m=WAVELENGTH,
        settings={"seed": "1"},
    )


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data set whose velocities are those of the truth plus 2 mm/yr."""
    line, sample = np.nonzero(np.indices(SIZE)[0] < 6)
    root = tmp_path / "data"
    root.mkdir()
    write_processed_tree(root, -20.0 + line + 0.5 * sample + 2.0, line, sample)
    write_truth(root / "truth.h5", _truth())
    return root


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


def test_the_look_angle_error_of_stage_seven_makes_the_height(data: Path):
    found = assess_dataset(data, data / "truth.h5").dem_error
    assert found is not None
    assert found.bias == pytest.approx(3.0, abs=1e-4)
    assert found.rms < 1e-4


def test_before_stage_seven_there_is_no_height(data: Path):
    (data / "scla2.mat").unlink()
    assert assess_dataset(data, data / "truth.h5").dem_error is None


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
    write_truth(data / "other.h5", _truth(n_images=5))
    with pytest.raises(ArtifactError, match="5 images"):
        assess_dataset(data, data / "other.h5")


def test_the_truth_is_read_back_as_written(tmp_path: Path):
    truth = _truth()
    write_truth(tmp_path / "truth.h5", truth)
    found = read_truth(tmp_path / "truth.h5")
    for field in dataclasses.fields(Truth):
        expected, value = getattr(truth, field.name), getattr(found, field.name)
        assert np.array_equal(expected, value), field.name
        assert np.asarray(expected).dtype == np.asarray(value).dtype, field.name


def test_the_command_prints_json_or_lines(data: Path):
    result = CliRunner().invoke(assess, ["--run", str(data), "--json"])
    assert result.exit_code == 0
    assert json.loads(result.output)["velocity"]["bias"] == pytest.approx(2.0, abs=1e-4)
    result = CliRunner().invoke(assess, ["--run", str(data)])
    assert "50.0 % of them no scatterers" in result.output
