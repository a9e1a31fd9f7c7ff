"""``pystamps import``."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from pystamps.cli.options import dataset_option, json_option, print_json, run_configuration


@click.command("import")
@dataset_option
@json_option
def adopt(dataset: Path, as_json: bool) -> None:
    """Take over a data set that the original StaMPS has processed, partly or wholly.

    Puts the file times in the order of the stages, so that finished stages are not repeated;
    no content changes. Work on a copy if you want to keep the original results: a stage that
    runs again replaces its files.

    \b
    Example:
      pystamps import -d INSAR_20180624 && pystamps run -d INSAR_20180624 --dry-run
    """
    from pystamps.pipeline.report import touch_existing

    config = run_configuration(dataset)
    touched = touch_existing(config)
    if touched is None:
        sys.exit(1)
    if as_json:
        print_json({"dataset": config.dataset, "stages_taken_over": touched})
    else:
        click.echo(f"{config.dataset}: taken over as done: {', '.join(touched) or 'nothing'}")
