"""The tropospheric phase of the interferograms: maps of one, and what it does to all of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from pystamps.arrays import FloatArray
from pystamps.figures.style import (
    BLUE,
    GREEN,
    GREY,
    ORANGE,
    PHASE_AWAY,
    empty_figure,
    new_figure,
    round_limit,
    scatter_map,
    symmetric_limit,
)
from pystamps.products.delay_effect import (
    NO_DELAY,
    WORSE,
    CorrectedInterferogram,
    DelayEffect,
    DelayEffectTable,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_TITLE = "Tropospheric phase of the interferograms"
_MOST_DOTS = 20_000
_MOST_LABELS = 40


def troposphere_figure(table: DelayEffectTable, shown: CorrectedInterferogram | None) -> Figure:
    """Draw phase before, delay and phase after of one interferogram, and the spread of all.

    Parameters
    ----------
    table : DelayEffectTable
    shown : CorrectedInterferogram or None
        None = no interferogram has a delay.
    """
    if shown is None:
        return empty_figure(_TITLE, "no delay is known of any interferogram that is used")
    figure = new_figure(11.4, 7.4)
    grid = figure.add_gridspec(2, 4, height_ratios=(1.15, 1.0), width_ratios=(1, 1, 1, 0.95))
    panels = [figure.add_subplot(grid[0, k]) for k in range(4)]
    after = shown.before - shown.delay
    parts = {"before": shown.before, shown.method: shown.delay, "after": after}
    centred = {name: values - np.nanmedian(values) for name, values in parts.items()}
    limit = round_limit(symmetric_limit(np.concatenate([*centred.values()]), percent=99))
    points = None
    for axes, (name, values) in zip(panels, centred.items(), strict=False):
        points = scatter_map(axes, shown.lonlat, values, limits=(-limit, limit), cmap=PHASE_AWAY)
        axes.set_title(f"{name}: {np.nanstd(values):.2f} rad", fontsize=8, pad=3)
        axes.set_xticks([])
        axes.set_yticks([])
    if points is not None:
        bar = figure.colorbar(points, ax=panels[:3], location="bottom", shrink=0.5, aspect=40)
        bar.set_label("phase [rad], + = away from the satellite; relative to the median")
    _against_height(panels[3], shown, centred)
    figure.suptitle(f"{_TITLE}: {shown.name}", fontweight="bold", x=0.01, ha="left", fontsize=10)
    _bars(figure.add_subplot(grid[1, :]), table)
    return figure


def _against_height(
    axes: Axes, shown: CorrectedInterferogram, centred: dict[str, FloatArray]
) -> None:
    """Draw phase before and after against height."""
    if shown.height is None:
        axes.axis("off")
        axes.text(0.5, 0.5, "no heights (hgt2.mat)", ha="center", color=GREY)
        return
    part = slice(None, None, max(1, shown.height.size // _MOST_DOTS))
    for name, colour in (("before", GREY), ("after", BLUE)):
        axes.scatter(
            shown.height[part], centred[name][part], s=1.5, color=colour, linewidths=0, label=name,
            rasterized=True,
        )  # fmt: skip
    axes.legend(markerscale=4, fontsize=7, loc="best")
    axes.set_xlabel("height [m]", fontsize=8)
    axes.set_title("phase against height", fontsize=8, pad=3)


def _bars(axes: Axes, table: DelayEffectTable) -> None:
    """Draw the spread of every interferogram before and after, method by method."""
    first = table.of_method(table.methods[0])
    places = np.arange(len(first))
    width = 0.8 / (len(table.methods) + 1)
    axes.bar(places, _values(first, "before_rad"), width, color=GREY, label="before")
    colours = (BLUE, GREEN, "#cc79a7", "#e69f00", "#56b4e9")
    for k, method in enumerate(table.methods):
        rows = table.of_method(method)
        at = places + width * (k + 1)
        heights = _values(rows, "after_rad")
        bars = axes.bar(
            at, heights, width, color=colours[k % len(colours)], label=f"after {method}"
        )
        for bar, row in zip(bars, rows, strict=True):
            if row.verdict == WORSE:
                bar.set_edgecolor(ORANGE)
                bar.set_linewidth(1.2)
        unknown = [x for x, row in zip(at, rows, strict=True) if row.verdict == NO_DELAY]
        axes.scatter(unknown, np.zeros(len(unknown)), marker="x", s=14, color=ORANGE)
    worse = sum(row.verdict == WORSE for row in table.rows)
    beside = "without a plane, " if table.is_deramped else ""
    axes.set_title(
        f"Standard deviation, {beside}before and after; framed: worse ({worse}); x: no delay",
        fontsize=9, pad=4,
    )  # fmt: skip
    step = max(1, len(first) // _MOST_LABELS)
    axes.set_xticks(places[::step], [row.date for row in first][::step], rotation=90, fontsize=6)
    axes.set_ylabel("standard deviation [rad]")
    axes.legend(fontsize=7, ncols=len(table.methods) + 1, loc="upper right")
    axes.grid(visible=False, axis="x")


def _values(rows: Sequence[DelayEffect], name: str) -> list[float]:
    return [getattr(row, name) if getattr(row, name) is not None else np.nan for row in rows]
