"""The page of a comparison: one HTML file that needs nothing from elsewhere."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pystamps import __version__
from pystamps.errors import ArtifactError, DatasetError
from pystamps.io.atomic import temporary_beside
from pystamps.verify.parameters import wavelength_of
from pystamps.verify.records import VariableComparison, VariableDifference
from pystamps.verify.report import VerifyReport
from pystamps.verify.selection import mat_files
from pystamps.verify_page.pictures import (
    cycle_map,
    difference_histogram,
    difference_map,
    selection_map,
)
from pystamps.verify_page.pixels import ComparedTrees, VariableDetails, variable_details
from pystamps.verify_page.selection import differing_selections

MOST_SHOWN = 40
"""Variables with pictures; those that differ come first, then those closest to their tolerance."""

GENERATOR = "pystamps verify"
_OF_THE_WHOLE = ("class", "storage", "precision", "shape", "text")
_FEW = 20
"""Elements below which a histogram says nothing."""
_MARK = f'<meta name="generator" content="{GENERATOR}">'
_HEAD_BYTES = 2000


@dataclass(frozen=True, slots=True)
class ShownVariable:
    """One variable with its pictures, as data addresses; "" where there is none."""

    details: VariableDetails
    sentences: tuple[str, ...]
    reason: str
    map: str
    cycle_map: str
    histogram: str

    @property
    def title(self) -> str:
        """File and variable."""
        return f"{self.details.comparison.file} {self.details.comparison.variable}"


def write_verify_page(report: VerifyReport, page: Path) -> None:
    """Write a page that shows what differs and where.

    Parameters
    ----------
    report : VerifyReport
    page : Path
        File to write; it appears complete or not at all. An earlier page of this kind is
        replaced, any other file is not.

    Raises
    ------
    DatasetError
        The page cannot lie there.
    """
    refuse_page(page, report.golden)
    with temporary_beside(page) as temporary:
        temporary.write_text(page_text(report), encoding="utf-8")


def refuse_page(page: Path, golden: Iterable[Path]) -> None:
    """Refuse a place for a page, before anything is compared.

    Raises
    ------
    DatasetError
    """
    if not page.parent.is_dir():
        raise DatasetError(f"{page}: there is no folder {page.parent}; make it first")
    if page.is_dir():
        raise DatasetError(f"{page}: is a folder; give the name of a file, for example page.html")
    for tree in golden:
        if page.resolve().is_relative_to(tree.resolve()):
            raise DatasetError(f"{page}: lies in the golden tree {tree}; write it elsewhere")
    if page.exists() and _MARK.encode() not in page.read_bytes()[:_HEAD_BYTES]:
        raise DatasetError(
            f"{page}: is no page of pystamps verify and is not replaced; give another name"
        )


def page_text(report: VerifyReport) -> str:
    """Give the page; nothing that comes from a data set is ever HTML."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("pystamps.verify_page", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["number"] = shown_number
    trees = ComparedTrees(
        mat_files([report.run]),
        mat_files(report.golden),
        report.profile,
        report.tolerance,
        wavelength_of((report.run, *report.golden)),
    )
    shown = _shown_variables(report, trees)
    differing = {(item.file, item.variable) for item in report.differences}
    return environment.get_template("page.html").render(
        report=report,
        generator=GENERATOR,
        version=__version__,
        made=datetime.now(tz=UTC).strftime("%Y-%m-%d %H:%M UTC"),
        rows=[_row(item, differing) for item in report.comparisons],
        of_files=[d for d in report.differences if _is_of_file(d, report.comparisons)],
        selections=[
            (item, selection_map(item.both, item.only_ours, item.only_theirs))
            for item in differing_selections(trees)
            if item.file in report.files
        ],
        shown=shown,
        n_not_shown=_n_with_differences(report) - len(shown),
        known=report.known,
        left_out=_by_reason(report),
        parameters=[item for item in report.parameters if not item.is_equal],
    )


def shown_number(value: float | None) -> str:
    """Give a number for a table: three digits, nothing for none."""
    if value is None:
        return ""
    return "∞" if math.isinf(value) else f"{value:.3g}"


def _n_with_differences(report: VerifyReport) -> int:
    return sum(bool(item.n_unequal) for item in report.comparisons)


def _shown_variables(report: VerifyReport, trees: ComparedTrees) -> list[ShownVariable]:
    """Draw the variables that differ most."""
    unequal = [item for item in report.comparisons if item.n_unequal]
    unequal.sort(key=lambda item: (item.is_equal, -_severity(item)))
    shown: list[ShownVariable] = []
    for item in unequal:
        if len(shown) == MOST_SHOWN:
            break
        try:
            details = variable_details(item, trees)
        except ArtifactError:  # changed since it was compared: the numbers of then stand
            continue
        if details is not None and (item.n_elements > _FEW or details.worst):
            shown.append(_shown(details, report))
    return shown


def _severity(item: VariableComparison) -> float:
    """Give how far a variable is beyond its tolerance; wrong cycles first."""
    if any(item.cycles) or (item.worst and not item.tolerance):
        return math.inf
    return item.worst / item.tolerance if item.tolerance else 0.0


def _shown(details: VariableDetails, report: VerifyReport) -> ShownVariable:
    item = details.comparison
    reasons = [
        why for known, why in report.known
        if (known.file, known.variable) == (item.file, item.variable)
    ]  # fmt: skip
    has_map = details.lonlat is not None and len(details.lonlat) > 0
    return ShownVariable(
        details,
        tuple(difference.sentence for difference in item.differences),
        "; ".join(reasons),
        difference_map(details) if has_map and details.severity is not None else "",
        cycle_map(details) if has_map and details.has_cycles else "",
        difference_histogram(details) if item.n_elements > _FEW else "",
    )


def _row(item: VariableComparison, differing: set[tuple[str, str]]) -> dict[str, Any]:
    """Give what the table says of a variable."""
    if (item.file, item.variable) in differing:
        state = "different"
    elif item.differences:
        state = "known"
    elif item.n_unequal:
        state = "within"
    else:
        state = "equal"
    wrong = sum(item.cycles)
    constants = sorted({turns for turns in item.constants if turns})
    kinds = {difference.kind for difference in item.differences}
    return {
        "item": item,
        "state": state,
        "cycles": wrong,
        "constants": constants,
        "forms": [d.sentence for d in item.differences if d.kind in _OF_THE_WHOLE],
        "is_compared": not kinds & {"shape", "text"},
    }


def _is_of_file(item: VariableDifference, comparisons: Sequence[VariableComparison]) -> bool:
    """Tell whether a difference belongs to no variable that was compared."""
    return not any((c.file, c.variable) == (item.file, item.variable) for c in comparisons)


def _by_reason(report: VerifyReport) -> dict[str, list[str]]:
    """Give what was left out, reason by reason."""
    found: dict[str, list[str]] = {}
    for item in report.left_out:
        shown = f"{item.file} ({', '.join(item.variables)})" if item.variables else item.file
        found.setdefault(item.reason, []).append(shown)
    return found
