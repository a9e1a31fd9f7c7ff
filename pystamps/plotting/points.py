"""Points on a map: as marks, or, when there are very many, as an image of the points."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from pystamps.arrays import Float32, Float64, FloatArray
from pystamps.figures.point_image import cells_of_points, touching_mark
from pystamps.figures.style import (
    MOST_MARKS,
    PICTURE_OF_VALUES,
    WRAPPED,
    WRAPPED_BACKGROUND,
    frame_map,
    scatter_map,
)
from pystamps.plotting.ground import Backdrop, MapFrame
from pystamps.plotting.value_types import ValueType

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.cm import ScalarMappable

PLAIN_GROUND = "#8b9399"
"""Ground without a backdrop: darker than the middle of the diverging colours."""

DARKEST, LIGHTEST = 0.12, 0.58
"""Greys of a backdrop: below the middle of the diverging colours, which is nearly white."""

_IMAGE_CELLS = 1100


def draw_points(
    axes: Axes,
    lonlat: Float64,
    values: FloatArray,
    kind: ValueType,
    *,
    limits: tuple[float, float],
    frame: MapFrame,
    backdrop: Backdrop | None,
    most_marks: int = MOST_MARKS,
) -> ScalarMappable:
    """Draw values of points over what lies behind them; strong values on top.

    Parameters
    ----------
    axes : Axes
    lonlat : float64, (n, 2), degrees
    values : float, (n,); NaN is left out
    kind : ValueType
    limits : tuple of float
    frame : MapFrame
    backdrop : Backdrop or None
    most_marks : int
        More points become an image.

    Returns
    -------
    ScalarMappable
        For the colour bar.
    """
    if backdrop is not None:
        draw_backdrop(axes, backdrop)
    good = np.flatnonzero(np.isfinite(values) & np.isfinite(lonlat).all(axis=1))
    drawn: Any
    if good.size > most_marks:
        drawn = axes.imshow(
            image_of_points(lonlat[good], values[good], frame, mark_m=kind.mark_m),
            extent=frame.extent, zorder=2, cmap=kind.colours, vmin=limits[0], vmax=limits[1],
            **PICTURE_OF_VALUES,
        )  # fmt: skip
    else:
        drawn = scatter_map(axes, lonlat, values, limits=limits, cmap=kind.colours)
        if kind.mark_m:
            drawn.set_sizes([_area_of_mark(axes, frame, kind.mark_m)])
        drawn.set_zorder(2)
    frame_map(axes, lonlat)
    axes.set_facecolor(WRAPPED_BACKGROUND if kind.colours == WRAPPED else PLAIN_GROUND)
    axes.grid(visible=False)
    axes.set_xlim(frame.west, frame.east)
    axes.set_ylim(frame.south, frame.north)
    mappable: ScalarMappable = drawn
    return mappable


def _area_of_mark(axes: Axes, frame: MapFrame, mark_m: float) -> float:
    """Give the area (points squared) of a mark that covers so many metres of the ground."""
    inches = axes.get_position().width * axes.figure.get_size_inches()[0]  # type: ignore[union-attr]
    metres = 1000 * (frame.east - frame.west) * frame.km_per_degree_east
    return float((72 * inches * mark_m / metres) ** 2)


def draw_backdrop(axes: Axes, backdrop: Backdrop) -> None:
    """Draw a backdrop in greys that no point has."""
    span = LIGHTEST - DARKEST
    axes.imshow(
        DARKEST + span * backdrop.grey, extent=backdrop.frame.extent, cmap="gray", vmin=0, vmax=1,
        zorder=0, interpolation="antialiased", interpolation_stage="data",
    )  # fmt: skip


def image_of_points(
    lonlat: Float64, values: FloatArray, frame: MapFrame, *, mark_m: float = 0.0
) -> Float32:
    """Give an image whose cells hold the strongest of the values of their points, else NaN.

    Parameters
    ----------
    lonlat : float64, (n, 2), degrees
    values : float, (n,)
    frame : MapFrame
    mark_m : float
        Every point covers so many metres of the ground each way; 0 = marks nearly touch.

    Returns
    -------
    ndarray of float32, (n_row, n_column)
        North first.
    """
    scale = _IMAGE_CELLS / max(frame.n_row, frame.n_column)
    shape = max(1, round(frame.n_row * scale)), max(1, round(frame.n_column * scale))
    width_m = 1000 * (frame.east - frame.west) * frame.km_per_degree_east
    in_metres = max(1, round(mark_m / width_m * shape[1]))
    mark = in_metres if mark_m else touching_mark(shape, max(1, len(values)))
    return cells_of_points(lonlat, frame.extent, shape, mark=mark).picture(values)
