"""A straight line in time through the displacement of every pixel, and how sure it is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pystamps.arrays import Float32, Float64, FloatArray
from pystamps.dates import DAYS_PER_YEAR
from pystamps.errors import ParameterError
from pystamps.rows import Matrix, row_blocks
from pystamps.stages.least_squares import solution_rows, usable_std


@dataclass(frozen=True, slots=True)
class LineFit:
    """Straight lines.

    Attributes
    ----------
    velocity : float32, (n_ps,), mm/yr, toward the satellite
    velocity_std : float32, (n_ps,), mm/yr, formal; NaN with two dates
    rmse : float32, (n_ps,), mm, of the series about the line
    """

    velocity: Float32
    velocity_std: Float32
    rmse: Float32


def fit_lines(
    series: Matrix, day: Float64, reference_column: int, *, ifg_std_deg: FloatArray | None = None
) -> LineFit:
    """Fit constant and velocity to every series, the dates weighted by their noise.

    Parameters
    ----------
    series : Matrix of float, shape (n_ps, n_date)
        mm, referenced; read in blocks.
    day : ndarray of float64, shape (n_date,)
    reference_column : int
        Place of the reference image, where nothing is observed: it does not take part.
    ifg_std_deg : ndarray of float, shape (n_date,), optional
        Noise of the interferograms; all equal when omitted.

    Returns
    -------
    LineFit
        NaN for pixels that lack a date.

    Raises
    ------
    ParameterError
        Fewer than two dates.

    Notes
    -----
    The standard deviation is that of the slope for independent errors: their relative weights are
    given, their size is that of the residuals of the pixel with ``n - 2`` degrees of freedom.
    Atmosphere that lasts over dates, or that the stages took off wrongly, is not in it.
    """
    observed = np.flatnonzero(np.arange(day.size) != reference_column)
    if observed.size < 2:
        raise ParameterError(f"{observed.size} interferograms are left, a velocity needs two")
    years = (day[observed] - day[reference_column]) / DAYS_PER_YEAR
    design = np.stack([np.ones(years.size), years], axis=1)
    std = None if ifg_std_deg is None else usable_std(ifg_std_deg[observed])
    weights = np.ones(observed.size) if std is None else std**-2
    rows_of_solution = solution_rows(design, std=std)
    variance = np.linalg.pinv(design.T @ (design * weights[:, None]))[1, 1]
    freedom = observed.size - 2
    found = np.empty((3, len(series)), dtype=np.float32)
    for rows in row_blocks(series):
        data = series[rows][:, observed].astype(np.float64)
        model = data @ rows_of_solution.T
        residual = data - model @ design.T
        found[0, rows] = model[:, 1]
        spread = (weights * residual**2).sum(axis=1) / freedom if freedom else np.nan
        found[1, rows] = np.sqrt(variance * spread)
        found[2, rows] = np.sqrt(np.mean(residual**2, axis=1))
    return LineFit(*found)
