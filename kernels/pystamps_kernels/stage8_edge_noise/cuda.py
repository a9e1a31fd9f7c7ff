"""CUDA: a few arcs per block of threads, all steps in one launch. See the package."""

from __future__ import annotations

from typing import Any

import numpy as np

from pystamps_kernels.device import gpu
from pystamps_kernels.device.arcs import uploaded_if_it_fits, with_ends
from pystamps_kernels.stage8_edge_noise.arc_model import ArcModel, LocalLines, SmoothedSeries
from pystamps_kernels.stage8_edge_noise.slope_reference import (
    CLEAR_PEAK,
    LOWEST_COHERENCE,
    trial_phasors,
    trial_slopes,
)

_THREADS = 128
_MOST_GROUPS = 32
_FILES = ("device/elementary.cuh", "stage8_edge_noise/kernel.cu")
_LIMITS = (("CLEAR_PEAK", repr(CLEAR_PEAK)), ("LOWEST_COHERENCE", repr(LOWEST_COHERENCE)))
PROGRAMS = {lanes: gpu.Program(_FILES, (*_LIMITS, ("LANES", str(lanes)))) for lanes in (4, 1)}
"""By arcs of a thread: one where the series of four do not fit into shared memory."""


def stage8_edge_noise(ph: Any, nodes: Any, model: ArcModel) -> tuple[Any, Any, Any]:
    """See the package."""
    n_edge, m = len(nodes), ph.shape[1]
    expected, noise = (gpu.empty(ph, (n_edge, m), np.float32) for _ in range(2))
    slope = gpu.empty(ph, (n_edge,), np.float32)
    there = uploaded_if_it_fits(ph)
    bperp = gpu.to_device(model.bperp, np.float32)
    search, search_sizes = _search(model)
    smoother, smoother_sizes = _smoother(model)
    n_wide = max(search_sizes[1], 2 * search_sizes[0], smoother_sizes[2])
    n_value = max(m, search_sizes[0])
    lanes, groups = _shape(m, _bytes_of_arc(m, n_wide, n_value))
    width = lanes * groups

    def run(rows: slice) -> None:
        z, ends = with_ends(there, nodes[rows])
        found = [gpu.arrays().empty((len(ends), m), np.float32) for _ in range(2)]
        found.append(gpu.arrays().empty(len(ends), np.float32))
        sizes = (m, *search_sizes, *smoother_sizes, width, n_wide, n_value)
        gpu.launch(
            PROGRAMS[lanes], "arc_noise", z, ends, bperp, np.float64(model.noise_limit),
            *search, *smoother, *found, np.int64(len(ends)), *map(np.int32, sizes),
            blocks=-(-len(ends) // width), threads=_THREADS,
            shared_bytes=width * _bytes_of_arc(m, n_wide, n_value),
        )  # fmt: skip
        for target, values in zip((expected, noise, slope), found, strict=True):
            gpu.store_rows(target, rows, values)

    gpu.in_blocks(n_edge, 24 * m + 40, run)  # results, and the ends of arcs far apart
    return expected, noise, slope


def _bytes_of_arc(m: int, n_wide: int, n_value: int) -> int:
    """Shared memory of an arc: values in double, three series of phasors, three numbers."""
    return 8 * n_wide + 8 * (m + 2 * n_value) + 12


def _shape(m: int, bytes_of_arc: int) -> tuple[int, int]:
    """Give the arcs of a thread and the groups of threads of a block."""
    groups = _MOST_GROUPS
    while groups > 1 and (groups * m > _THREADS or 4 * groups * bytes_of_arc > 48 * 1024):
        groups //= 2
    return (4 if 4 * groups * bytes_of_arc <= 48 * 1024 else 1), groups


def _search(model: ArcModel) -> tuple[list[Any], tuple[int, int]]:
    """Give later, earlier, base, trial slopes, real and imaginary trial phasors, and sizes."""
    search = model.search
    if search is None or not search.base.size:
        return _nothing("iiffdd"), (0, 0)
    trials = trial_phasors(search)
    arrays = (
        search.later, search.earlier, search.base.astype(np.float32), trial_slopes(search),
        trials.real, trials.imag,
    )  # fmt: skip
    return [gpu.to_device(array) for array in arrays], (search.base.size, trials.shape[1])


def _smoother(model: ArcModel) -> tuple[list[Any], tuple[int, int, int]]:
    """Give order, weights, intercept, level (lines), operator, first, second, and sizes.

    Matrices are transposed: threads side by side have dates, or images, side by side.
    """
    smoother = model.smoother
    if isinstance(smoother, LocalLines):
        lines = (
            smoother.order, smoother.weights.T.astype(np.float32), smoother.intercept.T,
            smoother.level,
        )  # fmt: skip
        there = [*map(gpu.to_device, lines), *_nothing("dii")]
        return there, (smoother.order.size, smoother.level.size, 0)
    if isinstance(smoother, SmoothedSeries):
        series = (smoother.operator.T, smoother.first, smoother.second)
        there = [*_nothing("ifdi"), *map(gpu.to_device, series)]
        return there, (0, 0, len(smoother.operator))
    return _nothing("ifdidii"), (0, 0, 0)


def _nothing(classes: str) -> list[Any]:
    """Give device arrays without values: i 64-bit integers, f single, d double."""
    kinds = {"i": np.int64, "f": np.float32, "d": np.float64}
    return [gpu.arrays().empty(0, kinds[name]) for name in classes]
