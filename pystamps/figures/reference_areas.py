"""Map of areas that are proposed as reference."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from pystamps.arrays import FloatArray
from pystamps.figures.maps import VelocityMap, velocity_map
from pystamps.figures.style import BLUE, GREEN
from pystamps.products.reference_suggestion import ReferenceArea, ReferenceSuggestion

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_METRES_PER_DEGREE = 111_320.0


def reference_map(
    lonlat: FloatArray,
    velocity_mm_yr: FloatArray,
    found: ReferenceSuggestion,
    *,
    heading_deg: float = math.nan,
) -> Figure:
    """Draw the velocity, proposed areas with their numbers, that of the run and what deforms.

    Parameters
    ----------
    lonlat : float, (n_ps, 2), degrees
    velocity_mm_yr : float, (n_ps,), toward the satellite
    found : ReferenceSuggestion
    heading_deg : float
        Flight direction clockwise from north; NaN leaves the arrows out.
    """
    figure = velocity_map(VelocityMap(lonlat, velocity_mm_yr, heading_deg=heading_deg))
    figure.suptitle("Areas that may be the reference", fontweight="bold", x=0.01, ha="left")
    axes = figure.axes[0]
    if len(found.deforming):
        axes.scatter(
            found.deforming[:, 0],
            found.deforming[:, 1],
            marker="x",
            s=18,
            c="black",
            linewidths=0.8,
            label="deforms",
        )
    for number, area in enumerate(found.areas, start=1):
        _circle(axes, area, str(number))
    if found.present is not None:
        axes.plot(
            [found.present.longitude], [found.present.latitude], "+", color=BLUE, ms=14, mew=2,
            label=f"middle of the present area ({found.present.points:,} points)",
        )  # fmt: skip
    if axes.get_legend_handles_labels()[0]:
        axes.legend(loc="lower right", fontsize=8, frameon=True)
    return figure


def _circle(axes: Axes, area: ReferenceArea, text: str) -> None:
    """Draw a circle on the ground and its number beside it."""
    angles = [2 * math.pi * k / 90 for k in range(91)]
    north = area.radius_m / _METRES_PER_DEGREE
    east = north / math.cos(math.radians(area.latitude))
    axes.plot(
        [area.longitude + east * math.cos(a) for a in angles],
        [area.latitude + north * math.sin(a) for a in angles],
        color=GREEN, lw=2,
    )  # fmt: skip
    axes.annotate(
        text, (area.longitude + east, area.latitude + north), (2, 2), textcoords="offset points",
        color=GREEN, fontsize=13, fontweight="bold",
    )  # fmt: skip
