"""Small maps side by side, drawn as one picture of pixels: an axes for each costs more than it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from textwrap import wrap
from typing import TYPE_CHECKING, Any

import numpy as np

from pystamps.arrays import Float32, FloatArray
from pystamps.figures.point_image import cells_of_points, picture_size, touching_mark
from pystamps.figures.style import (
    DPI,
    MAP_BACKGROUND,
    PICTURE_OF_VALUES,
    WRAPPED,
    WRAPPED_BACKGROUND,
    axes_at,
    plain_figure,
    rimmed_extent,
)
from pystamps.rows import Matrix, chosen_columns

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MOST_IN_A_ROW = 5

_LARGEST, _LABEL, _BETWEEN = 300, 54, 14
"""Pixels: a map each way, the words above it, and between maps."""
_PER_LETTER = 12
_LARGEST_MARK = 10
NARROWEST = 6.6
"""Inches of the narrowest figure: what a title needs."""
_PER_INCH = 15.5
"""Letters of small print."""
_EDGE, _TITLE, _LINE, _BAR, _BAR_HIGH, _RIGHT = 0.1, 0.2, 0.155, 0.16, 4.5, 0.75


@dataclass(frozen=True, slots=True)
class Panels:
    """Small maps of the same points.

    Attributes
    ----------
    lonlat : float, (n, 2), degrees
    values : Matrix of float, (n, k)
        A map for each column; NaN is left out.
    names, remarks : tuple of str, k of them
        Words above each map, in two lines.
    limits : tuple of float
        Values of the ends of the colours.
    cmap : str
    title : str
    lines : tuple of str
        Small print below the title.
    label : str
        Of the colour bar.
    """

    lonlat: FloatArray
    values: Matrix
    names: tuple[str, ...]
    remarks: tuple[str, ...]
    limits: tuple[float, float]
    cmap: str
    title: str
    lines: tuple[str, ...]
    label: str


@dataclass(frozen=True, slots=True)
class _Grid:
    """Where the maps lie in the picture that holds all of them, in pixels."""

    shape: tuple[int, int]
    pitch: tuple[int, int]
    columns: int
    count: int

    @property
    def size(self) -> tuple[int, int]:
        """Rows and columns of the whole picture."""
        rows = -(-self.count // self.columns)
        return rows * self.pitch[0], self.columns * self.pitch[1] - _BETWEEN

    def corner(self, number: int) -> tuple[int, int]:
        """Give the first row and column of a map."""
        row, column = divmod(number, self.columns)
        aside = (self.pitch[1] - _BETWEEN - self.shape[1]) // 2
        return row * self.pitch[0] + _LABEL, column * self.pitch[1] + aside


def panel_figure(panels: Panels) -> Figure:
    """Draw small maps with one colour bar, from the north-west on, row by row.

    Parameters
    ----------
    panels : Panels
        With one map at least.
    """
    picture, grid = picture_of_panels(panels)
    high, wide = picture.shape
    width = max(wide / DPI + 2 * _EDGE + _BAR + _RIGHT, NARROWEST)
    lines = [part for line in panels.lines for part in wrap(line, int(width * _PER_INCH))]
    top = 2 * _EDGE + _TITLE + _LINE * len(lines)
    height = top + high / DPI + _EDGE
    figure = plain_figure(width, height)
    axes = axes_at(figure, _EDGE, _EDGE, wide / DPI, high / DPI)
    axes.set_axis_off()
    _draw_grounds(axes, grid, panels)
    drawn = axes.imshow(
        picture, extent=(0, wide, high, 0), aspect="auto", cmap=panels.cmap,
        vmin=panels.limits[0], vmax=panels.limits[1], **PICTURE_OF_VALUES,
    )  # fmt: skip
    tall = min(high / DPI - _LABEL / DPI, _BAR_HIGH)
    beside = axes_at(figure, 2 * _EDGE + wide / DPI, height - top - _LABEL / DPI - tall, _BAR, tall)
    bar = figure.colorbar(drawn, cax=beside)
    bar.set_label(panels.label, fontsize=8)
    if panels.cmap == WRAPPED:
        bar.set_ticks([-math.pi, 0, math.pi], labels=["−π", "0", "π"])
    at_left: Any = {"x": _EDGE / width, "ha": "left", "va": "top"}
    figure.suptitle(panels.title, y=1 - _EDGE / height, fontsize=9, fontweight="bold", **at_left)
    figure.text(
        y=1 - (_EDGE + _TITLE) / height, s="\n".join(lines), fontsize=7.5, color="#444444",
        linespacing=1.4, gid="about", **at_left,
    )  # fmt: skip
    return figure


def picture_of_panels(panels: Panels) -> tuple[Float32, _Grid]:
    """Give one picture with all maps, NaN where no point lies, and where each map is in it."""
    count = len(panels.names)
    extent = rimmed_extent(panels.lonlat)
    shape = picture_size(extent, (_LARGEST, _LARGEST))
    mark = touching_mark(shape, len(panels.lonlat), most=_LARGEST_MARK)
    cells = cells_of_points(panels.lonlat, extent, shape, mark=mark)
    words = _PER_LETTER * max(len(name) for name in (*panels.names, *panels.remarks))
    pitch = shape[0] + _LABEL, max(shape[1], words) + _BETWEEN
    grid = _Grid(shape, pitch, min(MOST_IN_A_ROW, math.ceil(math.sqrt(count))), count)
    picture = np.full(grid.size, np.nan, dtype=np.float32)
    for number in range(count):
        column = np.asarray(chosen_columns(panels.values, np.array([number])))[:, 0]
        row, left = grid.corner(number)
        picture[row : row + shape[0], left : left + shape[1]] = cells.picture(column)
    return picture, grid


def _draw_grounds(axes: Axes, grid: _Grid, panels: Panels) -> None:
    """Draw the ground of every map, and the words above it."""
    from matplotlib.collections import PatchCollection
    from matplotlib.patches import Rectangle

    high, wide = grid.shape
    corners = [grid.corner(number) for number in range(grid.count)]
    grounds = [Rectangle((left, row), wide, high) for row, left in corners]
    colour = WRAPPED_BACKGROUND if panels.cmap == WRAPPED else MAP_BACKGROUND
    axes.add_collection(
        PatchCollection(grounds, facecolor=colour, linewidth=0, antialiased=False, zorder=-1)
    )
    place: dict[str, Any] = {"ha": "center", "va": "bottom"}
    for (row, left), name, remark in zip(corners, panels.names, panels.remarks, strict=True):
        axes.text(left + wide / 2, row - 25, name, fontsize=8, fontweight="bold", **place)
        axes.text(left + wide / 2, row - 5, remark, fontsize=7, color="#555555", **place)
