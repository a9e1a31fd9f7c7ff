"""Exports in the programs that people open them with."""

from __future__ import annotations

import zipfile
from xml.etree import ElementTree

import h5py
import numpy as np
import pytest
from point_tables import (
    DATES,
    WAVELENGTH,
    YEARS,
    example_table,
    example_velocity,
    exported,
    write_example,
)
from unwrapped_examples import DAY, MASTER_IX

from pystamps.export.formats import ExportOptions, format_named
from pystamps.io.mat import read_mat
from pystamps.products.bootstrap import bootstrap_draws, bootstrap_velocity_std
from pystamps.products.chosen import PointChoice, choose_points
from pystamps.progress import silent

SERIES = example_velocity()[:, None] * YEARS


@pytest.mark.parametrize("name", ["points.gpkg", "points.shp", "points.geojson", "points.parquet"])
def test_geopandas_reads_positions_and_velocities(tmp_path, name):
    geopandas = pytest.importorskip("geopandas")
    path = exported(tmp_path, name)
    read = geopandas.read_parquet if name.endswith("parquet") else geopandas.read_file
    found = read(path)
    assert found.crs.to_epsg() == 4326
    np.testing.assert_allclose(found.geometry.x, example_table().columns["longitude"], atol=1e-7)
    np.testing.assert_allclose(found["velocity"], example_velocity(), atol=1e-4)
    assert found["coherence"].isna().tolist() == [k == 2 for k in range(30)]
    if not name.endswith("geojson"):
        np.testing.assert_allclose(found[DATES].to_numpy(), SERIES, atol=1e-4)


@pytest.mark.parametrize("name", ["points.gpkg", "points.shp", "points.parquet"])
def test_positions_can_be_those_of_a_map_projection(tmp_path, name):
    geopandas = pytest.importorskip("geopandas")
    path = exported(tmp_path, name, "--crs", "EPSG:32633")
    read = geopandas.read_parquet if name.endswith("parquet") else geopandas.read_file
    found = read(path)
    assert found.crs.to_epsg() == 32633
    back = found.to_crs(4326).geometry
    np.testing.assert_allclose(back.x, example_table().columns["longitude"], atol=1e-7)
    np.testing.assert_allclose(back.y, example_table().columns["latitude"], atol=1e-7)


@pytest.mark.parametrize("name", ["points.nc", "points.zarr"])
def test_xarray_reads_series_over_time(tmp_path, name):
    xarray = pytest.importorskip("xarray")
    path = exported(tmp_path, name)
    if name.endswith("nc"):
        pytest.importorskip("h5netcdf")
        found = xarray.open_dataset(path, engine="h5netcdf")
    else:
        pytest.importorskip("zarr")
        found = xarray.open_zarr(path)
    assert found["time"].dt.strftime("D%Y%m%d").to_numpy().tolist() == DATES
    np.testing.assert_allclose(found["displacement"].to_numpy(), SERIES, atol=1e-4)
    assert found["displacement"].attrs["units"] == "mm"
    assert found.attrs["value_type"] == "v-d"


def test_the_table_of_a_data_set_opens_in_xarray_as_it_is(tmp_path):
    xarray = pytest.importorskip("xarray")
    pytest.importorskip("h5netcdf")
    root = write_example(tmp_path / "data")
    with xarray.open_dataset(root / "products" / "ps.h5", engine="h5netcdf") as found:
        assert found["displacement"].dims == ("point", "time")
        np.testing.assert_allclose(found["displacement"].to_numpy(), SERIES, atol=1e-4)
        layers = found["unwrapped_displacement"] - found["dem_error_displacement"]
        motion = layers - found["reference_atmosphere_displacement"]
        rest = motion.isel(time=slice(4, None)).to_numpy()
        np.testing.assert_allclose(rest, SERIES[:, 4:], atol=1e-3)


