"""Histograms of what decides on the selection: coherence and amplitude dispersion."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pystamps.arrays import FloatArray
from pystamps.figures.style import BLUE, GREY, ORANGE, empty_figure, new_figure

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def coherence_histogram(
    candidates: FloatArray, selected: FloatArray, *, random: FloatArray | None = None
) -> Figure:
    """Draw the temporal coherence of all candidates and of the selected pixels.

    Parameters
    ----------
    candidates, selected : float, (n,), temporal coherence gamma
    random : float, (100,), optional
        Scaled histogram of the coherence that random phases reach, on bins of 0.01.
    """
    title = "Temporal coherence"
    if not candidates.size:
        return empty_figure(title, "there are no candidates")
    figure = new_figure(7.0, 4.0)
    axes = figure.subplots()
    edges = np.linspace(0, 1, 51).tolist()
    axes.hist(candidates, edges, color="#c9d9e6", label=f"{candidates.size:,} candidates")
    axes.hist(
        selected, edges, histtype="stepfilled", color=BLUE, alpha=0.85,
        label=f"{selected.size:,} selected pixels",
    )  # fmt: skip
    if random is not None and random.size == 100:
        axes.plot(
            np.linspace(0.01, 0.99, 50), random.reshape(50, 2).sum(axis=1), color=ORANGE, lw=1.5,
            label="expected from random phase",
        )  # fmt: skip
    axes.set_title(title)
    axes.set_xlabel("temporal coherence γ")
    axes.set_ylabel("pixels per bin of 0.02")
    axes.set_xlim(0, 1)
    axes.legend(loc="upper left")
    return figure


def dispersion_histogram(dispersion: FloatArray) -> Figure:
    """Draw the amplitude dispersion of the candidates: float, (n,)."""
    title = "Amplitude dispersion of the candidates"
    finite = dispersion[np.isfinite(dispersion)]
    if not finite.size:
        return empty_figure(title, "there are no candidates")
    figure = new_figure(7.0, 4.0)
    axes = figure.subplots()
    edges = np.linspace(0, max(0.4, float(finite.max())), 61).tolist()
    axes.hist(finite, bins=edges, color=BLUE)
    middle = float(np.median(finite))
    axes.axvline(middle, color=ORANGE, lw=1.5)
    axes.annotate(
        f"median {middle:.2f}", (middle, 1), (4, -4), xycoords=("data", "axes fraction"),
        textcoords="offset points", color=ORANGE, va="top",
    )  # fmt: skip
    axes.set_title(f"{title}\n")
    axes.text(
        0, 1.02, f"{finite.size:,} candidates; small values are stable echoes",
        transform=axes.transAxes, fontsize=8, color=GREY,
    )  # fmt: skip
    axes.set_xlabel("amplitude dispersion $D_A$ = σ / μ", parse_math=True)
    axes.set_ylabel("candidates per bin")
    return figure
