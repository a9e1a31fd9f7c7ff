"""Displacement of places in time: a map of where they lie, and a panel for each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from pystamps.errors import ParameterError
from pystamps.figures.style import (
    BLUE,
    GREY,
    ORANGE,
    axes_at,
    date_axis,
    drawing_settings,
    plain_figure,
    plot_dates,
)
from pystamps.plotting.ground import map_frame
from pystamps.plotting.limits import colour_limits
from pystamps.plotting.points import draw_points
from pystamps.plotting.reference_mark import mark_reference
from pystamps.plotting.series_values import PlottedSeries, SeriesRequest, plotted_series
from pystamps.plotting.sheet import map_size
from pystamps.plotting.source import PlotSource
from pystamps.plotting.value_types import value_type_named
from pystamps.products.chosen import ChosenPoints, PointChoice
from pystamps.products.notable_points import NotablePoint

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MOST_PLACES_OF_REPORT = 12
"""Places that may be asked for."""

_WIDTH, _CELL_HIGH = 7.6, 2.15
_PANEL_WIDE, _PANEL_HIGH = 3.05, 1.5
_CURVE_DATES = 200


@dataclass(frozen=True, slots=True)
class SeriesPanel:
    """A place with its series.

    Attributes
    ----------
    line : PlottedSeries
        Its label is that on the map.
    name : str
        What the place is.
    """

    line: PlottedSeries
    name: str

    @property
    def fit_words(self) -> str:
        """The fit with its standard deviations; a wave as amplitude."""
        fit = self.line.fit
        words = "" if fit is None else self.line.fit_words
        for name, wave in {} if fit is None else fit.waves.items():
            of_wave = f"{name} amplitude {wave.amplitude[0]:.1f} ± {wave.amplitude_std[0]:.1f} mm"
            parts = [part for part in words.split(", ") if not part.startswith(f"{name} ")]
            words = ", ".join([*parts, of_wave])
        return words.replace("mm/yr2", "mm/yr²")


def panels_of_places(
    source: PlotSource, places: Sequence[tuple[float, float]], radius_m: float
) -> tuple[SeriesPanel, ...]:
    """Give the series of places that were asked for, lettered.

    Parameters
    ----------
    source : PlotSource
    places : sequence of (float, float)
        Longitude and latitude, degrees.
    radius_m : float

    Raises
    ------
    ParameterError
        Too many, or no point is near one.
    """
    if len(places) > MOST_PLACES_OF_REPORT:
        raise ParameterError(
            f"--lonlat: {len(places)} places; at most {MOST_PLACES_OF_REPORT} fit into a report"
        )
    return tuple(
        _panel(source, place, f"{place[0]:.5f}, {place[1]:.5f}", "linear", radius_m, letter)
        for letter, place in zip("ABCDEFGHIJKL", places, strict=False)
    )


def panels_of_notable(
    source: PlotSource, points: ChosenPoints, notable: Sequence[NotablePoint], radius_m: float
) -> tuple[SeriesPanel, ...]:
    """Give the series of the neighbourhoods of notable points, numbered.

    Parameters
    ----------
    source : PlotSource
    points : ChosenPoints
        Those that the rows count.
    notable : sequence of NotablePoint
    radius_m : float
    """
    found = []
    for number, point in enumerate(notable, start=1):
        longitude, latitude = (float(x) for x in points.place_lonlat[point.row])
        found.append(
            _panel(
                source, (longitude, latitude), point.name, point.functions, radius_m, str(number)
            )
        )
    return tuple(found)


def _panel(
    source: PlotSource,
    place: tuple[float, float],
    name: str,
    functions: str,
    radius_m: float,
    label: str,
) -> SeriesPanel:
    (line,) = plotted_series(source, SeriesRequest(PointChoice(), (place,), radius_m, functions))
    return SeriesPanel(replace(line, label=label), name)


def series_panels_figure(source: PlotSource, panels: Sequence[SeriesPanel]) -> Figure:
    """Draw the places on a map, and the series of each in a panel of its own scale.

    Parameters
    ----------
    source : PlotSource
    panels : sequence of SeriesPanel
    """
    rows = -(-(len(panels) + 1) // 2)
    with drawing_settings():
        figure = plain_figure(_WIDTH, rows * _CELL_HIGH + 0.1)
        _draw_locator(source, figure, panels, rows)
        for number, panel in enumerate(panels, start=1):
            row, column = divmod(number, 2)
            axes = axes_at(
                figure, 0.62 + column * _WIDTH / 2, (rows - row - 1) * _CELL_HIGH + 0.35,
                _PANEL_WIDE, _PANEL_HIGH,
            )  # fmt: skip
            _draw_panel(axes, panel)
        return figure


def _draw_panel(axes: Axes, panel: SeriesPanel) -> None:
    line = panel.line
    axes.errorbar(
        plot_dates(line.day), line.displacement_mm, yerr=np.nan_to_num(line.error_mm), fmt="o",
        ms=2.5, color=BLUE, elinewidth=0.6, capsize=0, gid=f"series-{line.label}",
    )  # fmt: skip
    if line.fit is not None:
        curve = np.linspace(line.day[0], line.day[-1], _CURVE_DATES)
        axes.plot(plot_dates(curve), line.fitted_mm(curve), color=ORANGE, lw=1)
    axes.axhline(0, color=GREY, lw=0.6)
    axes.set_title(f"{line.label}   {panel.name}", fontsize=8, pad=3)
    axes.set_ylabel("mm", fontsize=7, labelpad=1)
    axes.tick_params(labelsize=6.5)
    axes.locator_params(axis="y", nbins=5)
    date_axis(axes)


def _draw_locator(
    source: PlotSource, figure: Figure, panels: Sequence[SeriesPanel], rows: int
) -> None:
    """Draw where the places lie, on the velocities."""
    table = source.table
    kind = value_type_named(str(table.about.get("value_type") or "v"))
    frame = map_frame(source.lonlat, cells=300)
    wide, high = map_size(frame, 2.3, 1.75)
    axes = axes_at(figure, 0.35, (rows - 1) * _CELL_HIGH + 0.25, wide, high)
    limits = colour_limits(kind, table.columns["velocity"], None)
    drawn = draw_points(
        axes, source.lonlat, table.columns["velocity"], kind, limits=limits, frame=frame,
        backdrop=None,
    )  # fmt: skip
    bar = axes_at(figure, 0.35 + wide + 0.08, (rows - 1) * _CELL_HIGH + 0.25, 0.09, high)
    figure.colorbar(drawn, cax=bar, extend="both").set_label(f"{kind.name} [mm/yr]", fontsize=7)
    bar.tick_params(labelsize=6.5)
    axes.set(xticks=[], yticks=[])
    axes.set_title("where they lie", fontsize=8, pad=3)
    rows_of_area = table.reference_rows
    mark_reference(
        axes, None if rows_of_area is None else source.lonlat[rows_of_area],
        len(source.lonlat), is_small=True,
    )  # fmt: skip
    for panel in panels:
        if panel.line.place is not None:
            axes.annotate(
                panel.line.label, panel.line.place, ha="center", va="center", fontsize=6.5,
                fontweight="bold", zorder=6,
                bbox={"boxstyle": "circle,pad=0.2", "fc": "white", "ec": "black", "lw": 0.8},
            )  # fmt: skip
