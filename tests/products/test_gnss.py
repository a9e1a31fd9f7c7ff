"""GNSS stations: simulated with known motion, projected, fitted, applied, refused."""

from __future__ import annotations

import csv
import dataclasses
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from point_tables import WAVELENGTH, example_table
from unwrapped_examples import DAY, MASTER_IX

from pystamps.cli import main
from pystamps.dates import calendar_date
from pystamps.errors import ParameterError
from pystamps.geo import llh2local
from pystamps.io.gnss_files import GnssStation, read_gnss_stations
from pystamps.products.chosen import ChosenPoints, PointChoice, choose_points
from pystamps.products.gnss_fit import StationVelocity, fit_to_stations
from pystamps.products.gnss_reference import is_gnss_fit, read_stored_fit
from pystamps.products.gnss_stations import compare_stations, velocity_of_positions
from pystamps.products.point_storage import read_point_table, write_point_table
from pystamps.products.point_table import PointTable
from pystamps.products.view_geometry import line_of_sight
from pystamps.progress import silent

SIGMA = (0.3, 0.3, 0.9)
ENU_TREND = np.array([[3.0, -0.5, 0.2], [1.0, 0.4, -0.3], [-2.0, 0.3, 0.5]])
"""Motion east, north, up in mm/yr: constant, per km to the east, per km to the north."""
CENTRE = np.array([12.0, 41.0])


def true_motion(lonlat: np.ndarray) -> np.ndarray:
    """Give the motion of the ground, (n, 3), east, north, up in mm/yr."""
    km = llh2local(np.atleast_2d(lonlat), CENTRE)
    return np.hstack([np.ones((len(km), 1)), km]) @ ENU_TREND.T


def moving_table(heading_deg: float, *, offset: float = 0.0, tilt: Any = (0.0, 0.0)) -> PointTable:
    """Give points that move with the ground as a radar sees it, less an offset and a plane."""
    table = example_table(400)
    columns = dict(table.columns)
    lonlat = np.column_stack([columns["longitude"], columns["latitude"]])
    incidence = np.linspace(0.55, 0.75, len(lonlat))
    sight = line_of_sight(incidence, heading_deg)
    unit = np.column_stack([sight.east, sight.north, sight.up]).astype(np.float64)
    velocity = (unit * true_motion(lonlat)).sum(axis=1)
    velocity -= offset + llh2local(lonlat, CENTRE) @ np.asarray(tilt)
    years = (DAY - DAY[MASTER_IX]) / 365.25
    columns |= {
        "velocity": velocity.astype(np.float32),
        "velocity_std": np.full(len(lonlat), 0.5, np.float32),
        "los_east": sight.east, "los_north": sight.north, "los_up": sight.up,
    }  # fmt: skip
    series = (velocity[:, None] * years).astype(np.float32)
    layers = table.layers
    observed = np.asarray(layers.series("")) - np.asarray(layers.series("dm")) + series
    layers = dataclasses.replace(layers, parts={**layers.parts, "u": observed})
    return dataclasses.replace(
        table, columns=columns, displacement=series, layers=layers, reference_rows=None
    )


def points_of(table: PointTable) -> ChosenPoints:
    return choose_points(table, PointChoice())


PLACES = {"NW": (11.985, 41.010), "NE": (12.014, 41.009), "SW": (11.987, 40.990),
          "SE": (12.012, 40.992), "MID": (12.001, 41.001)}  # fmt: skip


def stations_at(**places: tuple[float, float]) -> list[GnssStation]:
    return [
        GnssStation(name, *place, true_motion(np.array(place))[0], np.array(SIGMA))
        for name, place in places.items()
    ]


def fitted(table: PointTable, stations: list[GnssStation], **more: Any):
    compared, _ = compare_stations(points_of(table), stations, radius_m=400)
    return compared, fit_to_stations(compared, **more)


