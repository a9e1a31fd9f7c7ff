"""``pystamps describe-inputs`` and ``pystamps list-legacy``."""

from __future__ import annotations

import dataclasses
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click
from click.core import ParameterSource

from pystamps.cli.options import dataset_option, json_option, print_json, print_table
from pystamps.errors import DatasetError
from pystamps.stage_table import STAGES

if TYPE_CHECKING:
    from pystamps.pipeline.describe import DatasetInputs, FoundFile

_INCOMPLETE = 1
_NOT_KNOWN = "no part of the processing chain, of another version, or your own"


@click.command("describe-inputs")
@dataset_option
@click.option(
    "--raw-root",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="Folder of the raw export, for a data set that was moved.",
)
@click.option(
    "--stage",
    type=click.Choice(["all", *map(str, range(1, 9))]),
    help="Show instead what a stage, or every stage, reads and writes; needs no data set.",
)
@json_option
@click.pass_context
def describe_inputs(
    context: click.Context,
    /,
    *,
    dataset: Path,
    raw_root: Path | None,
    stage: str | None,
    as_json: bool,
) -> None:
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

    if stage is not None:
        if context.get_parameter_source("dataset") is not ParameterSource.DEFAULT:
            raise click.UsageError("--stage shows what stages read and write; leave --dataset out")
        _describe_stages(stage, as_json=as_json)
        return
    found = describe(dataset, raw_root=raw_root)
    if as_json:
        print_json({**_fields(found), "is_complete": found.is_complete})
    else:
        _print_inputs(found)
    if not found.is_complete:
        sys.exit(_INCOMPLETE)


@click.command("list-legacy")
@click.option(
    "--stamps-root",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="A copy of StaMPS: only the routines that it has, and those that are not known here.",
)
@json_option
def list_legacy(stamps_root: Path | None, as_json: bool) -> None:
    """Show where every routine and command of StaMPS is in pySTAMPS.

    \b
    ready        there; the test that compares it with StaMPS, or shows its work, is named
    partial      some of it is there; the note says what
    planned      not there; options that need it are refused by name
    not needed   something else does the work, or StaMPS never uses it
    not known    only with --stamps-root: a file there that this table lacks

    \b
    Example:
      pystamps list-legacy --json
    """
    from pystamps.legacy import LEGACY_ROUTINES, LegacyRoutine, routines_below

    routines = list(LEGACY_ROUTINES)
    if stamps_root is not None:
        known, unknown = routines_below(stamps_root)
        if not known:
            raise DatasetError(f"{stamps_root}: holds no routine of StaMPS; give its folder")
        routines = [routine for routine in routines if routine.name in known]
        routines += [LegacyRoutine(name, "?", "", "not known", _NOT_KNOWN) for name in unknown]
    if as_json:
        print_json(routines)
        return
    rows = [("StaMPS", "stage", "status", "pySTAMPS", "note", "shown by")]
    rows += [(r.name, r.stage, r.status, r.here or "-", r.note, r.shown_by) for r in routines]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:  # plain lines: a table would shorten the names on a narrow terminal
        line = "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        click.echo(line.rstrip())


def _describe_stages(wanted: str, *, as_json: bool) -> None:
    """Show the files of stages, from the stage table."""
    stages = [stage for stage in STAGES if wanted in ("all", str(stage.step))]
    if as_json:
        names = ["name", "step", "scope", "inputs", "optional_inputs", "outputs"]
        names += ["optional_outputs", "reads_stack"]
        print_json([{name: getattr(stage, name) for name in names} for stage in stages])
        return
    rows = [
        [
            stage.name,
            " ".join([*stage.inputs, *(["and the stack"] if stage.reads_stack else [])]),
            " ".join(stage.optional_inputs) or "-",
            " ".join(stage.all_outputs),
        ]
        for stage in stages
    ]
    print_table("stages", ["stage", "reads", "reads if there", "writes"], rows)


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
