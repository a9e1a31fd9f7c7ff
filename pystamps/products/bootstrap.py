"""Standard deviation of a velocity by resampling the dates, seeded: StaMPS value types ``vs``.

Every draw fits a line to ``n`` dates drawn with replacement. Its slope is linear in the
observations, ``slope_b = w_b . d``, with weights ``w_b`` that are the same for all pixels because
all have the same dates. So the standard deviation over the draws of a pixel is

    std^2 = d' C d,   C = covariance of the w_b over the draws,

a quadratic form of ``n x n`` instead of thousands of fits per pixel.
"""

from __future__ import annotations

import numpy as np

from pystamps.arrays import Float32, Float64, FloatArray, Index
from pystamps.dates import DAYS_PER_YEAR
from pystamps.rows import Matrix, row_blocks
from pystamps.stages.least_squares import usable_std

DRAWS = 1500
"""As ``ps_plot`` has it for maps."""

_SEED = 20070527


def bootstrap_draws(n_date: int, *, n_draw: int = DRAWS, seed: int = _SEED) -> Index:
    """Draw dates with replacement, (n_draw, n_date), the same for the same seed."""
    return np.random.default_rng(seed).integers(0, n_date, (n_draw, n_date))


def bootstrap_velocity_std(
    series: Matrix,
    day: Float64,
    reference_column: int,
    *,
    draws: Index,
    ifg_std_deg: FloatArray | None = None,
) -> Float32:
    """Give the standard deviation of the velocity over resampled dates, mm/yr.

    Parameters
    ----------
    series : Matrix of float, shape (n_ps, n_date)
        mm, referenced; read in blocks.
    day : ndarray of float64, shape (n_date,)
    reference_column : int
        Place of the reference image, which does not take part.
    draws : ndarray of int64, shape (n_draw, n_observed)
        Places among the dates without the reference image.
    ifg_std_deg : ndarray of float, shape (n_date,), optional
        Noise of the dates. As in StaMPS the weights stay at their places and are not drawn with
        the dates.

    Returns
    -------
    ndarray of float32, shape (n_ps,)
        With ``n_draw - 1`` in the denominator; NaN for pixels that lack a date. Draws of one date
        alone have the slope 0.

    Notes
    -----
    StaMPS routine ``ps_mean_v``, which draws anew at every call.
    """
    observed = np.flatnonzero(np.arange(day.size) != reference_column)
    years = (day[observed] - day[reference_column]) / DAYS_PER_YEAR
    std = None if ifg_std_deg is None else usable_std(ifg_std_deg[observed])
    weights = np.zeros((len(draws), observed.size))
    for number, draw in enumerate(draws):
        np.add.at(weights[number], draw, _slope_weights(years[draw], std))
    covariance = np.cov(weights, rowvar=False, ddof=1).reshape(observed.size, observed.size)
    found = np.empty(len(series), dtype=np.float32)
    for rows in row_blocks(series):
        data = series[rows][:, observed].astype(np.float64)
        variance = np.einsum("ij,ij->i", data @ covariance, data)
        found[rows] = np.sqrt(np.maximum(variance, 0))
    return found


def _slope_weights(years: Float64, std: Float64 | None) -> Float64:
    """Give what the slope of a weighted straight line multiplies the observations with."""
    weight = np.ones(years.size) if std is None else std**-2.0
    centred = years - np.average(years, weights=weight)
    spread = np.sum(weight * centred**2)
    return np.zeros(years.size) if spread == 0 else weight * centred / spread
