"""``pystamps plot``: maps, series, the network and profiles of a finished data set."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import click

from pystamps.cli.options import config_option, json_option, print_json
from pystamps.cli.plot_options import (
    csv_option,
    data_set_option,
    interferogram_options,
    limits_option,
    lonlat_of_text,
    picture_options,
    source_of,
)
from pystamps.cli.point_options import point_options, value_option
from pystamps.errors import ParameterError


class _PlotGroup(click.Group):
    """Commands of their own, and one for every name of a map."""

    def list_commands(self, context: click.Context) -> list[str]:
        """Give the pictures that are no maps, then all names of maps."""
        from pystamps.plotting.value_types import value_type_names

        return [*self.commands, *value_type_names()]

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        """Give the command of a picture; the name of a map may have letters in any order.

        Raises
        ------
        PystampsError
            Nothing has this name.
        """
        if name in self.commands:
            return self.commands[name]
        from pystamps.plotting.value_types import value_type_named

        kind = value_type_named(name)
        words = f"{kind.title}, {kind.taken_off}" if kind.letters else kind.title
        return click.Command(
            name, callback=partial(_draw_map, name), params=_map_parameters.params,
            help=f"{words}.\n\n\b\nExample:\n  pystamps plot -d D {name} -o {name}.png",
            short_help=words,
        )  # fmt: skip


@click.group(cls=_PlotGroup, subcommand_metavar="NAME [OPTIONS]...")
@data_set_option
def plot(dataset: Path | None) -> None:
    """Draw a map of any value type, series of places, the network, a profile.

    NAME is a value type as in ps_plot of StaMPS (letters: d look-angle error, m reference image, a
    tropospheric phase, o plane, s correlated noise), a quality of the points, or ts, network,
    profile. Each explains its options: pystamps plot v-do --help. Pictures say what they are
    relative to, and how signs count.

    \b
    Examples:
      pystamps plot -d D v-d -o velocity.png
      pystamps plot -d D u-dm --all -o interferograms.pdf
      pystamps plot -d D ts --lonlat 14.1,40.8 --radius 150 --fit linear+seasonal
    """


@click.command()
@data_set_option
@point_options
@interferogram_options
@limits_option
@click.option("--background", type=click.Choice(["auto", "amplitude", "hillshade", "none"]),
              default="auto", show_default=True,
              help="Behind the points: mean amplitude of the scene (auto: where the data set has "
              "it), relief, or nothing.")  # fmt: skip
@click.option("--all", "every", is_flag=True,
              help="Every interferogram, dropped ones too, in pages: one PDF, or numbered "
              "pictures.")  # fmt: skip
@picture_options
@config_option
@json_option
def _map_parameters() -> None:
    """Hold the options of all maps."""


def _draw_map(
    name: str,
    *,
    dataset: Path | None,
    interferograms: str,
    dates: str,
    limits: str,
    background: str,
    every: bool,
    output: Path | None,
    dpi: float,
    overwrite: bool,
    config_file: Path | None,
    as_json: bool,
    **points: Any,
) -> None:
    """Draw a map, or pages of them."""
    from pystamps.plotting.limits import limits_of_text
    from pystamps.plotting.map_values import MapRequest
    from pystamps.plotting.maps import MapLook
    from pystamps.plotting.named_plot import value_figure, value_pages
    from pystamps.plotting.saving import checked_target, save_figure, save_pages

    target = output or Path(f"{name}.{'pdf' if every else 'png'}")
    checked_target(target, overwrite=overwrite or (every and target.suffix.lower() != ".pdf"))
    request = MapRequest(_choice(**points), interferograms, dates, is_complete=every)
    look = MapLook(limits_of_text(limits), background)
    source = source_of(dataset, config_file)
    if every:
        pages = value_pages(source, name, request, look)
        written = save_pages(pages, target, dpi=dpi, overwrite=overwrite)
    else:
        save_figure(value_figure(source, name, request, look), target, dpi=dpi)
        written = (target,)
    _say(written, as_json=as_json)


def _choice(
    *, reference: str, area: str, min_coherence: float, max_std: float, cell: float, value: str = ""
) -> Any:
    from pystamps.products.chosen import PointChoice

    return PointChoice(value, reference, area, min_coherence, max_std, cell)


def _say(written: tuple[Path, ...], *, as_json: bool) -> None:
    """Name the files that were written."""
    if as_json:
        print_json({"files": [str(path) for path in written]})
    else:
        click.echo("\n".join(map(str, written)))


@plot.command("ts")
@data_set_option
@click.option("--lonlat", "places", multiple=True, metavar="LON,LAT",
              help="A place, degrees; more of them are more lines.")  # fmt: skip
@click.option("--radius", type=click.FloatRange(0, min_open=True), default=100.0,
              show_default=True, help="Points within so many metres stand for a place.",
              )  # fmt: skip
@click.option("--difference", is_flag=True,
              help="The first place minus the second: the double difference.")  # fmt: skip
@click.option("--fit", "functions", default="linear", show_default=True,
              help="Functions of time joined by +: linear, quadratic, annual, semiannual, "
              "seasonal, step@DATE, piecewise@DATE, exponential@DATE/DAYS; or none.")  # fmt: skip
@csv_option
@value_option
@point_options
@picture_options
@config_option
@json_option
def plot_series(
    dataset: Path | None,
    places: tuple[str, ...],
    radius: float,
    functions: str,
    table: Path | None,
    value_type: str,
    output: Path | None,
    dpi: float,
    config_file: Path | None,
    *,
    difference: bool,
    overwrite: bool,
    as_json: bool,
    **points: Any,
) -> None:
    """Displacement of places in time, with error bars and what is fitted.

    \b
    Examples:
      pystamps plot ts -d D --lonlat 14.1,40.8 --lonlat 14.2,40.9 --csv series.csv
      pystamps plot ts -d D --lonlat 14.1,40.8 --lonlat 14.2,40.9 --difference
    """
    from pystamps.plotting.saving import checked_new_file, checked_target, save_figure, save_table
    from pystamps.plotting.series_plot import series_figure
    from pystamps.plotting.series_values import SeriesRequest, plotted_series, series_as_csv

    target = checked_target(output or Path("ts.png"), overwrite=overwrite)
    if table is not None:
        checked_new_file(table, overwrite=overwrite)
    found = tuple(lonlat_of_text(place) for place in places)
    request = SeriesRequest(
        _choice(**points, value=value_type), found, radius, functions, difference
    )
    source = source_of(dataset, config_file)
    save_figure(series_figure(source, request), target, dpi=dpi)
    if table is not None:
        save_table(series_as_csv(plotted_series(source, request)), table)
    _say((target,) if table is None else (target, table), as_json=as_json)


@plot.command("network")
@data_set_option
@picture_options
@config_option
@json_option
def plot_network(
    dataset: Path | None,
    output: Path | None,
    dpi: float,
    config_file: Path | None,
    *,
    overwrite: bool,
    as_json: bool,
) -> None:
    """Baselines against dates, dropped images marked.

    \b
    Example:
      pystamps plot network -d D -o network.svg
    """
    from pystamps.plotting.network_plot import network_figure
    from pystamps.plotting.saving import checked_target, save_figure

    target = checked_target(output or Path("network.png"), overwrite=overwrite)
    save_figure(network_figure(source_of(dataset, config_file)), target, dpi=dpi)
    _say((target,), as_json=as_json)


@plot.command("profile")
@data_set_option
@click.argument("name", default="")
@click.option("--from", "start", required=True, metavar="LON,LAT", help="Begin of the line.")
@click.option("--to", "end", required=True, metavar="LON,LAT", help="End of the line.")
@click.option("--width", type=click.FloatRange(0, min_open=True), default=200.0,
              show_default=True, help="Width of the stretch of points along the line, m.",
              )  # fmt: skip
@csv_option
@point_options
@interferogram_options
@limits_option
@picture_options
@config_option
@json_option
def plot_profile(
    dataset: Path | None,
    name: str,
    start: str,
    end: str,
    width: float,
    table: Path | None,
    interferograms: str,
    dates: str,
    limits: str,
    output: Path | None,
    dpi: float,
    config_file: Path | None,
    *,
    overwrite: bool,
    as_json: bool,
    **points: Any,
) -> None:
    """Values along a line: points and medians; NAME is any map, else the velocity of the table.

    \b
    Example:
      pystamps plot profile -d D v-d --from 14.0,40.8 --to 14.3,40.9 --width 300
    """
    from pystamps.plotting.limits import limits_of_text
    from pystamps.plotting.map_values import MapRequest
    from pystamps.plotting.profile_plot import (
        ProfileRequest,
        profile_as_csv,
        profile_figure,
        profile_values,
    )
    from pystamps.plotting.saving import checked_new_file, checked_target, save_figure, save_table
    from pystamps.plotting.value_types import value_type_named

    target = checked_target(output or Path("profile.png"), overwrite=overwrite)
    if table is not None:
        checked_new_file(table, overwrite=overwrite)
    request = ProfileRequest(
        lonlat_of_text(start), lonlat_of_text(end), width,
        MapRequest(_choice(**points), interferograms, dates), limits_of_text(limits),
    )  # fmt: skip
    source = source_of(dataset, config_file)
    kind = value_type_named(name or str(source.table.about.get("value_type", "v")))
    if kind.kind in ("amp", "density"):
        raise ParameterError(f"plot profile {kind.name}: is no value of points; take another one")
    save_figure(profile_figure(source, kind, request), target, dpi=dpi)
    if table is not None:
        shown, _, profile = profile_values(source, kind, request)
        save_table(profile_as_csv(shown, profile), table)
    _say((target,) if table is None else (target, table), as_json=as_json)
