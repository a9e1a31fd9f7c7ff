"""Maps: velocity, and panels of wrapped and unwrapped interferograms."""

from __future__ import annotations

import math
import textwrap
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from pystamps.arrays import FloatArray, Index
from pystamps.dates import calendar_date
from pystamps.figures.panels import Panels, panel_figure
from pystamps.figures.style import (
    PHASE_AWAY,
    TOWARD_AWAY,
    WRAPPED,
    empty_figure,
    new_figure,
    round_limit,
    scale_bar,
    scatter_map,
    symmetric_limit,
    view_arrows,
)
from pystamps.model import Pixels
from pystamps.products.velocity_parts import VelocityPart
from pystamps.rows import Matrix, chosen_columns

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MOST_PANELS = 20
"""Interferograms shown in a panel; of more, an even part is shown."""

_NOTHING = "no pixels were selected"
_SMALL_WORDS: Any = {"fontsize": 7.5, "fontweight": "normal", "color": "#555555"}
_LETTERS_IN_A_MAP, _LETTERS_IN_A_PANEL = 100, 58
"""Letters of a line of small words."""


@dataclass(frozen=True, slots=True)
class VelocityMap:
    """What the map of the velocity shows and says.

    Attributes
    ----------
    lonlat : float, (n_ps, 2), degrees
    velocity_mm_yr : float, (n_ps,), toward the satellite
    value_type : str
        In letters.
    lines : tuple of str
        In words: what was taken off, what it is relative to, period and sensor.
    parts : tuple of VelocityPart
        What was taken off, and the plane, last.
    heading_deg : float
        Flight direction clockwise from north; NaN leaves the arrows out.
    """

    lonlat: FloatArray
    velocity_mm_yr: FloatArray
    value_type: str = "v"
    lines: tuple[str, ...] = ()
    parts: tuple[VelocityPart, ...] = ()
    heading_deg: float = math.nan


def velocity_map(shown: VelocityMap) -> Figure:
    """Draw the mean velocity of every pixel, and beside it the plane that is in it or was.

    Both maps have the same colours, so that one sees how much of the motion the plane is.
    """
    title = f"Mean velocity in the line of sight ({shown.value_type})"
    velocity = shown.velocity_mm_yr
    if not np.isfinite(velocity).any():
        return empty_figure(title, _NOTHING)
    limit = round_limit(symmetric_limit(velocity, percent=99.5))
    figure = new_figure(11.4 if shown.parts else 7.6, 7.8)
    widths = (1.7, 1.0) if shown.parts else (1.0,)
    panels = figure.subplots(1, len(widths), width_ratios=widths, squeeze=False)[0]
    points = scatter_map(
        panels[0], shown.lonlat, velocity, limits=(-limit, limit), cmap=TOWARD_AWAY
    )
    bar = figure.colorbar(points, ax=panels[0], extend="both", shrink=0.85, pad=0.02)
    bar.set_label("velocity [mm/yr]:  − away from,  + toward the satellite")
    bar.outline.set_visible(False)
    panels[0].set_xlabel("longitude [°]")
    panels[0].set_ylabel("latitude [°]")
    finite = velocity[np.isfinite(velocity)]
    numbers = (
        f"{finite.size:,} pixels   median {np.median(finite):.1f} mm/yr   "
        f"{np.percentile(finite, 1):.1f} … {np.percentile(finite, 99):.1f} mm/yr (1 … 99 %), "
        f"std {finite.std():.1f}"
    )
    figure.suptitle(title, fontweight="bold", x=0.01, ha="left")
    lines = [textwrap.fill(line, _LETTERS_IN_A_MAP) for line in (*shown.lines, numbers)]
    panels[0].set_title("\n".join(lines), pad=6, **_SMALL_WORDS)
    scale_bar(panels[0], shown.lonlat)
    if math.isfinite(shown.heading_deg):
        view_arrows(panels[0], shown.heading_deg)
    if shown.parts:
        _plane_panel(panels[1], shown, limit)
    return figure


