"""Values along a line across the map."""

from __future__ import annotations

import csv
import io
import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from pystamps.arrays import Float64, FloatArray, Index
from pystamps.errors import ParameterError
from pystamps.figures.style import (
    BLUE,
    GREY,
    ORANGE,
    axes_at,
    drawing_settings,
    plain_figure,
    round_limit,
)
from pystamps.geo import llh2local
from pystamps.plotting.ground import map_frame
from pystamps.plotting.limits import colour_limits
from pystamps.plotting.map_values import MapRequest, MapValues, map_values
from pystamps.plotting.points import draw_points
from pystamps.plotting.reference_mark import mark_reference
from pystamps.plotting.sheet import map_size, wrapped_lines, write_caption, write_heading
from pystamps.plotting.source import PlotSource
from pystamps.plotting.value_types import ValueType
from pystamps.plotting.words import interferogram_words, label_of_values, lines_about

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_BINS = 40
_SAME_PLACE_M = 0.01
_FEWEST_OF_BIN = 3


@dataclass(frozen=True, slots=True)
class ProfileRequest:
    """Along which line.

    Attributes
    ----------
    start, end : (float, float)
        Longitude and latitude, degrees.
    width_m : float
        Points within half of it to either side are taken.
    values : MapRequest
    limits : tuple of float or None
        Of the axis of the values.
    """

    start: tuple[float, float]
    end: tuple[float, float]
    width_m: float = 200.0
    values: MapRequest = field(default_factory=MapRequest)
    limits: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class Profile:
    """Points along a line, and their medians in stretches of it.

    Attributes
    ----------
    rows : int64, (n,)
        Of the points shown.
    along_m, across_m : float64, (n,)
        Place along the line from its start, and to the left of it.
    value : float64, (n,)
    length_m : float
    centre_m, low, median, high : float64, (n_bin,)
        Middle of the stretches; 16, 50 and 84 % of their values, NaN with fewer than three points.
    """

    rows: Index
    along_m: Float64
    across_m: Float64
    value: Float64
    length_m: float
    centre_m: Float64
    low: Float64
    median: Float64
    high: Float64


def profile_of(shown: MapValues, values: FloatArray, request: ProfileRequest) -> Profile:
    """Give the points near a line.

    Parameters
    ----------
    shown : MapValues
    values : ndarray of float, shape (n,)
    request : ProfileRequest

    Raises
    ------
    ParameterError
        The line has no length, or no point with a value lies near it.
    """
    start = np.array(request.start, dtype=np.float64)
    east_north = llh2local(np.array([request.end], dtype=np.float64), start)[0] * 1000
    length = float(np.hypot(*east_north))
    if not (length > 0 and request.width_m > 0):
        raise ParameterError(
            f"plot profile: a line of {length:.1f} m and a width of {request.width_m:g} m; give "
            "two different places and a width above 0"
        )
    direction = east_north / length
    local = llh2local(shown.lonlat, start) * 1000
    along = local @ direction
    across = local @ np.array([-direction[1], direction[0]])
    near = (
        (along >= -_SAME_PLACE_M)
        & (along <= length + _SAME_PLACE_M)
        & (np.abs(across) <= request.width_m / 2)
    )
    rows = np.flatnonzero(near & np.isfinite(values))
    if not rows.size:
        raise ParameterError(
            f"plot profile: no point with a value lies within {request.width_m / 2:g} m of the "
            "line; take a wider one (--width)"
        )
    rows = rows[np.argsort(along[rows], kind="stable")]
    step = round_limit(length / _BINS)
    edges = np.arange(0, length + step, step)
    binned = _binned(along[rows], values[rows].astype(np.float64), edges)
    return Profile(
        rows, along[rows], across[rows], values[rows].astype(np.float64), length,
        (edges[:-1] + edges[1:]) / 2, *binned,
    )  # fmt: skip


def _binned(along: Float64, value: Float64, edges: Float64) -> tuple[Float64, Float64, Float64]:
    """Give 16, 50 and 84 % of the values between edges."""
    found = np.full((3, edges.size - 1), np.nan)
    number = np.digitize(along, edges) - 1
    for bin_ in np.unique(number[(number >= 0) & (number < edges.size - 1)]):
        inside = value[number == bin_]
        if inside.size >= _FEWEST_OF_BIN:
            found[:, bin_] = np.percentile(inside, (16, 50, 84))
    return found[0], found[1], found[2]


