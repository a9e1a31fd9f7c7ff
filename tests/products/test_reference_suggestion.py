"""Areas that are proposed as reference: away from what moves, on points that are good and many."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image
from point_tables import WAVELENGTH
from unwrapped_examples import BPERP, DAY, MASTER_IX, example_pixels

from pystamps.cli import main
from pystamps.errors import ParameterError
from pystamps.products.layers import layers_of
from pystamps.products.phase import PhaseParts
from pystamps.products.point_storage import write_point_table
from pystamps.products.point_table import PointTable, PointValues, point_table
from pystamps.products.reference_choice import reference_rows_of
from pystamps.products.reference_suggestion import present_reference, suggest_references
from pystamps.products.velocity import mm_per_radian
from pystamps.progress import silent

N_PS = 3000
BOWL, BAD, NOISY, GOOD = (np.array(place) * 1000.0 for place in ((2, 2), (8, 2), (2, 8), (8, 8)))
"""Middles in m of a bowl, of points of low coherence, of unsteady ground, of many good points."""


def ground_table() -> PointTable:
    """Give points of 10 km x 10 km of which one corner is good."""
    rng = np.random.default_rng(12)
    xy = rng.uniform(0, 10_000, (N_PS - 400, 2))
    xy = np.vstack([xy, GOOD + rng.normal(0, 400, (400, 2))])
    away = {name: np.hypot(*(xy - middle).T) for name, middle in PLACES.items()}
    velocity = 0.002 * xy[:, 0] - 25 * np.exp(-((away["bowl"] / 900) ** 2))
    coherence = np.where(away["bad"] < 1500, 0.4, 0.75) + 0.2 * (away["good"] < 1500)
    years = (DAY - DAY[MASTER_IX]) / 365.25
    series = velocity[:, None] * years + rng.normal(0, 0.5, (N_PS, DAY.size))
    unsteady = rng.normal(0, 8, DAY.size)
    unsteady -= np.polyval(np.polyfit(years, unsteady, 1), years)
    series += (away["noisy"] < 1500)[:, None] * unsteady
    phase = -(series - series[:, [MASTER_IX]]) / mm_per_radian(WAVELENGTH)
    pixels = replace(
        example_pixels(),
        ij=np.column_stack([np.arange(1.0, N_PS + 1), xy[:, 1] // 4, xy[:, 0] // 4]),
        lonlat=np.array([12.0, 41.0]) + xy / [84_000, 111_000],
        xy=np.column_stack([np.arange(1.0, N_PS + 1), xy]).astype(np.float32),
        bperp=BPERP,
    )
    used = pixels.interferograms.used(())
    zero = np.zeros((N_PS, DAY.size), dtype=np.float32)
    parts = PhaseParts(pixels, phase.astype(np.float32), zero, zero[:, 0], None)
    values = PointValues(pixels, coherence, *np.full((3, N_PS), 0.6), zero[:, 0])
    return point_table(
        values, layers_of(parts, used, wavelength=WAVELENGTH), used, letters="dm",
        reference_rows=np.arange(N_PS), ifg_std_deg=None, wavelength=WAVELENGTH,
        slant_range_m=8.5e5, heading_deg=-12.0,
        about={"reference_area": "all points", "value_type": "v-d", "heading_deg": -12.0},
    )  # fmt: skip


PLACES = {"bowl": BOWL, "bad": BAD, "noisy": NOISY, "good": GOOD}


@pytest.fixture(scope="module")
def table() -> PointTable:
    return ground_table()


def distance_m(area, place) -> float:
    return float(np.hypot((area.longitude - 12) * 84_000 - place[0],
                          (area.latitude - 41) * 111_000 - place[1]))  # fmt: skip


def test_the_best_area_is_where_points_are_good_many_and_still(table):
    found = suggest_references(table)
    assert len(found.areas) == 3 and found.candidates > 20
    best = found.areas[0]
    assert distance_m(best, GOOD) < 1500
    assert best.coherence > 0.9 and best.scatter_mm < 1


def test_no_area_lies_on_what_moves_is_unsteady_or_incoherent(table):
    for area in suggest_references(table).areas:
        assert distance_m(area, BOWL) > 1500 and area.deformation_m > 2 * area.radius_m
        assert distance_m(area, NOISY) > 1400 and distance_m(area, BAD) > 1400


def test_a_bowl_deforms_and_a_tilt_of_the_scene_does_not(table):
    deforming = suggest_references(table).deforming
    metres = (deforming - [12.0, 41.0]) * [84_000, 111_000]
    assert len(metres) > 3 and (np.hypot(*(metres - BOWL).T) < 2000).all()


def test_areas_lie_apart(table):
    areas = suggest_references(table).areas
    for number, area in enumerate(areas):
        for other in areas[:number]:
            there = [(other.longitude - 12) * 84_000, (other.latitude - 41) * 111_000]
            assert distance_m(area, there) > 4 * area.radius_m


def test_an_area_taken_as_reference_holds_the_points_that_were_counted(table):
    lonlat = np.column_stack([table.columns["longitude"], table.columns["latitude"]])
    for area in suggest_references(table, radius_m=300.0).areas:
        rows = reference_rows_of(area.text, lonlat)
        assert rows is not None and rows.size == area.points
        assert area.density_km2 == pytest.approx(rows.size / (np.pi * 0.09))


def test_the_scatter_is_that_of_the_mean_about_its_line(table):
    area = suggest_references(table).areas[0]
    lonlat = np.column_stack([table.columns["longitude"], table.columns["latitude"]])
    rows = reference_rows_of(area.text, lonlat)
    series = np.asarray(table.displacement)[rows].mean(axis=0)
    seen = np.arange(DAY.size) != MASTER_IX
    line = np.polyfit(DAY[seen] - DAY[0], series[seen], 1)
    left = series[seen] - np.polyval(line, DAY[seen] - DAY[0])
    assert area.scatter_mm == pytest.approx(np.sqrt(np.mean(left**2)), rel=1e-3)


def test_the_area_of_the_run_is_described_too(table):
    present = suggest_references(table).present
    assert np.isnan(present.radius_m)
    assert (present.points, present.scatter_mm) == (N_PS, pytest.approx(0, abs=1e-5))
    assert present.deformation_m < 400 and present.text == ""
    assert present_reference(replace(table, reference_rows=None)) is None


def test_too_small_circles_are_refused_with_what_to_do(table):
    with pytest.raises(ParameterError, match=r"no circle of 5 m holds 10 points.*larger --radius"):
        suggest_references(table, radius_m=5.0)


@pytest.fixture
def root(tmp_path, table):
    (tmp_path / "data" / "products").mkdir(parents=True)
    write_point_table(tmp_path / "data" / "products" / "ps.h5", table, silent)
    return tmp_path / "data"


def test_the_command_prints_a_table_that_fits_and_draws_a_map(root, monkeypatch):
    monkeypatch.chdir(root)
    done = CliRunner().invoke(main, ["reference", "--suggest", "-d", "."])
    assert done.exit_code == 0, done.output
    lines = done.output.splitlines()
    assert lines[0] == "reference area of the run: all points"
    assert [line.split()[0] for line in lines[3:7]] == ["now", "1", "2", "3"]
    assert max(map(len, lines[:7])) <= 80
    assert "'ref_centre_lonlat=[12.09" in done.output and "' ref_radius=" in done.output
    with Image.open(root / "products" / "reference.png") as picture:
        assert min(picture.size) > 600 and len(picture.convert("RGB").getcolors(10**7)) > 50
    assert sorted(path.name for path in (root / "products").iterdir()) == ["ps.h5", "reference.png"]


def test_programs_get_json_and_the_map_where_they_want_it(root, tmp_path):
    picture = tmp_path / "map.png"
    command = ["reference", str(root), "--suggest", "--json", "--output", str(picture)]
    done = CliRunner().invoke(main, command)
    found = json.loads(done.stdout, parse_constant=pytest.fail)
    assert [set(area) >= {"longitude", "scatter_mm", "text"} for area in found["areas"]] == [
        True
    ] * 3
    assert found["present"]["points"] == N_PS and found["present"]["radius_m"] is None
    assert found["map"] == str(picture) and picture.is_file()
    assert not (root / "products" / "reference.png").exists()
    picture.write_text("mine")
    done = CliRunner().invoke(main, command)
    assert done.exit_code == 2 and "is there already" in done.output
    assert picture.read_text() == "mine"
    assert CliRunner().invoke(main, [*command, "--overwrite"]).exit_code == 0


def test_without_a_wish_the_present_area_is_shown_and_nothing_drawn(root):
    done = CliRunner().invoke(main, ["reference", "-d", str(root)])
    assert done.exit_code == 0 and "\nnow " in done.output and "\n1 " not in done.output
    assert [path.name for path in (root / "products").iterdir()] == ["ps.h5"]
    done = CliRunner().invoke(main, ["reference", "-d", str(root), "--radius", "100"])
    assert done.exit_code == 2 and "need --suggest" in done.output
