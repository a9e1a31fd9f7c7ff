"""Displacement of places in time, with what is fitted to it."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from pystamps.arrays import Float64
from pystamps.errors import ParameterError
from pystamps.figures.style import (
    BLUE,
    GREEN,
    GREY,
    ORANGE,
    date_axis,
    drawing_settings,
    plot_dates,
    round_limit,
    symmetric_limit,
)
from pystamps.plotting.ground import map_frame
from pystamps.plotting.points import draw_points
from pystamps.plotting.reference_mark import mark_reference
from pystamps.plotting.sheet import (
    axes_at,
    map_size,
    plain_figure,
    wrapped_lines,
    write_caption,
    write_heading,
)
from pystamps.plotting.source import PlotSource
from pystamps.plotting.value_types import value_type_named
from pystamps.plotting.words import period_words, reference_words, track_words
from pystamps.products.chosen import ChosenPoints, PointChoice
from pystamps.products.place_series import PlaceSeries, series_of_place
from pystamps.products.time_function_fit import TimeFunctionFit, fit_time_function
from pystamps.products.velocity import mm_per_radian

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_COLOURS = (ORANGE, BLUE, GREEN, "#cc79a7", "#56b4e9", "#e69f00", "#000000")
MOST_PLACES = len(_COLOURS)
"""Places in one picture."""

NO_FIT = "none"
_CURVE_DATES = 200


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


def series_figure(source: PlotSource, request: SeriesRequest) -> Figure:
    """Draw displacement in time beside a map of where the places lie.

    Parameters
    ----------
    source : PlotSource
    request : SeriesRequest
    """
    lines = plotted_series(source, request)
    points = source.choose(request.choice)
    with drawing_settings():
        width, height = 11.0, 5.6
        figure = plain_figure(width, height)
        axes = axes_at(figure, 0.75, 1.05, 6.1, 3.35)
        _draw_lines(axes, lines, points)
        _draw_locator(source, figure, points, request)
        about = points.about
        write_heading(
            figure, "Displacement in the line of sight, + = toward the satellite",
            wrapped_lines([
                f"without {about.get('taken_off', '?')}; {period_words(about)}",
                reference_words(value_type_named("v"), about,
                                is_referenced=points.reference_rows is not None),
                track_words(about),
            ], width - 0.3), x=0.15,
        )  # fmt: skip
        words = dict.fromkeys(line.error_words for line in lines)
        caption = [
            f"mean of the points within {request.radius_m:g} m; bars: one standard deviation, "
            + " or ".join(words),
            *(f"{line.label}: {line.fit_words}" for line in lines if line.fit is not None),
        ]
        write_caption(figure, wrapped_lines(caption[:4], width - 0.3))
    return figure


def _draw_lines(axes: Axes, lines: Sequence[PlottedSeries], points: ChosenPoints) -> None:
    curve = np.linspace(points.day[0], points.day[-1], _CURVE_DATES)
    for line, colour in zip(lines, _COLOURS, strict=False):
        axes.errorbar(
            plot_dates(line.day), line.displacement_mm, yerr=np.nan_to_num(line.error_mm),
            fmt="o", ms=3.5, color=colour, elinewidth=0.7, capsize=0, gid=f"series-{line.label}",
            label=f"{line.label}   ({line.n_point} points)",
        )  # fmt: skip
        if line.fit is not None:
            axes.plot(plot_dates(curve), line.fitted_mm(curve), color=colour, lw=1)
    axes.axhline(0, color=GREY, lw=0.6)
    axes.axvline(plot_dates(points.day[[points.reference_column]])[0], color=GREY, lw=0.8, ls=":")
    axes.set_ylabel("displacement [mm]")
    axes.legend(loc="best", fontsize=8, frameon=True, framealpha=0.8, edgecolor="none")
    date_axis(axes)


def _draw_locator(
    source: PlotSource, figure: Figure, points: ChosenPoints, request: SeriesRequest
) -> None:
    """Draw where the places lie, on the velocities."""
    rows = np.asarray(points.columns["point_id"]) - 1
    lonlat, velocity = source.lonlat[rows], np.asarray(points.columns["velocity"])
    frame = map_frame(lonlat, cells=300)
    wide, high = map_size(frame, 2.75, 3.35)
    axes = axes_at(figure, 7.25, 1.05 + (3.35 - high) / 2, wide, high)
    limit = round_limit(symmetric_limit(velocity, percent=99.5))
    kind = value_type_named(str(points.about.get("value_type") or "v"))
    drawn = draw_points(
        axes, lonlat, velocity, kind, limits=(-limit, limit), frame=frame, backdrop=None
    )
    bar = axes_at(figure, 7.25 + wide + 0.08, 1.05 + (3.35 - high) / 2, 0.09, high)
    figure.colorbar(drawn, cax=bar, extend="both").set_label(f"{kind.name} [mm/yr]", fontsize=7)
    bar.tick_params(labelsize=7)
    axes.tick_params(labelsize=7)
    axes.locator_params(nbins=4)
    axes.ticklabel_format(useOffset=False)
    mark_reference(
        axes, None if points.reference_rows is None else source.lonlat[points.reference_rows],
        len(lonlat), is_small=True,
    )  # fmt: skip
    for label, colour, place in zip("ABCDEFG", _COLOURS, request.places, strict=False):
        axes.plot(*place, "o", ms=8, mfc="white", mec=colour, mew=2, zorder=6)
        axes.annotate(
            label, place, (7, 5), textcoords="offset points", fontweight="bold", color=colour,
            zorder=6, bbox={"facecolor": "white", "alpha": 0.8, "edgecolor": "none", "pad": 1.0},
        )  # fmt: skip


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
