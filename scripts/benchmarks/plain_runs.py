"""How long the plain loops would take on a whole data set, from a sample of it.

All loops have one body per pixel, arc or window, so their time grows linearly; the sample is
spread evenly over the pixels of the first patch, and the time is scaled to all of them.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks import plain_loops as plain
from pystamps.arrays import Complex64
from pystamps.io.artifacts import read_artifact, read_variable
from pystamps.io.dataset import discover_dataset
from pystamps.model import (
    Baselines,
    CorrectedPhase,
    Phase,
    PhaseNoise,
    Pixels,
    SelectedNoise,
    Selection,
    Unwrapped,
)
from pystamps.parameters.files import effective_parameters
from pystamps.stages.network import delaunay_edges
from pystamps.stages.random_reference import N_RANDOM

LOOPS_OF_ORIGINAL = ("stage2_gamma", "stage3_select")
"""Stages whose whole work StaMPS does in loops over pixels and windows too.

In stages 1, 4, 5 and 7 it treats all pixels or arcs at once and loops over interferograms at most
(but for the clipping to neighbours in stage 7); in stage 8 it smooths all pixels at once in time
and one after the other in space.
"""

SAMPLE = 500
LONGEST = 3.0
"""Seconds of one loop; a sample ends there."""


@dataclass(frozen=True, slots=True)
class PlainLoop:
    """One loop with a body per pixel, arc or window.

    Attributes
    ----------
    stage, what : str
    measured : int
        Bodies that were run.
    total : int
        Bodies that the data set needs.
    seconds : float
        For the whole data set, scaled.
    """

    stage: str
    what: str
    measured: int
    total: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Needs:
    """How often the bodies run on the whole data set, from the results of the stages.

    Attributes
    ----------
    patches, candidates, iterations, selected, weeded, pixels : int
        ``iterations`` counts candidates once per iteration.
    """

    patches: int
    candidates: int
    iterations: int
    selected: int
    weeded: int
    corrected: int
    pixels: int

    @classmethod
    def from_counts(cls, counts: Mapping[str, list[dict[str, int]]]) -> Needs:
        """Collect what the stages counted, by stage and patch."""

        def total(stage: str, name: str) -> int:
            return sum(found[name] for found in counts[stage])

        return cls(
            patches=len(counts["stage2_gamma"]),
            candidates=total("stage1_load", "candidates"),
            iterations=sum(c["candidates"] * c["iterations"] for c in counts["stage2_gamma"]),
            selected=total("stage3_select", "selected"),
            weeded=total("stage4_weed", "selected"),
            corrected=total("stage5_correct", "pixels"),
            pixels=total("stage7_scla", "pixels"),
        )  # fmt: skip


def plain_loops(root: Path, needs: Needs) -> Iterator[PlainLoop]:
    """Measure the loops on samples of a data set on which all stages have run.

    Parameters
    ----------
    root : Path
    needs : Needs
    """
    patch = discover_dataset(root).patches[0].directory
    yield from _stage1(patch, needs)
    yield from _stage2(root, patch, needs)
    yield from _stage3(root, patch, needs)
    yield from _stage4(root, patch, needs)
    yield from _stage5(root, patch, needs)
    yield from _stage7(root, needs)
    yield from _stage8(root, needs)


def _loop(
    stage: str, what: str, body: Callable[[int], object], *, size: int, total: int
) -> PlainLoop:
    """Run a body on an even sample of ``size`` indices and scale the time."""
    sample = np.unique(np.linspace(0, size - 1, min(size, SAMPLE)).astype(int)).tolist()
    np.random.default_rng(0).shuffle(sample)
    body(sample[0])
    measured, started = 0, time.perf_counter()
    with np.errstate(all="ignore"):
        for at in sample:
            body(at)
            measured += 1
            if time.perf_counter() - started > LONGEST:
                break
    elapsed = time.perf_counter() - started
    return PlainLoop(stage, what, measured, total, elapsed / measured * total)


def _stage1(patch: Path, needs: Needs) -> Iterator[PlainLoop]:
    pixels = read_artifact(Pixels, patch / "ps1.mat")
    big_endian = read_variable(Phase, "ph", patch / "ph1.mat")[:, 1:].astype(">c8")
    baseline = np.random.default_rng(0).normal(0, 100, (big_endian.shape[1], 2))

    def body(at: int) -> object:
        return plain.loaded_pixel(
            pixels.lonlat[at], big_endian[at], ll0=pixels.ll0, turn=0.2, look=0.6,
            baseline=baseline, baseline_rate=baseline / 100, seconds=0.1,
        )  # fmt: skip

    yield _loop(
        "stage1_load", "position, baselines and phase of a candidate", body,
        size=pixels.n_ps, total=needs.candidates,
    )  # fmt: skip


def _stage2(root: Path, patch: Path, needs: Needs) -> Iterator[PlainLoop]:
    parameters = effective_parameters(root, patch, {})
    noise = read_artifact(PhaseNoise, patch / "pm1.mat")
    bperp = read_variable(Baselines, "bperp_mat", patch / "bp1.mat")
    ph, wraps = _phase(patch), float(noise.n_trial_wraps)
    grid = np.zeros_like(noise.ph_grid)
    random = np.exp(2j * np.pi * np.random.default_rng(0).random((SAMPLE, bperp.shape[1])))

    def weighted(at: int) -> None:
        plain.accumulate(grid, noise.grid_ij[at], ph[at], bperp[at], k=noise.k_ps[at], weight=0.5)

    def searched(at: int) -> object:
        return plain.topofit(ph[at] * np.conj(noise.ph_patch[at]), bperp[at], wraps)

    def random_searched(at: int) -> object:
        return plain.topofit(random[at], bperp[0], wraps)

    def filtered(at: int) -> object:
        window = noise.ph_grid[:32, :32, at % grid.shape[2]]
        return plain.filtered_window(
            window, noise.low_pass, parameters.clap_alpha, parameters.clap_beta
        )

    n, n_used = bperp.shape
    stage, step = "stage2_gamma", parameters.clap_win * 3 // 16
    windows = (-(-grid.shape[0] // step) - 3) * (-(-grid.shape[1] // step) - 3) * n_used
    windows *= round(needs.iterations / needs.candidates * needs.patches)
    yield _loop(stage, "random pixel searched", random_searched, size=SAMPLE,
                total=N_RANDOM * needs.patches)  # fmt: skip
    yield _loop(stage, "candidate added to its cell", weighted, size=n, total=needs.iterations)
    yield _loop(stage, "window filtered", filtered, size=SAMPLE, total=windows)
    yield _loop(stage, "candidate searched", searched, size=n, total=needs.iterations)


def _phase(patch: Path) -> Complex64:
    """Phasors of the candidates without the reference image."""
    interferograms = read_artifact(Pixels, patch / "ps1.mat").interferograms
    ph: Complex64 = interferograms.without_null_column(
        read_variable(Phase, "ph", patch / "ph1.mat")
    )
    return ph


def _stage3(root: Path, patch: Path, needs: Needs) -> Iterator[PlainLoop]:
    parameters = effective_parameters(root, patch, {})
    noise = read_artifact(PhaseNoise, patch / "pm1.mat")
    selection = read_artifact(Selection, patch / "select1.mat")
    bperp = read_variable(Baselines, "bperp_mat", patch / "bp1.mat")
    grid, ph = np.nan_to_num(noise.ph_grid), _phase(patch)

    def body(at: int) -> object:
        row = selection.ix[at]
        around = plain.neighbourhood_phase(
            grid, noise.grid_ij[row], noise.low_pass,
            alpha=parameters.clap_alpha, beta=parameters.clap_beta,
        )  # fmt: skip
        difference = ph[row] * np.conj(around)
        return plain.topofit(difference, bperp[row], float(noise.n_trial_wraps))

    yield _loop("stage3_select", "pixel filtered without its cell and searched", body,
                size=selection.ix.size, total=needs.selected)  # fmt: skip


def _stage4(root: Path, patch: Path, needs: Needs) -> Iterator[PlainLoop]:
    parameters = effective_parameters(root, patch, {})
    pixels = read_artifact(Pixels, patch / "ps1.mat")
    selection = read_artifact(Selection, patch / "select1.mat")
    ph = read_variable(Phase, "ph", patch / "ph1.mat")
    rows = selection.ix[selection.keep_ix]
    edges = delaunay_edges(*pixels.xy[rows, 1:].T)
    best = np.full(rows.size, np.inf)

    def body(at: int) -> None:
        one, two = edges[at]
        dph = ph[rows[two]] * np.conj(ph[rows[one]])
        noise, _ = plain.arc_noise(dph / abs(dph), pixels.day, parameters.weed_time_win)
        best[one] = min(best[one], noise.std(ddof=1))
        best[two] = min(best[two], noise.std(ddof=1))

    arcs = round(len(edges) / rows.size * needs.weeded)
    yield _loop("stage4_weed", "arc smoothed", body, size=len(edges), total=arcs)


def _stage5(root: Path, patch: Path, needs: Needs) -> Iterator[PlainLoop]:
    ph = read_variable(Phase, "ph", patch / "ph2.mat")
    noise = read_artifact(SelectedNoise, patch / "pm2.mat")
    bperp = read_variable(Baselines, "bperp_mat", patch / "bp2.mat")
    full = np.insert(bperp, 0, 0, axis=1)

    def corrected(at: int) -> object:
        return plain.corrected_pixel(ph[at], full[at], k=noise.k_ps[at], c=noise.c_ps[at])

    yield _loop("stage5_correct", "pixel corrected", corrected, size=len(ph), total=needs.corrected)
    rc = read_variable(CorrectedPhase, "ph_rc", root / "rc2.mat")
    reref = read_variable(CorrectedPhase, "ph_reref", root / "rc2.mat")
    ij = read_variable(Pixels, "ij", root / "ps2.mat")
    known: dict[tuple[float, float], int] = {}
    merged, squares = np.empty_like(rc), np.zeros(rc.shape[1])

    def taken(at: int) -> None:
        known[(ij[at, 1], ij[at, 2])] = at
        merged[at] = rc[at]
        squares[:] += plain.residual_square(rc[at], reref[at])

    yield _loop("stage5_merge", "pixel merged, its noise added", taken, size=len(rc),
                total=needs.corrected)  # fmt: skip


def _stage7(root: Path, needs: Needs) -> Iterator[PlainLoop]:
    pixels = read_artifact(Pixels, root / "ps2.mat")
    ph = read_variable(Unwrapped, "ph_uw", root / "phuw2.mat").astype(np.float64)
    bperp = read_variable(Baselines, "bperp_mat", root / "bp2.mat")
    full = pixels.interferograms.with_null_column(bperp, 0).astype(np.float64)
    mean, days = full.mean(axis=0), pixels.day - pixels.master_day
    design = np.stack([np.ones(days.size - 1), np.diff(mean), np.diff(days)], axis=1)
    full_design = np.stack([np.ones(days.size), days], axis=1)
    slopes = np.zeros(len(ph))

    def body(at: int) -> None:
        slopes[at], _, _ = plain.look_angle_error(
            ph[at], full[at], design=design, weights=np.ones(days.size), full_design=full_design
        )

    stage = "stage7_scla"
    yield _loop(stage, "pixel fitted (lscov)", body, size=len(ph), total=needs.pixels)
    edges = delaunay_edges(*pixels.xy[:, 1:].T)
    both = np.concatenate([edges, edges[:, ::-1]])
    both = both[np.argsort(both[:, 0], kind="stable")]
    first = np.searchsorted(both[:, 0], np.arange(len(ph) + 1))

    def clipped(at: int) -> object:
        near = both[first[at] : first[at + 1], 1]
        return plain.clip_to_neighbours(at, slopes, near if near.size else np.array([at]))

    yield _loop(stage, "pixel clipped to its neighbours, twice", clipped, size=len(ph),
                total=2 * needs.pixels)  # fmt: skip


def _stage8(root: Path, needs: Needs) -> Iterator[PlainLoop]:
    parameters = effective_parameters(root, root, {})
    pixels = read_artifact(Pixels, root / "ps2.mat")
    ph = read_variable(Unwrapped, "ph_uw", root / "phuw2.mat")
    xy = pixels.xy[:, 1:]

    def smoothed(at: int) -> object:
        return plain.high_pass(ph[at], pixels.day, parameters.scn_time_win)

    def around(at: int) -> object:
        return plain.spatial_mean(at, xy, ph, parameters.scn_wavelength)

    yield _loop("stage8_filter", "pixel filtered in time", smoothed, size=len(ph),
                total=needs.pixels)  # fmt: skip
    yield _loop("stage8_filter", "pixel filtered in space", around, size=len(ph),
                total=needs.pixels)  # fmt: skip
