"""What an audit has found: rows with their status, and what follows for the stages."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from pystamps.audit.comparison import Measurement
from pystamps.audit.execution import MeasuredRow
from pystamps.audit.manifest import AuditManifest, AuditRow, Deviation
from pystamps.stage_table import Mode

RowStatus = Literal["certified", "expected deviation", "failed", "not run"]
ROW_STATUSES: tuple[RowStatus, ...] = ("certified", "expected deviation", "failed", "not run")
_MOST_PROBLEMS = 3


@dataclass(frozen=True, slots=True)
class JudgedRow:
    """A row with its status.

    Attributes
    ----------
    row : AuditRow
    status : str
    reason : str
        Why it is not run, failed, or deviates; empty where it is certified.
    has_to_pass : bool
        Its failure is a failure of the audit.
    n_variables : int
        Compared.
    worst : Measurement or None
        The variable that is nearest to its tolerance, or farthest beyond it; None where all are
        exactly equal.
    beyond : tuple of (Measurement, Deviation or None)
        What is beyond its tolerance, and the deviation that allows it.
    """

    row: AuditRow
    status: RowStatus
    reason: str = ""
    has_to_pass: bool = True
    n_variables: int = 0
    worst: Measurement | None = None
    beyond: tuple[tuple[Measurement, Deviation | None], ...] = ()


def judged_rows(
    measured: Iterable[MeasuredRow],
    not_run: Iterable[tuple[AuditRow, str]],
    manifest: AuditManifest,
) -> tuple[JudgedRow, ...]:
    """Give every row its status, in the order of the manifest."""
    found = {item.row: judged_row(item, manifest) for item in measured}
    found |= {row: JudgedRow(row, "not run", reason) for row, reason in not_run}
    order = [row for case in manifest.cases for row in case.all_rows()]
    return tuple(found[row] for row in order if row in found)


def judged_row(measured: MeasuredRow, manifest: AuditManifest) -> JudgedRow:
    """Give a row that was run its status."""
    row = measured.row
    has_to_pass = manifest.is_certified(row)
    if measured.error or not measured.measurements:
        reason = measured.error or "nothing of it was compared"
        return JudgedRow(row, "failed", reason, has_to_pass)
    beyond = tuple(
        (item, _expected_deviation(item, row, manifest.deviations))
        for item in measured.measurements
        if item.problem
    )
    wrong = [item for item, deviation in beyond if deviation is None]
    worst = max(measured.measurements, key=lambda item: item.share)
    known = (has_to_pass, len(measured.measurements), worst if worst.share else None, beyond)
    if wrong:
        return JudgedRow(row, "failed", _shown_problems(wrong), *known)
    if beyond:
        reasons = dict.fromkeys(deviation.reason for _, deviation in beyond if deviation)
        return JudgedRow(row, "expected deviation", "; ".join(reasons), *known)
    return JudgedRow(row, "certified", "", *known)


def _expected_deviation(
    item: Measurement, row: AuditRow, deviations: Sequence[Deviation]
) -> Deviation | None:
    """Give the deviation that allows a difference, None where none does."""
    for deviation in deviations:
        is_within = (
            item.difference <= deviation.bound
            and item.differing <= deviation.share
            and item.quantile <= deviation.quantile
            and item.mean <= deviation.mean
        )
        if is_within and deviation.is_about(row, item.file, item.variable):
            return deviation
    return None


def _shown_problems(wrong: Sequence[Measurement]) -> str:
    shown = [f"{item.file} {item.variable}: {item.problem}" for item in wrong[:_MOST_PROBLEMS]]
    more = len(wrong) - _MOST_PROBLEMS
    return "; ".join([*shown, *([f"and {more} more"] if more > 0 else [])])


def failed_rows(rows: Iterable[JudgedRow]) -> list[JudgedRow]:
    """Give the rows that make an audit fail."""
    return [item for item in rows if item.status == "failed" and item.has_to_pass]


def certified_stages(
    rows: Iterable[JudgedRow], manifest: AuditManifest
) -> dict[str, dict[Mode, tuple[bool, list[str]]]]:
    """Tell which stages are certified on which kind of stack, and by which data sets.

    Returns
    -------
    dict
        Rule name and mode to whether no row of it has failed, and the data sets whose rows were
        run. A stage, or mode of it, of which nothing was run is not named.
    """
    found: dict[str, dict[Mode, tuple[bool, list[str]]]] = {}
    for item in rows:
        if item.status != "not run":
            mode = manifest.case_named(item.row.dataset).stack_mode
            modes = found.setdefault(item.row.stage, {})
            passed, datasets = modes.get(mode, (True, []))
            names = list(dict.fromkeys([*datasets, item.row.dataset]))
            modes[mode] = (passed and item.status != "failed", names)
    return found


def unused_deviations(
    rows: Iterable[JudgedRow], deviations: Iterable[Deviation]
) -> list[Deviation]:
    """Give the deviations that were not seen although their rows were run."""
    judged = [item for item in rows if item.status != "not run"]
    seen = {deviation for item in judged for _, deviation in item.beyond}
    return [
        deviation
        for deviation in deviations
        if deviation not in seen and any(deviation.concerns(item.row) for item in judged)
    ]
