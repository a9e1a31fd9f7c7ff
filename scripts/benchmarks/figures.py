"""Figures of a benchmark: time against size."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

import matplotlib as mpl

from benchmarks.results import Results
from pystamps_kernels import BACKENDS

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_COLOURS = ("#8a8f98", "#1f6f9f", "#d1702c", "#4f8a3c", "#8a4f9e")
"""Of the backends, in their order."""

_STYLE = {
    "font.size": 7,
    "font.sans-serif": ["DejaVu Sans"],
    "axes.spines.top": False,
    "axes.spines.right": False,
    "svg.fonttype": "none",
    "svg.hashsalt": "pystamps",
    "axes.titlesize": 7,
}
_COLUMNS = 4


def draw_kernels(results: Results, path: Path) -> None:
    """Draw time against size of every kernel, with its limit."""
    names = list(dict.fromkeys(found.kernel for found in results.kernels))
    series = {
        name: [(k.backend, k.size, k.median, k.limit) for k in results.kernels if k.kernel == name]
        for name in names
    }
    _panels(series, path, unit="pixels")


def draw_stages(results: Results, path: Path) -> None:
    """Draw time against the number of candidates of every stage, with its limit."""
    names = list(dict.fromkeys(found.stage for found in results.stages))
    series = {
        name: [(s.backend, s.size, s.median, s.limit) for s in results.stages
               if s.stage == name]
        for name in names
    }  # fmt: skip
    _panels(series, path, unit="candidates")


def _panels(
    series: dict[str, list[tuple[str, int, float, float]]], path: Path, *, unit: str
) -> None:
    """Draw one panel per name and save them as SVG."""
    mpl.use("Agg")
    from matplotlib import pyplot as plt

    rows = math.ceil(len(series) / _COLUMNS)
    with mpl.rc_context(_STYLE):
        figure, axes = plt.subplots(
            rows, _COLUMNS, figsize=(9, 1.6 * rows + 0.4), layout="constrained", squeeze=False,
            sharex=True,
        )  # fmt: skip
        for panel, (name, points) in zip(axes.flat, series.items(), strict=False):
            _panel(panel, points)
            panel.set_title(name, loc="left")
        for panel in axes.flat[len(series) :]:
            panel.axis("off")
        for panel in axes.flat[max(0, len(series) - _COLUMNS) : len(series)]:
            panel.xaxis.set_tick_params(labelbottom=True)
        figure.supxlabel(unit, fontsize=8)
        figure.supylabel("seconds", fontsize=8)
        handles: dict[str, Any] = {}
        for panel in axes.flat:
            for line, label in zip(*panel.get_legend_handles_labels(), strict=True):
                handles.setdefault(label, line)
        figure.legend(handles.values(), handles.keys(), loc="outside upper right", ncols=4,
                      frameon=False)  # fmt: skip
        path.parent.mkdir(parents=True, exist_ok=True)
        figure.savefig(path, format="svg", metadata={"Date": None})
        plt.close(figure)


def _panel(axes: Axes, points: list[tuple[str, int, float, float]]) -> None:
    """Draw the backends and the limit of one kernel or stage on logarithmic axes."""
    from matplotlib.ticker import LogLocator

    for backend, colour in zip(BACKENDS, _COLOURS, strict=False):
        own = [(size, seconds) for name, size, seconds, _ in points if name == backend]
        if own:
            axes.plot(*zip(*own, strict=True), color=colour, marker="o", ms=2.5, lw=1.2,
                      label=backend)  # fmt: skip
    limits = {size: limit for name, size, _, limit in points if not math.isnan(limit)}
    if limits:
        axes.plot(list(limits), list(limits.values()), color="black", ls=":", lw=1, label="limit")
    axes.set_xscale("log")
    axes.set_yscale("log")
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_locator(LogLocator(numticks=5))
        axis.set_major_formatter(lambda value, _: f"{value:g}")
    axes.minorticks_off()
