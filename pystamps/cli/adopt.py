"""``pystamps import``."""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pystamps.cli.options import dataset_argument, json_option, print_json, run_configuration

if TYPE_CHECKING:
    from pystamps.adoption.findings_of_import import Adoption


@click.command("import")
@dataset_argument
@json_option
def adopt(dataset: Path, as_json: bool) -> None:
    """Take over results that StaMPS has made, that were copied, or that were edited.

    A project that StaMPS has left after any of its stages goes on with pystamps run. Names in
    another case and files that were cut off are refused by name; parms.mat that only the patches
    hold is copied from there.

    Puts the file times in the order of the stages, so that finished stages are not repeated, and
    notes the checksum of every file; no content changes. What pySTAMPS has written and nobody has
    changed is verified. What no record is about, or has changed since, is read, checked as a
    stage would check it, and taken on trust; what was made from it is made again by the next run.
    Products are computed again and compared: a mean_v.mat of another value type (ps_plot) and a
    table of points of other results get another name. Work on a copy if you want to keep the
    original results: a stage that runs again replaces its files.

    \b
    Example:
      pystamps import INSAR_20180624 && pystamps run -d INSAR_20180624 --dry-run
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
    from pystamps.pipeline.words import some_of

    yield f"{found.root}: {found.project}"
    if found.parameters_from:
        yield f"parms.mat was missing: copied from {found.parameters_from}, as in all patches"
    yield f"taken over as done: {', '.join(found.stages) or 'nothing'}"
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
    if found.left_alone:
        yield f"left alone, no stage reads them: {some_of(found.left_alone, shown=8)}"
    if found.next:
        steps = [f"{label} ({_missing(names)})" for label, names in found.next.items()]
        yield f"the next run goes on with: {some_of(steps, shown=6)}"
    if "stage5_merge" in found.stages and any(" of " in label for label in found.next):
        yield (
            "files of patches are gone although they are merged: to go on from the merged files "
            "alone, move patch.list and the patches out of the data set, and import again"
        )


def _missing(names: Sequence[str]) -> str:
    """Say which files of a stage are missing: ``pm1.mat``."""
    from pystamps.pipeline.words import some_of

    return some_of([name.rpartition("/")[2] for name in names]) or "made again"


def _kinds(names: Iterable[str]) -> Iterator[str]:
    """Give files of the root by name, and those of patches by kind with their number."""
    counts: dict[str, int] = {}
    for name in names:
        kind = name if "/" not in name else f"*/{name.rpartition('/')[2]}"
        counts[kind] = counts.get(kind, 0) + 1
    for kind, count in counts.items():
        yield f"{kind} ({count} patches)" if count > 1 else kind
