"""``pystamps verify``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pystamps.cli.options import json_option, print_json, print_table, setting_option
from pystamps.config import Tolerance

if TYPE_CHECKING:
    from pystamps.verify import VerifyReport

_TREE = click.Path(path_type=Path, exists=True, file_okay=False)


@click.command()
@click.option("--run", "-r", type=_TREE, required=True, help="Root of the data set to check.")
@click.option(
    "--golden",
    "-g",
    type=_TREE,
    required=True,
    multiple=True,
    help="Tree to compare with; give it several times to lay trees on top of each other.",
)
@click.option(
    "--through-stage", "-t", type=click.IntRange(1, 8), help="Compare stages 1 to this only."
)
@click.option(
    "--files", "-f", multiple=True, metavar="PATTERN", help="Compare only such files, e.g. pm1.mat."
)
@click.option(
    "--allow-extra",
    is_flag=True,
    help="What only the run has is no difference (reduced golden tree).",
)
@setting_option("tolerance.relative")
@setting_option("tolerance.absolute")
@setting_option("tolerance.phase_rad")
@json_option
@click.pass_context
def verify(
    context: click.Context,
    /,
    *,
    run: Path,
    golden: tuple[Path, ...],
    through_stage: int | None,
    files: tuple[str, ...],
    as_json: bool,
    **settings: Any,
) -> None:
    """Compare every MAT file of a data set with a golden tree.

    Integers, masks and indices must be exactly equal, numbers within the tolerances; wrapped
    phases are compared modulo 2 pi, unwrapped ones up to one multiple per interferogram.
    Exit code 0: equal, 1: different, 2: wrong usage.

    \b
    Examples:
      pystamps verify --run INSAR_20180624 --golden made_by_stamps
      pystamps verify -r INSAR_20180624 -g made_by_stamps --through-stage 4 --json
      pystamps verify -r INSAR_20180624 -g made_by_stamps --files pm1.mat
    """
    from pystamps.verify import verify_trees

    allow_extra = settings.pop("allow_extra")
    report = verify_trees(
        run,
        golden,
        through_stage=through_stage,
        files=files or None,
        tolerance=Tolerance(**settings),
        allow_extra=allow_extra,
    )
    if as_json:
        print_json(report.to_mapping())
    else:
        _print(report)
    context.exit(0 if report.is_equal else 1)


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
    verdict = "equal" if report.is_equal else f"{len(report.differences)} differences"
    click.echo(f"{len(report.files)} files, {report.n_variables} variables compared: {verdict}")
