"""``ref_velocity``: a reference area that is known to move, in what people take away."""

from __future__ import annotations

import csv
import json

import numpy as np
import pytest
from click.testing import CliRunner
from point_tables import example_velocity, write_example

from pystamps.cli import main
from pystamps.io.mat import write_mat


def export_with(root, target, *more):
    return CliRunner().invoke(main, ["export", str(root), "--to", str(target), *more])


def test_velocities_and_series_have_the_velocity_of_the_reference_area(tmp_path):
    root = write_example(tmp_path / "d")
    plain, moved = tmp_path / "plain.csv", tmp_path / "moved.csv"
    assert export_with(root, plain).exit_code == 0
    write_mat(root / "parms.mat", {"small_baseline_flag": "n", "ref_velocity": -0.004})
    assert export_with(root, moved).exit_code == 0
    tables = [list(csv.DictReader(path.read_text().splitlines())) for path in (plain, moved)]
    velocity = [np.array([float(row["velocity"]) for row in table]) for table in tables]
    np.testing.assert_allclose(velocity[0], example_velocity(), atol=1e-3)
    np.testing.assert_allclose(velocity[1] - velocity[0], -4.0, atol=2e-3)
    dates = [name for name in tables[0][0] if name.startswith("D2")]
    series = [np.array([[float(row[d]) for d in dates] for row in table]) for table in tables]
    days = np.array([np.datetime64(f"{d[1:5]}-{d[5:7]}-{d[7:]}") for d in dates])
    years = (days - days[(series[0] == 0).all(axis=0)][0]) / np.timedelta64(1, "D") / 365.25
    np.testing.assert_allclose(series[1] - series[0], np.tile(-4 * years, (30, 1)), atol=0.011)
    about = json.loads((tmp_path / "moved.csv.json").read_text())
    assert about["reference_velocity_mm_per_year"] == pytest.approx(-4)


@pytest.mark.parametrize("more", [["--reference", "none"], ["--fit", "linear"]])
def test_it_has_no_meaning_for_another_reference_or_a_fit(tmp_path, more):
    root = write_example(tmp_path / "d")
    write_mat(root / "parms.mat", {"small_baseline_flag": "n", "ref_velocity": 0.01})
    found = export_with(root, tmp_path / "points.csv", *more)
    assert found.exit_code == 2
    assert "ref_velocity=0.01" in found.output
    assert not (tmp_path / "points.csv").exists()
