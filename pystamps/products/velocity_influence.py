"""What every interferogram does to a straight line in time, without a fit for each left out.

With weights W, design X and residuals r, the coefficients without observation k differ by
``-inv(X'WX) x_k w_k r_k / (1 - h_k)``, where the leverage ``h_k = x_k' inv(X'WX) x_k w_k`` is the
share of the fitted value at k that comes from k itself. So one fit gives all of them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pystamps.arrays import Float64, FloatArray
from pystamps.dates import DAYS_PER_YEAR
from pystamps.rows import Matrix, row_blocks
from pystamps.stages.least_squares import solution_rows

_ALONE = 1e-9
"""A leverage so near to 1 that the line is not determined without the interferogram."""


@dataclass(frozen=True, slots=True)
class VelocityInfluence:
    """What the interferograms of a fit do to it.

    Attributes
    ----------
    residual_rms : float64, (n,)
        About the line, over the points; in the unit of the series.
    change_rms, change_max : float64, (n,)
        Of the velocity when the interferogram is left out, over the points; per year. NaN where
        no velocity can be told without it.
    """

    residual_rms: Float64
    change_rms: Float64
    change_max: Float64


def velocity_influence(
    series: Matrix, days: Float64, *, std: FloatArray | None = None
) -> VelocityInfluence:
    """Give residuals about the line of every point, and what leaving out an interferogram changes.

    Parameters
    ----------
    series : Matrix of float, shape (n_ps, n)
        Referenced values of the interferograms that take part; read in blocks. Points that lack
        one do not count.
    days : ndarray of float64, shape (n,)
        From the reference image.
    std : ndarray of float, shape (n,), optional
        Noise that weights them; the weights stay when one is left out.

    Returns
    -------
    VelocityInfluence
        NaN without points.

    Notes
    -----
    The corrections taken off before (look-angle error, planes) are not estimated anew.
    """
    years = np.asarray(days, dtype=np.float64) / DAYS_PER_YEAR
    design = np.stack([np.ones(years.size), years], axis=1)
    solution = solution_rows(design, std=std)
    squares, largest, n_point = np.zeros(years.size), np.zeros(years.size), 0
    for rows in row_blocks(series):
        data = series[rows].astype(np.float64)
        data = data[np.isfinite(data).all(axis=1)]
        residual = data - data @ solution.T @ design.T
        squares += np.einsum("ij,ij->j", residual, residual)
        largest = np.maximum(largest, np.abs(residual).max(axis=0, initial=0))
        n_point += len(data)
    rms = np.sqrt(squares / n_point) if n_point else np.full(years.size, np.nan)
    leverage = np.einsum("ij,ji->i", design, solution)
    is_alone = 1 - leverage < _ALONE
    change = np.abs(solution[1]) / np.where(is_alone, np.nan, 1 - leverage)
    return VelocityInfluence(rms, change * rms, change * largest if n_point else change * rms)
