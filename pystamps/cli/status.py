"""``pystamps status``."""

from __future__ import annotations

from pathlib import Path

import click

from pystamps.cli.options import dataset_option, json_option, print_json, print_table


@click.command()
@dataset_option
@json_option
def status(dataset: Path, as_json: bool) -> None:
    """Show which stages of which patches are done, missing, stale or empty.

    \b
    done      all files of the stage are there
    stale     a file of the stage before is newer: the next run repeats it
    missing   files of the stage are not there
    empty     the patch has no pixel left at this stage

    \b
    Examples:
      pystamps status -d INSAR_20180624
      pystamps status -d INSAR_20180624 --json
    """
    from pystamps.pipeline.status import dataset_status

    found = dataset_status(dataset)
    if as_json:
        print_json(found)
        return
    cell = {(entry.target, entry.stage): entry.state for entry in found.entries}
    for scope in ("patch", "merged"):
        entries = [entry for entry in found.entries if entry.scope == scope]
        columns = list(dict.fromkeys(entry.stage for entry in entries))
        rows = list(dict.fromkeys(entry.target for entry in entries))
        body = [[target, *(cell[target, name] for name in columns)] for target in rows]
        print_table(str(found.root) if scope == "patch" else "", ["", *columns], body)
