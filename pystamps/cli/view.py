"""``pystamps view``: points of a finished data set on a map in the browser."""

from __future__ import annotations

import tempfile
from pathlib import Path

import click

from pystamps.cli.options import config_option, dataset_argument, json_option, print_json
from pystamps.cli.point_options import tiles_option, value_option
from pystamps.errors import PystampsError


@click.command()
@dataset_argument
@config_option
@value_option
@click.option("--port", type=click.IntRange(0, 65535), default=8788, show_default=True,
              help="Port on this machine; 0 = any free one.")  # fmt: skip
@tiles_option
@json_option
def view(
    dataset: Path,
    config_file: Path | None,
    *,
    value_type: str,
    port: int,
    tiles: str,
    as_json: bool,
) -> None:
    """Show the points of a finished data set on a map in the browser, on this machine only.

    The page is that of `pystamps export --to FILE.html`, which others can open without anything
    installed; of more than 500 000 points it shows as many as the window has room for, and all of
    them from near. Open the link that is printed: it has a token that nobody else knows. Ctrl-C
    ends the viewer.

    \b
    Examples:
      pystamps view demo/dataset
      pystamps view demo/dataset --value v-do --port 9001
    """
    try:
        from pystamps.web.serve import serve_viewer
    except ModuleNotFoundError as error:
        raise PystampsError(
            f'the viewer needs the package {error.name}; pip install "pystamps-flow[web]", or '
            "pystamps export --to FILE.html"
        ) from error
    from pystamps.config import RunConfig
    from pystamps.export.formats import format_named
    from pystamps.pipeline.table_of_points import up_to_date_points
    from pystamps.products.accurate_columns import with_modes_of
    from pystamps.products.accurate_table import points_as_asked
    from pystamps.products.chosen import PointChoice
    from pystamps.products.point_storage import read_point_table
    from pystamps.progress import reporter
    from pystamps.viewer.large_table import table_for_pages
    from pystamps.viewer.page import payload_of_dataset, payload_of_table
    from pystamps.viewer.web_tiles import origin_of_tiles

    image_source = origin_of_tiles(tiles) if tiles else ""
    config = RunConfig.from_file(config_file) if config_file else None
    found = read_point_table(up_to_date_points(dataset, config), is_mapped=True)
    points = with_modes_of(dataset, points_as_asked(found, PointChoice(value_type), dataset))
    is_large = len(points) > format_named("viewer").most_points
    scratch = tempfile.TemporaryDirectory(prefix="pystamps-view-")
    with reporter("points") as progress:
        table = table_for_pages(points, Path(scratch.name), progress) if is_large else None
        payload = (
            payload_of_dataset(points, dataset, progress, tiles=tiles)
            if table is None
            else payload_of_table(table, dataset, tiles=tiles)
        )

    def announce(link: str) -> None:
        about = {"link": link, "points": len(points), "points_of_the_run": points.n_all}
        if as_json:
            print_json(about)
            return
        click.echo(f"{len(points):,} of {points.n_all:,} points ({points.about['selection']})")
        click.echo(f"Open this link in a browser on this machine:\n\n    {link}\n")
        click.echo("Ctrl-C ends the viewer.")

    with scratch:
        serve_viewer(payload, port, announce, image_source=image_source, table=table)
