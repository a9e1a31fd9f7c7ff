"""CUDA: a thread per image and few arcs, then a thread per arc. See the package.

The noise of the arcs stays on the device between the passes as far as the budget and the free
memory reach; that of the others is computed twice.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from pystamps_kernels.device import gpu
from pystamps_kernels.device.arcs import uploaded_if_it_fits, with_ends
from pystamps_kernels.stage4_edge_stats.fit_vectors import fit_vectors
from pystamps_kernels.stage4_edge_stats.reference import dem_error_weights, variance_over_arcs

Float64 = npt.NDArray[np.float64]

_BLOCK = 256  # arcs per partial sum
_THREADS = 128
_MOST_THREADS = 512
_FILES = ("device/elementary.cuh", "stage4_edge_stats/kernel.cu")
PROGRAMS = {
    lanes: gpu.Program(_FILES, (("LANES", str(lanes)), ("BLOCK", str(_BLOCK)))) for lanes in (4, 1)
}
"""By arcs of a thread: one where the series of four do not fit into shared memory."""


def stage4_edge_stats(
    w: Any, edges: Any, bperp: Any, day: Any, time_win: float, n_kept: int
) -> tuple[Any, Any, Any, Any, Any]:
    """See the package; the noise of at most ``n_kept`` arcs is kept between the passes."""
    xp, n_edge, m = gpu.arrays(), len(edges), day.size
    n_block = -(-n_edge // _BLOCK)
    fit = gpu.to_device(_fit(gpu.to_host(day), time_win))
    arcs = _Arcs(uploaded_if_it_fits(w), edges, gpu.to_device(day), fit)
    kept = xp.empty((m, _room(min(n_kept, n_edge), n_edge, m)), np.float32)
    sums = np.zeros((n_block, 2, m))

    def first_pass(blocks: slice) -> None:
        sums[blocks] = gpu.to_host(arcs.noise(blocks, kept, blocks.start * _BLOCK))

    bytes_each = _BLOCK * (16 + 16 * m)  # ends, and what it takes to upload pixels of few arcs
    gpu.in_blocks(n_block, bytes_each, first_pass)
    total, square = sums.sum(axis=0)
    ifg_var = variance_over_arcs(total, square, n_edge)
    baselines = gpu.to_host(bperp)
    best = _Best(w, edges, [dem_error_weights(baselines, ifg_var), baselines])

    def second_pass(blocks: slice) -> None:
        count = _rows(blocks, n_edge).stop - blocks.start * _BLOCK
        again = xp.empty((m, count), np.float32)
        arcs.noise(blocks, again, 0)
        best.statistics(blocks, again, 0)

    n_done = -(-kept.shape[1] // _BLOCK)
    gpu.in_blocks(n_done, _BLOCK * 24, lambda b: best.statistics(b, kept, b.start * _BLOCK))
    gpu.in_blocks(n_block - n_done, bytes_each + 4 * _BLOCK * m, _shifted(second_pass, n_done))
    return (*best.results(), _on_side_of(w, ifg_var))


@dataclass(frozen=True, slots=True)
class _Arcs:
    """Arcs between the rows of ``w``; the dates and the fit lie on the device."""

    w: Any
    edges: Any
    day: Any
    fit: Any

    def noise(self, blocks: slice, kept: Any, start: int) -> Any:
        """Give sums per block; fill ``kept``, whose column ``start`` is the first of the arcs."""
        m = self.day.size
        edges = self.edges[_rows(blocks, len(self.edges))]
        lanes, groups = _shape(m)
        w, ends = with_ends(self.w, edges)
        sums = gpu.arrays().empty((blocks.stop - blocks.start, 2, m))
        threads = _THREADS if groups * m <= _THREADS else min(_MOST_THREADS, -(-m // 32) * 32)
        gpu.launch(
            PROGRAMS[lanes], "arc_noise", w, ends, self.day, self.fit, kept, sums,
            np.int64(len(edges)), np.int64(start), np.int64(kept.shape[1]), np.int64(m),
            np.int64(groups), blocks=len(sums), threads=threads,
            shared_bytes=_series_bytes(m, lanes * groups),
        )  # fmt: skip
        return sums


class _Best:
    """Statistics of arcs, and the smallest ones of each pixel."""

    def __init__(self, w: Any, edges: Any, vectors: list[Float64]) -> None:
        xp = gpu.arrays()
        self.side, self.edges = w, edges
        self.vectors = [gpu.to_device(vector) for vector in vectors]
        self.of_arc = [gpu.empty(w, (len(edges),), np.float32) for _ in range(2)]
        self.of_pixel = [xp.full(len(w), np.inf, np.float32) for _ in range(2)]

    def statistics(self, blocks: slice, kept: Any, start: int) -> None:
        """Evaluate the noise of the arcs of some blocks, kept from column ``start`` on."""
        rows = _rows(blocks, len(self.edges))
        edges = gpu.to_device(self.edges[rows])
        of_arc = [gpu.arrays().empty(len(edges), np.float32) for _ in range(2)]
        gpu.launch(
            PROGRAMS[1], "arc_statistics", kept, edges, *self.vectors, *of_arc, *self.of_pixel,
            np.int64(len(edges)), np.int64(start), np.int64(kept.shape[1]),
            np.int64(kept.shape[0]), blocks=-(-len(edges) // _THREADS), threads=_THREADS,
        )  # fmt: skip
        for target, values in zip(self.of_arc, of_arc, strict=True):
            gpu.store_rows(target, rows, values)

    def results(self) -> list[Any]:
        """Give edge_std, edge_max, ps_std and ps_max on the side of the input."""
        return [*self.of_arc, *(_on_side_of(self.side, best) for best in self.of_pixel)]


def _fit(day: Float64, time_win: float) -> Float64:
    """Give weights of the others, vectors for intercept and slope (transposed), own weights."""
    _, others, level, slope, own = fit_vectors(day, time_win)
    parts = [others.T, level.T, slope.T, np.diag(own)]
    return np.concatenate([part.ravel() for part in parts])


def _rows(blocks: slice, n_edge: int) -> slice:
    return slice(blocks.start * _BLOCK, min(blocks.stop * _BLOCK, n_edge))


def _shifted(run: Callable[[slice], None], by: int) -> Callable[[slice], None]:
    return lambda blocks: run(slice(blocks.start + by, blocks.stop + by))


def _shape(m: int) -> tuple[int, int]:
    """Give the arcs of a thread and the groups of threads of a block."""
    groups = 1
    while 2 * groups * m <= _THREADS:
        groups *= 2
    return (4 if _series_bytes(m, 4 * groups) <= 48 * 1024 else 1), groups


def _series_bytes(m: int, n_arc: int) -> int:
    return 3 * 8 * m * (n_arc + 1)


def _room(wanted: int, n_edge: int, m: int) -> int:
    """Give the number of arcs whose noise is kept: all, or whole blocks of them."""
    most = int(gpu.SHARE_OF_FREE_MEMORY * gpu.free_bytes()) // (4 * m)
    return n_edge if n_edge <= min(most, wanted) else min(most, wanted) // _BLOCK * _BLOCK


def _on_side_of(like: Any, values: Any) -> Any:
    return gpu.to_device(values) if gpu.is_on_device(like) else gpu.to_host(values)