@pytest.mark.parametrize("heading_deg", [-12.0, 192.0], ids=["ascending", "descending"])
def test_the_motion_of_stations_is_seen_as_that_of_the_points(heading_deg):
    table = moving_table(heading_deg)
    compared, _ = compare_stations(points_of(table), stations_at(**PLACES), radius_m=400)
    for station in compared:
        assert station.n_point >= 3
        # the middle of the points is up to 200 m away, where the ground moves differently
        assert station.gnss == pytest.approx(station.points, abs=0.3), station.name
    assert np.ptp([station.gnss for station in compared]) > 1


@pytest.mark.parametrize(
    ("axis", "ascending", "descending"),
    [(0, -1, 1), (1, -1, -1), (2, 1, 1)],
    ids=["east", "north", "up"],
)
def test_east_north_and_up_have_the_signs_of_a_radar_that_looks_to_the_right(
    axis, ascending, descending
):
    """Ascending it flies north and sees the ground to the east: motion to the west comes near."""
    motion = np.zeros(3)
    motion[axis] = 10.0
    for heading_deg, sign in ((-12.0, ascending), (192.0, descending)):
        incidence = np.deg2rad(37.0)
        expected = {
            0: -np.sin(incidence) * np.cos(np.deg2rad(heading_deg)),
            1: np.sin(incidence) * np.sin(np.deg2rad(heading_deg)),
            2: np.cos(incidence),
        }[axis]
        table = moving_table(heading_deg)
        sight = line_of_sight(np.full(400, incidence), heading_deg)
        names = {"los_east": sight.east, "los_north": sight.north, "los_up": sight.up}
        points = points_of(dataclasses.replace(table, columns={**table.columns, **names}))
        ((found,), _) = compare_stations(
            points, [GnssStation("X", *PLACES["MID"], motion, np.array(SIGMA))], radius_m=400
        )
        assert found.gnss == pytest.approx(10 * expected, abs=1e-5)
        assert np.sign(found.gnss) == sign
        size = np.sqrt(sum((np.array([s[0] for s in (sight.east, sight.north, sight.up)])
                            * SIGMA) ** 2))  # fmt: skip
        assert found.gnss_std == pytest.approx(size, rel=1e-5)


def test_an_offset_is_found_within_its_standard_deviation_and_its_sign_is_what_to_add():
    compared, fit = fitted(moving_table(-12.0, offset=4.0), stations_at(**PLACES))
    assert fit.coefficients.size == 1
    assert fit.coefficients[0] == pytest.approx(4.0, abs=2 * fit.coefficients_std[0])
    variance = [station.gnss_std**2 + 0.5**2 for station in compared]
    expected = 1 / np.sqrt(np.sum(1 / np.array(variance)))
    assert fit.coefficients_std[0] == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("heading_deg", [-12.0, 192.0])
def test_a_plane_is_found_and_leaves_less_than_the_offset_alone(heading_deg):
    table = moving_table(heading_deg, offset=-3.0, tilt=(2.0, -1.5))
    stations = stations_at(**PLACES)
    _, plane = fitted(table, stations, has_plane=True)
    _, offset = fitted(table, stations)
    np.testing.assert_allclose(plane.coefficients[1:], (2.0, -1.5), atol=0.2)
    expected = -3.0 + llh2local(plane.centre[None], CENTRE)[0] @ (2.0, -1.5)
    assert plane.coefficients[0] == pytest.approx(expected, abs=0.3)
    assert plane.rms < 0.3 < offset.rms and plane.rms_before == pytest.approx(offset.rms, rel=0.2)


def test_a_station_that_is_wrong_stands_out_and_weighs_by_its_standard_deviation():
    stations = stations_at(**PLACES)
    wrong = dataclasses.replace(stations[1], velocity=stations[1].velocity + np.array([0, 0, 20.0]))
    unsure = dataclasses.replace(wrong, sigma=np.array([50.0, 50.0, 50.0]))
    table = moving_table(-12.0)
    _, equal = fitted(table, [stations[0], wrong, *stations[2:]])
    _, weighted = fitted(table, [stations[0], unsure, *stations[2:]])
    assert np.argmax(np.abs(equal.residuals)) == 1 and equal.reduced_chi_square > 10
    assert abs(weighted.coefficients[0]) < 0.3 < 2 < equal.coefficients[0]


