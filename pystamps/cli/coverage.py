"""``pystamps coverage``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from pystamps.cli.options import json_option, print_json, print_table

if TYPE_CHECKING:
    from pystamps.audit.coverage import KernelCoverage, StageCoverage


@click.command()
@click.argument("stage", required=False)
@json_option
def coverage(stage: str | None, as_json: bool) -> None:
    """Show what each stage can do, what it reads, writes and runs, and what shows that it is right.

    \b
    parity-certified   the last audit found its results equal to those of StaMPS, and its code is
                       still the same
    implemented        it runs; the note says why it is not certified
    planned            StaMPS has it, pySTAMPS refuses it by name

    With the name of a STAGE (stage2_gamma): everything about it.

    \b
    Examples:
      pystamps coverage
      pystamps coverage stage2_gamma
      pystamps coverage --json
    """
    from pystamps.audit.coverage import stage_coverage

    found = stage_coverage()
    if stage is not None:
        found = [record for record in found if record.stage == stage] or _refuse(stage, found)
    if as_json:
        print_json(found)
    elif stage is None:
        _print_summary(found)
    else:
        for record in found:
            rows = [[name, text] for name, text in _facts(record) if text]
            print_table(f"{record.stage} ({record.mode})", ["", ""], rows)


def _refuse(stage: str, found: list[StageCoverage]) -> list[StageCoverage]:
    known = ", ".join(dict.fromkeys(record.stage for record in found if record.stage))
    raise click.BadParameter(f"{stage!r} is none of {known}", param_hint="STAGE")


def _print_summary(found: list[StageCoverage]) -> None:
    columns = ["stage", "works on", "readiness", "evidence"]
    for mode in dict.fromkeys(record.mode for record in found):
        records = [r for r in found if r.mode == mode and r.stage and not r.form]
        rows = [[r.stage, r.scope, r.readiness, _shown_by(r)] for r in records]
        print_table(mode, columns, rows)
    kernels = {kernel.name: kernel for record in found for kernel in record.kernels}
    rows = [[name, _steps(name, found), ", ".join(k.backends)] for name, k in kernels.items()]
    print_table("kernels", ["kernel", "of stage", "backends here"], rows)
    for text in sorted({text for kernel in kernels.values() for text in _missing(kernel)}):
        click.echo(f"not here: {text}")
    forms = [r for r in found if r.form or not r.stage]
    rows = [[r.stage or r.title, r.form or r.mode, ", ".join(r.routines)] for r in forms]
    columns = ["stage", "form", "routines of StaMPS"]
    print_table("planned beside these: StaMPS has it, pySTAMPS refuses it by name", columns, rows)


def _steps(kernel: str, found: list[StageCoverage]) -> str:
    """Give the numbers of the stages that run a kernel."""
    steps = (record.step for record in found if kernel in {k.name for k in record.kernels})
    return " ".join(dict.fromkeys(map(str, steps)))


def _facts(record: StageCoverage) -> list[tuple[str, str]]:
    """Give everything about a stage, in words."""
    return [
        ("what it does", f"{record.title}{record.form and f' ({record.form})'}"),
        ("readiness", record.readiness),
        ("evidence", _shown_by(record)),
        ("data sets", ", ".join(record.evidence.data_sets) if record.evidence else ""),
        ("entry point", record.entry_point),
        ("reads", " ".join(record.inputs)),
        ("reads if there", " ".join(record.optional_inputs)),
        ("writes", " ".join(record.outputs)),
        ("writes if wanted", " ".join(record.optional_outputs)),
        *((kernel.name, _backends(kernel)) for kernel in record.kernels),
        ("fingerprint", record.fingerprint),
    ]


def _shown_by(record: StageCoverage) -> str:
    """Say what shows that a stage is right, or why nothing does."""
    evidence = record.evidence
    if record.note or evidence is None:
        return ": ".join(filter(None, (record.note, ", ".join(record.routines))))
    count = len(evidence.data_sets)
    where = f"{count} data set{'s' if count != 1 else ''}"
    return f"audit of {evidence.date}: {where}, {evidence.profile}, pySTAMPS {evidence.version}"


def _backends(kernel: KernelCoverage) -> str:
    return "; not here: ".join([", ".join(kernel.backends), *_missing(kernel)])


def _missing(kernel: KernelCoverage) -> list[str]:
    return [f"{name}: {reason}" for name, reason in kernel.missing.items()]
