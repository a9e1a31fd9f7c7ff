"""``pystamps import``."""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pystamps.cli.options import dataset_option, json_option, print_json, run_configuration

if TYPE_CHECKING:
    from pystamps.adoption.take_over import Adoption


@click.command("import")
@dataset_option
@json_option
def adopt(dataset: Path, as_json: bool) -> None:
    """Take over results that StaMPS has made, that were copied, or that were edited.

    Puts the file times in the order of the stages, so that finished stages are not repeated, and
    notes the checksum of every file; no content changes. What pySTAMPS has written and nobody has
    changed is verified. What no record is about, or has changed since, is read, checked as a
    stage would check it, and taken on trust; what was made from it is made again by the next run.
    Products are computed again and compared: a mean_v.mat of another value type (ps_plot) and a
    table of points of other results get another name. Work on a copy if you want to keep the
    original results: a stage that runs again replaces its files.

    \b
    Example:
      pystamps import -d INSAR_20180624 && pystamps run -d INSAR_20180624 --dry-run
    """
    from pystamps.adoption.take_over import take_over

    found = take_over(run_configuration(dataset))
    if found is None:
        sys.exit(1)
    if as_json:
        known = dataclasses.asdict(found)
        root, stages = known.pop("root"), known.pop("stages")
        print_json({"dataset": root, "stages_taken_over": stages, **known})
        return
    for line in _lines(found):
        click.echo(line)


def _lines(found: Adoption) -> Iterator[str]:
    """Say what was taken over, and on what grounds, kind of file by kind of file."""
    yield f"{found.root}: taken over as done: {', '.join(found.stages) or 'nothing'}"
    grounds = (
        ("verified (as pySTAMPS has written or noted it)", found.verified),
        ("proven (computed again, the same)", found.proven),
        ("taken on trust (no record says who made it; every value is one that a stage accepts)",
         found.trusted),
        ("accepted (has changed since a stage wrote it; every value is one that a stage accepts)",
         found.accepted),
    )  # fmt: skip
    for words, names in grounds:
        if names:
            yield f"{words}: {', '.join(_kinds(names))}"
    for label, why in found.remade.items():
        yield f"made again by the next run: {label}: {why}"
    for name, other in found.set_aside.items():
        yield (
            f"not taken over: {name} is not that of these results; it is called {other} "
            f"now, and the next run makes {name}"
        )


def _kinds(names: Iterable[str]) -> Iterator[str]:
    """Give files of the root by name, and those of patches by kind with their number."""
    counts: dict[str, int] = {}
    for name in names:
        kind = name if "/" not in name else f"*/{name.rpartition('/')[2]}"
        counts[kind] = counts.get(kind, 0) + 1
    for kind, count in counts.items():
        yield f"{kind} ({count} patches)" if count > 1 else kind