def _plane_panel(axes: Axes, shown: VelocityMap, limit: float) -> None:
    """Draw the plane, and say how much of the map it and the other parts are."""
    plane = shown.parts[-1]
    scatter_map(axes, shown.lonlat, plane.velocity, limits=(-limit, limit), cmap=TOWARD_AWAY)
    title = f"Plane {'taken off' if plane.is_taken_off else 'left in the map'}, in the same colours"
    words = [textwrap.fill(part.sentence, _LETTERS_IN_A_PANEL) for part in shown.parts]
    if not plane.is_taken_off:
        words.append("v-do takes it off, and motion of the size of the scene with it")
    axes.set_title("\n".join([title, *words]), pad=6, **_SMALL_WORDS)
    axes.set_xticks([])
    axes.set_yticks([])


def wrapped_panel(pixels: Pixels, phase: Matrix) -> Figure:
    """Draw wrapped interferograms side by side.

    Parameters
    ----------
    pixels : Pixels
    phase : Matrix of complex, (n_ps, n_ifg)
    """
    title = "Interferograms, wrapped phase of the selected pixels"
    if not pixels.n_ps or not panel_columns(pixels).size:
        return empty_figure(title, _NOTHING)
    shown = np.asarray(chosen_columns(phase, panel_columns(pixels)))
    return _panel(pixels, np.angle(shown), "w", title=title, limit=math.pi, cmap=WRAPPED)


def unwrapped_panel(pixels: Pixels, phase: Matrix) -> Figure:
    """Draw unwrapped interferograms side by side, each relative to its median.

    Parameters
    ----------
    pixels : Pixels
    phase : Matrix of float, (n_ps, n_ifg), rad, positive away from the satellite
    """
    title = "Interferograms, unwrapped phase of the selected pixels, each relative to its median"
    if not pixels.n_ps or not panel_columns(pixels).size:
        return empty_figure(title, _NOTHING)
    shown = np.array(chosen_columns(phase, panel_columns(pixels)), order="F")
    shown -= np.nanmedian(shown, axis=0)
    limit = round_limit(symmetric_limit(shown, percent=99))
    return _panel(pixels, shown, "u", title=title, limit=limit, cmap=PHASE_AWAY)


def _panel(
    pixels: Pixels, shown: FloatArray, value_type: str, *, title: str, limit: float, cmap: str
) -> Figure:
    """Draw the columns of the panel."""
    columns = panel_columns(pixels)
    master, remark = calendar_date(pixels.master_day), panel_remark(pixels, value_type)
    return panel_figure(
        Panels(
            lonlat=pixels.lonlat,
            values=shown,
            names=tuple(_dates_of(pixels, column) for column in columns),
            remarks=tuple(f"{pixels.bperp[column]:+.0f} m" for column in columns),
            limits=(-limit, limit),
            cmap=cmap,
            title=title,
            lines=(
                f"reference image {master:%Y-%m-%d}; below each date its perpendicular baseline",
                remark,
            ),
            label="phase [rad], + = away from the satellite",
        )
    )


def _dates_of(pixels: Pixels, column: int) -> str:
    """Give the date of the second image; of a pair the dates of both."""
    stack = pixels.interferograms
    images = (stack.second,) if stack.is_single_master else (stack.first, stack.second)
    return "  ".join(f"{calendar_date(stack.day[image[column]]):%Y-%m-%d}" for image in images)


def panel_columns(pixels: Pixels) -> Index:
    """Give the interferograms that a panel shows: all but the reference, at most so many."""
    return even_part(pixels.interferograms.observed)


def even_part(columns: Index) -> Index:
    """Give all of some interferograms, or so many of them as a panel shows, evenly spread."""
    if columns.size <= MOST_PANELS:
        return columns
    return columns[np.rint(np.linspace(0, columns.size - 1, MOST_PANELS)).astype(np.int64)]


def panel_remark(pixels: Pixels, value_type: str) -> str:
    """Say that a panel does not show all interferograms, and how to see them; else nothing."""
    shown, every = panel_columns(pixels).size, pixels.interferograms.n_observed
    return remark_of_part(shown, every, "interferogram", value_type)


def remark_of_part(shown: int, every: int, noun: str, value_type: str) -> str:
    """Say that some interferograms or images are not shown, and how to see them; else nothing."""
    if shown == every:
        return ""
    return f"{shown} of {every} {noun}s, evenly spread; all: pystamps plot {value_type} --all"
