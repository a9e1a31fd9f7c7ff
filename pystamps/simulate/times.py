"""Days of the images, and time functions of the deformation on them."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np

from pystamps.arrays import Float64
from pystamps.dates import DAYS_PER_YEAR
from pystamps.errors import ParameterError
from pystamps.simulate.random_streams import random_stream
from pystamps.simulate.scene import Scene
from pystamps.simulate.sources import TimeFunction

_LONGEST_YEARS = 200
_HOTTEST_DAY = 201
"""Day of the year on which the ground of the northern half is hottest, 20 July."""


def acquisition_dates(scene: Scene) -> tuple[date, ...]:
    """Give the days of all images, ascending: one or more cycles apart, none in a gap."""
    settings = scene.acquisitions
    revisit = settings.revisit_days or scene.view.satellite.revisit_days
    chance = np.asarray(settings.cycles, dtype=np.float64) / sum(settings.cycles)
    generator = random_stream(scene.seed, "dates")
    last = settings.first_date + timedelta(days=int(_LONGEST_YEARS * DAYS_PER_YEAR))
    dates: list[date] = []
    day = settings.first_date
    while len(dates) <= settings.interferograms:
        if not any(gap.start <= day <= gap.end for gap in settings.gaps):
            dates.append(day)
        day += timedelta(days=revisit * int(1 + generator.choice(chance.size, p=chance)))
        if day > last:
            raise ParameterError(
                f"scene: acquisitions: {settings.interferograms + 1} images do not fit into "
                f"{_LONGEST_YEARS} years; change revisit_days, cycles or gaps"
            )
    return tuple(dates)


def master_position(scene: Scene) -> int:
    """Give the position of the reference image: the one asked for, or the middle of the list."""
    settings = scene.acquisitions
    return (settings.interferograms + 1) // 2 if settings.master is None else settings.master


def years_from_master(dates: tuple[date, ...], master: int) -> Float64:
    """Give the time of every image after the reference image in years."""
    days = [(day - dates[master]).days for day in dates]
    return np.asarray(days, dtype=np.float64) / DAYS_PER_YEAR


def time_factors(function: TimeFunction, dates: tuple[date, ...], master: int) -> Float64:
    """Give the value of a time function at every image, less that at the reference image."""
    start = function.date or dates[master]
    days = np.array([(day - start).days for day in dates], dtype=np.float64)
    after = np.maximum(days, 0)
    match function.kind:
        case "linear":
            values = days / DAYS_PER_YEAR
        case "seasonal":
            values = np.sin(2 * np.pi * days / DAYS_PER_YEAR)
        case "step":
            values = (days >= 0).astype(np.float64)
        case "exponential":
            values = 1 - np.exp(-after / function.days)
        case _:
            values = np.log1p(after / function.days)
    return np.asarray(values - values[master], dtype=np.float64)


def mean_rate(factors: Float64, years: Float64) -> float:
    """Give the slope per year of the straight line through a time function at the images."""
    if years.size < 2:
        return 0.0
    centred = years - years.mean()
    return float(centred @ factors / (centred @ centred))


def season(dates: tuple[date, ...], *, is_north: bool) -> Float64:
    """Give 1 in the hottest week, -1 half a year later (cosine), for a half of the Earth."""
    day = np.array([each.timetuple().tm_yday for each in dates], dtype=np.float64)
    wave = np.cos(2 * np.pi * (day - _HOTTEST_DAY) / DAYS_PER_YEAR)
    return np.asarray(wave if is_north else -wave)
