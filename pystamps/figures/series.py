"""Displacement of a few pixels in time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pystamps.arrays import Float64, FloatArray, Index
from pystamps.dates import DAYS_PER_YEAR
from pystamps.figures.style import (
    BLUE,
    GREEN,
    GREY,
    ORANGE,
    TOWARD_AWAY,
    date_axis,
    empty_figure,
    new_figure,
    plot_dates,
    round_limit,
    scatter_map,
    symmetric_limit,
)
from pystamps.products.notable_points import (
    neighbours_of_points,
    searched_rows,
    typical_member,
)
from pystamps.rows import Matrix, row_blocks

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_COLOURS = (ORANGE, BLUE, GREEN, "#cc79a7")


@dataclass(frozen=True, slots=True)
class SeriesData:
    """Displacement of all pixels.

    Attributes
    ----------
    lonlat : float64, (n_ps, 2), degrees
    velocity_mm_yr : float, (n_ps,), toward the satellite
    day : float64, (n_day,), date numbers, the reference image included
    displacement_mm : Matrix of float, (n_ps, n_day), toward the satellite; read by rows
    lines : tuple of str
        In words: what was taken off, what it is relative to.
    """

    lonlat: Float64
    velocity_mm_yr: FloatArray
    day: Float64
    displacement_mm: Matrix
    lines: tuple[str, ...] = ()


def time_series(data: SeriesData) -> Figure:
    """Draw the displacement of the fastest points both ways, a middling and a still one."""
    title = "Displacement in the line of sight"
    valid = _complete_rows(data)
    points = chosen_points(data, valid)
    if not points:
        return empty_figure(title, "no pixel has a velocity")
    figure = new_figure(10.0, 5.6)
    left, right = figure.subplots(1, 2, width_ratios=(1.0, 1.5))
    limit = round_limit(symmetric_limit(data.velocity_mm_yr, percent=99.5))
    scatter_map(
        left, data.lonlat, data.velocity_mm_yr, limits=(-limit, limit), cmap=TOWARD_AWAY
    ).set_alpha(0.7)
    days = plot_dates(data.day)
    years = (data.day - data.day[0]) / DAYS_PER_YEAR
    for letter, colour, (label, pixel) in zip("ABCD", _COLOURS, points.items(), strict=False):
        series = data.displacement_mm[pixel : pixel + 1][0]
        slope = float(data.velocity_mm_yr[pixel])
        text = f"{letter}  {label}: {round(slope, 1) + 0.0:+.1f} mm/yr"
        right.plot(days, series, "o", ms=4, color=colour, label=text)
        line = slope * years
        right.plot(days, line + np.nanmean(series - line), color=colour, lw=1)
        _mark(left, data.lonlat[pixel], letter, colour)
    left.set_title("Where the points lie", pad=6)
    left.set_xlabel("longitude [°]")
    left.set_ylabel("latitude [°]")
    left.tick_params(axis="x", rotation=30)
    lines = [*data.lines, "line = velocity"]
    n_searched = searched_rows(valid).size
    if n_searched < valid.size:
        lines[-1] += f"; points chosen among {n_searched:,} of {valid.size:,}"
    right.set_title(title + "\n" * len(lines), pad=6)
    right.text(0, 1.015, "\n".join(lines), transform=right.transAxes, fontsize=7.5, color="#555555")
    right.set_ylabel("displacement [mm], + = toward the satellite")
    right.axhline(0, color=GREY, lw=0.6)
    date_axis(right)
    figure.legend(loc="outside lower center", ncols=2, fontsize=8)
    return figure


def chosen_points(data: SeriesData, complete: Index) -> dict[str, int]:
    """Give the pixels shown: label to row, no pixel twice.

    Single outliers are passed over: a pixel is judged by the median of its neighbourhood, and
    of a neighbourhood the pixel next to that median stands for it.

    Parameters
    ----------
    data : SeriesData
    complete : ndarray of int64
        Rows with a velocity and all dates. Of very many an even part is searched, the same as for
        the points of a report.
    """
    valid = searched_rows(complete)
    if not valid.size:
        return {}
    velocity = data.velocity_mm_yr[valid].astype(np.float64)
    near = neighbours_of_points(data.lonlat[valid])
    smooth = np.median(velocity[near], axis=1)
    fastest_away, fastest_toward = int(np.argmin(smooth)), int(np.argmax(smooth))
    middling = smooth[fastest_away] / 2 if -smooth.min() > smooth.max() else smooth.max() / 2
    wanted = {
        "fastest away": fastest_away,
        "fastest toward": fastest_toward,
        "middling": int(np.argmin(np.abs(smooth - middling))),
        "still": int(np.argmin(np.abs(smooth))),
    }
    found: dict[str, int] = {}
    for label, centre in wanted.items():
        pixel = int(valid[typical_member(velocity, near[centre], smooth[centre])])
        if pixel not in found.values():
            found[label] = pixel
    return found


def _complete_rows(data: SeriesData) -> Index:
    """Give the pixels that have a velocity and all dates."""
    is_complete = np.isfinite(data.velocity_mm_yr)
    for rows in row_blocks(data.displacement_mm):
        is_complete[rows] &= np.isfinite(data.displacement_mm[rows]).all(axis=1)
    return np.flatnonzero(is_complete)


def _mark(axes: Axes, lonlat: FloatArray, letter: str, colour: str) -> None:
    axes.plot(*lonlat, "o", ms=8, mfc="white", mec=colour, mew=2)
    axes.annotate(
        letter, (float(lonlat[0]), float(lonlat[1])), (7, 5), textcoords="offset points",
        fontweight="bold", color=colour,
    )  # fmt: skip
