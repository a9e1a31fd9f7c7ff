"""Functions of time in exports: every format with room for columns has them, the others say no."""

from __future__ import annotations

import csv
import json
import re
import sqlite3
import zipfile
from contextlib import closing
from dataclasses import replace

import numpy as np
import pytest
from click.testing import CliRunner
from point_tables import example_table, example_velocity, exported, write_example
from unwrapped_examples import DAY

from pystamps.cli import main
from pystamps.dates import yyyymmdd
from pystamps.export.formats import FORMATS
from pystamps.io.mat import read_mat
from pystamps.products.bootstrap import bootstrap_draws, bootstrap_velocity_std
from pystamps.products.chosen import PointChoice, choose_points

DATE = yyyymmdd(DAY[5])
FIT = f"linear + step@{DATE}"
COLUMNS = [
    "fit_constant", "fit_constant_std", "fit_velocity", "fit_velocity_std", f"fit_step_{DATE}",
    f"fit_step_{DATE}_std", "fit_rmse",
]  # fmt: skip


def with_fit(tmp_path, name):
    return exported(tmp_path, name, "--fit", FIT)


def test_the_columns_of_a_fit_stand_in_a_plain_table_before_the_dates(tmp_path):
    with with_fit(tmp_path, "points.csv").open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    names = list(rows[0])
    assert names[names.index("fit_constant") :][: len(COLUMNS)] == COLUMNS
    assert re.match(r"D\d{8}$", names[names.index("fit_rmse") + 1])
    velocity = [float(row["fit_velocity"]) for row in rows]
    np.testing.assert_allclose(velocity, example_velocity(), atol=1e-2)
    assert all(abs(float(row[f"fit_step_{DATE}"])) < 1e-2 for row in rows)
    about = json.loads((tmp_path / "points.csv.json").read_text())
    assert about["time_functions"] == FIT
    assert about["time_functions_uncertainty"].startswith("covariance, formal: noise")
    assert (
        f"fit_step_{DATE} [mm]: jump toward the satellite at {DATE}"
        in (about["time_functions_columns"])
    )


def test_a_table_of_the_ground_motion_service_has_acceleration_and_seasons(tmp_path):
    path = exported(tmp_path, "points.egms.csv", "--fit", "quadratic", "--uncertainty", "residuals")
    with path.open(newline="") as stream:
        row = next(csv.DictReader(stream))
    assert float(row["acceleration"]) == float(row["fit_acceleration"]) == pytest.approx(0, abs=0.1)
    assert float(row["acceleration_std"]) >= 0 and row["seasonality"] == ""
    plain = exported(tmp_path, "plain.egms.csv")
    with plain.open(newline="") as stream:
        assert next(csv.DictReader(stream))["acceleration"] == ""


def read_gpkg(path):
    with closing(sqlite3.connect(path)) as database:
        rows = database.execute("SELECT fit_velocity FROM ps ORDER BY fid").fetchall()
    return np.array(rows)[:, 0]


def read_geojson(path):
    return [f["properties"]["fit_velocity"] for f in json.loads(path.read_text())["features"]]


def read_netcdf(path):
    import h5py

    with h5py.File(path) as file:
        assert file["fit_velocity"].attrs["units"] == "mm/year"
        return file["fit_velocity"][:]


def read_zarr(path):
    zarr = pytest.importorskip("zarr")
    return zarr.open_group(path)["fit_velocity"][:]


def read_parquet(path):
    parquet = pytest.importorskip("pyarrow.parquet")
    return parquet.read_table(path)["fit_velocity"].to_numpy()


def read_shapefile(path):
    pyogrio = pytest.importorskip("pyogrio")
    meta, _, _, values = pyogrio.raw.read(path)
    names = list(meta["fields"])
    assert {f"s{DATE}", f"s{DATE}s", "f_vel_s", "f_rmse"} < set(names)
    assert all(len(name) <= 10 for name in names)
    return values[names.index("f_vel")]


def read_gmt(path):
    head = path.read_text().splitlines()[0]
    assert "velocity[mm/yr] fit_constant[mm]" in head
    return np.loadtxt(path)[:, 5]


def read_matlab(path):
    return read_mat(path / "ps_fit.mat")["fit_velocity"][:, 0]


