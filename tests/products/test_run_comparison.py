"""Points of two data sets beside each other: ``pystamps compare``."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from point_tables import example_table as table_without_pixels
from point_tables import example_velocity

from pystamps.cli import main
from pystamps.errors import ParameterError
from pystamps.products.chosen import ChosenPoints, PointChoice, choose_points
from pystamps.products.point_storage import write_point_table
from pystamps.products.point_table import PointTable
from pystamps.products.run_comparison import (
    VelocityDifferences,
    has_same_reference,
    paired_points,
    velocity_differences,
)
from pystamps.progress import silent


def example_table() -> PointTable:
    """Give the table with a pixel of its own for each point."""
    number = np.arange(30)
    pixels = {"azimuth": 10 + number // 6, "range": 20 + number % 6}
    return changed(table_without_pixels(), **{k: v.astype(np.int32) for k, v in pixels.items()})


def changed(table: PointTable, **columns: np.ndarray) -> PointTable:
    return dataclasses.replace(table, columns={**table.columns, **columns})


def points_of(table: PointTable, **choice: str) -> ChosenPoints:
    return choose_points(table, PointChoice(**choice))


def differences(a: ChosenPoints, b: ChosenPoints) -> VelocityDifferences:
    is_same = has_same_reference(a, b, 20)
    pairs = paired_points(a, b, tolerance_m=20)
    return velocity_differences(a, b, pairs, is_same_reference=is_same)


def moved(table: PointTable, metres: float, turns: float = 0.0) -> np.ndarray:
    """Give the longitudes of points that lie further east, some turns of the globe away."""
    per_degree = 111_320 * np.cos(np.deg2rad(table.columns["latitude"].mean()))
    return table.columns["longitude"] + metres / per_degree + 360 * turns


def test_two_runs_of_one_grid_are_matched_by_pixel_and_differ_by_what_was_added() -> None:
    one = example_table()
    added = np.linspace(-1, 3, 30, dtype=np.float32)
    other = changed(one, velocity=one.columns["velocity"] + added)
    a, b = points_of(one), points_of(other)
    pairs = paired_points(a, b, tolerance_m=20)
    assert pairs.matched_by == "pixel index" and pairs.rows.size == 30
    assert not pairs.only.size and not pairs.only_other.size
    found = differences(a, b)
    assert found.removed_mean == 0  # both are relative to all 30 points
    np.testing.assert_allclose(found.values, added, atol=1e-4)
    assert found.bias == pytest.approx(1, abs=1e-4)
    assert found.rms == pytest.approx(float(np.sqrt((added**2).mean())), abs=1e-4)
    assert found.percentiles[50] == pytest.approx(1, abs=1e-4)


def test_the_mean_goes_where_the_references_differ() -> None:
    one = example_table()
    x, y = (one.columns[axis][4] for axis in ("longitude", "latitude"))
    a, b = points_of(one), points_of(one, reference=f"{x},{y},1")
    found = differences(a, b)
    assert found.mean == pytest.approx(-example_velocity()[4], abs=1e-3)
    assert found.removed_mean == found.mean
    assert found.rms == pytest.approx(0, abs=1e-3) and found.bias == pytest.approx(0, abs=1e-6)
    c = points_of(one, reference=f"{x},{y},1")
    assert differences(c, b).removed_mean == 0


def test_points_that_one_side_alone_has_are_told() -> None:
    table = example_table()
    coherence = np.where(np.arange(30) < 5, 0.1, 0.9)
    a = points_of(table)
    b = choose_points(changed(table, coherence=coherence), PointChoice(min_coherence=0.5))
    pairs = paired_points(a, b, tolerance_m=20)
    assert pairs.only.tolist() == [0, 1, 2, 3, 4] and not pairs.only_other.size
    np.testing.assert_array_equal(a.columns["point_id"][pairs.rows],
                                  b.columns["point_id"][pairs.other_rows])  # fmt: skip


def test_other_grids_are_matched_by_position_across_the_date_line_too() -> None:
    one = example_table()
    order = np.random.default_rng(3).permutation(30)
    columns = {name: column[order] for name, column in one.columns.items()}
    shifted = moved(dataclasses.replace(one, columns=columns), 6.0, turns=1)
    columns |= {"longitude": shifted, "point_id": np.arange(1, 31)}
    columns |= {"azimuth": columns["azimuth"] + 1000, "range": columns["range"] + 7}
    other = dataclasses.replace(one, columns=columns)
    a, b = points_of(one), points_of(other)
    pairs = paired_points(a, b, tolerance_m=20)
    assert pairs.matched_by == "position" and pairs.rows.size == 30
    np.testing.assert_array_equal(order[pairs.other_rows], pairs.rows)
    np.testing.assert_allclose(pairs.distance_m, 6.0, atol=0.1)
    with pytest.raises(ParameterError, match=r"no point within 3 m of each other"):
        paired_points(a, b, tolerance_m=3)


def test_pixels_that_name_no_point_are_no_index() -> None:
    table = table_without_pixels()
    assert len(set(table.columns["azimuth"])) < 30
    pairs = paired_points(points_of(table), points_of(table), tolerance_m=20)
    assert pairs.matched_by == "position" and pairs.rows.size == 30


def test_equal_indices_of_other_places_are_no_partners() -> None:
    one = example_table()
    other = changed(one, longitude=moved(one, 5000))
    with pytest.raises(ParameterError, match=r"no point within 20 m"):
        paired_points(points_of(one), points_of(other), tolerance_m=20)


def test_points_of_the_reference_that_are_not_chosen_change_no_reference(
    two: tuple[Path, Path],
) -> None:
    found = json.loads(compare(*two, "--min-coherence", "0.8", "--json"))
    assert found["points"]["common"] < 30
    assert found["velocity_B_minus_A_mm_per_year"]["removed_mean"] == 0


@pytest.fixture
def two(tmp_path: Path) -> tuple[Path, Path]:
    table = example_table()
    faster = changed(table, velocity=table.columns["velocity"] + 2)
    for name, written in (("A", table), ("B", faster)):
        (tmp_path / name / "products").mkdir(parents=True)
        write_point_table(tmp_path / name / "products" / "ps.h5", written, silent)
    return tmp_path / "A", tmp_path / "B"


def compare(*words: object, exit_code: int = 0) -> str:
    done = CliRunner().invoke(main, ["compare", *map(str, words)])
    assert done.exit_code == exit_code, done.output
    return done.output


def test_the_command_prints_figures_in_80_columns_and_json(two: tuple[Path, Path]) -> None:
    shown = compare(*two)
    assert all(len(line) <= 80 for line in shown.splitlines()[2:]) and "\x1b" not in shown
    assert "points in both              30  matched by pixel index" in shown
    assert "  bias                   2.000" in shown and "removed" not in shown
    found = json.loads(compare(*two, "--json"))
    assert found["points"] == {"A": 30, "B": 30, "common": 30, "only_A": 0, "only_B": 0}
    assert found["velocity_B_minus_A_mm_per_year"]["rms"] == pytest.approx(2, abs=1e-4)
    assert found["value_type"] == "v-d"


def test_the_map_is_a_picture_that_is_not_replaced_unasked(
    two: tuple[Path, Path], tmp_path: Path
) -> None:
    picture = tmp_path / "difference.png"
    compare(*two, "--map", picture)
    assert picture.read_bytes().startswith(b"\x89PNG") and picture.stat().st_size > 10_000
    assert "is there already" in compare(*two, "--map", picture, exit_code=2)
    compare(*two, "--map", picture, "--overwrite")
    assert "ends in .png" in compare(*two, "--map", tmp_path / "x.jpg", exit_code=2)
    assert [path.name for path in tmp_path.glob(".*")] == []
