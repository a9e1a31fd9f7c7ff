"""``pystamps describe-inputs`` and ``pystamps list-legacy``."""

from __future__ import annotations

import dataclasses
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pystamps.cli.options import dataset_option, json_option, print_json, print_table

if TYPE_CHECKING:
    from pystamps.pipeline.describe import DatasetInputs, FoundFile

_INCOMPLETE = 1


@click.command("describe-inputs")
@dataset_option
@click.option(
    "--raw-root",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="Folder of the raw export, for a data set that was moved.",
)
@json_option
def describe_inputs(dataset: Path, raw_root: Path | None, as_json: bool) -> None:
    """Show what a prepared data set (or one patch) holds, and whether stage 1 can load it.

    Files found and missing, candidates per patch, interferograms with dates and baselines,
    wavelength and heading. Every file is checked as stage 1 does; nothing is written.
    Exit code 1 when something is missing or wrong. What later stages read and write:
    `pystamps coverage STAGE`, and docs/stages/ of the repository.

    \b
    Examples:
      pystamps describe-inputs -d INSAR_20180624
      pystamps describe-inputs -d INSAR_20180624/PATCH_1 --raw-root /data/export
    """
    from pystamps.pipeline.describe import describe_inputs as describe

    found = describe(dataset, raw_root=raw_root)
    if as_json:
        print_json({**_fields(found), "is_complete": found.is_complete})
    else:
        _print_inputs(found)
    if not found.is_complete:
        sys.exit(_INCOMPLETE)


@click.command("list-legacy")
@json_option
def list_legacy(as_json: bool) -> None:
    """Show where every routine and command of StaMPS is in pySTAMPS.

    \b
    ready        there, compared with results of StaMPS or its formulas
    partial      some of it is there; the note says what
    planned      not there; options that need it are refused by name
    not needed   something else does the work, or StaMPS never uses it

    \b
    Example:
      pystamps list-legacy --json
    """
    from pystamps.legacy import LEGACY_ROUTINES

    if as_json:
        print_json(list(LEGACY_ROUTINES))
        return
    rows = [("StaMPS", "stage", "status", "pySTAMPS", "note")]
    rows += [(r.name, r.stage, r.status, r.here or "-", r.note) for r in LEGACY_ROUTINES]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:  # plain lines: a table would shorten the names on a narrow terminal
        line = "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        click.echo(line.rstrip())


def _fields(found: DatasetInputs) -> dict[str, object]:
    return {field.name: getattr(found, field.name) for field in dataclasses.fields(found)}


def _print_inputs(found: DatasetInputs) -> None:
    constants = found.constants
    click.echo(f"{found.root}: stack of {found.processor}")
    click.echo(f"wavelength {_known(constants.lambda_, 'm')}, ", nl=False)
    click.echo(f"heading {_known(constants.heading, 'degrees')}")
    print_table("files", ["file", "found", "bytes", "meaning"], map(_file_row, found.files))
    if found.interferograms:
        rows = [[i.date, str(i.days), f"{i.bperp_m:.1f}"] for i in found.interferograms]
        title = f"{len(rows)} interferograms, reference image {found.reference_date}"
        print_table(title, ["image", "days", "baseline (m)"], rows)
    rows = [
        [
            patch.name,
            "?" if patch.candidates is None else str(patch.candidates),
            " ".join(file.name for file in patch.files if not file.count) or "-",
            patch.problem or "ready for stage 1",
        ]
        for patch in found.patches
    ]
    print_table("patches", ["patch", "candidates", "files missing", "state"], rows)
    for problem in found.problems:
        click.echo(f"problem: {problem}")


def _file_row(file: FoundFile) -> list[str]:
    state = str(file.count) if file.count else "MISSING" if file.is_needed else "no"
    return [file.name, state, str(file.bytes), file.meaning]


def _known(value: float | None, unit: str) -> str:
    return "not known" if value is None else f"{value:.6g} {unit}"
