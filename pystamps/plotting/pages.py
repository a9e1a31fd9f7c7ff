"""Interferograms side by side: some of them on one page, or all of them on several."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from pystamps.arrays import FloatArray, Index
from pystamps.figures.maps import even_part, remark_of_part
from pystamps.figures.style import MOST_MARKS, WRAPPED, axes_at, drawing_settings, empty_figure
from pystamps.plotting.ground import Backdrop, MapFrame, backdrop_of, map_frame
from pystamps.plotting.limits import colour_limits
from pystamps.plotting.map_values import MapRequest, MapValues, map_values
from pystamps.plotting.maps import (
    MapLook,
    draw_arrows,
    draw_colour_bar,
    draw_scale_bar,
    point_map,
    words_behind,
)
from pystamps.plotting.points import draw_points
from pystamps.plotting.reference_mark import mark_reference
from pystamps.plotting.sheet import panel_sheet
from pystamps.plotting.source import PlotSource
from pystamps.plotting.stack_columns import InterferogramLabel
from pystamps.plotting.value_types import ValueType
from pystamps.plotting.words import lines_about
from pystamps.rows import chosen_columns

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

PANELS_PER_PAGE = 12
_COLUMNS = 4
_POINTS_OF_LIMITS = 200_000
_MOST_MARKS_OF_PAGE = 200_000
"""Marks in all maps of a page; of more, maps are images of the points."""


def stack_figure(source: PlotSource, kind: ValueType, request: MapRequest, look: MapLook) -> Figure:
    """Draw interferograms on one page: all that are asked for, else an even part, and say so.

    Parameters
    ----------
    source : PlotSource
    kind : ValueType
        Of a stack.
    request : MapRequest
    look : MapLook
    """
    with drawing_settings():
        shown = map_values(source, kind, request)
        count = len(shown.labels)
        if count == 1:
            return point_map(source, shown, shown.column(0), look)
        is_asked = bool(request.interferograms or request.dates)
        places = np.arange(count) if is_asked else even_part(np.arange(count))
        noun = shown.labels[0].noun if count else ""
        remark = remark_of_part(places.size, count, noun, kind.name)
        return next(_pages(source, shown, look, places, per_page=max(places.size, 1),
                           remark=remark))  # fmt: skip


def stack_pages(
    source: PlotSource, kind: ValueType, request: MapRequest, look: MapLook
) -> Iterator[Figure]:
    """Draw every interferogram, dropped ones too, twelve on a page.

    Parameters
    ----------
    source : PlotSource
    kind : ValueType
        Of a stack.
    request : MapRequest
    look : MapLook
    """
    shown = map_values(source, kind, request)
    pages = _pages(source, shown, look, np.arange(len(shown.labels)), per_page=PANELS_PER_PAGE)
    while True:  # settings of matplotlib hold while a page is drawn, not between two of them
        with drawing_settings():
            figure = next(pages, None)
        if figure is None:
            return
        yield figure


def _pages(
    source: PlotSource,
    shown: MapValues,
    look: MapLook,
    places: Index,
    *,
    per_page: int,
    remark: str = "",
) -> Iterator[Figure]:
    """Draw stretches of the interferograms with one colour bar for all."""
    if not places.size or not len(shown.lonlat):
        yield empty_figure(f"{shown.kind.name}: {shown.kind.title}", "nothing to show")
        return
    limits = _limits(shown, look, places)
    frame = map_frame(shown.lonlat, cells=300)
    backdrop, reason = backdrop_of(
        source, look.background, frame, is_angle=shown.kind.colours == WRAPPED
    )
    count = -(-places.size // per_page)
    for number in range(count):
        stretch = places[number * per_page : (number + 1) * per_page]
        values = np.asarray(chosen_columns(shown.values, stretch))
        labels = [shown.labels[place] for place in stretch]
        page = f"page {number + 1} of {count}" if count > 1 else ""
        caption = [remark, page, words_behind(backdrop, reason)]
        yield _page(
            shown, values, labels, limits=limits, frame=frame, backdrop=backdrop, caption=caption
        )


def _limits(shown: MapValues, look: MapLook, places: Index) -> tuple[float, float]:
    """Give the ends of the colour bar for all pages, from an even part of the points."""
    if look.limits is not None or shown.kind.colours == WRAPPED:
        return colour_limits(shown.kind, np.zeros(0), look.limits)
    step = max(1, len(shown.lonlat) // _POINTS_OF_LIMITS)
    values = np.asarray(chosen_columns(shown.values, places))[::step]
    return colour_limits(shown.kind, values, None)


def _page(
    shown: MapValues,
    values: FloatArray,
    labels: list[InterferogramLabel],
    *,
    limits: tuple[float, float],
    frame: MapFrame,
    backdrop: Backdrop | None,
    caption: list[str],
) -> Figure:
    """Draw one page."""
    columns = min(5 if len(labels) > PANELS_PER_PAGE else _COLUMNS, len(labels))
    is_referenced = shown.reference_lonlat is not None
    lines = lines_about(shown.kind, shown.about, is_referenced=is_referenced)
    counted = "of the image" if labels[0].noun == "image" else "as drop_ifg_index counts"
    lines.append(f"above each map: number ({counted}), date, perpendicular baseline, noise")
    title = f"{shown.kind.name}: {shown.kind.title}"
    figure, panels, bar = panel_sheet(frame, len(labels), columns, title, lines, caption)
    drawn = None
    for number, (axes, label) in enumerate(zip(panels, labels, strict=True)):
        drawn = draw_points(
            axes, shown.lonlat, values[:, number], shown.kind, limits=limits, frame=frame,
            backdrop=backdrop, most_marks=min(MOST_MARKS, _MOST_MARKS_OF_PAGE // len(labels)),
        )  # fmt: skip
        _write_label(axes, label, is_known=bool(np.isfinite(values[:, number]).any()))
        mark_reference(axes, shown.reference_lonlat, len(shown.lonlat), is_small=True)
        axes.set(xticks=[], yticks=[])
    draw_scale_bar(panels[0], frame)
    draw_directions_of_sheet(figure, float(shown.about.get("heading_deg", math.nan)))
    draw_colour_bar(bar, drawn, shown.kind)
    return figure


def draw_directions_of_sheet(figure: Figure, heading_deg: float) -> None:
    """Draw the arrows of flight and look beside the title; nothing without a heading."""
    if math.isfinite(heading_deg):
        width, height = figure.get_size_inches()
        inset = axes_at(figure, width - 0.85, height - 0.8, 0.7, 0.7)
        inset.set_gid("directions")
        draw_arrows(inset, heading_deg)


def _write_label(axes: Axes, label: InterferogramLabel, *, is_known: bool) -> None:
    """Write number, date, baseline, noise and flag above a panel."""
    noise = f"   {label.noise_deg:.0f}°" if math.isfinite(label.noise_deg) else ""
    axes.set_title(
        f"{label.number}   {label.date}\n{label.bperp:+.0f} m{noise}", fontsize=7.5, loc="center",
        pad=3, fontweight="normal",
    )  # fmt: skip
    words = [label.flag] if label.flag else []
    words += [] if is_known else ["no values"]
    if words:
        axes.text(
            0.5, 0.5, "\n".join(words), transform=axes.transAxes, fontsize=7, ha="center",
            va="center", zorder=8, bbox={"facecolor": "white", "alpha": 0.8, "edgecolor": "none"},
        )  # fmt: skip
