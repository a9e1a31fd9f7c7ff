"""Points as other programs read them: signs, units, fields, what is not known."""

from __future__ import annotations

import csv
import json
import re
import shutil
import sqlite3
import subprocess
from contextlib import closing
from dataclasses import replace

import numpy as np
import pytest
from click.testing import CliRunner
from point_tables import (
    DATES,
    YEARS,
    example_table,
    example_velocity,
    exported,
    write_example,
)
from unwrapped_examples import DAY, MASTER_IX

from pystamps.cli import main
from pystamps.export.fields import about_as_json
from pystamps.export.formats import FORMATS, ExportOptions, format_named, format_of_file
from pystamps.products.chosen import PointChoice, choose_points
from pystamps.progress import silent

# what InSAR Explorer takes for the displacement of a date, and for the velocity
DATE_OF_INSAR_EXPLORER = re.compile(r"^D(\d{8})$")
VELOCITIES_OF_INSAR_EXPLORER = ("velocity", "VEL", "mean_velocity")


def content_of(folder):
    found = {path.relative_to(folder): path for path in sorted(folder.rglob("*"))}
    return {name: path.read_bytes() for name, path in found.items() if path.is_file()}


def lines_of(path):
    with path.open(newline="") as stream:
        return list(csv.reader(stream))


def test_a_geopackage_holds_velocities_toward_the_satellite_and_series_in_mm(tmp_path):
    path = exported(tmp_path, "points.gpkg")
    with closing(sqlite3.connect(path)) as database:
        database.row_factory = sqlite3.Row
        rows = database.execute("SELECT * FROM ps ORDER BY fid").fetchall()
        assert database.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
        assert database.execute("SELECT count(*) FROM rtree_ps_geom").fetchone()[0] == 30
    velocity = np.array([row["velocity"] for row in rows])
    np.testing.assert_allclose(velocity, example_velocity(), atol=1e-4)
    series = np.array([[row[name] for name in DATES] for row in rows])
    np.testing.assert_allclose(series, example_velocity()[:, None] * YEARS, atol=1e-4)
    assert rows[2]["coherence"] is None, "not known is NULL"


def test_fields_of_a_geopackage_are_those_that_insar_explorer_looks_for(tmp_path):
    path = exported(tmp_path, "points.gpkg")
    with closing(sqlite3.connect(path)) as database:
        names = [row[1] for row in database.execute("PRAGMA table_info(ps)")]
    assert [name for name in names if DATE_OF_INSAR_EXPLORER.match(name)] == DATES
    assert next(name for name in VELOCITIES_OF_INSAR_EXPLORER if name in names) == "velocity"
    assert not [name for name in names if re.match(r"(\d{8})$|^D_(\d{8})$", name)]


@pytest.mark.skipif(shutil.which("ogrinfo") is None, reason="ogrinfo (gdal-bin) is not installed")
def test_gdal_reads_positions_of_a_geopackage_with_its_index(tmp_path):
    path = exported(tmp_path, "points.gpkg")
    west, south, east, north = 11.99, 40.99, 12.0, 41.1
    box = [str(number) for number in (west, south, east, north)]
    done = subprocess.run(
        ["ogrinfo", "-ro", "-so", "-spat", *box, str(path), "ps"], capture_output=True, text=True
    )
    assert done.returncode == 0 and "ERROR" not in done.stderr and "Warning" not in done.stderr
    table = example_table()
    x, y = table.columns["longitude"], table.columns["latitude"]
    inside = ((x >= west) & (x <= east) & (y >= south) & (y <= north)).sum()
    assert f"Feature Count: {inside}\n" in done.stdout and "Geometry: Point" in done.stdout
    assert 'ID["EPSG",4326]' in done.stdout


def test_a_plain_table_has_a_column_per_date_and_nothing_where_nothing_is_known(tmp_path):
    header, *rows = lines_of(exported(tmp_path, "points.csv"))
    assert header[:2] == ["longitude", "latitude"] and header[-len(DATES) :] == DATES
    velocity = [float(row[header.index("velocity")]) for row in rows]
    np.testing.assert_allclose(velocity, example_velocity(), atol=6e-4)
    assert rows[2][header.index("coherence")] == ""
    assert all(len(row) == len(header) for row in rows)
    assert {row[header.index(DATES[MASTER_IX])] for row in rows} <= {"0.00", "-0.00"}


def test_a_table_of_the_ground_motion_service_has_its_columns(tmp_path):
    header, *rows = lines_of(exported(tmp_path, "points.egms.csv"))
    assert header[:4] == ["pid", "mp_type", "latitude", "longitude"]
    assert header[-len(DATES) :] == [name[1:] for name in DATES]
    values = dict(zip(header, rows[0], strict=True))
    assert (values["pid"], values["mp_type"]) == ("0000000001", "1")
    assert values["easting"] == values["acceleration"] == ""
    assert float(values["track_angle"]) == 348.0
    assert float(values["mean_velocity"]) == pytest.approx(example_velocity()[0], abs=1e-3)


def test_a_table_for_the_visualizer_begins_with_reference_and_days(tmp_path):
    header, first, *rows = lines_of(exported(tmp_path, "points.visualizer.csv"))
    assert len(header) == 3 + DAY.size and first[2] == "NaN"
    # R counts days from 0000-01-01 = 0, MATLAB from 1
    assert [int(day) for day in first[3:]] == (DAY - 1).astype(int).tolist()
    assert float(first[0]) == pytest.approx(example_table().columns["longitude"].mean())
    assert len(rows) == 30 and len(rows[0]) == len(header)


