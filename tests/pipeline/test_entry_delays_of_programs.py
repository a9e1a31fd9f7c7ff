"""Tropospheric phase from MintPy, RAiDER, tables and HDF5: sign, scale, and what is refused."""

from __future__ import annotations

import csv
from pathlib import Path

import h5py
import numpy as np
import pytest
from delayed_trees import DelayedTree, delayed_tree

from pystamps.config import RunConfig, Troposphere
from pystamps.errors import ArtifactError, DatasetError, ParameterError
from pystamps.io.mat import read_mat
from pystamps.pipeline.entry.troposphere import correct_troposphere
from pystamps.simulate.gacos_export import zenith_delay_m
from pystamps.simulate.map_grid import geographic_grid


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> DelayedTree:
    return delayed_tree(tmp_path_factory.mktemp("delayed"))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "ERA5.h5"


def corrected(tree: DelayedTree, method: str, source: Path, **settings):
    config = RunConfig(
        dataset=tree.root, stamps={"subtr_tropo": "y"},
        troposphere=Troposphere(method=method, source=source, **settings),
    )  # fmt: skip
    try:
        result = correct_troposphere(tree.root, config)
        return read_mat(tree.root / "tca2.mat"), result
    finally:
        (tree.root / "tca2.mat").unlink(missing_ok=True)


def left_over(tree: DelayedTree, phase) -> float:
    observed = tree.pixels.interferograms.observed
    residual = (tree.truth - phase)[:, observed].std(axis=0)
    return float((residual / tree.truth[:, observed].std(axis=0)).max())


def map_of(tree: DelayedTree, coarse: int = 2):
    """Longitudes and latitudes of a grid around the scene, and lines and samples of its nodes."""
    grid, scene = geographic_grid(tree.stack), tree.stack.scene
    post = coarse * grid.post
    east = grid.corner[0] + post * np.arange(-1, grid.shape[1] // coarse + 2)
    north = grid.corner[1] - post * np.arange(-1, grid.shape[0] // coarse + 2)
    lines, samples = tree.stack.geometry.line_sample_of(*np.meshgrid(east, north))
    lines, samples = np.clip(lines, 0, scene.lines - 1), np.clip(samples, 0, scene.samples - 1)
    return east, north, lines, samples


def cosine(tree: DelayedTree, samples):
    incidence = tree.stack.geometry.incidence
    return np.cos(np.interp(samples, np.arange(incidence.size), incidence))


def write_mintpy(path: Path, tree: DelayedTree, *, is_radar: bool = False) -> None:
    """Write what MintPy's tropo_pyaps3 writes: slant, sign of a displacement, masked = 0."""
    if is_radar:
        scene = tree.stack.scene
        lines, samples = np.meshgrid(
            np.arange(0.0, scene.lines + 2, 3), np.arange(0.0, scene.samples + 2, 3), indexing="ij"
        )
        lines, samples = np.minimum(lines, scene.lines - 1), np.minimum(samples, scene.samples - 1)
        lon, lat = tree.stack.geometry.lonlat(lines, samples)
        lon[0, 0] = lat[0, 0] = 0  # outside of the lookup table
        with h5py.File(path.with_name("geometryRadar.h5"), "w") as file:
            file["longitude"], file["latitude"] = lon, lat
    else:
        east, north, lines, samples = map_of(tree)
    series = [zenith_delay_m(tree.stack, k, lines, samples) for k in range(len(tree.dates))]
    slant = -np.array(series) / cosine(tree, samples)
    slant[:, 0, 0] = 0
    with h5py.File(path, "w") as file:
        file["timeseries"] = slant.astype(np.float32)
        file["date"] = np.array(tree.dates, dtype="S8")
        file.attrs.update(UNIT="m", FILE_TYPE="timeseries")
        if not is_radar:
            step = east[1] - east[0]
            file.attrs.update(
                X_FIRST=str(east[0] - step / 2), Y_FIRST=str(north[0] + step / 2),
                X_STEP=str(step), Y_STEP=str(-step), X_UNIT="degrees",
            )  # fmt: skip


@pytest.mark.parametrize("is_radar", [False, True], ids=["geocoded", "radar"])
def test_delays_of_mintpy_take_the_phase_of_the_delay_away(tree, file, is_radar):
    write_mintpy(file, tree, is_radar=is_radar)
    found, result = corrected(tree, "era5", file)
    assert set(found) == {"ph_tropo_era5"}
    assert left_over(tree, found["ph_tropo_era5"]) < 0.1
    assert "slant delays" in result.details


def change_mintpy(path: Path, change) -> None:
    with h5py.File(path, "r+") as file:
        change(file)


def scaled(factor):
    def change(file):
        file["timeseries"][...] = file["timeseries"][()] * factor

    return change


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (scaled(-1), "sign is reversed"),
        (scaled(100), "they are in centimetres"),
        (lambda f: f["timeseries"].write_direct(f["timeseries"][()].byteswap()), "expected"),
        (lambda f: f.attrs.__setitem__("UNIT", "cm"), "UNIT is 'cm'"),
        (lambda f: f.__delitem__("date"), "has no variable date"),
        (lambda f: f.attrs.__setitem__("X_UNIT", "meters"), "geocode it"),
        (lambda f: f.attrs.__setitem__("X_FIRST", "100"), "no delay is known at 300 of 300"),
        (lambda f: f["date"].__setitem__(1, f["date"][0]), "is there twice"),
    ],
    ids=["sign", "cm", "bytes", "unit", "dates", "map", "elsewhere", "twice"],
)
def test_another_series_is_refused_by_what_is_wrong(tree, file, change, words):
    write_mintpy(file, tree)
    change_mintpy(file, change)
    with pytest.raises(DatasetError, match=words) as refused:
        corrected(tree, "era5", file)
    assert "ERA5.h5" in str(refused.value)


