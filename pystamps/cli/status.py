"""``pystamps status``."""

from __future__ import annotations

import socket
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pystamps.cli.garbage import no_garbage_collected
from pystamps.cli.options import (
    configuration_options,
    dataset_option,
    json_option,
    print_json,
    print_table,
    run_configuration,
)

if TYPE_CHECKING:
    from pystamps.config import RunConfig
    from pystamps.pipeline.status import DatasetStatus, StatusEntry


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
    --set. Lines that begin with fit: name what is weakly determined by the dates, baselines
    and positions (docs/troubleshooting.md, fit-uncertain). Below stand files that have changed
    without a stage, which `pystamps run` refuses until `pystamps import` has accepted them, and
    which version of pySTAMPS made the files: unknown where StaMPS made them or something has
    changed them since; and which were copied out of a reference (replayed).

    
    Examples:
      pystamps status -d INSAR_20180624
      pystamps status -d INSAR_20180624 --set unwrap_grid_size=100
      pystamps status -d INSAR_20180624 --json
    """
    with no_garbage_collected():
        config = run_configuration(dataset, config_file=config_file, assignments=assignments)
        _show(config, as_json=as_json)


def _show(config: RunConfig, *, as_json: bool) -> None:
    from pystamps.pipeline.status import dataset_status
    from pystamps.pipeline.words import reasons_in_lines

    found = dataset_status(config.dataset, config)
    if as_json:
        print_json(found)
        return
    title = str(found.root)
    for scope in ("patch", "merged"):
        entries = [entry for entry in found.entries if entry.scope == scope]
        _print_states(title if scope == "patch" else "", entries)
    for line in [*reasons_in_lines(found.entries), *_last_jobs(found.entries)]:
        click.echo(line)
    for words in found.fits:
        click.echo(f"fit: {words}")
    for line in _contradictions(found):
        click.echo(line)
    for maker, made in _makers(found.entries).items():
        click.echo(f"{maker}: {made}")


def _print_states(title: str, entries: Sequence[StatusEntry]) -> None:
    """Print one row per target; targets in the same states share one."""
    from pystamps.pipeline.words import places_of, some_of, spans_of

    columns = list(dict.fromkeys(entry.stage for entry in entries))
    order = places_of(entries)
    cell = {(entry.target, entry.stage): entry.state for entry in entries}
    rows: dict[tuple[str, ...], list[str]] = {}
    for target in order:
        rows.setdefault(tuple(cell[target, name] for name in columns), []).append(target)
    body = [[some_of(spans_of(names, order)), *states] for states, names in rows.items()]
    print_table(title, ["", *map(_short_name, columns)], body)


def _short_name(stage: str) -> str:
    """Give the name of a stage for the head of a narrow column: ``2 gamma``."""
    family, _, name = stage.partition("_")
    return f"{family.removeprefix('stage')} {name}" if family.startswith("stage") else name


def _last_jobs(entries: Sequence[StatusEntry]) -> Iterator[str]:
    """Say which stages run now, and why the last job of others failed."""
    for entry in entries:
        note = entry.last_job
        if note is not None and note.state == "running":
            doubt = "" if note.host == socket.gethostname() else ", or was killed there"
            yield f"runs since {note.time} on {note.host}{doubt}: {entry.label}"
        elif note is not None:
            log = note.log and f" (log: {note.log})"
            yield f"failed {note.time}: {entry.label}: {note.message}{log}"


def _contradictions(found: DatasetStatus) -> Iterator[str]:
    """Name what has changed without a stage, and what that leads to."""
    from pystamps.io.tree_integrity import ACCEPT_OR_REMAKE
    from pystamps.pipeline.words import some_of

    for entry in found.entries:
        for name in entry.changed:
            yield f"changed  {name} is not what {entry.label} has written; {ACCEPT_OR_REMAKE}"
    for record in found.damaged_records:
        yield (
            f"changed  {record} is damaged or gone: nothing says whether its files are as they "
            "were; `pystamps import` notes them as they are"
        )
    for entry in found.entries:
        if entry.others and not entry.is_planned:
            yield f"outdated {entry.label} was made from another {some_of(entry.others)}"


def _makers(entries: Sequence[StatusEntry]) -> dict[str, str]:
    """Give what each version has made: names of stages, with the targets where they are patches."""
    from pystamps.pipeline.words import places_of, stages_in_words

    made: dict[str, list[StatusEntry]] = {}
    for entry in entries:
        for version in sorted(set(entry.versions.values())):
            made.setdefault(_maker(version), []).append(entry)
    order = places_of(entries)
    return {maker: stages_in_words(found, order) for maker, found in made.items()}


def _maker(version: str) -> str:
    from pystamps.io.stage_records import REPLAYED, UNKNOWN

    if version.startswith(REPLAYED):
        return version
    return "made by an unknown program" if version == UNKNOWN else f"made by pySTAMPS {version}"
