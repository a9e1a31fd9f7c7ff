"""NumPy: the search as one matrix product. See the package."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]


@np.errstate(divide="ignore", invalid="ignore")
def stage2_topofit_row_invariant(
    phase: Array, bperp: Array, steps: int, k_is_single: bool, value_is_single: bool
) -> tuple[Array, Array, Array, Array]:
    """See the package."""
    z, extent = phase.astype(np.complex128), np.ptp(bperp)
    trials = np.arange(-steps, steps + 1)
    phasors = np.exp(-1j * np.outer(bperp / extent * np.pi / 4, trials))
    k = np.pi / 4 / extent * trials[np.argmax(abs(z @ phasors), axis=1)]
    k = k.astype(np.float32).astype(np.float64) if k_is_single else k
    r = z * np.exp(-1j * np.outer(k, bperp))
    a = np.angle(r * np.conj(r.sum(axis=1, keepdims=True)))
    weight = abs(z) ** 2
    k = k + (weight * a) @ bperp / (weight @ bperp**2)
    k = k.astype(np.float32).astype(np.float64) if k_is_single else k
    p = z * np.exp(-1j * np.outer(k, bperp))
    total = p.sum(axis=1)
    c, coh = np.angle(total), abs(total) / abs(p).sum(axis=1)
    if value_is_single:
        c, coh = c.astype(np.float32).astype(float), coh.astype(np.float32).astype(float)
    return k, c, coh, p.astype(phase.dtype)