def test_a_raster_holds_means_of_cells_and_their_number(tmp_path):
    rasterio = pytest.importorskip("rasterio")
    path = exported(tmp_path, "points.tif", "--raster-cell", "1000")
    with rasterio.open(path) as file:
        mean, _, count = file.read()
        assert file.crs.to_epsg() == 32633 and file.res == (1000, 1000)
        assert np.nansum(count) == 30
        np.testing.assert_allclose(np.nansum(mean * count), example_velocity().sum(), atol=1e-3)
        cells = [
            file.index(x, y)
            for x, y in format_positions(file.crs.to_epsg(), example_table().columns)
        ]
        of_cells = np.array([mean[row, column] for row, column in cells])
    for cell in set(cells):
        mine = [k for k in range(30) if cells[k] == cell]
        np.testing.assert_allclose(of_cells[mine], example_velocity()[mine].mean(), atol=1e-4)


def format_positions(epsg, columns):
    from pystamps.export.coordinates import Crs

    return Crs(epsg).projected(np.column_stack([columns["longitude"], columns["latitude"]]))


def test_google_earth_finds_every_point_once_with_its_colour_and_chart(tmp_path):
    path = exported(tmp_path, "points.kmz")
    name = "{http://www.opengis.net/kml/2.2}"
    with zipfile.ZipFile(path) as archive:
        document = ElementTree.fromstring(archive.read("doc.kml"))
        links = [item.text for item in document.iter(f"{name}href") if item.text != "dot.png"]
        styles = {item.get("id") for item in document.iter(f"{name}Style")}
        places = []
        for link in links:
            for mark in ElementTree.fromstring(archive.read(link)).iter(f"{name}Placemark"):
                places.append(mark.findtext(f"{name}Point/{name}coordinates"))
                assert mark.findtext(f"{name}styleUrl").rpartition("#")[2] in styles
                assert "<svg" in mark.findtext(f"{name}description")
        assert archive.read("dot.png").startswith(b"\x89PNG") and not archive.testzip()
    x, y = (example_table().columns[axis] for axis in ("longitude", "latitude"))
    assert sorted(places) == sorted(f"{a:.7f},{b:.7f}" for a, b in zip(x, y, strict=True))
    assert "http" not in path.read_bytes().decode("latin-1").replace(name, "")


def test_gmt_reads_three_numbers_a_line(tmp_path):
    path = exported(tmp_path, "points.xy")
    found = np.loadtxt(path, comments="#")
    np.testing.assert_allclose(found[:, 2], example_velocity(), atol=6e-4)
    assert "positive toward the satellite" in path.read_text().splitlines()[0]


def test_mintpy_has_metres_and_text_attributes(tmp_path):
    path = exported(tmp_path, "points.mintpy")
    with h5py.File(path / "timeseries.h5") as file:
        assert file.attrs["UNIT"] == "m" and file.attrs["FILE_TYPE"] == "timeseries"
        assert all(isinstance(value, str) for value in file.attrs.values())
        assert [day.decode() for day in file["date"]] == [name[1:] for name in DATES]
        shape = int(file.attrs["LENGTH"]), int(file.attrs["WIDTH"])
        assert file["timeseries"].shape == (len(DATES), *shape)


def test_mintpy_itself_reads_the_files(tmp_path):
    readfile = pytest.importorskip("mintpy.utils.readfile")
    points = choose_points(with_places(example_table()), PointChoice())
    format_named("mintpy").load()(tmp_path / "m", points, ExportOptions(), silent)
    series, about = readfile.read(str(tmp_path / "m" / "timeseries.h5"))
    assert about["REF_DATE"] == DATES[MASTER_IX][1:]
    rows = points.columns["azimuth"] - points.columns["azimuth"].min()
    found = series[:, rows, points.columns["range"] - points.columns["range"].min()].T
    np.testing.assert_allclose(found * 1000, SERIES, atol=1e-3)


