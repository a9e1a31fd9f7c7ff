"""``pystamps doctor``."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pystamps.cli.options import (
    configuration_options,
    json_option,
    print_json,
    run_configuration,
)

if TYPE_CHECKING:
    from pystamps.doctor.examine import Examination, What
    from pystamps.findings import Finding

_ERRORS_FOUND = 1
_MOST_OF_A_KIND = 5


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.option("--quick", is_flag=True, help="Headers, text files and sizes only.")
@click.option(
    "--as",
    "what",
    type=click.Choice(["auto", "export", "dataset"]),
    default="auto",
    show_default=True,
    help="What the folder is; Doris and ISCE have both in one.",
)
@configuration_options
@json_option
def doctor(
    folder: Path,
    *,
    quick: bool,
    what: What,
    config_file: Path | None,
    assignments: Sequence[str],
    as_json: bool,
) -> None:
    """Examine a raw export or a data set and say what would go wrong, and what to do.

    FOLDER is an export of SNAP or GAMMA (with rslc/ and diff0/), an INSAR_<date> folder of Doris
    or ISCE, or a prepared data set (with PATCH_*/). Little is read and nothing is written. Every
    code is explained in docs/troubleshooting.md.

    Exit code 0: a run can succeed, 1: errors were found, 2: wrong usage.

    \b
    Examples:
      pystamps doctor export/
      pystamps doctor INSAR_20180624 --quick
    """
    from pystamps.doctor.examine import examine

    config = run_configuration(folder, config_file=config_file, assignments=assignments)
    found = examine(folder, config, quick=quick, what=what)
    if as_json:
        print_json(
            {
                "root": found.root,
                "kind": found.kind,
                "processor": found.processor,
                "can_succeed": found.can_succeed,
                "findings": [finding.as_dict() for finding in found.findings],
            }
        )
    else:
        _print(found)
    if not found.can_succeed:
        sys.exit(_ERRORS_FOUND)


def _print(found: Examination) -> None:
    click.echo(f"{found.root}: {found.kind}")
    shown: Counter[tuple[str, str]] = Counter()
    for finding in found.findings:
        kind = (finding.severity, finding.code)
        shown[kind] += 1
        if shown[kind] <= _MOST_OF_A_KIND:
            _print_finding(finding)
    for (severity, code), count in shown.items():
        if count > _MOST_OF_A_KIND:
            click.echo(f"{severity:<8}{code}: {count - _MOST_OF_A_KIND} more (see --json)")
    counts = [f"{len(found.of('error'))} errors", f"{len(found.of('warning'))} warnings"]
    verdict = "a run can succeed" if found.can_succeed else "a run cannot succeed"
    click.echo(f"{', '.join(counts)}: {verdict}")


def _print_finding(finding: Finding) -> None:
    """Print a finding: what it is, and below it what to do."""
    expected = f" (expected {finding.expected})" if finding.expected else ""
    click.echo(f"{finding.severity:<8}{finding.code}: {finding.file}: {finding.found}{expected}")
    if finding.action and finding.severity != "info":
        click.echo(f"        -> {finding.action}")
