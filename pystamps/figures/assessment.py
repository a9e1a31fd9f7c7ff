"""Results beside the truth of a simulation."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from pystamps.arrays import FloatArray
from pystamps.figures.style import (
    BLUE,
    GREY,
    ORANGE,
    date_axis,
    empty_figure,
    new_figure,
    round_limit,
    symmetric_limit,
)
from pystamps.products.agreement import Agreement
from pystamps.products.assessment import Assessment, Detection
from pystamps.products.comparison import Comparison

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_TITLE = "Results against the truth of the simulation"
_MOST_POINTS = 20_000


def assessment(compared: Comparison, found: Assessment) -> Figure:
    """Draw velocity, height, detection, displacement and unwrapping against the truth.

    Parameters
    ----------
    compared : Comparison
    found : Assessment
        Of the same comparison.
    """
    if not compared.is_ps.any():
        return empty_figure(_TITLE, "no persistent scatterer was selected")
    figure = new_figure(10.5, 6.6)
    axes = figure.subplot_mosaic(
        [
            ["velocity", "velocity", "height", "height", "coherence", "coherence"],
            ["series", "series", "series", "cycles", "cycles", "cycles"],
        ]
    )
    velocity = found.velocity_of_scatterers
    _against_truth(axes["velocity"], compared, compared.velocity_mm_yr, velocity, "mm/yr")
    axes["velocity"].set_title("velocity", fontsize=9)
    if compared.height_m is None or found.dem_error is None:
        _nothing(axes["height"], "stage 7 has not run")
    else:
        _against_truth(axes["height"], compared, compared.height_m, found.dem_error, "m")
    axes["height"].set_title("height above the elevation model", fontsize=9)
    _coherence(axes["coherence"], found.detection)
    _by_image(axes["series"], compared, None if found.series is None else found.series.rms_mm)
    axes["series"].set_title("error of the displacement, rms in mm", fontsize=9)
    cycles = found.unwrapping
    percent = None if cycles is None else tuple(100 * part for part in cycles.wrong_cycles)
    _by_image(axes["cycles"], compared, percent)
    axes["cycles"].set_title("scatterers in a wrong cycle, %", fontsize=9)
    d = found.detection
    figure.suptitle(
        f"{_TITLE}\n{d.selected:,} pixels selected, {100 * d.false_alarms:.1f} % of them no "
        f"scatterers; {100 * d.recall:.1f} % of {d.scatterers:,} scatterers found",
        fontsize=9, fontweight="bold", x=0.01, ha="left",
    )  # fmt: skip
    return figure


def _against_truth(
    axes: Axes,
    compared: Comparison,
    values: tuple[FloatArray, FloatArray],
    found: Agreement,
    unit: str,
) -> None:
    """Draw estimate over truth of the scatterers, without the mean difference."""
    rows = np.flatnonzero(compared.is_ps)
    rows = rows[:: max(1, -(-rows.size // _MOST_POINTS))]
    estimate, truth = values[0][rows] - found.bias, values[1][rows]
    both = np.concatenate([estimate, truth])
    limit = round_limit(symmetric_limit(both, percent=99.5))
    axes.plot([-limit, limit], [-limit, limit], color=GREY, lw=1)
    axes.scatter(truth, estimate, s=3, color=BLUE, alpha=0.25, linewidths=0, rasterized=True)
    axes.set_xlim(-limit, limit)
    axes.set_ylim(-limit, limit)
    axes.set_xlabel(f"truth [{unit}]")
    axes.set_ylabel(f"estimate [{unit}]")
    axes.text(
        0.03, 0.97, f"rms {found.rms:.2f} {unit}\ncorrelation {found.correlation:.3f}",
        transform=axes.transAxes, va="top", fontsize=8,
    )  # fmt: skip


def _coherence(axes: Axes, found: Detection) -> None:
    """Draw the selected pixels by coherence, with and without a scatterer."""
    axes.set_title("selected pixels by coherence", fontsize=9)
    if not found.classes:
        _nothing(axes, "the coherence is not known")
        return
    low = np.array([c.low for c in found.classes])
    width = np.array([c.high for c in found.classes]) - low
    false = np.array([c.false_alarms for c in found.classes])
    true = np.array([c.selected for c in found.classes]) - false
    axes.bar(low, true, width, align="edge", color=BLUE, label="scatterers")
    axes.bar(low, false, width, bottom=true, align="edge", color=ORANGE, label="no scatterers")
    axes.set_xlim(0, 1)
    axes.set_xlabel("coherence")
    axes.legend(fontsize=8)


def _by_image(axes: Axes, compared: Comparison, values: tuple[float, ...] | None) -> None:
    """Draw one value per image but the reference image."""
    if values is None:
        _nothing(axes, "not unwrapped")
        return
    text = [f"{day // 10000:04d}-{day // 100 % 100:02d}-{day % 100:02d}" for day in compared.dates]
    days: npt.NDArray[np.datetime64] = np.array(text, dtype="datetime64[D]")
    used = np.array([day != compared.master for day in compared.dates]) & np.isfinite(values)
    drawn = np.asarray(values)[used]
    axes.vlines(days[used], 0, drawn, color="#bcd0de", lw=1.5, zorder=1)
    axes.scatter(days[used], drawn, s=18, color=BLUE, zorder=2)
    axes.set_ylim(bottom=0)
    date_axis(axes)


def _nothing(axes: Axes, message: str) -> None:
    axes.axis("off")
    axes.text(0.5, 0.5, message, ha="center", va="center", color=GREY, transform=axes.transAxes)