def profile_figure(source: PlotSource, kind: ValueType, request: ProfileRequest) -> Figure:
    """Draw values along a line beside a map of where it lies.

    Parameters
    ----------
    source : PlotSource
    kind : ValueType
        Of points, or of a stack of which one interferogram is asked for.
    request : ProfileRequest
    """
    shown, values, profile = profile_values(source, kind, request)
    with drawing_settings():
        width, height = 11.0, 5.6
        figure = plain_figure(width, height)
        axes = axes_at(figure, 0.75, 1.0, 6.1, 3.3)
        km = 1e-3
        axes.plot(profile.along_m * km, profile.value, ".", ms=3, color=GREY, alpha=0.6,
                  rasterized=True, gid="points", label=f"{profile.rows.size:,} points")  # fmt: skip
        axes.fill_between(profile.centre_m * km, profile.low, profile.high, color=BLUE, alpha=0.2,
                          lw=0, label="16 … 84 %")  # fmt: skip
        axes.plot(profile.centre_m * km, profile.median, color=BLUE, lw=1.6, gid="median",
                  label="median")  # fmt: skip
        axes.set_xlabel("distance along the line from P to Q [km]")
        axes.set_ylabel(label_of_values(kind))
        axes.set_xlim(0, profile.length_m * km)
        if request.limits is not None:
            axes.set_ylim(*request.limits)
        axes.legend(loc="best", fontsize=8, frameon=True, framealpha=0.8, edgecolor="none")
        _draw_line(figure, shown, values, request)
        lines = lines_about(kind, shown.about, is_referenced=shown.reference_lonlat is not None)
        if shown.labels:
            lines.insert(0, interferogram_words(shown.labels[0], shown.about))
        write_heading(figure, f"{kind.name}: {kind.title}", wrapped_lines(lines, width), x=0.15)
        step = profile.centre_m[0] * 2
        caption = (
            f"P {_place(request.start)}, Q {_place(request.end)}: {profile.length_m * km:.2f} km, "
            f"points within {request.width_m / 2:g} m to either side; medians of stretches of "
            f"{step:g} m with at least {_FEWEST_OF_BIN} points"
        )
        write_caption(figure, wrapped_lines([caption], width - 0.3))
    return figure


def profile_values(
    source: PlotSource, kind: ValueType, request: ProfileRequest
) -> tuple[MapValues, FloatArray, Profile]:
    """Give the values of the map, those of its one column, and the profile through them.

    Raises
    ------
    ParameterError
        There is more than one interferogram, or no point near the line.
    """
    shown = map_values(source, kind, request.values)
    if len(shown.labels) > 1:
        raise ParameterError(
            f"plot profile {kind.name}: {len(shown.labels)} {shown.labels[0].noun}s; choose one "
            "with --ifg or --dates"
        )
    values = shown.column(0)
    return shown, values, profile_of(shown, values, request)


def _place(lonlat: tuple[float, float]) -> str:
    return f"{lonlat[0]:.5f}°, {lonlat[1]:.5f}°"


def _draw_line(
    figure: Figure, shown: MapValues, values: FloatArray, request: ProfileRequest
) -> None:
    """Draw where the line lies."""
    frame = map_frame(shown.lonlat, cells=300)
    wide, high = map_size(frame, 2.75, 3.3)
    axes = axes_at(figure, 7.55, 1.0 + (3.3 - high) / 2, wide, high)
    draw_points(
        axes, shown.lonlat, values, shown.kind, limits=colour_limits(shown.kind, values, None),
        frame=frame, backdrop=None,
    )  # fmt: skip
    axes.tick_params(labelsize=7)
    axes.locator_params(nbins=4)
    axes.ticklabel_format(useOffset=False)
    mark_reference(axes, shown.reference_lonlat, len(shown.lonlat), is_small=True)
    ends = np.array([request.start, request.end])
    axes.plot(ends[:, 0], ends[:, 1], "-", color="black", lw=3.0, zorder=6)
    axes.plot(ends[:, 0], ends[:, 1], "-o", color=ORANGE, lw=1.6, ms=4, zorder=6, gid="line")
    for label, place in zip("PQ", ends, strict=True):
        axes.annotate(
            label, (place[0], place[1]), (5, 5), textcoords="offset points", fontweight="bold",
            zorder=6, bbox={"facecolor": "white", "alpha": 0.8, "edgecolor": "none", "pad": 1.0},
        )  # fmt: skip


def profile_as_csv(shown: MapValues, profile: Profile) -> str:
    """Give the points of a profile as a table, in the order of the line."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    unit = shown.kind.unit.replace("/", "_per_").replace("°", "degree").replace("²", "2")
    name = f"{shown.kind.name}_{unit}" if unit else shown.kind.name
    writer.writerow(["along_m", "across_m", "longitude", "latitude", name])
    for number, row in enumerate(profile.rows):
        longitude, latitude = shown.lonlat[row]
        value = profile.value[number]
        writer.writerow([
            f"{profile.along_m[number]:.1f}", f"{profile.across_m[number]:.1f}",
            f"{longitude:.7f}", f"{latitude:.7f}", "" if math.isnan(value) else f"{value:.4f}",
        ])  # fmt: skip
    return text.getvalue()
