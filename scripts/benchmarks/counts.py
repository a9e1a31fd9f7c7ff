"""The least work of every kernel: what the method needs, not what our code does.

One count of arithmetic is a multiplication, an addition or both fused, in double. Arrays are
read and written once; tables that all pixels share and indices of a few bytes are left out.
Work that only some inputs need (arcs whose slope is refined, say) is left out too, so that a
limit is never too long.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from benchmarks.machine import WINDOW, Work
from pystamps.kernel_checks.inputs import Arguments
from pystamps_kernels.accuracy_two_slopes import STEP_RAD
from pystamps_kernels.stage2_topofit import n_steps
from pystamps_kernels.stage6_annealed_series.schedule import (
    N_PARAMETER,
    N_START,
    N_UNIFORM_OF_RUN,
    STEPS,
    SWEEPS,
)

COMPLEX, SINGLE, DOUBLE, INTEGER = 8, 4, 8, 8
Count = tuple[int, Work]
"""Elements that a kernel treats, and its least work."""

ONE_THREAD = ("legacy_uniform", "stage0_")
"""Kernels on one thread: each number needs the one before, or their caller has the threads."""


def work_of(kernel: str, arguments: Arguments) -> Count:
    """Give the number of elements that a kernel treats, and what it has to do at the least.

    Parameters
    ----------
    kernel : str
    arguments : dict
        As :func:`pystamps.kernel_checks.inputs.typical` makes them.
    """
    return COUNTS[kernel](arguments)


def threads_of(kernel: str, threads: int) -> int:
    """Give the threads of which the limit of a kernel speaks."""
    return 1 if kernel.startswith(ONE_THREAD) else threads


def _sequence(a: Arguments) -> Count:
    return a["count"], Work(chain=a["count"])


def _amplitudes(a: Arguments) -> Count:
    n = a["image"].size  # the image; both sums and the mask are read and written
    return n, Work(bandwidth=n * (COMPLEX + 4 * SINGLE + 2))


def _differences(a: Arguments) -> Count:
    n = a["pair"][0].size
    return n, Work(bandwidth=n * (2 * COMPLEX + 4 * SINGLE + 2))


def _lines(a: Arguments) -> Count:
    return a["image"].size, Work(bandwidth=a["image"].size * (COMPLEX + 1))


SMOOTHED = 2 * 7
"""Seven symmetric taps along two axes: three sums and four products each."""

GAIN = 3 + SMOOTHED + 3 + 4
"""Gain per sample of a spectrum: modulus, smoothing, three comparisons for the median, gain."""


def _clap(a: Arguments) -> Count:
    n_i, n_j, m = a["grid"].shape
    step = 3 * WINDOW // 16  # a quarter of three quarters of the window
    windows = (math.ceil(n_i / step) - 3) * (math.ceil(n_j / step) - 3) * m
    per_sample = GAIN + 2 + 2  # spectrum times gain, weighted sum of the windows
    return a["grid"].size, Work(
        bandwidth=a["grid"].size * 2 * COMPLEX,
        arithmetic=windows * WINDOW**2 * per_sample,
        transforms=2 * windows,
    )


def _cells(a: Arguments) -> Count:
    windows = len(a["cells"]) * a["ph_grid"].shape[2]
    per_sample = GAIN + 2 + 4  # one sample of the inverse: a complex product for each
    return windows, Work(
        bandwidth=a["ph_grid"].size * COMPLEX,
        arithmetic=windows * WINDOW**2 * per_sample,
        transforms=windows,
    )


def _grid_sums(a: Arguments) -> Count:
    n, m = a["ph_weight"].shape
    cells = a["shape"][0] * a["shape"][1]
    return n * m, Work(bandwidth=(n + cells) * m * COMPLEX + n * INTEGER)


def _node_sums(a: Arguments) -> Count:
    n, m = a["ph"].shape
    return n * m, Work(bandwidth=(n + a["n_node"]) * m * COMPLEX + n * INTEGER)


def _bins(a: Arguments) -> Count:
    return a["values"].size, Work(bandwidth=a["values"].size * DOUBLE)


FIT = 4 + 4 + 4 + 1 + 2 + 2 + 2
"""Fit per value: turned back twice, turned to the mean, modulus, two sums of moduli and
phasors, two weighted products, two sums of the line."""


def _search(a: Arguments, size: int, *, shared: bool, made: bool) -> Work:
    trials = n_steps(a["n_trial_wraps"])
    per_trial = 4 if shared else 4 + 2  # four sums serve t and -t; the next cosine and sine
    sines = 2 + (not shared) + made  # turned back twice, first trial, phasors from turns
    return Work(
        bandwidth=size * (DOUBLE if made else 2 * COMPLEX + (not shared) * SINGLE),
        arithmetic=size * (per_trial * trials + 2 + FIT),
        trigonometry=size * sines,
        arctangents=size,
    )


def _topofit(a: Arguments) -> Count:
    size = a["phase"].size
    return size, _search(a, size, shared=False, made=False)


def _topofit_shared(a: Arguments) -> Count:
    size = a["phase"].size
    return size, _search(a, size, shared=True, made=False)


def _coherence(a: Arguments) -> Count:
    size = a["turns"].size
    return size, _search(a, size, shared=True, made=True)


def _weighted(a: Arguments) -> Count:
    size = a["ph"].size
    return size, Work(
        bandwidth=size * (2 * COMPLEX + SINGLE), arithmetic=size * 7, trigonometry=size
    )


PAIR = 2 + 3 + 2 + 2 + 2 + 1
"""Smoothing per arc and pair of dates: mean phasor, angle to it within a cycle, line, line taken
off, within a cycle again, level of the line."""


def _arc_noise(a: Arguments) -> Count:
    e, (n, m) = len(a["edges"]), a["w"].shape
    per_value = 4 + 2 + 6 + 4 + 3  # arc, own date left out, angles, baseline error, statistics
    return e * m, Work(
        bandwidth=n * m * COMPLEX + 2 * e * m * SINGLE,  # the noise waits for all arcs
        arithmetic=e * m * (m * PAIR + per_value),
        arctangents=3 * e * m,  # of the arc, of its mean, of its mean without the own date
    )


def _nearest(a: Arguments) -> Count:
    n = a["occupied"].size
    return n, Work(bandwidth=n * (1 + INTEGER))


def _annealed(a: Arguments) -> Count:
    (n, m), n_image = a["dph"].shape, a["x"].size
    per_run = N_START + SWEEPS.size * N_PARAMETER * STEPS.size // 2  # half are inside
    costs = a["uniform"].shape[1] // N_UNIFORM_OF_RUN * per_run
    return n * m, Work(
        bandwidth=a["uniform"].size * DOUBLE, arithmetic=n * costs * (2 * m * m + 30 * n_image)
    )


def _scla(a: Arguments) -> Count:
    n = a["ph"].size
    return n, Work(bandwidth=n * 3 * SINGLE, arithmetic=n * 5)


VERTICES_PASSED = 8
"""Vertices per pixel on data like those of the benchmark."""


def _least_absolute(a: Arguments) -> Count:
    n, m = a["data"].shape
    sums = 3 * VERTICES_PASSED  # residuals, rates and changes at each vertex
    return n * m, Work(
        bandwidth=n * m * DOUBLE, arithmetic=n * m * sums * (a["design"].shape[1] + 1)
    )


def _two_slopes(a: Arguments) -> Count:
    n, m = a["phase"].shape
    extent = np.ptp(a["columns"], axis=0)
    trials = int(np.prod(2 * np.ceil(a["limits"] * extent / STEP_RAD) + 1))
    return n * m, Work(bandwidth=n * m * DOUBLE, arithmetic=n * m * trials * 8)


SIMPLEX_CALLS = 110
"""Sums of residuals per pixel on data like those of the benchmark, counted once."""


def _simplex(a: Arguments) -> Count:
    n, m = a["data"].shape
    return n * m, Work(
        bandwidth=n * m * DOUBLE, arithmetic=n * m * SIMPLEX_CALLS * (a["design"].shape[1] + 1)
    )


def _edge_noise(a: Arguments) -> Count:
    e, (n, m) = len(a["nodes"]), a["ph"].shape
    found = a["model"].search
    # sums as in stage 2; phasors of the arc and of the terms
    search = 4 * found.n_trial + 2 + 2 * 4 if found else 0
    smoothing = m * (2 + 3 + 1) + 12  # mean phasor, angle to it within a cycle, level; the rest
    return e * m, Work(
        bandwidth=n * m * COMPLEX + 2 * e * m * SINGLE,
        arithmetic=e * m * (search + smoothing),
        trigonometry=3 * e * m,  # look angle, line, smooth curve
        arctangents=4 * e * m,  # arc, mean, step of the curve, noise
    )


def _spatial(a: Arguments) -> Count:
    n, m = a["values"].shape
    pairs = n * n * share_in_reach(4 * a["wavelength"], np.ptp(a["xy"], axis=0))
    return n * m, Work(
        bandwidth=n * m * (SINGLE + DOUBLE),
        arithmetic=pairs * (m + 4 / 2),
        trigonometry=pairs / 2,  # exponentials, at the rate of sines; one for both directions
    )


def share_in_reach(radius: float, sides: np.ndarray) -> float:
    """Share of the pairs of random points in a rectangle that lie within a radius.

    As in a square of the same area, whose distribution of distances is known.
    """
    side = math.sqrt(float(np.prod(sides)))
    if radius >= side:
        return 1.0
    r = radius / side
    return math.pi * r**2 - 8 / 3 * r**3 + r**4 / 2


COUNTS: dict[str, Callable[[Arguments], Count]] = {
    "legacy_uniform": _sequence,
    "stage0_amplitude_sums": _amplitudes,
    "stage0_difference_sums": _differences,
    "stage0_line_sums": _lines,
    "stage2_clap_filter": _clap,
    "stage2_grid_accumulate": _grid_sums,
    "stage2_histogram": _bins,
    "stage2_topofit": _topofit,
    "stage2_topofit_row_invariant": _topofit_shared,
    "stage2_topofit_coh_row_invariant": _coherence,
    "stage2_weighted_phase": _weighted,
    "stage3_cell_filter": _cells,
    "stage4_edge_stats": _arc_noise,
    "stage6_grid_accumulate": _node_sums,
    "stage6_annealed_series": _annealed,
    "stage6_nearest_node": _nearest,
    "stage7_scla": _scla,
    "accuracy_two_slopes": _two_slopes,
    "stage7_least_absolute": _least_absolute,
    "stage7_simplex_l1": _simplex,
    "stage8_edge_noise": _edge_noise,
    "stage8_spatial_filter": _spatial,
}
"""By name of the kernel; a test compares the names with those of the registry."""
