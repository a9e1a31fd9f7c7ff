"""``pystamps export``: points of a finished data set to a file of another program."""

from __future__ import annotations

from pathlib import Path

import click

from pystamps.cli.options import config_option, dataset_argument, json_option
from pystamps.cli.point_options import point_options, tiles_option, value_option


def _show_formats(context: click.Context, _parameter: click.Parameter, value: bool) -> None:
    """Print the kinds of files and end."""
    if not value or context.resilient_parsing:
        return
    from pystamps.export.formats import FORMATS

    for item in FORMATS:
        needs = f" (pip install 'pystamps-flow[{item.extra}]')" if item.extra else ""
        click.echo(f"{item.name:<12}{item.suffix:<18}{item.summary}{needs}")
    context.exit()


@click.command()
@dataset_argument
@click.option("--to", "target", type=click.Path(path_type=Path), required=True,
              help="File to write; its ending means the format.")  # fmt: skip
@config_option
@click.option("--format", "name", help="Format, where the ending does not mean it.")
@click.option("--formats", is_flag=True, is_eager=True, expose_value=False,
              callback=_show_formats, help="List the formats and end.")  # fmt: skip
@value_option
@click.option("--fit", "functions",
              help="Functions of time to fit, which add columns: linear, quadratic, annual, "
              "semiannual, seasonal, step@DATE, piecewise@DATE, exponential@DATE/DAYS, joined by "
              "+.")  # fmt: skip
@click.option("--uncertainty", type=click.Choice(["covariance", "residuals", "bootstrap"]),
              default="covariance", show_default=True,
              help="Standard deviations of the fit: noise and atmosphere of every date, residuals "
              "of the point alone, or resampled dates.")  # fmt: skip
@point_options
@click.option("--crs", default="EPSG:4326", show_default=True,
              help="Coordinates of the positions, a code of EPSG.")  # fmt: skip
@click.option("--raster-cell", type=click.FloatRange(0, min_open=True), default=100.0,
              show_default=True, help="Size of the cells of a raster in m.")  # fmt: skip
@tiles_option
@click.option("--overwrite", is_flag=True, help="Replace a file that is there.")
@json_option
def export(
    dataset: Path,
    target: Path,
    config_file: Path | None,
    name: str | None,
    *,
    value_type: str,
    functions: str | None,
    uncertainty: str,
    reference: str,
    area: str,
    min_coherence: float,
    max_std: float,
    cell: float,
    crs: str,
    raster_cell: float,
    tiles: str,
    overwrite: bool,
    as_json: bool,
) -> None:
    """Write the points of a finished data set to a file that other programs read.

    The points stand in products/ps.h5, which `pystamps run` makes; where it is missing or not that
    of the results (of a tree finished in MATLAB, for example), its stage runs first.
    Displacement in mm and velocity in mm/yr are in the line of sight, positive toward the
    satellite. FILE.json beside the file says what the numbers are relative to and what was taken
    off.

    \b
    Examples:
      pystamps export demo/dataset --to points.gpkg
      pystamps export demo/dataset --to stable.csv --min-coherence 0.8 --value v-do
      pystamps export demo/dataset --to seasons.gpkg --fit "linear + seasonal"
    """
    from pystamps.config import RunConfig
    from pystamps.errors import ParameterError
    from pystamps.export.coordinates import crs_of
    from pystamps.export.exporting import export_points
    from pystamps.export.fields import about_as_json
    from pystamps.export.formats import ExportOptions, format_named, format_of_file
    from pystamps.parameters.files import effective_parameters
    from pystamps.pipeline.table_of_points import up_to_date_points
    from pystamps.products.chosen import PointChoice

    kind = format_named(name) if name else format_of_file(target)
    if tiles and not kind.has_tiles:
        raise ParameterError(f"--tiles: {kind.name} shows no map tiles; only a viewer does (.html)")
    choice = PointChoice(
        value_type, reference, area, min_coherence, max_std, cell, functions, uncertainty
    )
    options = ExportOptions(raster_cell, crs_of(crs), dataset, tiles)
    config = RunConfig.from_file(config_file) if config_file else None
    table = up_to_date_points(dataset, config)
    ref_velocity = 0.0
    if (dataset / "parms.mat").is_file():  # a table that was taken elsewhere has none
        stamps = config.stamps if config else {}
        ref_velocity = effective_parameters(dataset, dataset, stamps).ref_velocity
    points = export_points(
        table, target, kind, choice, options, ref_velocity=ref_velocity, overwrite=overwrite
    )
    about = points.about
    if as_json:
        click.echo(about_as_json({"file": str(target), "points": len(points), **about}, indent=2))
        return
    thinned = f" ({about['selection']})" if about["selection"] != "all points" else ""
    click.echo(
        f"{target}: {len(points):,} of {points.n_all:,} points{thinned}, {points.day.size} dates; "
        f"{about['value_type']}, without: {about['taken_off']}; "
        f"relative to {about['reference_area']}"
    )
