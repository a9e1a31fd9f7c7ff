"""``pystamps status``."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pystamps.cli.options import (
    configuration_options,
    dataset_option,
    json_option,
    print_json,
    print_table,
    run_configuration,
)

if TYPE_CHECKING:
    from pystamps.pipeline.status import StatusEntry


@click.command()
@dataset_option
@configuration_options
@json_option
def status(
    dataset: Path, config_file: Path | None, assignments: Sequence[str], as_json: bool
) -> None:
    """Show what the next run would do with every stage, and why.

    
    done      up to date: the next run leaves it alone
    empty     up to date, and the patch has no pixel left at this stage
    missing   a file of the stage is not there
    stale     its files are there, but a setting, an input file or the list of
              its input files has changed since they were made
    blocked   it has to run after a stage before it that is missing or stale

    What is missing, stale or blocked is what `pystamps run` runs, given the same --config and
    --set. Below stands which version of pySTAMPS made the files: unknown where StaMPS made them
    or something has changed them since; and which were copied out of a reference (replayed).

    
    Examples:
      pystamps status -d INSAR_20180624
      pystamps status -d INSAR_20180624 --set unwrap_grid_size=100
      pystamps status -d INSAR_20180624 --json
    """
    from pystamps.pipeline.status import dataset_status

    config = run_configuration(dataset, config_file=config_file, assignments=assignments)
    found = dataset_status(config.dataset, config)
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
    for entry in found.entries:
        if entry.reason:
            click.echo(f"{entry.label}: {entry.reason}")
    for maker, made in _makers(found.entries).items():
        click.echo(f"{maker}: {', '.join(made)}")


def _makers(entries: Sequence[StatusEntry]) -> dict[str, list[str]]:
    """Give what each version has made: names of stages, with the target where it is a patch."""
    made: dict[str, list[str]] = {}
    for entry in entries:
        for version in sorted(set(entry.versions.values())):
            name = entry.stage if entry.scope == "merged" else f"{entry.stage} of {entry.target}"
            made.setdefault(_maker(version), []).append(name)
    return made


def _maker(version: str) -> str:
    from pystamps.io.stage_records import REPLAYED, UNKNOWN

    if version.startswith(REPLAYED):
        return version
    return "made by an unknown program" if version == UNKNOWN else f"made by pySTAMPS {version}"