def test_without_standard_deviations_weights_are_equal_and_the_residuals_say_how_sure_it_is():
    table = moving_table(-12.0)
    plain = [dataclasses.replace(item, sigma=None) for item in stations_at(**PLACES)]
    _, fit = fitted(table, plain)
    assert fit.weighting.startswith("equal") and np.isnan(fit.reduced_chi_square)
    assert fit.coefficients_std[0] == pytest.approx(fit.rms / np.sqrt(4), rel=1e-6)
    with pytest.raises(ParameterError, match="MID, NE have no standard deviation, and others"):
        mixed = sorted(plain, key=lambda item: item.name)[:2]
        fitted(table, [*mixed, *stations_at(SE=PLACES["SE"])])


def test_stations_without_points_or_outside_the_scene_are_left_out_and_said():
    table = moving_table(-12.0)
    far = stations_at(FAR=(13.0, 41.0), GAP=(12.0, 41.0))
    points = points_of(table)
    lonlat = points.place_lonlat
    near = np.hypot(*llh2local(lonlat, CENTRE).T) < 0.3
    velocity = np.where(near, np.nan, points.columns["velocity"])
    points = dataclasses.replace(points, columns={**points.columns, "velocity": velocity})
    compared, left_out = compare_stations(points, [*stations_at(**PLACES), *far], radius_m=250)
    reasons = {item.name: item.reason for item in left_out}
    assert reasons["FAR"].startswith("lies outside the scene: the nearest point is ")
    assert reasons["GAP"].startswith("no point is so near: the nearest point is 0.3")
    assert {item.name for item in compared} >= {"NW", "SE"}
    with pytest.raises(ParameterError, match="no station is left: FAR: lies outside the scene"):
        compare_stations(points, far[:1], radius_m=250)


@pytest.mark.parametrize(
    ("count", "words"),
    [(3, "a plane needs 4 stations with points near them, found 3"), (4, "lie on a line")],
)
def test_a_plane_that_stations_do_not_determine_is_refused(count, words):
    on_a_line = [StationVelocity(str(k), 12 + 0.005 * k, 41 + 0.004 * k, 9, 1.0, 0.5, 2.0, 0.5)
                 for k in range(count)]  # fmt: skip
    with pytest.raises(ParameterError, match=words):
        fit_to_stations(on_a_line, has_plane=True)


def test_one_station_gives_an_offset_that_nothing_checks():
    _, fit = fitted(moving_table(-12.0, offset=4.0), stations_at(MID=PLACES["MID"]))
    assert fit.residuals.tolist() == [0.0] and np.isnan(fit.reduced_chi_square)


def test_a_direction_that_is_not_known_is_refused():
    table = moving_table(-12.0)
    columns = {**table.columns, "los_east": np.full(400, np.nan, np.float32)}
    with pytest.raises(ParameterError, match=r"direction to the satellite is not known.*heading"):
        compare_stations(
            points_of(dataclasses.replace(table, columns=columns)),
            stations_at(**PLACES), radius_m=400,
        )  # fmt: skip


def test_velocities_of_series_are_those_of_the_years_of_the_images():
    rng = np.random.default_rng(2)
    day = np.arange(DAY[0] - 800, DAY[-1] + 1)
    years = (day - DAY[0]) / 365.25
    early = np.where(years < 0, 40.0 * years, 0.0)  # it moved otherwise before the images
    enu = np.array([5.0, -3.0, 8.0]) * years[:, None] + early[:, None]
    position = enu + rng.normal(0, 0.5, enu.shape)
    station = GnssStation("S", *PLACES["MID"], day=day, position=position)
    points = points_of(moving_table(-12.0))
    ((found,), _) = compare_stations(points, [station], radius_m=400)
    near = np.hypot(*llh2local(points.place_lonlat, np.array(PLACES["MID"])).T) < 0.4
    sight = [float(points.columns[name][near].mean()) for name in ("los_east", "los_north",
                                                                  "los_up")]  # fmt: skip
    assert found.gnss == pytest.approx(np.dot(sight, (5.0, -3.0, 8.0)), abs=4 * found.gnss_std)
    assert 0.05 < found.gnss_std < 1
    ended = dataclasses.replace(station, day=day[:810], position=position[:810])
    _, left_out = compare_stations(points, [ended, *stations_at(**PLACES)], radius_m=400)
    assert "its series has 10 epochs over 0.0 years of the 0.5 years" in left_out[0].reason


