"""A picture of the displacement of places in time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from pystamps.figures.style import (
    BLUE,
    GREEN,
    GREY,
    ORANGE,
    axes_at,
    date_axis,
    drawing_settings,
    plain_figure,
    plot_dates,
    round_limit,
    symmetric_limit,
)
from pystamps.plotting.ground import map_frame
from pystamps.plotting.points import draw_points
from pystamps.plotting.reference_mark import mark_reference
from pystamps.plotting.series_values import PlottedSeries, SeriesRequest, plotted_series
from pystamps.plotting.sheet import map_size, wrapped_lines, write_caption, write_heading
from pystamps.plotting.source import PlotSource
from pystamps.plotting.stamps_look import as_drawn
from pystamps.plotting.value_types import value_type_named
from pystamps.plotting.words import period_words, reference_words, track_words
from pystamps.products.chosen import ChosenPoints

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_COLOURS = (ORANGE, BLUE, GREEN, "#cc79a7", "#56b4e9", "#e69f00", "#000000")
_CURVE_DATES = 200


def series_figure(source: PlotSource, request: SeriesRequest) -> Figure:
    """Draw displacement in time beside a map of where the places lie.

    Parameters
    ----------
    source : PlotSource
    request : SeriesRequest
    """
    lines = plotted_series(source, request)
    points = source.choose(request.choice)
    with drawing_settings():
        width, height = 11.3, 5.6
        figure = plain_figure(width, height)
        axes = axes_at(figure, 0.75, 1.05, 6.1, 3.35)
        _draw_lines(axes, lines, points)
        _draw_locator(source, figure, points, request)
        about = points.about
        write_heading(
            figure, "Displacement in the line of sight, + = toward the satellite",
            wrapped_lines([
                f"without {about.get('taken_off', '?')}; {period_words(about)}",
                reference_words(value_type_named("v"), about,
                                is_referenced=points.reference_rows is not None),
                track_words(about),
            ], width - 0.3), x=0.15,
        )  # fmt: skip
        words = dict.fromkeys(line.error_words for line in lines)
        caption = [
            f"mean of the points within {request.radius_m:g} m; bars: one standard deviation, "
            + " or ".join(words),
            *(f"{line.label}: {line.fit_words}" for line in lines if line.fit is not None),
        ]
        write_caption(figure, wrapped_lines(caption[:4], width - 0.3))
    return figure


def _draw_lines(axes: Axes, lines: Sequence[PlottedSeries], points: ChosenPoints) -> None:
    curve = np.linspace(points.day[0], points.day[-1], _CURVE_DATES)
    for line, colour in zip(lines, _COLOURS, strict=False):
        axes.errorbar(
            plot_dates(line.day), line.displacement_mm, yerr=np.nan_to_num(line.error_mm),
            fmt="o", ms=3.5, color=colour, elinewidth=0.7, capsize=0, gid=f"series-{line.label}",
            label=f"{line.label}   ({line.n_point} points)",
        )  # fmt: skip
        if line.fit is not None:
            axes.plot(plot_dates(curve), line.fitted_mm(curve), color=colour, lw=1)
    axes.axhline(0, color=GREY, lw=0.6)
    axes.axvline(plot_dates(points.day[[points.reference_column]])[0], color=GREY, lw=0.8, ls=":")
    axes.set_ylabel("displacement [mm]")
    axes.legend(loc="best", fontsize=8, frameon=True, framealpha=0.8, edgecolor="none")
    date_axis(axes)


def _draw_locator(
    source: PlotSource, figure: Figure, points: ChosenPoints, request: SeriesRequest
) -> None:
    """Draw where the places lie, on the velocities."""
    rows = np.asarray(points.columns["point_id"]) - 1
    lonlat, velocity = source.drawn_lonlat[rows], np.asarray(points.columns["velocity"])
    frame = map_frame(lonlat, cells=300)
    wide, high = map_size(frame, 2.75, 3.35)
    axes = axes_at(figure, 7.55, 1.05 + (3.35 - high) / 2, wide, high)
    limit = round_limit(symmetric_limit(velocity, percent=99.5))
    named = value_type_named(str(points.about.get("value_type") or "v"))
    kind = as_drawn(named, source.look)
    drawn = draw_points(
        axes, lonlat, velocity, kind, limits=(-limit, limit), frame=frame, backdrop=None
    )
    bar = axes_at(figure, 7.55 + wide + 0.08, 1.05 + (3.35 - high) / 2, 0.09, high)
    figure.colorbar(drawn, cax=bar, extend="both").set_label(f"{kind.name} [mm/yr]", fontsize=7)
    bar.tick_params(labelsize=7)
    axes.tick_params(labelsize=7)
    axes.locator_params(nbins=4)
    axes.ticklabel_format(useOffset=False)
    mark_reference(
        axes, None if points.reference_rows is None else source.drawn_lonlat[points.reference_rows],
        len(lonlat), is_small=True,
    )  # fmt: skip
    for label, colour, place in zip("ABCDEFG", _COLOURS, request.places, strict=False):
        axes.plot(*place, "o", ms=8, mfc="white", mec=colour, mew=2, zorder=6)
        axes.annotate(
            label, place, (7, 5), textcoords="offset points", fontweight="bold", color=colour,
            zorder=6, bbox={"facecolor": "white", "alpha": 0.8, "edgecolor": "none", "pad": 1.0},
        )  # fmt: skip
