"""Velocity and look-angle error of wrapped phase: the highest point of a periodogram, refined."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from pystamps_kernels.choice import AUTO, KernelChoice, implementation

Float64 = npt.NDArray[np.float64]

STEP_RAD = 0.8
"""By how much the phase changes from one trial to the next over the whole range of a quantity."""


def accuracy_two_slopes(
    phase: Float64, columns: Float64, limits: Float64, *, choice: KernelChoice = AUTO
) -> Float64:
    """Give constant and two slopes that fit wrapped phase best.

    Parameters
    ----------
    phase : ndarray of float64, shape (n, m)
        rad, whole cycles do not count; a row with NaN gets NaN.
    columns : ndarray of float64, shape (m, 2)
        The two quantities that phase is proportional to, for example years and baselines in m.
    limits : ndarray of float64, shape (2,)
        Largest modulus of each slope, in rad per unit of its quantity.
    choice : KernelChoice

    Returns
    -------
    ndarray of float64, shape (n, 3)
        Constant in rad and the slopes.

    Notes
    -----
    The slopes are searched that maximise ``|sum_i exp(j (phase_i - a x_i - b y_i))|`` (Ferretti et
    al. 2001, IEEE Trans. Geosci. Remote Sens. 39, 8-20), then refined by least squares on wrapped
    residuals.
    """
    if columns.shape != (phase.shape[1], 2) or limits.shape != (2,):
        raise ValueError(f"{phase.shape=}, {columns.shape=} and {limits.shape=} do not fit")
    search = implementation("accuracy_two_slopes", choice)
    design = np.column_stack([np.ones(len(columns)), columns])
    found: Float64 = search(
        np.ascontiguousarray(phase, dtype=np.float64),
        np.ascontiguousarray(design, dtype=np.float64),
        np.ascontiguousarray(np.linalg.pinv(design)),
        trials_of_slopes(columns, limits),
    )
    return found


def trials_of_slopes(columns: Float64, limits: Float64) -> Float64:
    """Give the pairs of slopes that are tried, (n_trial, 2), the second changing fastest."""
    first, second = (
        _steps(float(np.ptp(column)) if column.size else 0.0, float(limit))
        for column, limit in zip(columns.T, limits, strict=True)
    )
    pairs = np.stack(np.meshgrid(first, second, indexing="ij"), axis=-1)
    return np.ascontiguousarray(pairs.reshape(-1, 2))


def _steps(extent: float, limit: float) -> Float64:
    """Give slopes up to a limit, 0 among them; 0 alone where the quantity is always the same."""
    n_step = int(np.ceil(limit * extent / STEP_RAD))
    return np.arange(-n_step, n_step + 1).astype(np.float64) * (STEP_RAD / extent if extent else 0)