def test_a_series_in_radar_geometry_needs_its_positions(tree, file):
    write_mintpy(file, tree, is_radar=True)
    file.with_name("geometryRadar.h5").unlink()
    with pytest.raises(DatasetError, match=r"geometryRadar\.h5.*is not beside it"):
        corrected(tree, "era5", file)


def test_a_date_that_a_series_lacks_is_refused_by_its_interferogram(tree, file):
    write_mintpy(file, tree)
    change_mintpy(file, lambda f: f["date"].__setitem__(5, b"20300101"))
    words = rf"no delay is known of interferogram 6 \({tree.dates[5]}"
    with pytest.raises(ArtifactError, match=words):
        corrected(tree, "era5", file)
    found, _ = corrected(tree, "era5", file, missing_dates="uncorrected")
    assert not found["ph_tropo_era5"][:, 5].any()


LEVELS = np.array([-500.0, 0, 400, 1200, 3000, 9000])


def write_raider(folder: Path, tree: DelayedTree, *, kind="zenith", crs=None, heights=LEVELS):
    """Write what RAiDER writes for a cube: wet and hydro on levels, described as NetCDF."""
    xarray = pytest.importorskip("xarray")
    folder.mkdir(exist_ok=True)
    east, north, lines, samples = map_of(tree)
    x, y, attributes = east, north, {"units": "degrees_east"}
    for image, date in enumerate(tree.dates):
        shape = lines.shape
        total = np.stack([
            zenith_delay_m(tree.stack, image, lines, samples, np.full(shape, level))
            for level in heights
        ])  # fmt: skip
        if kind != "zenith":
            total /= cosine(tree, samples)
        parts = {"hydro": 0.9 * total, "wet": 0.1 * total}
        data = xarray.Dataset(
            {name: (("z", "y", "x"), values, {"units": "m", "grid_mapping": "proj",
                                              "description": f"{name} {kind} delay"})
             for name, values in parts.items()},
            coords={"x": ("x", x, attributes), "y": ("y", y), "z": ("z", heights)},
            attrs={"title": "RAiDER geo cube", "description": f"RAiDER geo cube - {kind}"},
        )  # fmt: skip
        data["proj"] = 0
        data.to_netcdf(folder / f"ERA5_tropo_{date}T120000_ztd.nc", engine="h5netcdf")
    return folder


