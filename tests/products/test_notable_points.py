"""Places that somebody would look at first, found in motion that is known."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from point_tables import example_table

from pystamps.products import notable_points as module
from pystamps.products.chosen import ChosenPoints, PointChoice, choose_points
from pystamps.products.notable_points import notable_points

FIRST_DAY = 737061.0


def moving_points(day: np.ndarray, reference: int = 0) -> tuple[ChosenPoints, np.ndarray]:
    """Give points on a lattice of 20 x 20: four corners move, two single points are outliers."""
    x, y = (axis.ravel().astype(float) for axis in np.meshgrid(np.arange(20.0), np.arange(20.0)))
    years = (day - day[reference]) / 365.25

    def near(column: float, row: float) -> np.ndarray:
        return np.exp(-((x - column) ** 2 + (y - row) ** 2) / 8)

    velocity = -20 * near(3, 3) + 10 * near(16, 16)
    series = velocity[:, None] * years
    middle = (years[0] + years[-1]) / 2
    series += (6 * near(3, 16))[:, None] * ((years - middle) ** 2 - middle**2)
    season = np.sin(2 * np.pi * years)
    series += (8 * near(16, 3))[:, None] * (season - season[reference])
    velocity[45], series[45] = -90.0, -90.0 * years
    series[300] += 60 * ((years - middle) ** 2 - middle**2)
    base = choose_points(example_table(), PointChoice())
    points = dataclasses.replace(
        base,
        columns={
            "point_id": np.arange(1, 401), "velocity": velocity,
            "longitude": 10 + x / 1000, "latitude": 45 + y / 1000,
        },
        day=day, displacement=series.astype(np.float32), reference_column=reference,
        noise_deg=None, bperp=np.zeros(day.size),
    )  # fmt: skip
    return points, np.column_stack([x, y])


def test_fastest_curved_and_seasonal_places_are_found_and_outliers_passed_over():
    points, xy = moving_points(FIRST_DAY + np.arange(0, 1100, 36.0))
    found = {point.name: point for point in notable_points(points).points}
    places = {
        "fastest away from the satellite": (3, 3), "fastest toward the satellite": (16, 16),
        "most curved": (3, 16), "most seasonal": (16, 3),
    }  # fmt: skip
    for name, place in places.items():
        assert np.hypot(*(xy[found[name].row] - place)) < 3, name
    typical = found["typical (the median velocity)"].row
    velocity = np.asarray(points.columns["velocity"])
    assert velocity[typical] == pytest.approx(np.median(velocity), abs=0.1)
    assert not {45, 300} & {point.row for point in found.values()}
    assert found["most curved"].functions == "quadratic"
    assert found["most seasonal"].functions == "linear + annual"


def test_what_the_dates_cannot_tell_is_not_looked_for_and_said():
    points, _ = moving_points(FIRST_DAY + np.arange(0, 300, 36.0))
    found = notable_points(points)
    assert "most seasonal" not in {point.name for point in found.points}
    assert any("288 days are under a year" in remark for remark in found.remarks)
    points, _ = moving_points(FIRST_DAY + np.array([0.0, 200.0, 500.0]))
    found = notable_points(points)
    assert {point.functions for point in found.points} == {"linear"}
    assert sum("was not looked for" in remark for remark in found.remarks) == 2


def test_of_very_many_points_a_part_is_searched_and_that_is_said(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(module, "MOST_SEARCHED", 100)
    points, _ = moving_points(FIRST_DAY + np.arange(0, 1100, 36.0))
    found = notable_points(points)
    assert found.remarks == ("searched among 100 of 400 points",)
    assert {point.row % 4 for point in found.points} == {0}


def test_without_a_velocity_nothing_is_found():
    points, _ = moving_points(FIRST_DAY + np.arange(0, 1100, 36.0))
    columns = dict(points.columns) | {"velocity": np.full(400, np.nan)}
    found = notable_points(dataclasses.replace(points, columns=columns))
    assert found.points == () and found.remarks == ("no point has a velocity",)
