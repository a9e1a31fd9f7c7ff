"""Results of the accuracy modes leave the tool: their columns, or velocity and series as theirs."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from plotted_trees import write_plotted_tree

from pystamps.cli import main
from pystamps.config import Accuracy, RunConfig
from pystamps.errors import ParameterError
from pystamps.export.formats import FORMATS, ExportOptions
from pystamps.io.artifacts import read_artifact
from pystamps.io.mat import read_mat, write_mat
from pystamps.model import AccurateSeries, AccurateVelocity
from pystamps.pipeline.entry.accurate_series import product_accurate_series
from pystamps.pipeline.entry.accurate_velocity import product_accurate_velocity
from pystamps.products.accurate_columns import with_modes_of
from pystamps.products.accurate_table import VALUE_OF_MODES, points_as_asked, table_of_modes
from pystamps.products.chosen import PointChoice
from pystamps.products.gnss_reference import GNSS_FORMAT
from pystamps.products.known_reference import with_known_reference
from pystamps.products.point_storage import POINT_FILE, read_point_table
from pystamps.progress import silent

COLUMNS = ["accurate_velocity", "accurate_velocity_std"]


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished data set of 180 points with velocity and series of the accuracy modes."""
    root = write_plotted_tree(tmp_path_factory.mktemp("modes") / "data")
    config = RunConfig(root, accuracy=Accuracy(orbit_plane="combined", scn_trend="remove"))
    product_accurate_velocity(root, config)
    product_accurate_series(root, config)
    return root


def _csv(path: Path) -> dict[str, np.ndarray]:
    with path.open(newline="") as stream:
        header, *rows = csv.reader(stream)
    values = np.array([[float(cell or "nan") for cell in row] for row in rows])
    return dict(zip(header, values.T, strict=True))


def _export(root: Path, target: Path, *options: str) -> Path:
    done = CliRunner().invoke(main, ["export", str(root), "--to", str(target), *options])
    assert done.exit_code == 0, done.output
    return target


def test_a_table_has_the_velocity_of_the_modes_beside_that_of_stamps(root, tmp_path):
    found = _csv(_export(root, tmp_path / "points.csv"))
    stored = read_artifact(AccurateVelocity, root / "accurate_v.mat")
    assert [name for name in found if name.startswith("accurate")] == COLUMNS
    np.testing.assert_allclose(found[COLUMNS[0]], stored.v - stored.v.mean(), atol=2e-3)
    np.testing.assert_allclose(found[COLUMNS[1]], stored.v_std, atol=1e-3)
    about = json.loads((tmp_path / "points.csv.json").read_text())
    assert about["accuracy_modes"] == "orbit_plane combined, scn_trend remove"


def test_every_format_that_has_a_place_for_columns_takes_those_of_the_modes(root, tmp_path):
    points = points_as_asked(read_point_table(root / POINT_FILE), PointChoice(), root)
    points = with_modes_of(root, points)
    written = 0
    for kind in FORMATS:
        if kind.has_modes and kind.name != "viewer":
            target = tmp_path / f"points{kind.suffix}"
            kind.load()(target, points, ExportOptions(dataset=root), silent)
            written += target.exists()
    assert written >= 10


def test_velocity_and_series_of_the_modes_take_the_place_of_those_of_stamps(root, tmp_path):
    table = read_point_table(root / POINT_FILE)
    found = _csv(_export(root, tmp_path / "points.csv", "--value", VALUE_OF_MODES))
    velocity = read_artifact(AccurateVelocity, root / "accurate_v.mat")
    series = read_artifact(AccurateSeries, root / "accurate_series.mat").displacement
    np.testing.assert_allclose(found["velocity"], velocity.v - velocity.v.mean(), atol=2e-3)
    np.testing.assert_allclose(found["velocity_std"], velocity.v_std, atol=1e-3)
    dates = np.stack([values for name, values in found.items() if name.startswith("D2")], axis=1)
    known = np.isfinite(series).all(axis=0)
    assert known.sum() == table.layers.n_date < series.shape[1], "an image is dropped"
    expected = series[:, known] - series[:, known].mean(axis=0)
    np.testing.assert_allclose(dates, expected, atol=6e-3)
    assert not [name for name in found if name.startswith("accurate")]
    about = json.loads((tmp_path / "points.csv.json").read_text())
    assert about["value_type"] == VALUE_OF_MODES and "orbit_plane" in about["taken_off"]


def test_another_reference_moves_velocity_and_series_of_the_modes(root):
    table = read_point_table(root / POINT_FILE)
    lon, lat = (float(table.columns[name][17]) for name in ("longitude", "latitude"))
    found = table_of_modes(table, root, f"{lon},{lat},1")
    assert found.reference_rows.tolist() == [17]
    assert found.columns["velocity"][17] == pytest.approx(0, abs=1e-5)
    np.testing.assert_allclose(np.asarray(found.displacement)[17], 0, atol=1e-4)
    usual = table_of_modes(table, root, "")
    apart = found.columns["velocity"] - usual.columns["velocity"]
    np.testing.assert_allclose(apart, apart[0], atol=1e-4)


def test_the_velocity_of_the_reference_area_is_added_to_that_of_the_modes_too(root):
    table = read_point_table(root / POINT_FILE)
    points = with_modes_of(root, points_as_asked(table, PointChoice(), root))
    moved = with_known_reference(points, 0.003)
    for name in ("velocity", COLUMNS[0]):
        np.testing.assert_allclose(moved.columns[name] - points.columns[name], 3.0, atol=1e-4)
    np.testing.assert_array_equal(moved.columns[COLUMNS[1]], points.columns[COLUMNS[1]])


def test_a_fit_to_stations_belongs_to_the_velocity_of_stamps(root, tmp_path, caplog):
    table = read_point_table(root / POINT_FILE)
    fit = tmp_path / "gnss.json"
    fit.write_text(json.dumps({"format": GNSS_FORMAT}))
    with pytest.raises(ParameterError, match="is a fit of GNSS stations to the velocity of StaMPS"):
        table_of_modes(table, root, str(fit))
    points = points_as_asked(table, PointChoice(), root)
    points = replace(points, about={**points.about, "gnss_fit": "3 coefficients"})
    with caplog.at_level("WARNING", "pystamps"):
        assert with_modes_of(root, points) is points
    assert "the reference is a fit of GNSS stations" in caplog.text


def test_what_the_modes_have_not_made_is_refused(root, tmp_path):
    table = read_point_table(root / POINT_FILE)
    with pytest.raises(ParameterError, match=r"accurate_v\.mat is not there; pystamps run --acc"):
        table_of_modes(table, tmp_path, "")
    with pytest.raises(ParameterError, match="a table alone has no accuracy modes"):
        points_as_asked(table, PointChoice(VALUE_OF_MODES), None)


def test_a_series_of_other_results_is_refused(root, tmp_path):
    path = root / "scla2.mat"
    stored = read_mat(path)
    kept = path.read_bytes()
    try:
        write_mat(path, stored | {"left_by_a_test": np.ones(3)})
        with pytest.raises(ParameterError, match=r"made from another scla2\.mat"):
            table_of_modes(read_point_table(root / POINT_FILE), root, "")
    finally:
        path.write_bytes(kept)
