"""Wall time and memory of the jobs of the workflow."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pystamps.figures.style import BLUE, ORANGE, empty_figure, new_figure

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True, slots=True)
class RunTime:
    """What one rule needed.

    Attributes
    ----------
    rule : str
    seconds : float
        Wall time, summed over the jobs.
    memory_mb : float
        Largest resident memory of a job; 0 = not recorded.
    jobs : int
    """

    rule: str
    seconds: float
    memory_mb: float
    jobs: int


def read_run_times(folder: Path) -> list[RunTime]:
    """Read the benchmark files of the workflow; the figures themselves are left out."""
    jobs: dict[str, list[tuple[float, float]]] = {}
    for path in sorted(folder.rglob("*.tsv")):
        if path.stem.startswith("figure_"):
            continue
        with path.open(newline="") as stream:
            for row in csv.DictReader(stream, delimiter="\t"):
                jobs.setdefault(path.stem, []).append((_number(row, "s"), _number(row, "max_rss")))
    return [
        RunTime(rule, sum(s for s, _ in found), max(m for _, m in found), len(found))
        for rule, found in sorted(jobs.items(), key=lambda item: _order(item[0]))
    ]


def run_times(times: Sequence[RunTime]) -> Figure:
    """Draw wall time and peak memory of every rule."""
    title = "Run time"
    if not times:
        return empty_figure(title, "the workflow has no records: the data set was made elsewhere")
    figure = new_figure(8.5, 1.4 + 0.34 * len(times))
    left, right = figure.subplots(1, 2, sharey=True, width_ratios=(1.5, 1))
    names = [f"{t.rule} × {t.jobs}" if t.jobs > 1 else t.rule for t in times]
    for axes, values, colour, unit in (
        (left, [t.seconds for t in times], BLUE, "s"),
        (right, [t.memory_mb for t in times], ORANGE, "MB"),
    ):
        bars = axes.barh(names, values, color=colour, height=0.65)
        axes.bar_label(bars, fmt=lambda value: f"{value:.3g}", padding=3, fontsize=7)
        axes.margins(x=0.14)
        axes.set_xlabel("wall time [s]" if unit == "s" else "largest memory of a job [MB]")
        axes.grid(axis="y", visible=False)
    left.invert_yaxis()
    left.set_title(f"{title}: {sum(t.seconds for t in times):.0f} s in all")
    right.set_title("Memory")
    return figure


def _number(row: dict[str, str], key: str) -> float:
    """Give a number of a benchmark row; the workflow writes - or NA for what it did not see."""
    text = row.get(key, "")
    return float(text) if text.replace(".", "", 1).isdigit() else 0.0


def _order(rule: str) -> tuple[int, str]:
    """Sort stages by number, products after them."""
    digits = rule.removeprefix("stage")[:1]
    return (int(digits) if rule.startswith("stage") and digits.isdigit() else 9, rule)