def test_an_annual_wave_bends_no_velocity():
    day = 737000.0 + np.arange(0, 900, 3)
    years = day / 365.25
    wave = 6 * np.sin(2 * np.pi * years + 0.4)
    velocity, std = velocity_of_positions(day, np.column_stack([4 * years + wave] * 3), None)
    np.testing.assert_allclose(velocity, 4.0, atol=1e-6)
    assert (std < 1e-6).all()


def csv_file(path: Path, *, unit_mm: float = 1.0, changes: Any = ()) -> Path:
    rows = [["name", "lon", "lat", "velocity_e", "velocity_n", "velocity_u", "sigma_e", "sigma_n",
             "sigma_u"]]  # fmt: skip
    for station in stations_at(**PLACES):
        values = (*station.velocity / unit_mm, *np.array(SIGMA) / unit_mm)
        rows.append([station.name, station.longitude, station.latitude, *values])
    for line, column, value in changes:
        rows[line][column] = value
    with path.open("w", newline="") as stream:
        csv.writer(stream).writerows(rows)
    return path


def tenv3_file(path: Path, station: GnssStation) -> Path:
    """Write a series as the Nevada Geodetic Laboratory does."""
    lines = ["site YYMMMDD yyyy.yyyy __MJD week d reflon _e0(m) __east(m) ____n0(m) _north(m) u0(m)"
             " ____up(m) _ant(m) sig_e(m) sig_n(m) sig_u(m) __corr_en __corr_eu __corr_nu"
             " _latitude(deg) _longitude(deg) __height(m)"]  # fmt: skip
    for day, metres in zip(station.day, station.position / 1000, strict=True):
        date = calendar_date(day)
        parts = " ".join(f"{4000 + np.floor(m):.0f} {m - np.floor(m):.6f}" for m in metres)
        lines.append(
            f"{station.name} {date:%y%b%d} {date.year + date.timetuple().tm_yday / 365.25:.4f} "
            f"{day - 678942:.0f} 2000 3 12.0 {parts} 0.0000 0.001 0.001 0.003 0.0 0.0 0.0 "
            f"{station.latitude:.10f} {station.longitude - 360:.10f} 104.83888"
        )
    path.write_text("\n".join(lines) + "\n")
    return path


def test_a_file_of_the_nevada_laboratory_is_read_with_its_position_and_dates(tmp_path):
    day = np.arange(DAY[0], DAY[-1] + 1)
    position = np.outer((day - DAY[0]) / 365.25, [1500.0, -700.0, 20.0])  # crosses whole metres
    station = GnssStation("P123", 12.001, 41.001, day=day, position=position)
    (found,) = read_gnss_stations([tenv3_file(tmp_path / "P123.tenv3", station)])
    assert found.name == "P123" and found.latitude == 41.001
    assert found.longitude == pytest.approx(12.001, abs=1e-9)
    np.testing.assert_array_equal(found.day, day)
    np.testing.assert_allclose(found.position, position, atol=2e-3)
    np.testing.assert_allclose(found.position_sigma, [[1.0, 1.0, 3.0]] * day.size)
    assert read_gnss_stations([tmp_path])[0].name == "P123"  # a folder of them


