"""``pystamps report-bug``."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import click

from pystamps.cli.options import (
    as_plain_json,
    configuration_options,
    json_option,
    print_json,
    run_configuration,
)
from pystamps.config import RunConfig
from pystamps.errors import PystampsError


@click.command("report-bug")
@click.option(
    "--dataset",
    "-d",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="Root of the data set that it is about.",
)
@click.option(
    "--output",
    "-o",
    type=click.Path(path_type=Path, dir_okay=False),
    help="ZIP file to write; a new name in the current directory when omitted.",
)
@configuration_options
@json_option
def report_bug(
    dataset: Path | None,
    output: Path | None,
    config_file: Path | None,
    assignments: Sequence[str],
    as_json: bool,
) -> None:
    """Gather what the report of a fault needs in one ZIP file: no data, no pixels.

    It holds versions, configuration, effective parameters, the state of the stages, logs,
    records (manifest, provenance, runs), the last error, and of all files of the data set name,
    size and time. Names of users in paths of home folders are replaced. Nothing is sent.

    \b
    Examples:
      pystamps report-bug -d INSAR_20180624
      pystamps report-bug -d INSAR_20180624 --config run.yaml -o fault.zip
    """
    from pystamps.pipeline.support_bundle import bundle_name, texts_of_bundle, write_bundle

    root = None if dataset is None else dataset.resolve()
    config = run_configuration(root or Path(), config_file=config_file, assignments=assignments)
    texts = texts_of_bundle(root, config)
    if root is not None:
        texts["status.json"] = _status(root, config)
    path = (output or Path(bundle_name("report"))).absolute()
    names = write_bundle(path, texts)
    if as_json:
        print_json({"path": path, "holds": names})
        return
    click.echo(f"wrote {path}; it holds no data and no pixels, but:")
    for name in names:
        click.echo(f"  {name}")
    click.echo("look through it before you send it: names of folders and files are in it")


def _status(root: Path, config: RunConfig) -> str:
    """Give the state of the stages, or why it is not known."""
    from pystamps.pipeline.status import dataset_status

    try:
        return as_plain_json(dataset_status(root, config))
    except PystampsError as error:
        return json.dumps({"error": str(error)})
