"""A map of one value of every point."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from pystamps.arrays import Float64, FloatArray
from pystamps.figures.style import (
    PICTURE_OF_VALUES,
    WRAPPED,
    drawing_settings,
    empty_figure,
    round_limit,
)
from pystamps.plotting.ground import (
    KM_PER_DEGREE,
    Backdrop,
    MapFrame,
    amplitude_on_map,
    backdrop_of,
    map_frame,
)
from pystamps.plotting.limits import colour_limits
from pystamps.plotting.map_values import MapRequest, MapValues, map_values
from pystamps.plotting.points import PLAIN_GROUND, draw_points
from pystamps.plotting.reference_mark import mark_reference
from pystamps.plotting.sheet import map_sheet
from pystamps.plotting.source import PlotSource
from pystamps.plotting.value_types import KINDS, ValueType
from pystamps.plotting.words import interferogram_words, label_of_values, lines_about

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_NO_AMPLITUDE = "#bcd6ea"

POINTS_PER_CELL = 20
"""Points of a cell of the density map, on average."""


@dataclass(frozen=True, slots=True)
class MapLook:
    """How a map looks.

    Attributes
    ----------
    limits : tuple of float or None
        Ends of the colour bar; None = from the values.
    background : str
        See :data:`~pystamps.plotting.ground.BACKGROUNDS`.
    """

    limits: tuple[float, float] | None = None
    background: str = "auto"


def map_figure(source: PlotSource, kind: ValueType, request: MapRequest, look: MapLook) -> Figure:
    """Draw a map of a value of the points; of a stack, its one interferogram.

    Parameters
    ----------
    source : PlotSource
    kind : ValueType
    request : MapRequest
    look : MapLook
    """
    with drawing_settings():
        if kind.kind == "amp":
            return _amplitude_map(source, look)
        if kind.kind == "density":
            return _density_map(source, request, look)
        values = map_values(source, kind, request)
        return point_map(source, values, values.column(0), look)


def point_map(source: PlotSource, shown: MapValues, values: FloatArray, look: MapLook) -> Figure:
    """Draw one column of values.

    Parameters
    ----------
    source : PlotSource
    shown : MapValues
    values : ndarray of float, shape (n,)
    look : MapLook
    """
    kind = shown.kind
    if not np.isfinite(values).any():
        return empty_figure(f"{kind.name}: {kind.title}", "no point has a value")
    limits = colour_limits(kind, values, look.limits)
    frame = map_frame(shown.lonlat)
    is_angle = kind.colours == WRAPPED
    backdrop, reason = backdrop_of(source, look.background, frame, is_angle=is_angle)
    finite = values[np.isfinite(values)]
    spread = "{:.3g} … {:.3g} … {:.3g}".format(*np.percentile(finite, (1, 50, 99)))
    numbers = f"{finite.size:,} of {shown.n_all:,} points; {spread} {kind.unit} (1, 50, 99 %)"
    figure, axes, bar = _sheet_of(shown, frame, [numbers, words_behind(backdrop, reason)])
    drawn = draw_points(
        axes, shown.lonlat, values, kind, limits=limits, frame=frame, backdrop=backdrop
    )
    mark_reference(axes, shown.reference_lonlat, len(shown.lonlat))
    _finish(axes, bar, drawn, shown, frame)
    return figure


def words_behind(backdrop: Backdrop | None, reason: str) -> str:
    """Say what lies behind the points, or why nothing does."""
    return backdrop.words if backdrop else reason


def _sheet_of(shown: MapValues, frame: MapFrame, caption: list[str]) -> tuple[Figure, Axes, Axes]:
    """Give a sheet with what is written on it."""
    is_referenced = shown.reference_lonlat is not None
    lines = lines_about(shown.kind, shown.about, is_referenced=is_referenced)
    if shown.labels:
        lines.insert(0, interferogram_words(shown.labels[0], shown.about))
    return map_sheet(frame, f"{shown.kind.name}: {shown.kind.title}", lines, caption)


def _finish(axes: Axes, bar: Axes, drawn: Any, shown: MapValues, frame: MapFrame) -> None:
    """Draw what every map has: axes in degrees, colour bar, scale bar, arrows."""
    axes.set_xlabel("longitude [°]")
    axes.set_ylabel("latitude [°]")
    axes.ticklabel_format(useOffset=False)
    axes.locator_params(nbins=6)
    draw_colour_bar(bar, drawn, shown.kind)
    draw_scale_bar(axes, frame)
    draw_directions(axes, float(shown.about.get("heading_deg", math.nan)))


def draw_colour_bar(bar: Axes, drawn: Any, kind: ValueType) -> None:
    """Draw the colour bar with value type, unit and sign."""
    is_angle = kind.colours == WRAPPED
    figure = bar.get_figure()
    assert figure is not None
    found = figure.colorbar(drawn, cax=bar, extend="neither" if is_angle else "both")
    found.set_label(label_of_values(kind))
    found.outline.set_visible(False)
    if is_angle:
        found.set_ticks([-math.pi, 0, math.pi], labels=["−π", "0", "π"])


def draw_scale_bar(axes: Axes, frame: MapFrame) -> None:
    """Draw a bar of a round length in the lower left corner."""
    length = round_limit((frame.east - frame.west) * frame.km_per_degree_east / 7)
    width = length / frame.km_per_degree_east
    x = frame.west + 0.03 * (frame.east - frame.west)
    y = frame.south + 0.03 * (frame.north - frame.south)
    axes.plot(
        [x, x + width], [y, y], color="black", lw=3, solid_capstyle="butt", zorder=6,
        gid="scale-bar",
    )  # fmt: skip
    axes.annotate(
        f"{length:g} km", (x, y), (0, 5), textcoords="offset points", fontsize=8, va="bottom",
        bbox={"facecolor": "white", "alpha": 0.75, "edgecolor": "none", "pad": 2.0}, zorder=6,
    )  # fmt: skip


def draw_directions(axes: Axes, heading_deg: float) -> None:
    """Draw the flight direction and, to its right, that of the look, with their names.

    Nothing is drawn where the heading is not known.
    """
    if math.isfinite(heading_deg):
        inset = axes.inset_axes((0.845, 0.845, 0.145, 0.145), zorder=7, gid="directions")
        draw_arrows(inset, heading_deg)


def draw_arrows(inset: Axes, heading_deg: float) -> None:
    """Fill axes of their own with the arrows of flight and look."""
    heading = math.radians(heading_deg)
    inset.patch.set(facecolor="white", alpha=0.8)
    inset.set(xlim=(-1.5, 1.5), ylim=(-1.5, 1.5), xticks=[], yticks=[], aspect="equal", anchor="NE")
    inset.grid(visible=False)
    for spine in inset.spines.values():
        spine.set_visible(False)
    flight = np.array([math.sin(heading), math.cos(heading)])
    look = np.array([math.cos(heading), -math.sin(heading)])
    arrow = {"arrowstyle": "-|>", "color": "black", "lw": 1.1, "shrinkA": 0, "shrinkB": 0}
    for label, start, end in (("flight", -0.9 * flight, 0.9 * flight), ("look", 0 * look, look)):
        inset.annotate("", (end[0], end[1]), (start[0], start[1]), arrowprops=arrow)
        x, y = end + 0.3 * flight
        inset.text(x, y, label, fontsize=6.5, ha="center", va="center")


def _amplitude_map(source: PlotSource, look: MapLook) -> Figure:
    """Draw the mean amplitude of the scene itself."""
    kind, frame = KINDS["amp"], map_frame(source.lonlat)
    amplitude = amplitude_on_map(source, frame)
    decibel = 20 * np.log10(np.where(amplitude > 0, amplitude, np.nan))
    limits = colour_limits(kind, decibel, look.limits)
    shown = _nothing_referenced(source, kind)
    words = "20 log10 of the calibrated amplitude (mean_amp.flt); blue: no amplitude"
    figure, axes, bar = _sheet_of(shown, frame, [words])
    drawn = axes.imshow(
        decibel, extent=frame.extent, cmap="gray", vmin=limits[0], vmax=limits[1],
        interpolation="antialiased", interpolation_stage="data", aspect=_aspect(frame),
    )  # fmt: skip
    axes.grid(visible=False)
    axes.set_facecolor(_NO_AMPLITUDE)
    _finish(axes, bar, drawn, shown, frame)
    return figure


def _density_map(source: PlotSource, request: MapRequest, look: MapLook) -> Figure:
    """Draw how many points there are in square cells, per square kilometre."""
    kind = KINDS["density"]
    lonlat = source.drawn_lonlat[np.asarray(source.choose(request.choice).columns["point_id"]) - 1]
    frame = map_frame(lonlat)
    density, cell_km = points_per_square_km(lonlat, frame)
    limits = look.limits or (0.0, float(np.percentile(density[density > 0], 99.5)))
    shown = _nothing_referenced(source, kind)
    words = (
        f"{len(lonlat):,} of {shown.n_all:,} points, counted in squares of {1000 * cell_km:g} m; "
        "empty squares are left out"
    )
    figure, axes, bar = _sheet_of(shown, frame, [words])
    high = density.shape[0] * cell_km / KM_PER_DEGREE
    wide = density.shape[1] * cell_km / frame.km_per_degree_east
    drawn = axes.imshow(
        np.where(density > 0, density, np.nan), cmap=kind.colours, vmin=limits[0], vmax=limits[1],
        extent=(frame.west, frame.west + wide, frame.north - high, frame.north),
        aspect=_aspect(frame), **PICTURE_OF_VALUES,
    )  # fmt: skip
    axes.set_facecolor(PLAIN_GROUND)
    axes.set_xlim(frame.west, frame.east)
    axes.set_ylim(frame.south, frame.north)
    axes.grid(visible=False)
    _finish(axes, bar, drawn, shown, frame)
    return figure


def points_per_square_km(lonlat: Float64, frame: MapFrame) -> tuple[Float64, float]:
    """Count points in square cells of a round size.

    Returns
    -------
    density : float64, (n_row, n_column), per km², north first
    cell_km : float
        Side of a cell, so that a cell holds some 20 points on average.
    """
    wide = (frame.east - frame.west) * frame.km_per_degree_east
    high = (frame.north - frame.south) * KM_PER_DEGREE
    cell_km = round_limit(math.sqrt(POINTS_PER_CELL * wide * high / max(len(lonlat), 1)))
    shape = math.ceil(high / cell_km), math.ceil(wide / cell_km)
    row = ((frame.north - lonlat[:, 1]) * KM_PER_DEGREE / cell_km).astype(int)
    column = ((lonlat[:, 0] - frame.west) * frame.km_per_degree_east / cell_km).astype(int)
    cells = np.ravel_multi_index((row, column), shape)
    count = np.bincount(cells, minlength=shape[0] * shape[1]).reshape(shape)
    return count / cell_km**2, cell_km


def _aspect(frame: MapFrame) -> float:
    return KM_PER_DEGREE / frame.km_per_degree_east


def _nothing_referenced(source: PlotSource, kind: ValueType) -> MapValues:
    empty = np.zeros((0, 1), dtype=np.float32)
    return MapValues(
        kind, np.zeros((0, 2)), empty, (), None, source.table.layers.n_point, source.table.about
    )
