"""``pystamps verify``."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pystamps.cli.options import (
    config_option,
    json_option,
    print_json,
    print_table,
    setting_option,
)
from pystamps.config import RunConfig, Tolerance

if TYPE_CHECKING:
    from pystamps.io.bounds import ToleranceProfile
    from pystamps.verify import VerifyReport

_TREE = click.Path(path_type=Path, exists=True, file_okay=False)


@click.command()
@click.option("--run", "-r", type=_TREE, required=True, help="Root of the data set to check.")
@click.option(
    "--golden",
    "-g",
    type=_TREE,
    multiple=True,
    help="Tree to compare with; give it several times to lay trees on top of each other.",
)
@click.option(
    "--self",
    "is_own",
    is_flag=True,
    help="Compare the data set with its own records: name what changed without a stage.",
)
@click.option(
    "--profile",
    type=click.Choice(["strict", "scientific"]),
    default="strict",
    show_default=True,
    help="strict: equal to the original; scientific: what matters to those who use the results.",
)
@click.option(
    "--through-stage", "-t", type=click.IntRange(1, 8), help="Compare stages 1 to this only."
)
@click.option(
    "--final-products-only",
    is_flag=True,
    help="Leave out grids, caches and steps on the way to a result.",
)
@click.option(
    "--files", "-f", multiple=True, metavar="PATTERN", help="Compare only such files, e.g. pm1.mat."
)
@click.option(
    "--allow-extra",
    is_flag=True,
    help="What only the run has is no difference (reduced golden tree).",
)
@click.option(
    "--allow-replayed",
    is_flag=True,
    help="Only look: copies out of a reference do not count for the exit code.",
)
@click.option(
    "--html",
    "page",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="PAGE",
    help="Write a page with tables, maps and histograms of what differs: one file, no network.",
)
@config_option
@setting_option("tolerance.relative", default=None)
@setting_option("tolerance.absolute", default=None)
@setting_option("tolerance.phase_rad", default=None)
@json_option
@click.pass_context
def verify(
    context: click.Context,
    /,
    *,
    run: Path,
    golden: tuple[Path, ...],
    is_own: bool,
    profile: ToleranceProfile,
    allow_replayed: bool,
    page: Path | None,
    config_file: Path | None,
    as_json: bool,
    relative: float | None,
    absolute: float | None,
    phase_rad: float | None,
    **request: Any,
) -> None:
    """Compare every MAT file of a data set with a golden tree, and the parameters.

    Every variable has a tolerance in its own unit: positions in metres on the ground, phases in
    rad, wrong cycles counted apart, velocities in mm/yr; docs/tolerances.md lists them.
    Files that no stage makes are noted, not compared. Parameters count where they change
    results of the stages compared.
    With --self every artifact is read and compared with the record that its stage has left, and
    with what it was made from; no other tree is needed.
    Copies out of a reference (run --replay) prove nothing and are not certified.
    Exit code 0: equal, 1: different or not certified, 2: wrong usage.

    \b
    Examples:
      pystamps verify --run INSAR_20180624 --golden made_by_stamps
      pystamps verify -r INSAR_20180624 -g made_by_stamps --profile scientific --json
      pystamps verify -r INSAR_20180624 -g made_by_stamps --through-stage 4
      pystamps verify -r INSAR_20180624 -g made_by_stamps --files pm1.mat
      pystamps verify -r INSAR_20180624 --self
      pystamps verify -r INSAR_20180624 -g made_by_stamps --html differences.html
    """
    if is_own == bool(golden):
        raise click.UsageError("give either --golden (a tree to compare with) or --self")
    if is_own:
        from pystamps.cli.verify_self import verify_own_records

        context.exit(0 if verify_own_records(run, as_json=as_json) else 1)
    from pystamps.verify import verify_trees

    if page is not None:
        from pystamps.verify_page.page import refuse_page

        refuse_page(page, golden)
    given = {"relative": relative, "absolute": absolute, "phase_rad": phase_rad}
    configured = RunConfig.from_file(config_file).tolerance if config_file else Tolerance()
    known = {name: value for name, value in given.items() if value is not None}
    report = verify_trees(
        run,
        golden,
        profile=profile,
        tolerance=dataclasses.replace(configured, **known),
        files=request.pop("files") or None,
        **request,
    )
    if page is not None:
        from pystamps.verify_page.page import write_verify_page

        write_verify_page(report, page)
    if as_json:
        print_json(report.to_mapping())
    else:
        _print(report)
    is_enough = report.is_equal if allow_replayed else report.is_certified
    context.exit(0 if is_enough else 1)


def _print(report: VerifyReport) -> None:
    if report.differences:
        print_table(
            "Different (positions counted from 0)",
            ["file and variable", "difference"],
            [[f"{item.file} {item.variable}", item.sentence] for item in report.differences],
        )
    if report.known:
        print_table(
            "Known, not counted",
            ["file and variable", "difference", "reason"],
            [[f"{i.file} {i.variable}", i.sentence, reason] for i, reason in report.known],
        )
    for line in (*_removed(report), *_left_out(report), *_parameters(report), *_allowed(report)):
        click.echo(line)
    for line in _closest(report):
        click.echo(line)
    verdict = "equal" if report.is_equal else f"{len(report.differences)} differences"
    click.echo(
        f"{len(report.files)} files, {report.n_variables} variables compared, "
        f"profile {report.profile}: {verdict}"
    )
    if report.replayed:
        click.echo(report.replay_sentence)


def _closest(report: VerifyReport) -> Iterator[str]:
    """Name the equal variable that is closest to its tolerance."""
    near = [item for item in report.comparisons if item.is_equal and item.worst and item.tolerance]
    if near:
        item = max(near, key=lambda one: one.worst / one.tolerance)
        yield (
            f"Closest to its tolerance, of what is equal: {item.file} {item.variable}, "
            f"{item.worst:.3g} of {item.tolerance:.3g} {item.unit}".rstrip()
        )


def _removed(report: VerifyReport) -> Iterator[str]:
    """Say which arbitrary constants were taken off, and how large they are."""
    for item in report.comparisons:
        turns = [turn for turn in item.constants if turn]
        if turns:
            low, high = min(turns), max(turns)
            yield (
                f"{item.file} {item.variable}: {len(turns)} of {len(item.constants)} columns are "
                f"off by a constant of {low if low == high else f'{low} to {high}'} whole cycles, "
                "which is arbitrary and was taken off"
            )


def _left_out(report: VerifyReport) -> Iterator[str]:
    """Say what was not compared, reason by reason."""
    names: dict[str, list[str]] = {}
    for item in report.left_out:
        shown = f"{item.file} ({', '.join(item.variables)})" if item.variables else item.file
        names.setdefault(item.reason, []).append(shown)
    for reason, files in names.items():
        yield f"Left out: {', '.join(files)}: {reason}"


def _parameters(report: VerifyReport) -> Iterator[str]:
    """Name the parameters that differ without changing what was compared."""
    for item in report.parameters:
        if not item.is_equal and not item.counts:
            yield (
                f"{item.file} {item.name}: {item.found} instead of {item.expected}, "
                f"not counted: {item.reason}"
            )


def _allowed(report: VerifyReport) -> Iterator[str]:
    """Say that more than the profile was allowed."""
    given = {k: v for k, v in dataclasses.asdict(report.tolerance).items() if v}
    if given:
        words = ", ".join(f"{name} {value:g}" for name, value in given.items())
        yield f"Allowed beside the profile: {words}"
