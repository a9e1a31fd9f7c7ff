"""The page ``docs/parity.md``: the committed evidence as tables."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from pystamps.audit.contract import OracleContract
from pystamps.audit.manifest import AuditCase, AuditManifest
from pystamps.audit.report import read_report
from pystamps.errors import ParameterError
from pystamps.io.atomic import temporary_beside
from pystamps.stage_table import STAGES

_HEADER = """\
# Parity with the original

<!-- written by make audit OPTIONS="--write-evidence --write-docs"; do not edit -->

Every data set and option that the original has processed, run by `make audit` and compared
variable by variable: version {version}, {date}, profile `{profile}`. *Isolated* gives a stage the
original's own results of the stages before it, *chained* ours. Discrete variables are exactly
equal, all others within the tolerance of the variable ([how equal](equality.md)).

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
        *[f"{number}. {reason}." for number, reason in enumerate(reasons, 1)],
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
        for mode in ("isolated", "chained"):
            cells = [_cell(case, mode, name, rows, reasons) for name in names]
            lines.append(f"| {case.name} | {title} | {mode} | {' | '.join(cells)} |")
    return [*lines, ""]


def _cell(
    case: AuditCase,
    mode: str,
    stage: str,
    rows: Sequence[Mapping[str, Any]],
    reasons: Sequence[str],
) -> str:
    key = (case.dataset, case.option, mode, stage)
    for row in rows:
        if (row["dataset"], row["option"], row["mode"], row["stage"]) == key:
            if row["status"] == "not run":
                return f"not run ({1 + reasons.index(row['reason'])})"
            return {"expected deviation": "deviation"}.get(row["status"], f"{row['status']}")
    return ""


def _deviations(rows: Sequence[Mapping[str, Any]], manifest: AuditManifest) -> list[str]:
    """Give a line for every deviation that was seen, with the largest difference."""
    seen: dict[tuple[str, str, str], float] = {}
    for row in rows:
        for item in row.get("deviations", ()):
            key = (item["reason"], item["file"].rpartition("/")[2], item["variable"])
            seen[key] = max(seen.get(key, 0.0), item["difference"] or 0.0)
    lines = ["| rows | file | variable | largest here | bound | why | shown by |", "|---" * 7 + "|"]
    for item in manifest.deviations:
        largest = [
            size
            for (reason, file, variable), size in seen.items()
            if reason == item.reason and item.is_about_file(file, variable)
        ]
        shown = f"{max(largest):.2g} {item.unit}" if largest else "not seen"
        cells = (f"`{item.rows}`", item.file, item.variable, shown, f"{item.bound:.2g} {item.unit}")
        lines.append(f"| {' | '.join(cells)} | {item.reason} | {item.proof} |")
    return [*lines, ""]


def _contract_tables(contract: OracleContract) -> list[str]:
    """Give the contract: what wins, what is replaced, defects, what one side lacks."""
    original = contract.original
    lines = [
        f"{original['program']} {original['version']}, revision {original['revision']}, in "
        f"{original['interpreter']}: {original['note']}. The first of these that knows wins:\n",
        *[
            f"{number}. {item['name']}: {item['decides']} ({item['why']})."
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
