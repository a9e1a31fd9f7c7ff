"""Sheets: where maps, colour bars, titles and captions lie, in inches, whatever the scene."""

from __future__ import annotations

from collections.abc import Sequence
from textwrap import wrap
from typing import TYPE_CHECKING, Any

from pystamps.figures.style import axes_at, plain_figure
from pystamps.plotting.ground import KM_PER_DEGREE, MapFrame
from pystamps.visible import visible_line

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_WIDEST, _TALLEST = 5.9, 8.0
_LEFT, _RIGHT, _GAP, _BAR = 0.85, 0.95, 0.15, 0.16
_TITLE, _LINE, _AXIS = 0.36, 0.165, 0.56
_SMALL: dict[str, Any] = {"fontsize": 7.5, "color": "#444444"}
_PER_INCH = 15.5
_LONGEST = 600
"""Letters of a line before it is broken."""


def wrapped_lines(lines: Sequence[str], width: float) -> list[str]:
    """Break lines of small print so that they fit so many inches; empty ones are left out.

    Texts of a data set may be of any length and hold any character: they are cut and made visible.
    """
    length = int(width * _PER_INCH)
    shown = (visible_line(line) for line in lines if line)
    cut = (line if len(line) <= _LONGEST else f"{line[:_LONGEST]} …" for line in shown)
    return [part for line in cut for part in wrap(line, length)]


def map_sheet(
    frame: MapFrame, title: str, lines: Sequence[str], caption: Sequence[str]
) -> tuple[Figure, Axes, Axes]:
    """Give a sheet with one map: the figure, the axes of the map and of its colour bar.

    Parameters
    ----------
    frame : MapFrame
        Its proportions are those of the map.
    title : str
    lines, caption : sequence of str
        Small print below the title and below the map.
    """
    wide, high = map_size(frame, _WIDEST, _TALLEST)
    width = _LEFT + max(wide, 4.0) + _GAP + _BAR + _RIGHT
    above, below = wrapped_lines(lines, width - 0.3), wrapped_lines(caption, width - 0.3)
    top, bottom = _TITLE + _LINE * len(above) + 0.08, _AXIS + _LINE * len(below) + 0.06
    height = top + high + bottom
    figure = plain_figure(width, height)
    axes = axes_at(figure, _LEFT, bottom, wide, high)
    bar = axes_at(figure, _LEFT + wide + _GAP, bottom + 0.1 * high, _BAR, 0.8 * high)
    write_heading(figure, title, above, x=0.15)
    write_caption(figure, below)
    return figure, axes, bar


def panel_sheet(
    frame: MapFrame, count: int, columns: int, title: str, lines: Sequence[str],
    caption: Sequence[str],
) -> tuple[Figure, list[Axes], Axes]:  # fmt: skip
    """Give a sheet with several small maps, row after row, and one colour bar.

    Parameters
    ----------
    frame : MapFrame
    count, columns : int
        Maps, and maps in a row.
    title : str
    lines, caption : sequence of str
        As for :func:`map_sheet`.
    """
    wide, high = map_size(frame, 2.0, 3.0)
    rows = -(-count // columns)
    label, between = 0.36, 0.1
    width = 0.15 + columns * (wide + between) + _GAP + _BAR + _RIGHT
    width = max(width, 5.0)
    above, below = wrapped_lines(lines, width - 0.3), wrapped_lines(caption, width - 0.3)
    top, bottom = _TITLE + _LINE * len(above) + 0.02, 0.14 + _LINE * len(below)
    height = top + rows * (high + label) + bottom
    figure = plain_figure(width, height)
    panels = []
    for number in range(count):
        row, column = divmod(number, columns)
        y = height - top - (row + 1) * (high + label)
        panels.append(axes_at(figure, 0.15 + column * (wide + between), y, wide, high))
    tall = min(rows * (high + label) - label, 5.0)
    bar = axes_at(figure, 0.15 + columns * (wide + between) + _GAP,
                  height - top - label - tall, _BAR, tall)  # fmt: skip
    write_heading(figure, title, above, x=0.15)
    write_caption(figure, below)
    return figure, panels, bar


def map_size(frame: MapFrame, widest: float, tallest: float) -> tuple[float, float]:
    """Give width and height in inches of a map with true proportions."""
    wide = (frame.east - frame.west) * frame.km_per_degree_east
    high = (frame.north - frame.south) * KM_PER_DEGREE
    scale = min(widest / wide, tallest / high)
    return wide * scale, high * scale


def write_heading(figure: Figure, title: str, lines: Sequence[str], *, x: float) -> None:
    """Write the title and the small print below it, from the top of the figure."""
    width, height = figure.get_size_inches()
    figure.text(
        x / width, 1 - 0.12 / height, title, fontsize=10.5, fontweight="bold", va="top", gid="title"
    )
    figure.text(
        x / width, 1 - _TITLE / height, "\n".join(lines), va="top", linespacing=1.4,
        gid="about", **_SMALL,
    )  # fmt: skip


def write_caption(figure: Figure, lines: Sequence[str]) -> None:
    """Write small print at the bottom of the figure."""
    width, height = figure.get_size_inches()
    figure.text(
        0.15 / width, 0.08 / height, "\n".join(lines), va="bottom", linespacing=1.4,
        gid="caption", **_SMALL,
    )  # fmt: skip
