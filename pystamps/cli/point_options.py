"""Options that say which points, relative to what: the same ones for exports and pictures."""

from __future__ import annotations

from collections.abc import Callable
from math import inf
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from pystamps.products.chosen import ChosenPoints
    from pystamps.products.point_table import PointTable

_Command = TypeVar("_Command", bound=Callable[..., Any])

value_option = click.option(
    "--value", "value_type", default="",
    help="Parts taken off: v, or v- and letters of d (look-angle error), a (tropospheric phase), o "
    "(plane of every date), s (correlated noise; not with a); accurate = velocity and series of "
    "the accuracy modes.  [default: as in the table]",
)  # fmt: skip

tiles_option = click.option(
    "--tiles", default="", metavar="URL",
    help="Offer map tiles behind the points, https://HOST/{z}/{x}/{y}.png: the viewer asks that "
    "server for them once somebody chooses them.  [default: none, the page asks nobody]",
)  # fmt: skip

_POINT_OPTIONS = (
    click.option(
        "--reference", default="",
        help="Area: none, all, LON,LAT[,RADIUS in m], WEST,SOUTH,EAST,NORTH, a file of polygons "
        "(GeoJSON, GeoPackage) or of stations (CSV), or FILE.json of `pystamps gnss --fit`.  "
        "[default: as in the run]",
    ),
    click.option(
        "--area", default="",
        help="WEST,SOUTH,EAST,NORTH in degrees, or a file of polygons: the points inside.",
    ),
    click.option(
        "--min-coherence", type=click.FloatRange(0, 1), default=0.0,
        help="Points with at least this coherence.",
    ),
    click.option(
        "--max-std", type=click.FloatRange(0, min_open=True), default=inf,
        help="Points whose velocity has at most this std, mm/yr.",
    ),
    click.option(
        "--cell", type=click.FloatRange(0), default=0.0,
        help="Thin out: one point, that of the highest coherence, in each square of so many "
        "metres.",
    ),
)  # fmt: skip


def point_options(function: _Command) -> _Command:
    """Take ``--reference``, ``--area``, ``--min-coherence``, ``--max-std`` and ``--cell``."""
    for option in reversed(_POINT_OPTIONS):
        function = option(function)
    return function


def points_of_data_set(
    root: Path, value_type: str, reference: str, min_coherence: float = 0.0
) -> ChosenPoints:
    """Read the points of a finished data set; its table is made first where it is out of date."""
    from pystamps.products.chosen import PointChoice, choose_points

    choice = PointChoice(value_type, reference, min_coherence=min_coherence)
    return choose_points(table_of_data_set(root), choice)


def table_of_data_set(root: Path) -> PointTable:
    """Read the table of points of a finished data set; it is made first where out of date."""
    from pystamps.pipeline.table_of_points import up_to_date_points
    from pystamps.products.point_storage import read_point_table

    return read_point_table(up_to_date_points(root))