@pytest.mark.parametrize("kind", ["zenith", "slant - projected"])
def test_cubes_of_raider_take_the_phase_of_the_delay_away(tree, tmp_path, kind):
    found, _ = corrected(tree, "raider", write_raider(tmp_path / "cubes", tree, kind=kind))
    assert set(found) == {"ph_tropo_era5", "ph_tropo_era5_wet", "ph_tropo_era5_hydro"}
    assert left_over(tree, found["ph_tropo_era5"]) < 0.05
    parts = found["ph_tropo_era5_wet"].astype(float) + found["ph_tropo_era5_hydro"]
    np.testing.assert_allclose(parts, found["ph_tropo_era5"], atol=1e-4)


def test_the_name_of_the_model_may_be_given(tree, tmp_path):
    folder = write_raider(tmp_path / "cubes", tree)
    found, _ = corrected(tree, "raider", folder, stored_as="a_narr")
    assert "ph_tropo_narr" in found


def edited_cube(folder: Path, change) -> None:
    with h5py.File(min(folder.glob("*.nc")), "r+") as file:
        change(file)


def test_cubes_that_say_nothing_of_their_direction_are_refused(tree, tmp_path):
    folder = write_raider(tmp_path / "cubes", tree, kind="somewhere")
    with pytest.raises(DatasetError, match="neither zenith nor slant"):
        corrected(tree, "raider", folder)


def test_cubes_that_end_below_the_pixels_are_refused(tree, tmp_path):
    folder = write_raider(tmp_path / "cubes", tree, heights=np.array([-500.0, -400.0]))
    with pytest.raises(DatasetError, match=r"no delay is known at 300 of 300.*-500..-400 m"):
        corrected(tree, "raider", folder)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda f: f.__delitem__("wet"), "has no variable wet"),
        (lambda f: f["x"].__setitem__(1, f["x"][2]), "x is not evenly spaced"),
        (lambda f: f["z"].__setitem__(1, -600.0), "no ascending heights"),
        (lambda f: [f[n].__setitem__(..., f[n][()] * -1) for n in ("wet", "hydro")], "reversed"),
        (lambda f: f["x"].attrs.__setitem__("units", "m"), "in which projection"),
    ],
    ids=["wet", "x", "z", "sign", "map"],
)
def test_a_cube_that_is_none_is_refused_by_what_is_wrong(tree, tmp_path, change, words):
    folder = write_raider(tmp_path / "cubes", tree)
    edited_cube(folder, change)
    with pytest.raises(DatasetError, match=words):
        corrected(tree, "raider", folder)


def test_two_cubes_of_a_date_and_a_name_without_one_are_refused(tree, tmp_path):
    folder = write_raider(tmp_path / "cubes", tree)
    path = min(folder.glob("*.nc"))
    later = path.rename(folder / path.name.replace("T12", "T13"))
    (folder / path.name).write_bytes(later.read_bytes())
    with pytest.raises(DatasetError, match="another cube of"):
        corrected(tree, "raider", folder)
    later.rename(folder / "cube.nc")
    with pytest.raises(DatasetError, match="holds no date"):
        corrected(tree, "raider", folder)


def points_of(tree: DelayedTree):
    """Positions around the scene and zenith delays there: (n, 2), (n_image, n)."""
    east, north, lines, samples = map_of(tree, coarse=4)
    lonlat = np.stack(np.meshgrid(east, north), axis=-1)
    delays = [zenith_delay_m(tree.stack, k, lines, samples) for k in range(len(tree.dates))]
    return lonlat.reshape(-1, 2), np.array(delays).reshape(len(tree.dates), -1)


def write_table(path: Path, tree: DelayedTree, factor: float = 1.0) -> Path:
    lonlat, delays = points_of(tree)
    with path.open("w", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["lon", "lat", *tree.dates])
        writer.writerows(np.column_stack([lonlat, factor * delays.T]).tolist())
    return path


def write_hdf5(path: Path, tree: DelayedTree, factor: float = 1.0, **changes) -> Path:
    lonlat, delays = points_of(tree)
    known = {
        "lon": lonlat[:, 0], "lat": lonlat[:, 1], "delay": factor * delays,
        "date": np.array(tree.dates, dtype="S8"), **changes,
    }  # fmt: skip
    with h5py.File(path, "w") as file:
        for name, values in known.items():
            if values is not None:
                file[name] = values
    return path


