"""Options that several pictures share, and the data set that they draw."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from pystamps.errors import ParameterError

if TYPE_CHECKING:
    from pystamps.plotting.source import PlotSource

_Command = TypeVar("_Command", bound=Callable[..., Any])
_KEY = "pystamps.cli.plot_options.dataset"


def _earlier_or_own(
    context: click.Context, _parameter: click.Parameter, value: Path | None
) -> Path | None:
    """Take the data set that stands before the name of the picture when none stands after it."""
    earlier: Path | None = context.meta.get(_KEY)
    if value is not None and earlier is not None and value.resolve() != earlier.resolve():
        raise click.UsageError(f"--dataset {earlier} and --dataset {value}: give one data set")
    context.meta[_KEY] = value or earlier
    return value or earlier


data_set_option = click.option(
    "--dataset", "-d", type=click.Path(path_type=Path, exists=True, file_okay=False),
    callback=_earlier_or_own,
    help="Root of the data set, before or after NAME.  [default: current directory]",
)  # fmt: skip

limits_option = click.option(
    "--limits", default="", metavar="LOW,HIGH",
    help="Ends of the colours, or of the axis of a profile, so that pictures compare; one number "
    "means from minus to plus.",
)  # fmt: skip

csv_option = click.option(
    "--csv", "table", type=click.Path(path_type=Path, dir_okay=False),
    help="Write the numbers to this file too.",
)  # fmt: skip

_PICTURE = (
    click.option(
        "--output", "-o", type=click.Path(path_type=Path, dir_okay=False),
        help="File to write: .png, .pdf or .svg.  [default: NAME.png here; with --all NAME.pdf]",
    ),
    click.option(
        "--dpi", type=click.FloatRange(20, 1200), default=150.0, show_default=True,
        help="Dots per inch, of the points in PDF and SVG too.",
    ),
    click.option("--overwrite", is_flag=True, help="Replace files that are there."),
)  # fmt: skip

_INTERFEROGRAMS = (
    click.option(
        "--ifg", "interferograms", default="", metavar="LIST",
        help="Interferograms: 3,7-9, as drop_ifg_index counts. Of velocities: those that are "
        "fitted.",
    ),
    click.option(
        "--dates", default="", metavar="LIST",
        help="The same by date: 2018-05-31,2019-01-01:2019-03-01.",
    ),
)  # fmt: skip


def picture_options(function: _Command) -> _Command:
    """Take ``--output``, ``--dpi`` and ``--overwrite``."""
    for option in reversed(_PICTURE):
        function = option(function)
    return function


def interferogram_options(function: _Command) -> _Command:
    """Take ``--ifg`` and ``--dates``."""
    for option in reversed(_INTERFEROGRAMS):
        function = option(function)
    return function


def lonlat_of_text(text: str) -> tuple[float, float]:
    """Read ``LON,LAT``.

    Raises
    ------
    ParameterError
        It is no place.
    """
    try:
        longitude, latitude = (float(word) for word in text.split(","))
    except ValueError:
        raise ParameterError(f"place {text!r}: expected LONGITUDE,LATITUDE in degrees") from None
    if not (abs(longitude) <= 360 and abs(latitude) <= 90):
        raise ParameterError(f"place {text!r}: is no place on Earth in degrees, longitude first")
    return longitude, latitude


def source_of(dataset: Path | None, config_file: Path | None) -> PlotSource:
    """Give what pictures are made from; the table of points is made where it is not up to date."""
    from pystamps.config import RunConfig
    from pystamps.pipeline.table_of_points import up_to_date_points
    from pystamps.plotting.source import open_plot_source

    config = RunConfig.from_file(config_file) if config_file else None
    root = dataset or Path()
    up_to_date_points(root, config)
    return open_plot_source(root, config.stamps if config else {})
