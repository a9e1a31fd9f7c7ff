"""A picture by its name: what the command and notebooks call."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import inf
from typing import TYPE_CHECKING

from pystamps.errors import ParameterError
from pystamps.plotting.map_values import MapRequest
from pystamps.plotting.maps import MapLook, map_figure
from pystamps.plotting.network_plot import network_figure
from pystamps.plotting.pages import stack_figure, stack_pages
from pystamps.plotting.profile_plot import ProfileRequest, profile_figure
from pystamps.plotting.series_plot import series_figure
from pystamps.plotting.series_values import SeriesRequest
from pystamps.plotting.source import PlotSource
from pystamps.plotting.stamps_look import as_drawn
from pystamps.plotting.value_types import value_type_named
from pystamps.products.chosen import PointChoice

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def value_figure(source: PlotSource, name: str, request: MapRequest, look: MapLook) -> Figure:
    """Draw the map of a value type; of interferograms a page of them.

    Parameters
    ----------
    source : PlotSource
    name : str
        See :func:`~pystamps.plotting.value_types.value_type_names`.
    request : MapRequest
    look : MapLook

    Raises
    ------
    ParameterError
        No map has this name.
    """
    kind = as_drawn(value_type_named(name), source.look)
    return (stack_figure if kind.is_stack else map_figure)(source, kind, request, look)


def value_pages(
    source: PlotSource, name: str, request: MapRequest, look: MapLook
) -> Iterator[Figure]:
    """Draw every interferogram of a value type, in pages.

    Raises
    ------
    ParameterError
        The value type has one value for all interferograms.
    """
    kind = as_drawn(value_type_named(name), source.look)
    if not kind.is_stack:
        raise ParameterError(
            f"plot {kind.name} --all: has one value for all interferograms; leave out --all"
        )
    return stack_pages(source, kind, request, look)


def plot_by_name(
    source: PlotSource,
    name: str,
    *,
    value_type: str = "",
    reference: str = "",
    area: str = "",
    min_coherence: float = 0.0,
    max_velocity_std: float = inf,
    cell_m: float = 0.0,
    interferograms: str = "",
    dates: str = "",
    limits: tuple[float, float] | None = None,
    background: str = "auto",
    places: Sequence[tuple[float, float]] = (),
    radius_m: float = 100.0,
    functions: str = "linear",
    is_difference: bool = False,
    width_m: float = 200.0,
) -> Figure:
    """Draw any picture; arguments that a picture does not have are not looked at.

    Parameters
    ----------
    source : PlotSource
    name : str
        A value type of StaMPS (``v-do``, ``u-dm``, ``w``, ...), ``coh``, ``da``, ``amp``,
        ``density``, ``hgt``; or ``ts``, ``network``, ``profile``.
    value_type : str
        Of ``ts``: ``v-d``, ...; of ``profile``: any map. Empty = as in the table.
    reference, area, min_coherence, max_velocity_std, cell_m
        As for :class:`~pystamps.products.chosen.PointChoice`.
    interferograms, dates : str
        See :func:`~pystamps.plotting.stack_columns.wanted_interferograms`.
    limits : tuple of float, optional
        Ends of the colours, so that two pictures compare.
    background : str
        ``auto``, ``amplitude``, ``hillshade`` or ``none``.
    places : sequence of (float, float)
        Longitude and latitude: of ``ts`` the places, of ``profile`` start and end.
    radius_m, functions, is_difference
        Of ``ts``; see :class:`~pystamps.plotting.series_values.SeriesRequest`.
    width_m : float
        Of ``profile``.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    ParameterError
        No picture has this name, or an argument is wrong.
    """
    choice = PointChoice("", reference, area, min_coherence, max_velocity_std, cell_m)
    request = MapRequest(choice, interferograms, dates)
    if name == "ts":
        chosen = PointChoice(value_type, reference, area, min_coherence, max_velocity_std, cell_m)
        asked = SeriesRequest(chosen, tuple(places), radius_m, functions, is_difference)
        return series_figure(source, asked)
    if name == "network":
        return network_figure(source)
    if name == "profile":
        if len(places) != 2:
            raise ParameterError(f"plot profile: {len(places)} places, expected start and end")
        line = ProfileRequest(places[0], places[1], width_m, request, limits)
        kind = value_type_named(value_type or str(source.table.about.get("value_type", "v")))
        return profile_figure(source, as_drawn(kind, source.look), line)
    return value_figure(source, name, request, MapLook(limits, background))
