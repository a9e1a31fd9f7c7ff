"""``pystamps audit``."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pystamps.cli.options import json_option, print_json

if TYPE_CHECKING:
    from pystamps.audit.report import AuditReport

_FAILED = 1


@click.command()
@click.option(
    "--golden",
    "-g",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="Folder of the golden trees (tiny, small, ...); by default those beside the checkout.",
)
@click.option(
    "--only",
    "--datasets",
    "patterns",
    multiple=True,
    metavar="PATTERN",
    help="Only such data sets and options, for example tiny, tiny__unwrap_*.",
)
@click.option(
    "--manifest",
    "manifest_file",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Another manifest than that of the package.",
)
@click.option(
    "--output", "-o", type=click.Path(path_type=Path, dir_okay=False), help="Write the report here."
)
@click.option("--write-evidence", is_flag=True, help="Keep the report as the evidence.")
@click.option("--write-docs", is_flag=True, help="Write docs/parity.md from the evidence.")
@click.option(
    "--jobs", "-j", type=click.IntRange(1), default=2, show_default=True, help="Processes."
)
@json_option
@click.pass_context
def audit(
    context: click.Context,
    /,
    *,
    golden: Path | None,
    patterns: Sequence[str],
    manifest_file: Path | None,
    output: Path | None,
    write_evidence: bool,
    write_docs: bool,
    jobs: int,
    as_json: bool,
) -> None:
    """Run everything that the original has processed, and compare every variable.

    Data sets, options, tolerances and expected deviations stand in the manifest
    (pystamps/data/audited_workflow_manifest.json), what the comparison is with in the contract
    beside it. Each stage runs on the original's results of the stages before it, and on ours.
    Where the golden trees are absent, the compact tree of the checkout is run. The results are
    in docs/parity.md.

    Exit code 0: all certified rows pass, 1: some do not, 2: wrong usage or input.

    \b
    Examples:
      pystamps audit --only tiny --output report.json
      pystamps audit --jobs 2 --write-evidence --write-docs
    """
    from pystamps.audit.contract import read_contract
    from pystamps.audit.jobs import chosen_cases, golden_trees_beside
    from pystamps.audit.manifest import MANIFEST, read_manifest
    from pystamps.audit.page import write_parity_page
    from pystamps.audit.report import keep_as_evidence, write_report
    from pystamps.audit.runner import run_audit
    from pystamps.resources import workflow_directory

    manifest, contract = read_manifest(manifest_file or MANIFEST), read_contract()
    trees = golden_trees_beside(workflow_directory())
    if write_evidence and (patterns or manifest_file or not (golden or trees.golden)):
        raise click.UsageError(
            "--write-evidence: evidence needs all rows and the golden trees; leave out --only and "
            "--manifest, and give --golden where the trees are not beside the checkout"
        )
    report = run_audit(
        manifest,
        contract,
        dataclasses.replace(trees, golden=golden) if golden else trees,
        chosen=chosen_cases(manifest, patterns),
        workers=jobs,
        announce=lambda line: click.echo(line, err=True),
    )
    found = report.to_mapping() | {"seconds": round(report.seconds)}
    if output:
        write_report(output, found)
    if as_json:
        print_json(found)
    else:
        _print(report)
    if write_evidence:
        keep_as_evidence(report)
    if write_docs:
        write_parity_page(workflow_directory(), manifest, contract)
    context.exit(_FAILED if report.failed else 0)


def _print(report: AuditReport) -> None:
    """Print what has failed or deviates, what was left out, and the count of the rest."""
    for item in report.rows:
        if item.status in ("failed", "expected deviation"):
            click.echo(f"{item.status}: {item.row.text}: {item.reason}")
    for sentence in report.left_out():
        click.echo(f"left out: {sentence}")
    counts = ", ".join(f"{number} {status}" for status, number in report.counts().items())
    click.echo(f"{counts}; {report.golden} golden trees, {report.seconds:.0f} s")
