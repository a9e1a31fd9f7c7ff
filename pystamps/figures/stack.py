"""The stack: baselines and noise of the interferograms."""

from __future__ import annotations

from collections.abc import Sequence
from textwrap import wrap
from typing import TYPE_CHECKING

import numpy as np

from pystamps.arrays import FloatArray
from pystamps.dates import calendar_date
from pystamps.figures.style import (
    BLUE,
    GREY,
    ORANGE,
    date_axis,
    empty_figure,
    new_figure,
    plot_dates,
)
from pystamps.interferograms import Interferograms
from pystamps.model import Pixels

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_LINE_LENGTH = 110


def baseline_plot(pixels: Pixels, remarks: Sequence[str] = ()) -> Figure:
    """Draw perpendicular baseline of the images against date, with a line per interferogram.

    Parameters
    ----------
    pixels : Pixels
    remarks : sequence of str
        What dates and baselines say about the fits, below the drawing.
    """
    stack = pixels.interferograms
    figure = new_figure(7.5, 4.2)
    axes = figure.subplots()
    days, height, bperp = plot_dates(stack.day), stack.of_images().bperp, stack.observed_bperp
    at, others = stack.is_reference_image, ~stack.is_reference_image
    for ends in stack.pairs[stack.observed]:
        axes.plot(days[ends], height[ends], color="#cfd8df", lw=0.8, zorder=1)
    axes.scatter(days[others], height[others], s=28, color=BLUE, zorder=2)
    axes.scatter(days[at], height[at], s=90, color=ORANGE, marker="*", zorder=3)
    axes.annotate(
        f"reference {calendar_date(stack.reference_day):%Y-%m-%d}",
        (days[at][0], height[at][0]), (8, 6),
        textcoords="offset points", color=ORANGE, fontsize=8,
    )  # fmt: skip
    span = pixels.day[-1] - pixels.day[0]
    _title(
        axes,
        "Perpendicular baselines",
        f"{bperp.size} interferograms{_of_images(stack)} over {span:.0f} days, "
        f"{pixels.bperp.min():.0f} … {pixels.bperp.max():.0f} m",
    )
    axes.set_ylabel("perpendicular baseline [m]")
    date_axis(axes)
    if remarks:
        lines = [line for remark in remarks for line in wrap(remark, _LINE_LENGTH)]
        axes.set_xlabel("\n".join(lines), color=ORANGE, fontsize=8, loc="left")
    return figure


def _of_images(stack: Interferograms) -> str:
    """Say of how many images a network is; those of one reference image are as many."""
    return "" if stack.has_null_column else f" of {stack.n_image} images"


def noise_plot(pixels: Pixels, std_deg: FloatArray) -> Figure:
    """Draw the noise of every interferogram.

    Parameters
    ----------
    pixels : Pixels
    std_deg : float, (n_ifg,), degrees
    """
    title = "Phase noise of the interferograms"
    stack = pixels.interferograms
    values = stack.without_null_column(std_deg)
    if not np.isfinite(values).any():
        return empty_figure(title, "no interferogram has an estimate of its noise")
    figure = new_figure(7.5, 4.0)
    axes = figure.subplots()
    days = plot_dates(stack.second_day[stack.observed])
    axes.vlines(days, 0, values, color="#bcd0de", lw=1.5, zorder=1)
    axes.scatter(days, values, s=28, color=BLUE, zorder=2)
    middle = float(np.nanmedian(values))
    axes.axhline(middle, color=ORANGE, lw=1)
    axes.annotate(
        f"median {middle:.0f}°", (1, middle), (-2, 3), xycoords=("axes fraction", "data"),
        textcoords="offset points", color=ORANGE, ha="right", fontsize=8,
    )  # fmt: skip
    axes.axvline(plot_dates(np.array([stack.reference_day]))[0], color=GREY, lw=1, ls=":")
    _title(axes, title, "rms of the phase that is correlated neither in space nor with baseline")
    axes.set_ylabel("standard deviation [°]")
    axes.set_ylim(bottom=0)
    date_axis(axes)
    return figure


def _title(axes: Axes, title: str, remark: str) -> None:
    axes.set_title(f"{title}\n")
    axes.text(0, 1.02, remark, transform=axes.transAxes, fontsize=8, color="#555555")
