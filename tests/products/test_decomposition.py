"""Two simulated tracks over one deformation: ``pystamps decompose``."""

from __future__ import annotations

import csv
import dataclasses
import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result
from unwrapped_examples import DAY, MASTER_IX, example_pixels

from pystamps.cli import main
from pystamps.errors import ParameterError
from pystamps.geo import llh2local, local2llh
from pystamps.products.chosen import ChosenPoints, PointChoice
from pystamps.products.decomposition import Decomposition, decomposed
from pystamps.products.layers import layers_of
from pystamps.products.phase import PhaseParts
from pystamps.products.point_storage import write_point_table
from pystamps.products.point_table import PointTable, PointValues, point_table
from pystamps.products.track_points import TrackPoints, track_points
from pystamps.products.velocity import mm_per_radian
from pystamps.progress import silent
from pystamps.simulate.deformation import displacement_m
from pystamps.simulate.fields import power_law_field
from pystamps.simulate.geometry import Geometry, make_geometry
from pystamps.simulate.scene import preset_scene
from pystamps.simulate.sources import Mogi

WAVELENGTH = 0.0555
NOISE = 1.5
SHAPE = (126, 126)
"""Lines and samples of the scene."""
SOURCE = Mogi(centre=(0.5, 0.5), depth_m=3000.0, volume_m3=-5e5)
Motion = Callable[[Geometry, np.ndarray, np.ndarray], np.ndarray]


def geometry_of(orbit: str, **view: object) -> Geometry:
    changes = {f"view.{name}": value for name, value in view.items()}
    return make_geometry(preset_scene("tiny", {"view.orbit": orbit, **changes}))


def of_source(geometry: Geometry, line: np.ndarray, sample: np.ndarray) -> np.ndarray:
    """Give the velocity by the source, east, north, up, mm/yr."""
    return 1000 * np.column_stack(displacement_m(SOURCE, geometry, line, sample))


def without_north(geometry: Geometry, line: np.ndarray, sample: np.ndarray) -> np.ndarray:
    return of_source(geometry, line, sample) * [1, 0, 1]


