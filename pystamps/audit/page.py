"""The page ``docs/parity.md``: the committed evidence as tables."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from pystamps.audit.contract import OracleContract
from pystamps.audit.manifest import AUDIT_MODES, AuditCase, AuditManifest, AuditMode, AuditRow
from pystamps.audit.report import read_report
from pystamps.errors import ParameterError
from pystamps.io.atomic import temporary_beside
from pystamps.stage_table import STAGES

_HEADER = """\
# Parity with the original

<!-- written by make audit OPTIONS="--write-evidence --write-docs"; do not edit -->

Every data set and option that the original has processed, run by `make audit` and compared
variable by variable: version {version}, {date}, profile `{profile}`. *Isolated* gives a stage the
original's own results of the stages before it, *chained* ours. Every variable has a tolerance of
its own, discrete ones have none ([tolerances](tolerances.md), [how equal](equality.md)).

- **certified**: every variable is within its tolerance.
- **deviation**: some are beyond it, each within a bound of its own and for the reason given below.
- **not run**: the reason is given below. An empty cell: the original's result was not kept.
"""


PARITY_PAGE = "docs/parity.md"


def write_parity_page(checkout: Path, manifest: AuditManifest, contract: OracleContract) -> None:
    """Write the page from the evidence.

    Raises
    ------
    ParameterError
        There is no evidence, or no folder of documents.
    """
    path = checkout / PARITY_PAGE
    if not path.parent.is_dir():
        raise ParameterError(f"{path}: no such folder; --write-docs works in a checkout only")
    text = parity_page(read_report(), manifest, contract)
    with temporary_beside(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def parity_page(
    evidence: Mapping[str, Any], manifest: AuditManifest, contract: OracleContract
) -> str:
    """Give the text of the page.

    Parameters
    ----------
    evidence : mapping
        As :func:`pystamps.audit.report.read_report` gives it.
    manifest : AuditManifest
        For the meaning of options and the proof of deviations.
    contract : OracleContract
    """
    rows = evidence["rows"]
    reasons = list(dict.fromkeys(r["reason"] for r in rows if r["status"] == "not run"))
    head = _HEADER.format(
        version=evidence["pystamps_version"], date=evidence["date"], profile=evidence["profile"]
    )
    parts = [
        head,
        _count(rows),
        "## Data sets\n",
        *_rows_table([c for c in manifest.cases if not c.option], rows, reasons),
        "## Options\n",
        *_rows_table([c for c in manifest.cases if c.option], rows, reasons),
        "## Not run\n",
        *[_item(number, f"{reason}.") for number, reason in enumerate(reasons, 1)],
        "\n## Expected deviations\n",
        *_deviations(rows, manifest),
        "## What decides\n",
        *_contract_tables(contract),
    ]
    return "\n".join(parts) + "\n"


def _count(rows: Sequence[Mapping[str, Any]]) -> str:
    """Say how many rows there are of every kind."""
    numbers = {
        status: sum(row["status"] == status for row in rows)
        for status in ("certified", "expected deviation", "failed", "not run")
    }
    variables = sum(row["variables"] for row in rows)
    return (
        f"{numbers['certified']} rows are certified, {numbers['expected deviation']} deviate as "
        f"expected, {numbers['failed']} have failed, {numbers['not run']} are not run; "
        f"{variables} variables were compared.\n"
    )


def _rows_table(
    cases: Iterable[AuditCase], rows: Sequence[Mapping[str, Any]], reasons: Sequence[str]
) -> list[str]:
    """Give a line for every case and mode, a column for every stage."""
    names = [stage.name for stage in STAGES]
    lines = [f"| data set | what | mode | {' | '.join(names)} |", "|---" * (3 + len(names)) + "|"]
    for case in cases:
        title = case.title.replace("|", "\\|") if case.option else case.title
        for mode in AUDIT_MODES:
            cells = [_cell(case, mode, name, rows, reasons) for name in names]
            lines.append(f"| {case.name} | {title} | {mode} | {' | '.join(cells)} |")
    return [*lines, ""]


def _cell(
    case: AuditCase,
    mode: AuditMode,
    stage: str,
    rows: Sequence[Mapping[str, Any]],
    reasons: Sequence[str],
) -> str:
    """Give the status of a row in a word; empty where there is no such row."""
    wanted = AuditRow(case.dataset, case.option, mode, stage)
    for row in rows:
        if _row(row) == wanted:
            is_not_run = row["status"] == "not run"
            number = f" ({1 + reasons.index(row['reason'])})" if is_not_run else ""
            return f"{row['status'].removeprefix('expected ')}{number}"
    return ""


def _deviations(rows: Sequence[Mapping[str, Any]], manifest: AuditManifest) -> list[str]:
    """Give a line for every expected deviation, with the largest difference that was seen."""
    lines = [
        "| rows | file | variable | largest here | at most | of the elements | why | shown by |",
        "|---" * 8 + "|",
    ]
    for item in manifest.deviations:
        seen = [
            beyond
            for row in rows
            for beyond in row.get("beyond", ())
            if item.concerns(_row(row)) and item.is_about_file(beyond["file"], beyond["variable"])
        ]
        largest = max((beyond["difference"] or 0.0 for beyond in seen), default=0.0)
        most = max((beyond["differing"] for beyond in seen), default=0.0)
        cells = (
            f"`{item.rows}`",
            item.file,
            item.variable,
            f"{largest:.2g} {item.unit}" if seen else "not seen",
            f"{item.bound:.2g} {item.unit}",
            f"{100 * most:.3g} % (at most {100 * item.share:.3g} %)",
            item.reason,
            item.proof,
        )
        lines.append(f"| {' | '.join(cells)} |")
    return [*lines, ""]


def _item(number: int, text: str) -> str:
    return _filled(f"{number}. {text}", indent=" " * len(f"{number}. "))


def _filled(text: str, *, indent: str = "") -> str:
    return textwrap.fill(
        text, 100, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
    )


def _row(row: Mapping[str, Any]) -> AuditRow:
    return AuditRow(row["dataset"], row["option"], row["mode"], row["stage"])


def _contract_tables(contract: OracleContract) -> list[str]:
    """Give the contract: what wins, what is replaced, defects, what one side lacks."""
    original = contract.original
    lines = [
        _filled(
            f"{original['program']} {original['version']}, revision {original['revision']}, in "
            f"{original['interpreter']}: {original['note']}. The first of these that knows wins:"
        ),
        "",
        *[
            _item(number, f"{item['name']}: {item['decides']} ({item['why']}).")
            for number, item in enumerate(contract.oracles, 1)
        ],
        "\n| of the original or its interpreter | what stands for it | why |",
        "|---|---|---|",
        *[f"| {item['part']} | {item['by']} | {item['why']} |" for item in contract.replaced],
        "\n## Defects of the original\n",
        "| defect | what | here | setting |",
        "|---|---|---|---|",
    ]
    for defect in contract.defects:
        kept = "kept" if defect.is_kept else "not kept"
        switch = f"`{defect.switch}`" if defect.switch else ""
        lines.append(f"| {defect.name} | {defect.what} | {kept} | {switch} |")
    lines += [
        "\n## What only one of the finished trees has\n",
        "| file | variable | what | why |",
        "|---|---|---|---|",
    ]
    for item in contract.deviations:
        lines.append(f"| {item.file} | {item.variable} | {item.kind} | {item.reason} |")
    return lines
