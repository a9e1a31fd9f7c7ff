"""Maps and histograms of differences, as pictures that stand inside a page."""

from __future__ import annotations

import base64
import io
from typing import TYPE_CHECKING, Any

import numpy as np

from pystamps.arrays import Array, Float64, Index
from pystamps.figures.style import (
    BLUE,
    GREY,
    ORANGE,
    drawing_settings,
    frame_map,
    new_figure,
    scale_bar,
)
from pystamps.verify_page.pixels import VariableDetails

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.colors import Normalize
    from matplotlib.figure import Figure

MOST_MARKED = 50_000
"""Pixels drawn on a map; of more, an even part and the worst ones."""

_STEPS = (0.0, 0.1, 0.3, 1.0, 3.0, 10.0, 100.0)
_COLOURS = ("#a8cbe6", "#5c9bcb", "#20639b", "#ffd75e", "#fd8d3c", "#d7301f", "#67000d")
"""Differences over their tolerance: blue is within it, yellow to red beyond."""
_ONE_IS_NAN = "#000000"
_MOST_ARROWS = 300
_WIDE = 30.0
"""Ratio of differences from which their colours are logarithmic."""
_PAPER, _EQUAL = "#ffffff", "#c3ccd2"
_ALWAYS_DRAWN = 2000
_DPI = 110


def difference_map(details: VariableDetails) -> str:
    """Draw where the differences of a variable lie; worst pixels are numbered as in their list."""
    from matplotlib import colormaps
    from matplotlib.colors import BoundaryNorm, ListedColormap, LogNorm, Normalize

    def draw(axes: Axes) -> None:
        severity, lonlat = details.severity, details.lonlat
        assert severity is not None and lonlat is not None
        known = severity[np.isfinite(severity) & (severity > 0)]
        unit = details.comparison.unit
        norm: Normalize
        if details.is_over_tolerance:
            norm = BoundaryNorm([*_STEPS, max(1e3, known.max(initial=0.0))], len(_COLOURS))
            colours: Any = ListedColormap(list(_COLOURS))
            label = "difference / tolerance (1: as much as allowed)"
        else:
            low, high = (known.min(), known.max()) if known.size else (0.0, 1.0)
            norm = LogNorm(low, high) if high > _WIDE * low > 0 else Normalize(0.0, high)
            colours = colormaps["YlOrRd"]
            label = f"difference [{unit}]" if unit else "difference"
        points = _scatter(axes, details, norm, colours)
        bar = axes.figure.colorbar(points, ax=axes, shrink=0.8, pad=0.02)
        bar.set_label(label)
        if details.is_over_tolerance:
            names = ["0", "0.1", "0.3", "1", "3", "10", "100"]
            bar.set_ticks(list(_STEPS), labels=names)
        if details.arrows is not None:
            _draw_arrows(axes, lonlat, details.arrows)

    return _picture(draw, width=6.2, height=4.9)


def cycle_map(details: VariableDetails) -> str:
    """Draw in how many interferograms each pixel is off by whole cycles."""

    def draw(axes: Axes) -> None:
        lonlat, cycles = details.lonlat, details.cycles
        assert lonlat is not None and cycles is not None
        _quiet(axes, lonlat, cycles == 0)
        shown = _part_of(cycles)
        shown = shown[cycles[shown] > 0]
        points = axes.scatter(
            lonlat[shown, 0], lonlat[shown, 1], c=cycles[shown], s=_area(len(lonlat)),
            cmap="YlOrRd", vmin=0, vmax=max(1, int(cycles.max())), linewidths=0, rasterized=True,
        )  # fmt: skip
        bar = axes.figure.colorbar(points, ax=axes, shrink=0.8, pad=0.02)
        bar.set_label("interferograms off by whole cycles")
        bar.locator = _whole_numbers()
        bar.update_ticks()
        _frame(axes, lonlat)

    return _picture(draw, width=6.2, height=4.9)


def difference_histogram(details: VariableDetails) -> str:
    """Draw how large the differences are that are not 0, with the tolerances."""

    def draw(axes: Axes) -> None:
        sizes, item = details.sizes, details.comparison
        known = sizes[np.isfinite(sizes) & (sizes > 0)]
        unit = f" [{item.unit}]" if item.unit else ""
        if known.size:
            low, high = np.floor(np.log10(known.min())), np.ceil(np.log10(known.max()))
            edges = np.logspace(low, max(high, low + 1), 41)
            axes.hist(known, bins=list(edges), color=BLUE)
            axes.set_xscale("log")
            axes.set_yscale("log")
            axes.set_ylim(bottom=0.7)
        else:
            axes.text(0.5, 0.5, "nothing but NaN or whole cycles", ha="center", color=GREY,
                      transform=axes.transAxes)  # fmt: skip
        if item.tolerance > 0:
            axes.axvline(item.tolerance, color=ORANGE, lw=1.6, label="tolerance")
        if item.quantile:
            axes.axvline(item.quantile, color="black", lw=1.2, ls="--", label="99 % quantile")
        if item.quantile_tolerance:
            axes.axvline(item.quantile_tolerance, color=ORANGE, lw=1.2, ls="--",
                         label="its tolerance")  # fmt: skip
        axes.set_xlabel(f"difference{unit}")
        axes.set_ylabel("elements")
        if axes.get_legend_handles_labels()[0]:
            axes.legend(loc="upper left", bbox_to_anchor=(0, 1.14), ncols=3, fontsize=8)

    return _picture(draw, width=4.9, height=3.3)


