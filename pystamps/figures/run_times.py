"""Wall time and memory of the jobs of the workflow."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pystamps.figures.style import BLUE, GREY, ORANGE, empty_figure, new_figure

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
    cores : float
        Processor time over wall time; 0 = not recorded.
    """

    rule: str
    seconds: float
    memory_mb: float
    jobs: int
    cores: float = 0.0


def read_run_times(folder: Path) -> list[RunTime]:
    """Read the benchmark files of the workflow; the figures themselves are left out."""
    jobs: dict[str, list[dict[str, str]]] = {}
    for path in sorted(folder.rglob("*.tsv")):
        if path.stem.startswith("figure_"):
            continue
        with path.open(newline="") as stream:
            jobs.setdefault(path.stem, []).extend(csv.DictReader(stream, delimiter="\t"))
    return [
        _summed(rule, found)
        for rule, found in sorted(jobs.items(), key=lambda item: _order(item[0]))
    ]


def _summed(rule: str, jobs: list[dict[str, str]]) -> RunTime:
    seconds = sum(_number(job, "s") for job in jobs)
    memory = max((_number(job, "max_rss") for job in jobs), default=0.0)
    busy = sum(_number(job, "cpu_time") for job in jobs)
    return RunTime(rule, seconds, memory, len(jobs), busy / seconds if seconds else 0.0)


def run_times(times: Sequence[RunTime]) -> Figure:
    """Draw wall time, peak memory and cores of every rule."""
    title = "Run time"
    if not times:
        return empty_figure(title, "the workflow has no records: the data set was made elsewhere")
    figure = new_figure(9.5, 1.4 + 0.34 * len(times))
    panels = figure.subplots(1, 3, sharey=True, width_ratios=(1.5, 1, 0.8))
    names = [f"{t.rule} × {t.jobs}" if t.jobs > 1 else t.rule for t in times]
    for axes, values, colour, label in zip(
        panels,
        ([t.seconds for t in times], [t.memory_mb for t in times], [t.cores for t in times]),
        (BLUE, ORANGE, GREY),
        ("wall time [s]", "largest memory of a job [MB]", "processor time / wall time"),
        strict=True,
    ):
        bars = axes.barh(names, values, color=colour, height=0.65)
        axes.bar_label(bars, fmt=lambda value: f"{value:.3g}", padding=3, fontsize=7)
        axes.margins(x=0.14)
        axes.set_xlabel(label)
        axes.grid(axis="y", visible=False)
    panels[0].invert_yaxis()
    panels[0].set_title(f"{title}: {sum(t.seconds for t in times):.0f} s in all")
    panels[1].set_title("Memory")
    panels[2].set_title("Cores in use")
    return figure


def _number(row: dict[str, str], key: str) -> float:
    """Give a number of a benchmark row; the workflow writes - or NA for what it did not see."""
    text = row.get(key, "")
    return float(text) if text.replace(".", "", 1).isdigit() else 0.0


def _order(rule: str) -> tuple[int, str]:
    """Sort stages by number, products after them."""
    digits = rule.removeprefix("stage")[:1]
    return (int(digits) if rule.startswith("stage") and digits.isdigit() else 9, rule)
