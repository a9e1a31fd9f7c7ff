"""Displacement of places in time, with what is fitted to it: numbers and tables."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from pystamps.arrays import Float64
from pystamps.errors import ParameterError
from pystamps.figures.style import (
    plot_dates,
)
from pystamps.plotting.source import PlotSource
from pystamps.products.chosen import ChosenPoints, PointChoice
from pystamps.products.place_series import PlaceSeries, series_of_place
from pystamps.products.time_function_fit import TimeFunctionFit, fit_time_function
from pystamps.products.velocity import mm_per_radian

MOST_PLACES = 7
"""Places in one picture."""

NO_FIT = "none"


@dataclass(frozen=True, slots=True)
class SeriesRequest:
    """Whose displacement is shown.

    Attributes
    ----------
    choice : PointChoice
        Value type, reference, points.
    places : tuple of (float, float)
        Longitude and latitude, degrees.
    radius_m : float
        Points within it stand for a place.
    functions : str
        What is fitted (:mod:`~pystamps.products.time_functions`), or ``none``.
    is_difference : bool
        The first place minus the second one.
    """

    choice: PointChoice = field(default_factory=PointChoice)
    places: tuple[tuple[float, float], ...] = ()
    radius_m: float = 100.0
    functions: str = "linear"
    is_difference: bool = False


@dataclass(frozen=True, slots=True)
class PlottedSeries:
    """One line of the picture.

    Attributes
    ----------
    label : str
        ``A``, ``B``, or ``A - B``.
    place : tuple of (float, float), or None
        Longitude and latitude; None for a difference.
    n_point : int
    day : float64, (n_date,), MATLAB date numbers
    displacement_mm, error_mm : float64, (n_date,)
        Toward the satellite; the error is one standard deviation, NaN where not known.
    error_words : str
        What the error is.
    fit : TimeFunctionFit or None
        Of the one series.
    """

    label: str
    place: tuple[float, float] | None
    n_point: int
    day: Float64
    displacement_mm: Float64
    error_mm: Float64
    error_words: str
    fit: TimeFunctionFit | None

    def fitted_mm(self, day: Float64) -> Float64:
        """Give the fit at some dates; NaN without one."""
        if self.fit is None:
            return np.full(day.size, np.nan)
        return np.asarray(np.asarray(self.fit.predict(day))[0], dtype=np.float64)

    @property
    def fit_words(self) -> str:
        """The coefficients with their standard deviations, the constant left out."""
        if self.fit is None:
            return ""
        model = self.fit.model
        return ", ".join(
            f"{name.replace('_', ' ')} {_signed(value)} ± {std:.1f} {unit.replace('year', 'yr')}"
            for name, unit, value, std in zip(
                model.names, model.units, self.fit.coefficients[0], self.fit.std[0], strict=True
            )
            if name != "constant"
        )


def _signed(value: float) -> str:
    """Give a number with one digit and a sign, and zero without minus."""
    return f"{round(float(value), 1) + 0.0:+.1f}"


def plotted_series(source: PlotSource, request: SeriesRequest) -> tuple[PlottedSeries, ...]:
    """Give the lines of the picture.

    Parameters
    ----------
    source : PlotSource
    request : SeriesRequest

    Raises
    ------
    ParameterError
        No place, too many, no point near one, or a difference of other than two.
    """
    if not request.places:
        raise ParameterError("plot ts: no place is given; add --lonlat LONGITUDE,LATITUDE")
    if len(request.places) > MOST_PLACES:
        raise ParameterError(f"plot ts: {len(request.places)} places; at most {MOST_PLACES} fit")
    if request.is_difference and len(request.places) != 2:
        raise ParameterError(
            f"plot ts: a difference needs two places (--lonlat twice), found {len(request.places)}"
        )
    points = source.choose(request.choice)
    found = [
        (label, place, series_of_place(points, *place, request.radius_m))
        for label, place in zip("ABCDEFG", request.places, strict=False)
    ]
    if request.is_difference:
        return (_difference(points, [series for _, _, series in found], request),)
    return tuple(_line(points, label, place, series, request) for label, place, series in found)


def _line(
    points: ChosenPoints,
    label: str,
    place: tuple[float, float],
    series: PlaceSeries,
    request: SeriesRequest,
) -> PlottedSeries:
    error, words = error_of_series(points, series)
    return PlottedSeries(
        label, place, series.point_id.size, points.day, series.displacement_mm, error, words,
        _fit(points, series.displacement_mm, request),
    )  # fmt: skip


def _difference(
    points: ChosenPoints, pair: Sequence[PlaceSeries], request: SeriesRequest
) -> PlottedSeries:
    """Give the double difference: in time to the reference image, in space to the second place."""
    values = pair[0].displacement_mm - pair[1].displacement_mm
    errors = [error_of_series(points, series) for series in pair]
    words = " and ".join(dict.fromkeys(words for _, words in errors))
    return PlottedSeries(
        "A − B", None, sum(series.point_id.size for series in pair), points.day, values,
        np.hypot(errors[0][0], errors[1][0]), words, _fit(points, values, request),
    )  # fmt: skip


def _fit(points: ChosenPoints, values: Float64, request: SeriesRequest) -> TimeFunctionFit | None:
    if request.functions == NO_FIT:
        return None
    return fit_time_function(
        points.day, values[None, :], request.functions,
        reference_column=points.reference_column, ifg_std_deg=points.noise_deg,
    )  # fmt: skip


def error_of_series(points: ChosenPoints, series: PlaceSeries) -> tuple[Float64, str]:
    """Give the standard deviation of a point at each date, and what it is.

    The scatter of the points of the place; of a single one the noise of the interferogram.
    """
    if series.point_id.size > 1:
        return series.spread_mm, "scatter of the points of the place"
    if points.noise_deg is None:
        return np.full(points.day.size, np.nan), "not known"
    wavelength = float(points.about["wavelength_m"])
    noise = np.deg2rad(points.noise_deg) * mm_per_radian(wavelength)
    noise[points.reference_column] = 0
    return noise, "noise of the interferogram"


def series_as_csv(lines: Sequence[PlottedSeries]) -> str:
    """Give the lines of a picture as a table: a row per place and date."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(
        ["place", "longitude", "latitude", "points", "date", "displacement_mm", "error_mm",
         "fit_mm"]
    )  # fmt: skip
    for line in lines:
        longitude, latitude = ("", "") if line.place is None else map(str, line.place)
        fitted = line.fitted_mm(line.day)
        for number, date in enumerate(plot_dates(line.day)):
            values = (line.displacement_mm[number], line.error_mm[number], fitted[number])
            writer.writerow(
                [line.label, longitude, latitude, line.n_point, date,
                 *("" if math.isnan(value) else f"{value:.3f}" for value in values)]
            )  # fmt: skip
    return text.getvalue()
