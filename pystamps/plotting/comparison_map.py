"""Map of two data sets beside each other: differences of velocity, and which points each has."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pystamps.arrays import Float64
from pystamps.figures.style import BLUE, GREY, ORANGE, axes_at, drawing_settings, plain_figure
from pystamps.geo import continuous_longitudes
from pystamps.plotting.ground import MapFrame, map_frame
from pystamps.plotting.limits import colour_limits
from pystamps.plotting.maps import draw_scale_bar
from pystamps.plotting.points import PLAIN_GROUND, draw_points
from pystamps.plotting.sheet import map_size, wrapped_lines, write_caption, write_heading
from pystamps.plotting.value_types import KINDS
from pystamps.products.chosen import ChosenPoints
from pystamps.products.run_comparison import PointPairs, VelocityDifferences

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_MARKER_AREA = 4.0
_WIDEST, _TALLEST = 4.4, 6.0
_LEFT, _BELOW, _ABOVE, _BAR, _BETWEEN = 0.8, 0.95, 1.35, 0.14, 1.5


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
    places, others = _for_a_map(one), _for_a_map(other)
    frame = map_frame(np.concatenate([places, others]))
    wide, high = map_size(frame, _WIDEST, _TALLEST)
    with drawing_settings():
        width = _LEFT + 2 * wide + _BETWEEN + 0.3
        figure = plain_figure(width, _ABOVE + high + _BELOW)
        left = axes_at(figure, _LEFT, _BELOW, wide, high)
        bar = axes_at(figure, _LEFT + wide + 0.1, _BELOW + 0.1 * high, _BAR, 0.8 * high)
        right = axes_at(figure, _LEFT + wide + _BETWEEN, _BELOW, wide, high)
        lonlat, kind = places[pairs.rows], KINDS["v"]
        drawn = draw_points(
            left, lonlat, differences.values, kind, frame=frame, backdrop=None,
            limits=colour_limits(kind, differences.values, None),
        )  # fmt: skip
        figure.colorbar(drawn, cax=bar, extend="both").set_label("velocity of B minus A [mm/yr]")
        groups = (
            (places[pairs.rows], GREY, "in both"),
            (places[pairs.only], BLUE, "only in A"),
            (others[pairs.only_other], ORANGE, "only in B"),
        )
        _draw_selection(right, frame, groups)
        for axes, title in ((left, "Velocity"), (right, "Points")):
            axes.set_title(title, fontsize=9, pad=4)
            axes.set_xlabel("longitude [°]")
            axes.ticklabel_format(useOffset=False)
            axes.locator_params(nbins=5)
        left.set_ylabel("latitude [°]")
        draw_scale_bar(left, frame)
        _write_words(figure, one, differences, names)
        return figure


def _for_a_map(points: ChosenPoints) -> Float64:
    lonlat = points.place_lonlat
    return np.column_stack([continuous_longitudes(lonlat[:, 0]), lonlat[:, 1]])


def _draw_selection(
    axes: Axes, frame: MapFrame, groups: tuple[tuple[Float64, str, str], ...]
) -> None:
    """Draw common points in grey below those that one side alone has."""
    for lonlat, colour, label in groups:
        axes.scatter(
            lonlat[:, 0], lonlat[:, 1], s=_MARKER_AREA, color=colour, linewidths=0,
            rasterized=True, label=f"{label}: {len(lonlat):,}",
        )  # fmt: skip
    axes.set(xlim=(frame.west, frame.east), ylim=(frame.south, frame.north))
    axes.set_facecolor("white")
    axes.grid(visible=False)
    for spine in axes.spines.values():
        spine.set(visible=True, color=PLAIN_GROUND)
    axes.legend(loc="lower right", markerscale=3, fontsize=7.5, frameon=True, framealpha=0.8)


def _write_words(
    figure: Figure, one: ChosenPoints, differences: VelocityDifferences, names: tuple[str, str]
) -> None:
    width = float(figure.get_size_inches()[0]) - 0.3
    removed = differences.removed_mean
    told = f"mean {removed:+.2f} mm/yr removed (references differ)" if removed else "same reference"
    lines = [f"A: {names[0]}", f"B: {names[1]}"]
    title = "Two data sets beside each other"
    write_heading(figure, title, wrapped_lines(lines, width)[:4], x=0.15)
    caption = [
        f"value type {one.about.get('value_type', '')}: rms of the differences "
        f"{differences.rms:.2f} mm/yr, {told}; + = B faster toward the satellite"
    ]
    write_caption(figure, wrapped_lines(caption, width))