def pixels_of(geometry: Geometry, count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    generator = np.random.default_rng(seed)
    line, sample = (generator.integers(0, n, count) for n in SHAPE)
    return line, sample


def track(
    orbit: str, motion: Motion, *, offset: float = 0.0, noise: float = NOISE, count: int = 6000,
    **view: object,
) -> TrackPoints:  # fmt: skip
    """Give the points of a track whose velocities have errors of a known size, of their own."""
    geometry = geometry_of(orbit, **view)
    seed = 1 if orbit == "ascending" else 2
    line, sample = pixels_of(geometry, count, seed)
    sight = np.column_stack([axis[sample] for axis in geometry.line_of_sight])
    velocity = (motion(geometry, line, sample) * sight).sum(axis=1) + offset
    velocity += np.random.default_rng(seed + 10).normal(0, noise, count)
    longitude, latitude = geometry.lonlat(line, sample)
    columns = {
        "point_id": np.arange(1, count + 1), "longitude": longitude, "latitude": latitude,
        "velocity": velocity.astype(np.float32), "velocity_std": np.full(count, noise, np.float32),
        **{f"los_{name}": sight[:, k] for k, name in enumerate(("east", "north", "up"))},
    }  # fmt: skip
    points = ChosenPoints(
        columns, DAY, np.zeros((count, DAY.size), np.float32), MASTER_IX, np.zeros(DAY.size), None,
        count, None, {"value_type": "v-d"},
    )  # fmt: skip
    return TrackPoints(points, np.full(count, float(noise)), np.zeros(count))


def with_columns(track: TrackPoints, **columns: np.ndarray) -> TrackPoints:
    points = dataclasses.replace(track.points, columns={**track.points.columns, **columns})
    return dataclasses.replace(track, points=points)


def truth_at(cells: Decomposition, motion: Motion) -> np.ndarray:
    """Give the true velocity in the middle of the cells: east, north, up."""
    geometry = geometry_of("ascending")
    return motion(geometry, *geometry.line_sample_of(*cells.lonlat.T))


def without_mean(values: np.ndarray) -> np.ndarray:
    return values - values.mean()


def test_vertical_and_east_are_found_within_the_stated_uncertainties() -> None:
    tracks = track("ascending", without_north, offset=7), track("descending", without_north)
    cells = decomposed(*tracks, side_m=200)
    truth = truth_at(cells, without_north)
    assert len(cells) > 400
    assert np.ptp(truth[:, 2]) > 8 and np.ptp(truth[:, 0]) > 8  # there is something to find
    for name, true in (("vertical", truth[:, 2]), ("east", truth[:, 0])):
        std = cells.values[f"{name}_std"]
        error = without_mean(cells.values[name] - true)
        assert 0.60 < (np.abs(error) < std).mean() < 0.80
        assert (np.abs(error) < 2 * std).mean() > 0.92
        assert abs(cells.values[name].mean()) < 0.3  # relative to the cells themselves
        assert np.median(std) < 1.2


def test_the_correlation_is_that_of_the_errors() -> None:
    """Tracks of different noise make the errors of both components depend on each other."""
    tracks = track("ascending", without_north, noise=3), track("descending", without_north, noise=1)
    cells = decomposed(*tracks, side_m=200)
    truth = truth_at(cells, without_north)
    errors = [cells.values[name] - truth[:, k] for name, k in (("vertical", 2), ("east", 0))]
    scaled = [without_mean(e) / cells.values[f"{n}_std"] for e, n in
              zip(errors, ("vertical", "east"), strict=True)]  # fmt: skip
    assert (scaled[0] * scaled[1]).mean() == pytest.approx(
        cells.values["correlation"].mean(), abs=0.1
    )
    assert abs(cells.values["correlation"].mean()) > 0.5


def test_motion_to_the_north_does_what_is_said() -> None:
    tracks = [track(o, of_source, noise=0.001) for o in ("ascending", "descending")]
    still = [track(o, without_north, noise=0.001) for o in ("ascending", "descending")]
    cells, plain = (decomposed(*both, side_m=200) for both in (tracks, still))
    north = truth_at(cells, of_source)[:, 1]
    for name in ("vertical", "east"):
        said = cells.values[f"{name}_per_north"]
        changed = cells.values[name] - plain.values[name]
        np.testing.assert_allclose(without_mean(changed), without_mean(said * north), atol=0.15)
    assert 0.05 < np.abs(cells.values["vertical_per_north"]).max() < 0.3
    assert np.abs(cells.values["east_per_north"]).max() < 0.1


def test_the_order_of_the_tracks_does_not_matter() -> None:
    tracks = track("ascending", without_north), track("descending", without_north)
    one, other = decomposed(*tracks, side_m=200), decomposed(*tracks[::-1], side_m=200)
    assert len(one) == len(other)
    np.testing.assert_allclose(np.sort(one.values["east"]), np.sort(other.values["east"]),
                               atol=1e-6)  # fmt: skip


def test_two_tracks_of_one_look_direction_are_refused() -> None:
    one = track("ascending", without_north)
    with pytest.raises(ParameterError, match="look the same way: condition number"):
        decomposed(one, one, side_m=200)
    steeper = track("ascending", without_north, near_range_m=900_000.0)
    with pytest.raises(ParameterError, match="expected at most 5; give an ascending"):
        decomposed(one, steeper, side_m=400)


def test_scenes_that_do_not_overlap_are_refused() -> None:
    one = track("ascending", without_north)
    other = track("descending", without_north, centre_lonlat=(-83.5, 36.55))
    with pytest.raises(ParameterError, match="no cell of 200 m has 1 or more points of A and of D"):
        decomposed(one, other, side_m=200)
    near = track("descending", without_north)
    with pytest.raises(ParameterError, match="no cell of 200 m has 500 or more points"):
        decomposed(one, near, side_m=200, least_points=500)


def test_points_without_values_are_left_out_and_counted() -> None:
    one, other = track("ascending", without_north), track("descending", without_north)
    velocity = one.points.columns["velocity"].copy()
    velocity[:50] = np.nan
    gaps = with_columns(one, velocity=velocity)
    cells = decomposed(gaps, other, side_m=200)
    assert cells.left_out == (50, 0)
    assert np.isfinite(cells.values["vertical"]).all()
    blind = with_columns(one, **dict.fromkeys(("los_east", "los_north", "los_up"),
                                              velocity * np.nan))  # fmt: skip
    with pytest.raises(ParameterError, match="A: the look direction is not known"):
        decomposed(blind, other, side_m=200)


def test_a_cell_that_moves_unevenly_is_less_sure() -> None:
    """A step within the cells makes points scatter more than their standard deviations say."""

    def step(geometry: Geometry, line: np.ndarray, sample: np.ndarray) -> np.ndarray:
        motion = np.zeros((len(line), 3))
        motion[:, 2] = np.where(geometry.lonlat(line, sample)[1] > 36.5545, 10.0, 0.0)
        return motion

    tracks = track("ascending", step), track("descending", step)
    cells = decomposed(*tracks, side_m=1000)
    uneven = np.abs(cells.lonlat[:, 1] - 36.5545) < 0.003
    std = cells.values["velocity_a_std"]
    assert uneven.any() and not uneven.all()
    assert np.median(std[uneven]) > 2 * np.median(std[~uneven])


def test_the_date_line_does_not_part_a_scene() -> None:
    tracks = [track(o, without_north, centre_lonlat=(179.99, 36.55))
              for o in ("ascending", "descending")]  # fmt: skip
    longitude = tracks[1].points.columns["longitude"]
    wrapped = with_columns(
        tracks[1], longitude=np.where(longitude > 180, longitude - 360, longitude)
    )
    cells = decomposed(*tracks, side_m=200)
    same = decomposed(tracks[0], wrapped, side_m=200)
    assert len(same) == len(cells) > 400


def test_the_grid_is_that_of_the_projection_that_is_stated() -> None:
    """As far as the ellipsoid of StaMPS is WGS 84: its eccentricity differs, 2e-5 of distances."""
    pyproj = pytest.importorskip("pyproj")
    from pystamps.export.decomposed_cells import projection

    cells = decomposed(
        track("ascending", without_north), track("descending", without_north), side_m=200
    )
    place = pyproj.Proj(projection(cells))(*cells.lonlat.T)
    np.testing.assert_allclose(np.column_stack(place), (cells.cell + 0.5) * 200, rtol=3e-5)
    local = llh2local(local2llh((cells.cell + 0.5) * 0.2, cells.origin), cells.origin)
    np.testing.assert_allclose(local, (cells.cell + 0.5) * 0.2, atol=1e-6)


def write_track(root: Path, orbit: str, *, count: int = 3000) -> Path:
    """Write a data set with nothing but its table of points."""
    (root / "products").mkdir(parents=True)
    write_point_table(root / "products" / "ps.h5", table_of_track(orbit, count), silent)
    return root


def table_of_track(
    orbit: str, count: int, *, atmosphere_rad: float = 0.0, seed: int = 0
) -> PointTable:
    """Give the table of points of a track: motion, noise of 0.5 rad, atmosphere of every date."""
    geometry = geometry_of(orbit)
    line, sample = pixels_of(geometry, count, 1 if orbit == "ascending" else 2)
    sight = np.column_stack([axis[sample] for axis in geometry.line_of_sight])
    velocity = (without_north(geometry, line, sample) * sight).sum(axis=1)
    day = DAY[0] + 12.0 * np.arange(40)
    pixels = dataclasses.replace(
        example_pixels(count, day=day), bperp=np.zeros(40, np.float32),
        lonlat=np.column_stack(geometry.lonlat(line, sample)),
    )  # fmt: skip
    years = (pixels.day - pixels.master_day) / 365.25
    phase = -velocity[:, None] * years / mm_per_radian(WAVELENGTH)
    generator = np.random.default_rng(seed * 2 + (3 if orbit == "ascending" else 4))
    phase += generator.normal(0, 0.5, phase.shape)
    if atmosphere_rad:
        for column in phase.T:
            field = power_law_field(SHAPE, geometry.spacing_m, 8 / 3, generator=generator)
            column += atmosphere_rad * field[line, sample]
        phase -= phase[:, [MASTER_IX]]
    phase[:, MASTER_IX] = 0
    nothing = np.zeros(count)
    parts = PhaseParts(pixels, phase.astype(np.float32), 0 * phase, nothing, 0 * phase)
    used = pixels.interferograms.used(())
    values = PointValues(
        pixels, nothing + 0.9, nothing, nothing, geometry.incidence[sample], nothing
    )
    return point_table(
        values, layers_of(parts, used, wavelength=WAVELENGTH), used, letters="dm",
        reference_rows=np.arange(count), ifg_std_deg=None, wavelength=WAVELENGTH,
        slant_range_m=8.5e5, heading_deg=geometry.heading_deg,
        about={"value_type": "v-d", "taken_off": "DEM error", "reference_area": "all points",
               "heading_deg": geometry.heading_deg, "first_date": "2017-11-05",
               "last_date": "2018-04-22"},
    )  # fmt: skip


def test_the_truth_lies_within_stated_uncertainties_where_points_share_errors() -> None:
    """Atmosphere of 1.5 rad is the same for all points of a cell; of eight pairs of tracks."""
    shares: list[float] = []
    twice: list[float] = []
    for seed in range(8):
        tracks = [
            track_points(
                table_of_track(orbit, 1500, atmosphere_rad=1.5, seed=seed + 1),
                PointChoice(reference="all"),
            )
            for orbit in ("ascending", "descending")
        ]
        cells = decomposed(*tracks, side_m=400)
        truth = truth_at(cells, without_north)
        for name, true in (("vertical", truth[:, 2]), ("east", truth[:, 0])):
            ratio = np.abs(without_mean(cells.values[name] - true)) / cells.values[f"{name}_std"]
            shares.append(float((ratio < 1).mean()))
            twice.append(float((ratio < 2).mean()))
    assert 0.60 < np.mean(shares) < 0.78, shares
    assert 0.91 < np.mean(twice) < 0.99, twice


@pytest.fixture(scope="module")
def roots(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    root = tmp_path_factory.mktemp("tracks")
    return write_track(root / "A", "ascending"), write_track(root / "D", "descending")


def decompose(roots: tuple[Path, Path], target: Path, *more: str) -> Result:
    words = ["decompose", *map(str, roots), "--to", str(target), "--cell", "400", *more]
    return CliRunner().invoke(main, words)


def test_the_command_says_reference_uncertainty_and_the_north(
    roots: tuple[Path, Path], tmp_path: Path
) -> None:
    done = decompose(roots, tmp_path / "motion.csv")
    assert done.exit_code == 0, done.output
    assert "cells that both tracks share" in done.output
    assert "north taken as 0: 1 mm/yr of it changes vertical by up to" in done.output
    assert "condition number of the look directions: 1." in done.output
    about = json.loads((tmp_path / "motion.csv.json").read_text())
    assert "what near points share, atmosphere and planes" in about["standard_deviations"]
    assert about["A_value_type"] == about["D_value_type"] == "v-d"
    assert max(map(len, done.output.replace(str(tmp_path), "").splitlines())) <= 80


def test_a_figure_shows_both_components_and_their_standard_deviations(
    roots: tuple[Path, Path], tmp_path: Path
) -> None:
    picture = tmp_path / "motion.svg"
    done = decompose(roots, tmp_path / "motion.csv", "--figure", str(picture))
    assert done.exit_code == 0 and f"map {picture}" in done.output, done.output
    text = picture.read_text()
    for words in (
        "Vertical, + up",
        "East-west, + to the east",
        "Standard deviation of the vertical",
    ):
        assert words in text
    again = decompose(roots, tmp_path / "other.csv", "--figure", str(picture))
    assert again.exit_code == 2 and "is there already" in again.output
    assert not (tmp_path / "other.csv").exists()


def test_velocities_of_the_tables_are_those_of_the_truth(
    roots: tuple[Path, Path], tmp_path: Path
) -> None:
    """Series with noise, their lines and standard deviations, the cells, the file."""
    assert decompose(roots, tmp_path / "motion.csv").exit_code == 0
    with (tmp_path / "motion.csv").open() as stream:
        rows = list(csv.DictReader(stream))
    column = {name: np.array([float(row[name]) for row in rows]) for name in rows[0]}
    geometry = geometry_of("ascending")
    place = geometry.line_sample_of(column["longitude"], column["latitude"])
    truth = without_north(geometry, *place)
    for name, true in (("vertical", truth[:, 2]), ("east", truth[:, 0])):
        error = without_mean(column[name] - true)
        assert 0.60 < (np.abs(error) < column[f"{name}_std"]).mean() < 0.80
    assert column["count_a"].sum() <= 3000 and len(rows) > 200


def test_all_kinds_of_files_hold_the_same_cells(roots: tuple[Path, Path], tmp_path: Path) -> None:
    rasterio, xarray = pytest.importorskip("rasterio"), pytest.importorskip("xarray")
    for ending in ("csv", "gpkg", "nc", "tif"):
        done = decompose(roots, tmp_path / f"motion.{ending}")
        assert done.exit_code == 0, done.output
    with (tmp_path / "motion.csv").open() as stream:
        rows = list(csv.DictReader(stream))
    expected = np.sort([float(row["vertical"]) for row in rows])
    with closing(sqlite3.connect(tmp_path / "motion.gpkg")) as database:
        layer = [row[0] for row in database.execute("SELECT vertical FROM ps")]
    np.testing.assert_allclose(np.sort(layer), expected, atol=6e-4)
    with xarray.open_dataset(tmp_path / "motion.nc") as grid:
        plane, up, east = grid["vertical"].values, grid["y"].values, grid["x"].values
        longitude = grid["longitude"].values
        assert grid["vertical"].dims == ("y", "x") and grid["vertical"].units == "mm/year"
    np.testing.assert_allclose(np.sort(plane[np.isfinite(plane)]), expected, atol=6e-4)
    assert (np.diff(up) == -400).all() and (np.diff(east) == 400).all()
    assert (np.diff(np.nanmean(longitude, axis=0)) > 0).all()
    with rasterio.open(tmp_path / "motion.tif") as raster:
        np.testing.assert_allclose(raster.read(1), plane, atol=1e-6)
        assert raster.descriptions[0].startswith("vertical: ")
        assert raster.xy(0, 0) == pytest.approx((east[0], up[0]))
        assert "Polyconic" in raster.crs.to_wkt()


def test_a_reference_place_is_that_of_both(roots: tuple[Path, Path], tmp_path: Path) -> None:
    place = "-84.08,36.57,400"
    done = decompose(roots, tmp_path / "motion.csv", "--reference", place)
    assert done.exit_code == 0, done.output
    assert f"relative to {place}" in done.output and "removed" not in done.output
    with (tmp_path / "motion.csv").open() as stream:
        rows = list(csv.DictReader(stream))
    offset = np.array([[float(row["longitude"]), float(row["latitude"])] for row in rows])
    near = np.hypot(*((offset - [-84.08, 36.57]) * [89_000, 111_000]).T) < 350
    for name in ("vertical", "east"):
        assert abs(np.mean([float(row[name]) for row in np.array(rows)[near]])) < 0.7
    refused = decompose(roots, tmp_path / "other.csv", "--reference", "none")
    assert refused.exit_code == 2 and "is not one place for two tracks" in refused.output


def test_nothing_is_written_where_something_is_wrong(
    roots: tuple[Path, Path], tmp_path: Path
) -> None:
    unfinished = tmp_path / "unfinished"
    (unfinished / "PATCH_1").mkdir(parents=True)
    (unfinished / "ps2.mat").touch()
    (unfinished / "patch.list").write_text("PATCH_1\n")
    done = decompose((roots[0], unfinished), tmp_path / "motion.csv")
    assert done.exit_code == 2, done.output
    done = decompose((roots[0], roots[0]), tmp_path / "motion.csv")
    assert done.exit_code == 2 and "look the same way" in done.output
    assert not list(tmp_path.glob("motion*"))
    (tmp_path / "motion.csv").write_text("mine")
    done = decompose(roots, tmp_path / "motion.csv")
    assert done.exit_code == 2 and "is there already" in done.output
    assert (tmp_path / "motion.csv").read_text() == "mine"
    done = decompose(roots, tmp_path / "motion.xyz")
    assert done.exit_code == 2 and ".gpkg, .csv, .nc, .tif" in done.output