def selection_map(both: Float64, only_ours: Float64, only_theirs: Float64) -> str:
    """Draw the pixels that both trees have, and those of one only; degrees, (n, 2) each."""

    def draw(axes: Axes) -> None:
        groups = ((both, "both", _EQUAL, 0.5), (only_ours, "only the run", ORANGE, 2.0),
                  (only_theirs, "only the golden tree", BLUE, 2.0))  # fmt: skip
        n = sum(len(group) for group, *_ in groups)
        for lonlat, name, colour, scale in groups:
            shown = lonlat[:: max(1, -(-len(lonlat) // MOST_MARKED))]
            axes.scatter(
                shown[:, 0], shown[:, 1], s=scale * _area(n), color=colour, linewidths=0,
                label=f"{name}: {len(lonlat)}", rasterized=True,
            )  # fmt: skip
        every = np.concatenate([both, only_ours, only_theirs])
        _frame(axes, every)
        axes.legend(loc="upper left", bbox_to_anchor=(0, 1.12), ncols=3, fontsize=8, markerscale=2)

    return _picture(draw, width=6.2, height=4.9)


def _scatter(axes: Axes, details: VariableDetails, norm: Normalize, colours: Any) -> Any:
    """Draw the pixels, those that differ most on top."""
    lonlat, severity = details.lonlat, details.severity
    assert lonlat is not None and severity is not None
    _quiet(axes, lonlat, severity == 0)
    shown = _part_of(severity)
    finite = shown[np.isfinite(severity[shown]) & (severity[shown] > 0)]
    points = axes.scatter(
        lonlat[finite, 0], lonlat[finite, 1], c=severity[finite], s=_area(len(lonlat)),
        norm=norm, cmap=colours, linewidths=0, rasterized=True,
    )  # fmt: skip
    gaps = shown[np.isinf(severity[shown])]
    if gaps.size:
        name = "NaN in one tree only" if details.is_over_tolerance else "in one tree only"
        axes.scatter(lonlat[gaps, 0], lonlat[gaps, 1], s=2 * _area(len(lonlat)), marker="x",
                     color=_ONE_IS_NAN, linewidths=0.8, label=name)  # fmt: skip
        axes.legend(loc="upper left", bbox_to_anchor=(0, 1.12), fontsize=8)
    for pixel in details.worst:
        if np.isfinite([pixel.lon, pixel.lat]).all():
            axes.annotate(
                str(pixel.number), (pixel.lon, pixel.lat), (5, 5), textcoords="offset points",
                fontsize=7.5, fontweight="bold", annotation_clip=True,
                arrowprops={"arrowstyle": "-", "lw": 0.6, "shrinkA": 0, "shrinkB": 0},
                bbox={"boxstyle": "circle,pad=0.15", "fc": "white", "ec": "black", "lw": 0.6},
            )  # fmt: skip
    _frame(axes, lonlat)
    return points


def _quiet(axes: Axes, lonlat: Float64, equal: Array) -> None:
    """Draw the pixels that do not differ."""
    rows = np.flatnonzero(equal)
    rows = rows[:: max(1, -(-rows.size // MOST_MARKED))]
    axes.scatter(lonlat[rows, 0], lonlat[rows, 1], s=0.4 * _area(len(lonlat)), color=_EQUAL,
                 linewidths=0, rasterized=True)  # fmt: skip


def _frame(axes: Axes, lonlat: Float64) -> None:
    """Give a map true proportions, labels and a bar of a round length."""
    frame_map(axes, lonlat)
    axes.set_facecolor(_PAPER)
    axes.grid(color="#e3e8eb")
    if np.isfinite(lonlat).all(axis=1).any():
        scale_bar(axes, lonlat)
    axes.set_xlabel("longitude [degrees]")
    axes.set_ylabel("latitude [degrees]")
    axes.tick_params(axis="x", labelrotation=20)


def _part_of(severity: Array) -> Index:
    """Give the rows that are drawn, in the order of their severity; the worst ones always."""
    order: Index = np.argsort(severity, kind="stable")
    if order.size <= MOST_MARKED:
        return order
    many, worst = order[:-_ALWAYS_DRAWN], order[-_ALWAYS_DRAWN:]
    return np.concatenate([many[:: -(-many.size // (MOST_MARKED - _ALWAYS_DRAWN))], worst])


def _draw_arrows(axes: Axes, lonlat: Float64, arrows: Float64) -> None:
    """Draw in which directions positions are off, and a key of their length."""
    moved = np.flatnonzero(np.isfinite(arrows).all(axis=1) & (arrows != 0).any(axis=1))
    moved = moved[:: max(1, -(-moved.size // _MOST_ARROWS))]
    if not moved.size:
        return
    length = float(np.median(np.hypot(*arrows[moved].T)))
    drawn = axes.quiver(*lonlat[moved].T, *arrows[moved].T, color="#08306b", width=0.0032,
                        scale=16 * length, edgecolor="white", linewidth=0.3)  # fmt: skip
    axes.quiverkey(
        drawn, 0.8, 1.05, length, f"{length:.3g} m", labelpos="E", fontproperties={"size": 8}
    )


def _area(count: int) -> float:
    """Give an area of markers (points squared) for so many pixels."""
    return float(np.clip(60_000 / max(count, 1), 1.5, 26.0))


def _whole_numbers() -> Any:
    from matplotlib.ticker import MaxNLocator

    return MaxNLocator(integer=True, nbins=6)


def _picture(draw: Any, *, width: float, height: float) -> str:
    """Draw one picture and give it as a data address.

    Names from a data set never stand in a picture: matplotlib would take them for formulas.
    """
    with drawing_settings(savefig_dpi=_DPI):
        figure = new_figure(width, height)
        draw(figure.subplots())
        return _data_address(figure)


def _data_address(figure: Figure) -> str:
    stream = io.BytesIO()
    figure.savefig(stream, format="png", bbox_inches="tight", pad_inches=0.08)
    return f"data:image/png;base64,{base64.b64encode(stream.getvalue()).decode('ascii')}"
