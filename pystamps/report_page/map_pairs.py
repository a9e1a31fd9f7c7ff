"""Two maps side by side, small enough for one row of a page."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pystamps.figures.style import GREY, axes_at, drawing_settings, plain_figure
from pystamps.plotting.ground import MapFrame, map_frame
from pystamps.plotting.limits import colour_limits
from pystamps.plotting.map_values import MapValues
from pystamps.plotting.maps import draw_scale_bar
from pystamps.plotting.points import draw_points
from pystamps.plotting.reference_mark import mark_reference
from pystamps.plotting.sheet import map_size
from pystamps.plotting.source import PlotSource
from pystamps.plotting.words import label_of_values

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_WIDTH = 7.6
_WIDEST, _TALLEST = 3.1, 3.9
_LEFT, _BELOW, _ABOVE = 0.58, 0.85, 0.3
_BAR_BELOW, _BAR_HIGH = 0.42, 0.09
_OWN = (None, None)


Limits = tuple[float, float] | None
"""Ends of a colour bar; None = round ones that hold nearly all values."""


def map_pair_figure(
    source: PlotSource, pair: tuple[MapValues, MapValues], limits: tuple[Limits, Limits] = _OWN
) -> Figure:
    """Draw two values of the points, each with a colour bar below.

    Parameters
    ----------
    source : PlotSource
    pair : tuple of MapValues
        With one value for each point.
    limits : tuple
        Of the colour bars.
    """
    frame = map_frame(source.lonlat, cells=600)
    wide, high = map_size(frame, _WIDEST, _TALLEST)
    with drawing_settings():
        figure = plain_figure(_WIDTH, high + _ABOVE + _BELOW)
        for number, shown in enumerate(pair):
            left = _LEFT + number * _WIDTH / 2
            axes = axes_at(figure, left, _BELOW, wide, high)
            bar = axes_at(figure, left, _BAR_BELOW, wide, _BAR_HIGH)
            _draw_map(shown, frame, axes, bar, limits[number])
        return figure


def _draw_map(shown: MapValues, frame: MapFrame, axes: Axes, bar: Axes, given: Limits) -> None:
    kind, values = shown.kind, shown.column(0)
    axes.set_title(kind.title, fontsize=8, pad=4)
    axes.tick_params(labelsize=6.5)
    if not np.isfinite(values).any():
        axes.axis("off")
        bar.axis("off")
        axes.text(0.5, 0.5, "no point has a value", ha="center", color=GREY,
                  transform=axes.transAxes)  # fmt: skip
        return
    limits = colour_limits(kind, values, given)
    drawn = draw_points(axes, shown.lonlat, values, kind, limits=limits, frame=frame, backdrop=None)
    mark_reference(axes, shown.reference_lonlat, len(shown.lonlat), is_small=True)
    axes.locator_params(nbins=4)
    axes.ticklabel_format(useOffset=False)
    draw_scale_bar(axes, frame)
    figure = axes.get_figure()
    assert figure is not None
    found = figure.colorbar(drawn, cax=bar, orientation="horizontal", extend="both")
    found.set_label(label_of_values(kind), fontsize=7)
    found.outline.set_visible(False)
    bar.tick_params(labelsize=6.5)