def read_kmz(path):
    with zipfile.ZipFile(path) as archive:
        text = "".join(
            archive.read(name).decode() for name in archive.namelist() if "tiles/" in name
        )
    found = re.findall(r"<b>point (\d+)</b>.*?>velocity (-?[\d.]+) mm/year<br/>", text)
    return [float(value) for _, value in sorted(found, key=lambda item: int(item[0]))]


READERS = {
    "points.gpkg": read_gpkg, "points.geojson": read_geojson, "points.nc": read_netcdf,
    "points.zarr": read_zarr, "points.parquet": read_parquet, "points.shp": read_shapefile,
    "points.xy": read_gmt, "points.matlab": read_matlab, "points.kmz": read_kmz,
}  # fmt: skip


@pytest.mark.parametrize("name", READERS)
def test_velocities_of_a_fit_are_in_every_format(tmp_path, name):
    found = READERS[name](with_fit(tmp_path, name))
    np.testing.assert_allclose(found, example_velocity(), atol=1e-2)


def test_rasters_have_the_columns_of_a_fit(tmp_path):
    rasterio = pytest.importorskip("rasterio")
    with rasterio.open(with_fit(tmp_path, "points.tif")) as file:
        names = [text.partition(":")[0] for text in file.descriptions]
        assert names == ["velocity", "velocity_spread", "count", *COLUMNS]
        bands = file.read()
    np.testing.assert_allclose(bands[names.index("fit_velocity")], bands[0], atol=1e-2)
    h5py = pytest.importorskip("h5py")
    with h5py.File(with_fit(tmp_path, "points.mintpy") / "velocity.h5") as file:
        assert set(COLUMNS) < set(file)
        np.testing.assert_allclose(file["fit_velocity"][:], file["velocity"][:], atol=1e-5)


@pytest.mark.parametrize("kind", [f for f in FORMATS if not f.has_fits], ids=lambda kind: kind.name)
def test_a_format_without_room_refuses_and_writes_nothing(tmp_path, kind):
    root, target = write_example(tmp_path / "data"), tmp_path / f"points{kind.suffix}"
    done = CliRunner().invoke(main, ["export", str(root), "--to", str(target), "--fit", "linear"])
    assert done.exit_code == 2 and "has no place for functions of time" in done.output
    assert [path.name for path in tmp_path.iterdir()] == ["data"]


@pytest.mark.parametrize(
    ("functions", "message"),
    [
        ("", "'' is none of linear, quadratic"),
        ("linear + sesonal", "'sesonal' is none of linear, quadratic"),
        ("linear + seasonal", "semiannual_cosine, look_angle_error): the fit passes through all"),
        ("linear + seasonal + quadratic", "7 interferograms for 7 unknowns"),
        ("step@2010-01-01", "step_20100101: is the same at all dates"),
    ],
)
def test_functions_that_cannot_be_fitted_end_with_one_line(tmp_path, functions, message):
    root, target = write_example(tmp_path / "data"), tmp_path / "points.csv"
    done = CliRunner().invoke(main, ["export", str(root), "--to", str(target), "--fit", functions])
    assert done.exit_code == 2 and message in done.output
    assert len(done.output.strip().splitlines()) == 1 and not target.exists()


def test_two_functions_of_one_short_name_are_refused_for_a_shapefile(tmp_path):
    pytest.importorskip("pyogrio")
    root, target = write_example(tmp_path / "data"), tmp_path / "points.shp"
    functions = f"exponential@{DATE}/10 + exponential@{DATE}/60"
    command = ["export", str(root), "--to", str(target), "--fit", functions]
    done = CliRunner().invoke(main, [*command, "--uncertainty", "residuals"])
    assert done.exit_code == 2 and f"would both be e{DATE}" in done.output


def test_the_bootstrap_of_a_line_is_that_of_the_velocity_and_the_same_every_time():
    table = example_table()
    generator = np.random.default_rng(4)
    noisy = np.asarray(table.displacement) + generator.normal(size=(30, DAY.size))
    noisy -= noisy[:, [table.layers.reference_column]]
    table = replace(table, displacement=noisy.astype(np.float32))
    first, second = (
        choose_points(table, PointChoice(functions="linear", uncertainty="bootstrap"))
        for _ in range(2)
    )
    std = first.columns["fit_velocity_std"]
    np.testing.assert_array_equal(std, second.columns["fit_velocity_std"])
    expected = bootstrap_velocity_std(
        noisy, DAY, table.layers.reference_column, draws=bootstrap_draws(DAY.size - 1)
    )
    np.testing.assert_allclose(std, expected, rtol=0.02)