@pytest.mark.parametrize("method", ["csv", "hdf5"])
@pytest.mark.parametrize(
    ("factor", "settings"),
    [(1.0, {}), (100.0, {"unit": "cm"}), (1000.0, {"unit": "mm"})],
    ids=["m", "cm", "mm"],
)
def test_delays_at_points_take_the_phase_of_the_delay_away(
    tree, tmp_path, method, factor, settings
):
    write = {"csv": write_table, "hdf5": write_hdf5}[method]
    found, _ = corrected(tree, method, write(tmp_path / f"d.{method}", tree, factor), **settings)
    assert set(found) == {"strat_corr"}
    assert left_over(tree, found["strat_corr"]) < 0.1


def test_slant_delays_with_the_sign_of_a_displacement_may_be_given(tree, tmp_path):
    _, _, _, samples = map_of(tree, coarse=4)
    _, delays = points_of(tree)
    slant = -delays / cosine(tree, samples).ravel()
    path = write_hdf5(tmp_path / "d.h5", tree, delay=slant)
    found, _ = corrected(tree, "hdf5", path, quantity="displacement")
    assert left_over(tree, found["strat_corr"]) < 0.1
    with pytest.raises(DatasetError, match="expected"):
        corrected(tree, "hdf5", path, quantity="slant")


def test_delays_relative_to_a_date_are_taken_where_that_is_said(tree, tmp_path):
    _, delays = points_of(tree)
    path = write_hdf5(tmp_path / "d.h5", tree, delay=delays - delays[2])
    with pytest.raises(DatasetError, match="expected"):
        corrected(tree, "hdf5", path)
    found, _ = corrected(tree, "hdf5", path, is_relative=True)
    assert left_over(tree, found["strat_corr"]) < 0.1


@pytest.mark.parametrize("factor", [-1.0, 100.0], ids=["sign", "cm"])
@pytest.mark.parametrize("method", ["csv", "hdf5"])
def test_points_with_other_numbers_are_refused(tree, tmp_path, method, factor):
    write = {"csv": write_table, "hdf5": write_hdf5}[method]
    path = write(tmp_path / f"d.{method}", tree, factor)
    with pytest.raises(DatasetError, match=r"sign is reversed|they are in centimetres"):
        corrected(tree, method, path)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "its first line is ''"),
        ("lon,lat\n1,2\n", "one date YYYYMMDD"),
        ("x,y,20180107\n1,2,2.3\n", "expected lon,lat"),
        ("lon,lat,20180107,20180107\n1,2,2.3,2.3\n", "each once"),
        ("lon,lat,20180107\n1,2\n", "line 2 has 2 cells, expected 3"),
        ("lon,lat,20180107\n1,2,2.3\n1,3,much\n", "line 3, column 20180107: 'much'"),
        ("lon,lat,20180107\n1,2,2.3\n1,2,2.4\n", "two points are at one place"),
        ("lon,lat,20180107\n1,,2.3\n", "of a point is no number"),
        ("lon,lat,20180107\n1,2,2.3\n", "no delay is known at 300 of 300"),
    ],
    ids=["empty", "dates", "names", "twice", "cells", "word", "place", "hole", "few"],
)  # fmt: skip
def test_a_table_that_is_none_is_refused_by_line(tree, tmp_path, text, words):
    path = tmp_path / "delays.csv"
    path.write_text(text.replace("20180107", tree.dates[0]))
    with pytest.raises(DatasetError, match=words.replace("20180107", tree.dates[0])):
        corrected(tree, "csv", path)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"lon": None}, "has no variable lon"),
        ({"delay": np.ones((2, 3))}, r"delay has .* of shape \(2, 3\)"),
        ({"date": np.array([b"today"] * 6)}, "'today' is no date"),
    ],
    ids=["lon", "shape", "dates"],
)
def test_hdf5_of_another_layout_is_refused_by_its_variable(tree, tmp_path, changes, words):
    with pytest.raises(DatasetError, match=words):
        corrected(tree, "hdf5", write_hdf5(tmp_path / "d.h5", tree, **changes))


def test_settings_of_other_methods_are_refused(tree):
    mapping = {
        "dataset": str(tree.root),
        "troposphere": {"method": "gacos", "source": str(tree.gacos), "unit": "cm"},
    }
    with pytest.raises(ParameterError, match=r"troposphere\.unit: cm.*csv, hdf5 do"):
        RunConfig.from_mapping(mapping)