def test_geojson_has_null_for_what_is_not_known(tmp_path):
    found = json.loads(exported(tmp_path, "points.geojson").read_text())
    assert len(found["features"]) == 30 and len(found["dates"]) == DAY.size
    third = found["features"][2]["properties"]
    assert third["coherence"] is None and len(third["displacement_mm"]) == DAY.size
    assert third["velocity"] == pytest.approx(example_velocity()[2], abs=1e-4)


@pytest.mark.parametrize("kind", FORMATS, ids=lambda kind: kind.name)
def test_the_same_points_are_the_same_file(tmp_path, kind):
    for package in kind.packages:
        pytest.importorskip(package)
    points = choose_points(example_table(), PointChoice())
    write = kind.load()
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        write(tmp_path / name / f"points{kind.suffix}", points, ExportOptions(), silent)
    assert content_of(tmp_path / "one") == content_of(tmp_path / "two")


@pytest.mark.parametrize("kind", FORMATS, ids=lambda kind: kind.name)
def test_the_ending_means_the_format(tmp_path, kind):
    assert format_of_file(tmp_path / f"points{kind.suffix}") == kind == format_named(kind.name)


def test_beside_the_file_stands_what_the_numbers_mean(tmp_path):
    path = exported(tmp_path, "points.csv", "--value", "v-do", "--min-coherence", "0.7")
    about = json.loads((tmp_path / "points.csv.json").read_text())
    assert about["value_type"] == "v-do" and "plane per interferogram" in about["taken_off"]
    assert about["selection"] == "coherence at least 0.7"
    assert about["number_of_points"] == len(lines_of(path)) - 1 < about["points_of_the_run"]


def test_a_file_that_is_there_is_not_replaced_unasked(tmp_path):
    path = exported(tmp_path, "points.csv")
    path.write_text("mine")
    command = ["export", str(tmp_path / "data"), "--to", str(path)]
    done = CliRunner().invoke(main, command)
    assert done.exit_code == 2 and "is there already" in done.output
    assert path.read_text() == "mine"
    assert CliRunner().invoke(main, [*command, "--overwrite"]).exit_code == 0
    assert path.read_text().startswith("longitude")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--to", "points.doc"], "its ending means no format; use one of .gpkg"),
        (["--to", "points.csv", "--format", "excel"], "format 'excel': expected one of gpkg"),
        (["--to", "no/points.csv"], "no such folder"),
        (["--to", "points.csv", "--value", "v-x"], "value type 'v-x' is unknown"),
        (["--to", "points.csv", "--reference", "0,0,100"], "holds no point; points lie between"),
        (["--to", "points.csv", "--reference", "gone.geojson"], "no such file"),
        (["--to", "points.csv", "--area", "0,0,1,1"], "none of 30 points is left"),
    ],
)
def test_what_cannot_be_exported_ends_with_one_line(tmp_path, monkeypatch, options, message):
    monkeypatch.chdir(write_example(tmp_path / "data"))
    done = CliRunner().invoke(main, ["export", *options])
    assert done.exit_code == 2 and message in done.output
    assert len(done.output.strip().splitlines()) == 1
    assert [path.name for path in (tmp_path / "data").iterdir()] == ["products"]


def test_formats_are_listed(tmp_path):
    done = CliRunner().invoke(main, ["export", "--formats"])
    assert done.exit_code == 0
    assert [line.split()[0] for line in done.output.splitlines()] == [f.name for f in FORMATS]


def test_programs_are_told_what_was_written(tmp_path):
    root, target = write_example(tmp_path / "data"), tmp_path / "points.csv"
    done = CliRunner().invoke(main, ["export", str(root), "--to", str(target), "--json"])
    found = json.loads(done.stdout)
    assert (found["file"], found["points"], found["value_type"]) == (str(target), 30, "v-d")


@pytest.mark.parametrize("name", ["points.geojson", "points.gpkg", "points.csv"])
def test_metadata_that_are_not_known_are_null_and_no_nan(tmp_path, name):
    table = example_table()
    table = replace(table, about={**table.about, "slant_range_m": np.nan})
    points = choose_points(table, PointChoice())
    target = tmp_path / name
    format_of_file(target).load()(target, points, ExportOptions(), silent)
    assert json.loads(about_as_json(points.about))["slant_range_m"] is None
    if name.endswith("geojson"):
        json.loads(target.read_text(), parse_constant=pytest.fail)
    if name.endswith("gpkg"):
        with closing(sqlite3.connect(target)) as database:
            (text,) = database.execute("SELECT metadata FROM gpkg_metadata").fetchone()
        json.loads(text, parse_constant=pytest.fail)


def test_the_visualizer_is_told_where_the_reference_area_is(tmp_path):
    x, y = (example_table().columns[axis][4] for axis in ("longitude", "latitude"))
    _, first, *_ = lines_of(
        exported(tmp_path, "points.visualizer.csv", "--reference", f"{x},{y},1")
    )
    assert (float(first[0]), float(first[1])) == pytest.approx((x, y), abs=1e-8)