def test_a_series_in_a_csv_file_is_read_in_any_order_and_in_metres(tmp_path):
    path = tmp_path / "series.csv"
    path.write_text("# from the survey\nstation,longitude,latitude,date,east,north,up\n"
                    "A,12,41,2018-03-01,0.002,0,0\nB,12.1,41,20180101,1,2,3\n"
                    "A,12,41,2018-01-01,0.001,0,0.5\n")  # fmt: skip
    one, other = read_gnss_stations([path], unit="m")
    assert [calendar_date(day).isoformat() for day in one.day] == ["2018-01-01", "2018-03-01"]
    np.testing.assert_allclose(one.position, [[1, 0, 500], [2, 0, 0]])
    assert other.position.tolist() == [[1000, 2000, 3000]] and one.position_sigma is None


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ([(2, 5, "nan")], r"line 3: station NE: velocity_u is 'nan', which is no number"),
        ([(2, 3, "")], r"line 3: station NE: velocity_e is '', which is no number"),
        ([(1, 2, 95)], r"line 2: station NW: 11\.985, 95 is no longitude"),
        ([(1, 6, 0)], r"line 2: station NW: sigma_e, sigma_n, sigma_u have to be above 0"),
        ([(2, 0, "NW")], "NW stand there twice"),
        ([(0, 3, "east_velocity")], r"column velocity_e is missing; found name, lon, .*expected"),
        ([(0, 8, "other")], "give all of sigma_e, sigma_n, sigma_u, or none"),
    ],
)
def test_a_file_that_cannot_be_is_refused_with_its_line(tmp_path, changes, words):
    with pytest.raises(ParameterError, match=words):
        read_gnss_stations([csv_file(tmp_path / "stations.csv", changes=changes)])


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("A 18JAN01 2018.0 58119 1982 1 12.0 1 0.1 2 0.2 3 0.3 0 0.001 0.001 0.003 0 0 0",
         "has no position of the station"),
        ("A 18JAN01 2018.0", "3 columns, expected 23 as in tenv3"),
        ("", "holds no epoch"),
    ],
)  # fmt: skip
def test_a_file_that_is_no_tenv3_is_refused(tmp_path, content, words):
    (tmp_path / "A.tenv3").write_text(content)
    with pytest.raises(ParameterError, match=words):
        read_gnss_stations([tmp_path / "A.tenv3"])


def test_metres_that_are_read_as_millimetres_are_noticed_and_the_other_way_round(tmp_path):
    points = points_of(moving_table(-12.0))
    path = csv_file(tmp_path / "metres.csv", unit_mm=1000)
    found = read_gnss_stations([path], unit="m")
    np.testing.assert_allclose(found[0].velocity, stations_at(**PLACES)[0].velocity)
    with pytest.raises(ParameterError, match=r"seems to be in m: give --unit m$"):
        compare_stations(points, read_gnss_stations([path]), radius_m=400)
    path = csv_file(tmp_path / "millimetres.csv")
    with pytest.raises(ParameterError, match=r"seems to be in mm: give --unit mm$"):
        compare_stations(points, read_gnss_stations([path], unit="m"), radius_m=400)


@pytest.fixture
def dataset(tmp_path: Path) -> Path:
    root = tmp_path / "D"
    (root / "products").mkdir(parents=True)
    table = moving_table(-12.0, offset=5.0, tilt=(2.0, 1.0))
    write_point_table(root / "products" / "ps.h5", table, silent)
    csv_file(tmp_path / "stations.csv")
    return root


def run(*words: Any) -> Any:
    return CliRunner().invoke(main, [str(word) for word in words])


def test_the_command_lists_stations_and_its_fit_is_a_reference_of_exports(dataset, tmp_path):
    stations, fit = tmp_path / "stations.csv", tmp_path / "gnss.json"
    words = ["gnss", dataset, "--stations", stations, "--radius", 400, "--plane"]
    done = run(*words, "--fit", fit, "--csv", tmp_path / "residuals.csv")
    assert done.exit_code == 0, done.output
    assert "offset" in done.output and "mm/yr per km to the north" in done.output
    assert all(name in done.output for name in PLACES)
    assert max(map(len, done.stdout.splitlines())) <= 80
    rows = list(csv.DictReader((tmp_path / "residuals.csv").read_text().splitlines()))
    assert {row["name"] for row in rows} == PLACES.keys()
    assert max(abs(float(row["residual"])) for row in rows) < 0.4
    held = json.loads(run(*words, "--json").output)
    assert held == json.loads(fit.read_text()) and is_gnss_fit(str(fit))
    assert held["coefficients"]["plane_east_mm_per_year_km"] == pytest.approx(2.0, abs=0.2)

    table = read_point_table(dataset / "products" / "ps.h5")
    before = choose_points(table, PointChoice())
    after = choose_points(table, PointChoice(reference=str(fit)))
    unit = np.column_stack([table.columns[n] for n in ("los_east", "los_north", "los_up")])
    truth = (unit * true_motion(before.place_lonlat)).sum(axis=1)
    # the truth is reached to what the middle of 400 m of points differs from the station
    np.testing.assert_allclose(after.columns["velocity"], truth, atol=0.5)
    assert np.abs(before.columns["velocity"] - truth).max() > 5
    years = (DAY - DAY[MASTER_IX]) / 365.25
    np.testing.assert_allclose(
        np.asarray(after.displacement), after.columns["velocity"][:, None] * years, atol=1e-3
    )
    assert after.about["reference_area"] == "5 GNSS stations (gnss.json)"
    assert 0 < after.about["reference_points"] < len(after)
    target = tmp_path / "points.csv"
    assert run("export", dataset, "--to", target, "--reference", fit).exit_code == 0
    first = next(csv.DictReader(target.read_text().splitlines()))
    assert float(first["velocity"]) == pytest.approx(after.columns["velocity"][0], abs=1e-3)


