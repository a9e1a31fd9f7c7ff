"""NumPy, one pixel after the other. See the package."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]


def stage2_topofit(
    phase: Array, bperp: Array, steps: int, k_is_single: bool, value_is_single: bool
) -> tuple[Array, Array, Array, Array]:
    """See the package."""
    n = phase.shape[0]
    k, c, coh, residual = np.empty(n), np.empty(n), np.empty(n), np.zeros_like(phase)
    for row in range(n):
        ok = phase[row] != 0
        z, b = phase[row, ok].astype(np.complex128), bperp[row, ok].astype(np.float64)
        k[row], p = _fit(z, b, steps, k_is_single) if z.size else (np.nan, z)
        total = p.sum() if z.size else complex(np.nan, np.nan)
        c[row], coh[row] = np.angle(total), abs(total) / max(abs(p).sum(), np.spacing(0.0))
        residual[row, ok] = p
    if value_is_single:
        c, coh = c.astype(np.float32).astype(float), coh.astype(np.float32).astype(float)
    return k, c, coh, residual


@np.errstate(divide="ignore", invalid="ignore")
def _fit(z: Array, b: Array, steps: int, k_is_single: bool) -> tuple[float, Array]:
    """Give the look-angle error and the residual phasors of one pixel."""
    extent = np.ptp(b)
    trials = np.arange(-steps, steps + 1)
    phasors = np.exp(-1j * np.outer(b / extent * np.pi / 4, trials))
    best = np.argmax(abs((phasors * z[:, None]).sum(axis=0)) / abs(z).sum())
    k = np.pi / 4 / extent * trials[best]
    k = float(np.float32(k)) if k_is_single else k
    r = z * np.exp(-1j * k * b)
    a = np.angle(r * np.conj(r.sum()))
    w = abs(z)
    k += ((w * b) @ (w * a)) / ((w * b) @ (w * b))
    k = float(np.float32(k)) if k_is_single else k
    return k, z * np.exp(-1j * k * b)
