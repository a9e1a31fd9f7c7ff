"""Maps of what the accuracy modes say of the points."""

from __future__ import annotations

from dataclasses import replace

from pystamps.arrays import Array
from pystamps.plotting.limits import colour_limits
from pystamps.plotting.map_values import MapRequest, MapValues, map_values
from pystamps.plotting.source import PlotSource
from pystamps.plotting.stamps_look import as_drawn
from pystamps.plotting.value_types import KINDS, value_type_named
from pystamps.products.accurate_columns import AccurateColumns

_TITLES = ("Velocity of the accuracy modes", "Its standard deviation")


def accurate_maps(source: PlotSource, found: AccurateColumns) -> tuple[MapValues, MapValues]:
    """Give velocity of the modes and its standard deviation as maps.

    Parameters
    ----------
    source : PlotSource
    found : AccurateColumns
        Of its table of points.
    """
    velocity, std = (found.columns[f"accurate_velocity{end}"] for end in ("", "_std"))
    return (
        _as_map(source, "v", _TITLES[0], velocity),
        _as_map(source, "std", _TITLES[1], std),
    )


def limits_of_table(source: PlotSource) -> tuple[float, float]:
    """Give the ends of the colours of the table's velocity, mm/yr, so that both maps compare."""
    name = str(source.table.about.get("value_type") or "v")
    shown = map_values(source, as_drawn(value_type_named(name), source.look), MapRequest())
    return colour_limits(shown.kind, shown.column(0), None)


def _as_map(source: PlotSource, like: str, title: str, values: Array) -> MapValues:
    """Give values as a map that looks as one of those of the table."""
    shown = map_values(source, KINDS[like], MapRequest())
    return replace(shown, kind=replace(shown.kind, title=title), values=values[:, None])
