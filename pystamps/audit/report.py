"""The report of an audit: as JSON for programs, and as the evidence that is committed."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pystamps import __version__
from pystamps.audit.comparison import Measurement
from pystamps.audit.documents import checked_document
from pystamps.audit.evidence import EVIDENCE_FILE
from pystamps.audit.fingerprint import stage_fingerprint
from pystamps.audit.jobs import NO_GOLDEN_RESULTS
from pystamps.audit.manifest import AuditManifest, Deviation
from pystamps.audit.outcome import (
    ROW_STATUSES,
    JudgedRow,
    certified_stages,
    failed_rows,
    unused_deviations,
)
from pystamps.errors import ParameterError
from pystamps.io.atomic import temporary_beside

REPORT_SCHEMA = "audit_report.schema.json"
_DIGITS = 3


@dataclass(frozen=True, slots=True)
class AuditReport:
    """Everything that an audit has found.

    Attributes
    ----------
    manifest : AuditManifest
    golden : str
        full, or compact.
    rows : tuple of JudgedRow
    unlisted : tuple of str
        Folders of golden results that the manifest does not name.
    seconds : float
        Wall time.
    """

    manifest: AuditManifest
    golden: str
    rows: tuple[JudgedRow, ...]
    unlisted: tuple[str, ...]
    seconds: float

    @property
    def failed(self) -> list[JudgedRow]:
        """Rows that had to pass and have not."""
        return failed_rows(self.rows)

    def counts(self) -> dict[str, int]:
        """Give the number of rows of every status."""
        return {status: sum(item.status == status for item in self.rows) for status in ROW_STATUSES}

    def left_out(self) -> list[str]:
        """Say what was not run and why, one sentence a reason."""
        cases: dict[str, dict[str, None]] = {}
        for item in self.rows:
            if item.status == "not run":
                name = "/".join(filter(None, (item.row.dataset, item.row.option)))
                shown = f"{name} {item.row.mode}"
                cases.setdefault(item.reason, {})[shown] = None
        found = [f"{reason}: {', '.join(names)}" for reason, names in cases.items()]
        return [*found, *(f"the manifest does not name it: {name}" for name in self.unlisted)]

    def to_mapping(self) -> dict[str, Any]:
        """Give the report as plain lists and texts for JSON."""
        return {
            "pystamps_version": __version__,
            "date": datetime.now(tz=UTC).date().isoformat(),
            "profile": self.manifest.profile,
            "golden": self.golden,
            "left_out": self.left_out(),
            "unused_deviations": [
                f"{item.rows} {item.file} {item.variable}"
                for item in unused_deviations(self.rows, self.manifest.deviations)
            ],
            "rows": [_plain_row(item) for item in self.rows],
            "stages": {
                stage: {
                    "fingerprint": stage_fingerprint(stage),
                    "modes": {
                        mode: {"certified": passed, "datasets": datasets}
                        for mode, (passed, datasets) in modes.items()
                    },
                }
                for stage, modes in certified_stages(self.rows, self.manifest).items()
            },
        }


def _plain_row(item: JudgedRow) -> dict[str, Any]:
    row = item.row
    plain: dict[str, Any] = {
        "dataset": row.dataset,
        "option": row.option,
        "mode": row.mode,
        "stage": row.stage,
        "status": item.status,
        "reason": item.reason,
        "variables": item.n_variables,
        "worst": _plain_measurement(item.worst) if item.worst else {},
    }
    if not item.has_to_pass:
        plain["has_to_pass"] = False
    if item.beyond:
        plain["beyond"] = [_plain_beyond(*pair) for pair in item.beyond]
    return plain


def _plain_measurement(item: Measurement) -> dict[str, Any]:
    """Give a difference with a few digits: more would change with every processor."""
    return {
        "file": item.file,
        "variable": item.variable,
        "difference": _rounded(item.difference),
        "tolerance": item.tolerance,
        "unit": item.unit,
    }


def _plain_beyond(item: Measurement, deviation: Deviation | None) -> dict[str, Any]:
    """Give a difference beyond its tolerance, and what is allowed; null: nothing."""
    return _plain_measurement(item) | {
        "differing": _rounded(item.differing),
        "quantile": _rounded(item.quantile),
        "mean": _rounded(item.mean),
        "bound": deviation.bound if deviation else None,
    }


def _rounded(value: float) -> float | None:
    """Give a number for JSON, which has no infinite ones."""
    return float(f"{value:.{_DIGITS}g}") if math.isfinite(value) else None


def write_report(path: Path, report: Mapping[str, Any]) -> None:
    """Write a report, one line a row; it appears complete or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with temporary_beside(path) as temporary:
        temporary.write_text(report_text(report), encoding="utf-8")


def report_text(report: Mapping[str, Any]) -> str:
    """Give the JSON text of a report."""
    lines = [f" {json.dumps(key)}: {_lines_of(value)}" for key, value in report.items()]
    return "{\n" + ",\n".join(lines) + "\n}\n"


def _lines_of(value: Any) -> str:
    """Give one line for every item of a list or mapping."""
    if isinstance(value, list) and value:
        return "[\n" + ",\n".join(f"  {json.dumps(item)}" for item in value) + "\n ]"
    if isinstance(value, dict) and value:
        items = (f"  {json.dumps(key)}: {json.dumps(item)}" for key, item in value.items())
        return "{\n" + ",\n".join(items) + "\n }"
    return json.dumps(value)


def keep_as_evidence(report: AuditReport, path: Path = EVIDENCE_FILE) -> None:
    """Keep a report as the evidence, which holds for everything that the manifest lists.

    Raises
    ------
    ParameterError
        The report is about less, or something has failed.
    """
    rows = [row for case in report.manifest.cases for row in case.all_rows()]
    missing = len(rows) - len(report.rows)
    is_absent = any(item.reason == NO_GOLDEN_RESULTS for item in report.rows)
    if report.golden != "full" or is_absent or missing or report.unlisted:
        raise ParameterError(
            f"{path}: not written: evidence needs every row of the manifest with all golden "
            f"trees, this report has {len(report.rows)} of {len(rows)} rows "
            f"({report.golden} golden trees); run the audit without --only"
        )
    if report.failed:
        raise ParameterError(
            f"{path}: not written: {len(report.failed)} certified rows have failed"
        )
    write_report(path, report.to_mapping())


def read_report(path: Path = EVIDENCE_FILE) -> dict[str, Any]:
    """Read a report, by default the committed one, and compare it with its schema.

    Raises
    ------
    ParameterError
        It is missing or is no report.
    """
    return checked_document(path, REPORT_SCHEMA)
