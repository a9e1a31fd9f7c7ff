"""``pystamps selfcheck``: what a run says about its own accuracy, without any truth."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import click

from pystamps.cli.options import config_option, dataset_argument, json_option, print_json


@click.command()
@dataset_argument
@config_option
@click.option("--area", default="", help="Where the ground is stable: WEST,SOUTH,EAST,NORTH in "
              "degrees, or a file of polygons.  [default: squares of 500 m whose velocity differs "
              "little from a plane]")  # fmt: skip
@json_option
def selfcheck(dataset: Path, config_file: Path | None, *, area: str, as_json: bool) -> None:
    """Judge the accuracy of a finished data set by itself; no truth is needed.

    \b
    halves     velocities of two halves of the images, in turn, against what is stated for them
    closure    small baselines: loops of interferograms whose unwrapped phase misses a cycle
    residuals  about the lines in time: are neighbouring dates alike, does a year return, how far
               does the correlation reach in space
    stable     velocity where the ground is stable, against what is stated

    Nothing is changed. docs/howto/selfcheck.md says what each figure can and cannot see.

    \b
    Examples:
      pystamps selfcheck demo/dataset
      pystamps selfcheck -d demo/dataset --area -84.13,36.53,-84.10,36.56 --json
    """
    from pystamps.config import RunConfig
    from pystamps.pipeline.table_of_points import up_to_date_points
    from pystamps.products.point_storage import read_point_table
    from pystamps.products.self_check import check_itself

    config = RunConfig.from_file(config_file) if config_file else None
    table = read_point_table(up_to_date_points(dataset, config))
    found = check_itself(dataset, table, area=area, stamps=config.stamps if config else None)
    if as_json:
        print_json(dataclasses.asdict(found))
        return
    for line in found.lines():
        click.echo(line)
