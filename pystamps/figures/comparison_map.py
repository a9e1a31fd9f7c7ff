"""Map of two data sets beside each other: differences of velocity, and which points each has."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from pystamps.figures.style import (
    BLUE,
    GREY,
    ORANGE,
    TOWARD_AWAY,
    drawing_settings,
    frame_map,
    new_figure,
    round_limit,
    scale_bar,
    scatter_map,
    symmetric_limit,
)
from pystamps.io.atomic import temporary_beside
from pystamps.products.chosen import ChosenPoints
from pystamps.products.run_comparison import PointPairs, VelocityDifferences
from pystamps.visible import visible_line

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_MARKER_AREA = 4.0


def comparison_map(
    one: ChosenPoints,
    other: ChosenPoints,
    pairs: PointPairs,
    differences: VelocityDifferences,
    *,
    names: tuple[str, str],
) -> Figure:
    """Draw where velocities differ, and where only one of two data sets has points.

    Parameters
    ----------
    one, other : ChosenPoints
    pairs : PointPairs
    differences : VelocityDifferences
    names : tuple of two str
        What the data sets are called.
    """
    figure = new_figure(12.0, 5.8)
    left, right = figure.subplots(1, 2, sharex=True, sharey=True)
    limit = round_limit(symmetric_limit(differences.values))
    lonlat = one.place_lonlat[pairs.rows]
    points = scatter_map(left, lonlat, differences.values, limits=(-limit, limit), cmap=TOWARD_AWAY)
    bar = figure.colorbar(points, ax=left, extend="both", shrink=0.85, pad=0.02)
    bar.set_label("velocity of B minus A [mm/yr]:  + B faster toward the satellite")
    bar.outline.set_visible(False)
    removed = differences.removed_mean
    told = f"mean {removed:+.2f} mm/yr removed (references differ)" if removed else "same reference"
    left.set_title(
        f"Velocity, {one.about.get('value_type', '')}: rms {differences.rms:.2f} mm/yr, {told}",
        fontsize=9,
    )
    left.set(xlabel="longitude [°]", ylabel="latitude [°]")
    scale_bar(left, lonlat)
    _draw_selection(right, one, other, pairs)
    figure.suptitle(visible_line(f"A: {names[0]}    B: {names[1]}"), fontsize=9)
    return figure


def _draw_selection(axes: Axes, one: ChosenPoints, other: ChosenPoints, pairs: PointPairs) -> None:
    """Draw common points in grey below those that one side alone has."""
    groups = (
        (one.place_lonlat[pairs.rows], GREY, "in both"),
        (one.place_lonlat[pairs.only], BLUE, "only in A"),
        (other.place_lonlat[pairs.only_other], ORANGE, "only in B"),
    )
    for lonlat, colour, label in groups:
        axes.scatter(
            lonlat[:, 0], lonlat[:, 1], s=_MARKER_AREA, color=colour, linewidths=0,
            rasterized=True, label=f"{label}: {len(lonlat):,}",
        )  # fmt: skip
    frame_map(axes, np.concatenate([lonlat for lonlat, _, _ in groups]))
    axes.set_title("Points", fontsize=9)
    axes.legend(loc="upper left", markerscale=3, frameon=True)
    axes.set_xlabel("longitude [°]")


def save_comparison_map(
    path: Path,
    one: ChosenPoints,
    other: ChosenPoints,
    pairs: PointPairs,
    differences: VelocityDifferences,
    *,
    names: tuple[str, str],
) -> None:
    """Draw the map into a PNG that appears complete or not at all."""
    with drawing_settings(), temporary_beside(path) as temporary:
        figure = comparison_map(one, other, pairs, differences, names=names)
        figure.savefig(temporary, format="png")