def test_a_fit_of_other_points_is_no_reference(dataset, tmp_path):
    fit = tmp_path / "gnss.json"
    words = ["gnss", dataset, "--stations", tmp_path / "stations.csv", "--radius", 400]
    assert run(*words, "--fit", fit).exit_code == 0
    refused = run(*words, "--fit", fit)
    assert refused.exit_code == 2 and run(*words, "--fit", fit, "--overwrite").exit_code == 0
    table = read_point_table(dataset / "products" / "ps.h5")
    with pytest.raises(ParameterError, match=r"was fitted to v-d, the points are v-do; give"):
        choose_points(table, PointChoice("v-do", str(fit)))
    held = json.loads(fit.read_text())
    held["points"]["first_date"] = "2001-01-01"
    fit.write_text(json.dumps(held))
    with pytest.raises(ParameterError, match="first_date is 2001-01-01, it is unknown here"):
        choose_points(table, PointChoice(reference=str(fit)))
    del held["coefficients"]
    fit.write_text(json.dumps(held))
    with pytest.raises(ParameterError, match="is no fit to GNSS stations; pystamps gnss"):
        read_stored_fit(fit)
    assert run(*words, "--fit", tmp_path / "gnss.txt").exit_code == 2  # by its name
    assert not (tmp_path / "gnss.txt").exists()


def test_a_fit_of_points_relative_to_another_area_is_applied_to_them(dataset, tmp_path):
    fit = tmp_path / "gnss.json"
    words = ["gnss", dataset, "--stations", tmp_path / "stations.csv", "--radius", 400]
    assert run(*words, "--plane", "--reference", "all", "--fit", fit).exit_code == 0
    table = read_point_table(dataset / "products" / "ps.h5")
    moved = choose_points(table, PointChoice(reference=str(fit)))
    run(*words, "--plane", "--fit", fit, "--overwrite")
    plain = choose_points(table, PointChoice(reference=str(fit)))
    np.testing.assert_allclose(moved.columns["velocity"], plain.columns["velocity"], atol=0.05)


def test_maps_of_phase_follow_no_stations(dataset, tmp_path):
    from pystamps.plotting.map_values import MapRequest, map_values
    from pystamps.plotting.source import PlotSource
    from pystamps.plotting.value_types import value_type_named

    fit = tmp_path / "gnss.json"
    words = ["gnss", dataset, "--stations", tmp_path / "stations.csv", "--radius", 400]
    assert run(*words, "--fit", fit).exit_code == 0
    source = PlotSource(dataset, read_point_table(dataset / "products" / "ps.h5"))
    request = MapRequest(PointChoice(reference=str(fit)))
    for name in ("u", "m", "vdrop"):
        with pytest.raises(ParameterError, match="moves velocities and series of the table only"):
            map_values(source, value_type_named(name), request)
    assert WAVELENGTH  # of the example
    found = map_values(source, value_type_named("v-d"), request).column(0)
    expected = choose_points(source.table, PointChoice("v-d", str(fit))).columns["velocity"]
    np.testing.assert_array_equal(found, expected)