def with_places(table):
    """Give the points places of their own in the image."""
    number = np.arange(30)
    columns = dict(table.columns) | {
        "azimuth": (number // 6).astype(np.int32), "range": (number % 6).astype(np.int32)
    }  # fmt: skip
    from dataclasses import replace

    return replace(table, columns=columns)


def test_kite_reads_a_project_with_its_signs(tmp_path):
    stamps2kite = pytest.importorskip("kite.util.stamps2kite")
    points = choose_points(with_places(example_table()), PointChoice())
    format_named("kite").load()(tmp_path / "k", points, ExportOptions(), silent)
    scene = stamps2kite.stamps2kite(str(tmp_path / "k"), px_size=(300, 300))
    shown = scene.displacement[np.isfinite(scene.displacement)]
    assert shown.min() == pytest.approx(example_velocity().min() / 1000, abs=1e-5)


def test_matlab_finds_what_ps_plot_leaves_behind(tmp_path):
    path = exported(tmp_path, "points.matlab")
    np.testing.assert_allclose(
        read_mat(path / "ps_plot_v-d.mat")["ph_disp"].ravel(), example_velocity(), atol=1e-4
    )
    series = read_mat(path / "ps_plot_ts_v-d.mat")
    np.testing.assert_allclose(series["ph_mm"], SERIES, atol=1e-4)
    assert series["day"].ravel().tolist() == DAY.tolist()
    mv2 = read_mat(path / "mv2.mat")
    np.testing.assert_allclose(mv2["mean_v"].ravel(), -example_velocity(), atol=1e-4)
    assert mv2["mean_v_std"].max() < 1e-3, "motion without noise"


def test_gbis_gets_phase_away_from_the_satellite(tmp_path):
    found = read_mat(exported(tmp_path, "points.gbis.mat"))
    years = (DAY.max() - DAY.min()) / 365.25
    expected = -4 * np.pi / WAVELENGTH * example_velocity() / 1000 * years
    np.testing.assert_allclose(found["Phase"].ravel(), expected, atol=1e-4)
    assert set(np.round(found["Inc"].ravel(), 3)) == {round(np.degrees(0.6), 3)}


@pytest.mark.golden
@pytest.mark.parametrize(
    ("letters", "name"), [("", "__"), ("d", "_d_"), ("do", "_do_"), ("o", "_o_")]
)
def test_resampled_standard_deviations_are_those_of_the_original(shared_data, letters, name):
    """The original draws anew at each call: two runs of 100 draws differ by a seventh (1 sigma)."""
    from unwrapped_examples import parts_of_tiny

    from pystamps.products.layers import layers_of, reference_series, referenced

    parts = parts_of_tiny(shared_data)
    used = parts.pixels.interferograms.used(())
    layers = layers_of(parts, used, wavelength=0.055465759531382094)
    series = layers.series(letters)
    shown = referenced(series, reference_series(series, np.arange(layers.n_point)))
    golden = read_mat(shared_data / "tiny" / "products" / f"mv2_sub{name}usb0.mat")
    stage5 = read_mat(shared_data / "tiny" / "stages" / "stage5" / "ifgstd2.mat")
    found = bootstrap_velocity_std(
        shown, layers.day, layers.reference_column,
        draws=bootstrap_draws(layers.n_date - 1), ifg_std_deg=stage5["ifg_std"].ravel(),
    )  # fmt: skip
    ratio = found / golden["mean_v_std"].ravel()
    n_boot = float(golden["n_boot"].item())
    assert abs(np.median(ratio) - 1) < 3 / np.sqrt(2 * n_boot)


def test_the_quadratic_form_is_the_spread_of_the_draws():
    rng = np.random.default_rng(1)
    series = rng.normal(0, 5, (4, DAY.size)).astype(np.float32)
    series[:, MASTER_IX] = 0
    std = rng.uniform(10, 60, DAY.size)
    draws = bootstrap_draws(DAY.size - 1, n_draw=200, seed=3)
    found = bootstrap_velocity_std(series, DAY, MASTER_IX, draws=draws, ifg_std_deg=std)
    observed = np.delete(np.arange(DAY.size), MASTER_IX)
    slopes = []
    for draw in draws:
        design = np.column_stack([np.ones(draw.size), YEARS[observed][draw]])
        weight = 1 / std[observed][:, None]
        if np.ptp(design[:, 1]) == 0:
            slopes.append(np.zeros(4))
            continue
        fitted = np.linalg.lstsq(
            design * weight, series[:, observed][:, draw].T.astype(float) * weight, rcond=None
        )
        slopes.append(fitted[0][1])
    np.testing.assert_allclose(found, np.std(slopes, axis=0, ddof=1), rtol=1e-5)
