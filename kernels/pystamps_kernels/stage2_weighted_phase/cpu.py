"""Numba: rows in blocks, all values of a block in one loop. See the package."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from pystamps_kernels.host.compile import compiled
from pystamps_kernels.host.elementary import sine_cosine
from pystamps_kernels.host.tasks import do_tasks

Array = npt.NDArray[Any]
_ROWS = 64


def stage2_weighted_phase(
    ph: npt.NDArray[np.complex64],
    bperp_mat: Array,
    k_ps: npt.NDArray[np.float64],
    weighting: npt.NDArray[np.float64],
    is_single: bool,
) -> npt.NDArray[np.complex64]:
    """See the package."""
    out = np.empty(ph.shape, np.complex64)
    k_ps = k_ps.astype(np.float32 if is_single else np.float64)
    do_tasks(
        _turn_back, -(-len(ph) // _ROWS),
        np.ascontiguousarray(ph), bperp_mat, k_ps, weighting.astype(np.float32), out,
    )  # fmt: skip
    return out


@compiled
def _turn_back(
    first_task: int, end_task: int,
    ph: Array, bperp_mat: Array, k_ps: Array, weighting: Array, out: Array,
) -> None:  # fmt: skip
    n, m = ph.shape
    flat_in, flat_out = ph.reshape(n * m), out.reshape(n * m)
    for task in range(first_task, end_task):
        first, last = task * _ROWS, min(n, (task + 1) * _ROWS)
        angle = np.empty((last - first) * m, k_ps.dtype)
        weight = np.empty((last - first) * m, np.float32)
        for p in range(first, last):
            for i in range(m):
                angle[(p - first) * m + i] = bperp_mat[p, i] * k_ps[p]
                weight[(p - first) * m + i] = weighting[p]
        _multiply(flat_in[first * m : last * m], angle, weight, flat_out[first * m : last * m])


@compiled
def _multiply(z: Array, angle: Array, weight: Array, out: Array) -> None:
    """Give ``z * exp(-1j angle) * weight`` in single."""
    for q in range(angle.size):
        s, c = sine_cosine(np.float64(angle[q]))
        sine, cosine = np.float32(s), np.float32(c)
        re = z[q].real * cosine + z[q].imag * sine
        im = z[q].imag * cosine - z[q].real * sine
        out[q] = complex(re * weight[q], im * weight[q])
