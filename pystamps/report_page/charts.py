"""Charts of the report: how values are spread over the points, and the atmosphere of the dates."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pystamps.arrays import Float64, FloatArray
from pystamps.figures.style import (
    BLUE,
    GREY,
    ORANGE,
    date_axis,
    drawing_settings,
    new_figure,
    plot_dates,
)
from pystamps.products.point_table import PointTable
from pystamps.rows import Matrix, row_blocks

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_BINS = 60
_WIDTH = 7.6


def spread_of_dates(series: Matrix) -> Float64:
    """Give the standard deviation over the points of every column, (n_date,), NaN left out.

    Parameters
    ----------
    series : Matrix of float, shape (n_ps, n_date)
    """
    count, total, squares = (np.zeros(series.shape[1]) for _ in range(3))
    for rows in row_blocks(series):
        block = np.asarray(series[rows], dtype=np.float64)
        known = np.isfinite(block)
        filled = np.where(known, block, 0.0)
        count += known.sum(axis=0)
        total += filled.sum(axis=0)
        squares += (filled**2).sum(axis=0)
    with np.errstate(invalid="ignore"):
        return np.asarray(np.sqrt(np.maximum(squares / count - (total / count) ** 2, 0.0)))


def distribution_figure(table: PointTable) -> Figure:
    """Draw how velocities and their standard deviations are spread over the points.

    Parameters
    ----------
    table : PointTable
    """
    with drawing_settings():
        figure = new_figure(_WIDTH, 2.6)
        left, right = figure.subplots(1, 2)
        _histogram(left, table.columns["velocity"], "velocity [mm/yr], + = toward the satellite",
                   BLUE)  # fmt: skip
        _histogram(right, table.columns["velocity_std"], "standard deviation of it [mm/yr]", ORANGE)
        left.set_ylabel("points")
        return figure


def _histogram(axes: Axes, values: FloatArray, label: str, colour: str) -> None:
    finite = values[np.isfinite(values)]
    axes.set_xlabel(label)
    if not finite.size:
        axes.text(0.5, 0.5, "no point has a value", ha="center", color=GREY,
                  transform=axes.transAxes)  # fmt: skip
        return
    low, high = np.percentile(finite, (0.2, 99.8))
    inside = finite[(finite >= low) & (finite <= high)]
    axes.hist(inside, bins=_BINS, color=colour)
    middle = float(np.median(finite))
    axes.axvline(middle, color="black", lw=1, ls="--")
    axes.set_title(f"median {middle:.1f}; {inside.size:,} of {finite.size:,} points drawn",
                   fontsize=8, fontweight="normal", pad=4)  # fmt: skip


def atmosphere_figure(table: PointTable) -> Figure | None:
    """Draw how strong the atmosphere of every date is; None where stage 8 has not told it.

    Parameters
    ----------
    table : PointTable
    """
    layers = table.layers
    if "s" not in layers.parts or not layers.n_point:
        return None
    spread = spread_of_dates(layers.parts["s"])
    with drawing_settings():
        figure = new_figure(_WIDTH, 2.5)
        axes = figure.subplots()
        dates = plot_dates(layers.day)
        shown = np.arange(layers.n_date) != layers.reference_column
        axes.vlines(dates[shown], 0, spread[shown], color=BLUE, lw=2)
        axes.plot(dates[shown], spread[shown], "o", color=BLUE, ms=4)
        if "m" in layers.parts:
            of_reference = float(np.nanstd(np.asarray(layers.parts["m"])))
            axes.plot(dates[[layers.reference_column]], [of_reference], "*", ms=11, color=ORANGE,
                      label="reference image, in all other dates")  # fmt: skip
            axes.legend(loc="lower right", bbox_to_anchor=(1, 1), fontsize=8, borderaxespad=0.1)
        axes.set_ylim(bottom=0)
        axes.set_ylabel("spread over the points [mm]")
        date_axis(axes)
        return figure
