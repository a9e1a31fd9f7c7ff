"""Tropospheric delay that grows evenly with height, estimated from unwrapped phase."""

from __future__ import annotations

import logging
from dataclasses import dataclass

import numpy as np

from pystamps.arrays import Bool, Float64, FloatArray
from pystamps.errors import ParameterError
from pystamps.fit_condition import require_determined, surface_condition
from pystamps.rows import Matrix, made_from
from pystamps.stages.least_squares import coefficients_of_columns
from pystamps.stages.missing_phase import columns_by_missing, columns_in_blocks

log = logging.getLogger(__name__)

FLATTEST_M = 1.0
"""Spread of the heights beyond a plane below which no delay is told from them."""
HIGH_TILT = 0.9
"""Correlation of the heights with a plane from which the slope is 2.3 times as uncertain."""


@dataclass(frozen=True, slots=True)
class LinearDelays:
    """Delay that is a straight line in height.

    Attributes
    ----------
    delays : Matrix of float64, (n_ps, n_ifg), slope times height plus constant in rad; NaN where
        the phase is
    slope : float64, (n_ifg,), rad per km of height
    constant : float64, (n_ifg,), rad at height 0 and, with a plane, at the middle of the pixels
    """

    delays: Matrix
    slope: Float64
    constant: Float64


def linear_delays(
    phase: Matrix, height: FloatArray, *, is_used: Bool, plane_xy: FloatArray | None = None
) -> LinearDelays:
    """Estimate a delay that is proportional to height, for every interferogram by itself.

    Parameters
    ----------
    phase : Matrix of float, shape (n_ps, n_ifg)
        Unwrapped phase in rad, NaN where missing.
    height : ndarray of float, shape (n_ps,)
        m.
    is_used : ndarray of bool, shape (n_ps,)
        Pixels that the line is fitted to; the delay is given at all of them.
    plane_xy : ndarray of float, shape (n_ps, 2), optional
        Local coordinates in m: a plane is estimated with the line and left in the phase, so that
        an orbital ramp over a slope is not taken for delay. None = line and constant only, as in
        TRAIN.

    Returns
    -------
    LinearDelays

    Raises
    ------
    ParameterError
        Too few pixels, or heights that do not differ beyond what a plane explains.

    Notes
    -----
    ``aps_linear`` of TRAIN (Bekaert et al., 2015, doi:10.1016/j.rse.2015.08.035), in double
    precision. Phase that follows the terrain for another reason, deformation above all, goes into
    the slope: leave these pixels out.
    """
    used = is_used & np.isfinite(height)
    terms = _terms(height, plane_xy, used)
    coefficients = np.zeros((terms.shape[1], phase.shape[1]))
    for columns, valid in columns_by_missing(phase):
        here = used if valid is None else used & valid
        rows = np.flatnonzero(here)
        _require_heights(height[rows], None if plane_xy is None else plane_xy[rows], columns.size)
        data = columns_in_blocks(phase, columns)
        coefficients[:, columns] = coefficients_of_columns(terms[rows], data, rows)
    line = coefficients[:2]

    def give(rows: slice) -> Float64:
        delays: Float64 = terms[rows, :2] @ line
        delays[np.isnan(phase[rows])] = np.nan
        return delays

    delays = made_from((phase,), phase.shape, np.float64, give)
    return LinearDelays(delays, slope=line[0], constant=line[1])


def without_dem_error(phase: Matrix, bperp: FloatArray) -> Matrix:
    """Take the part proportional to the perpendicular baseline off every pixel.

    Parameters
    ----------
    phase : Matrix of float, shape (n_ps, n_ifg)
        Unwrapped phase in rad, NaN where missing.
    bperp : ndarray of float, shape (n_ifg,)
        m.

    Returns
    -------
    Matrix of float64, as far in memory as ``phase``

    Notes
    -----
    Option ``powerlaw_DEM_corr`` of TRAIN: least squares without a constant. Interferograms that a
    pixel lacks take no part in its fit.
    """
    baselines = np.asarray(bperp, dtype=np.float64)

    def give(rows: slice) -> Float64:
        block = phase[rows].astype(np.float64)
        size = np.isfinite(block) @ baselines**2
        slope = np.nansum(block * baselines, axis=1) / np.where(size > 0, size, 1.0)
        return np.asarray(block - slope[:, None] * baselines)

    return made_from((phase,), phase.shape, np.float64, give)


def _terms(height: FloatArray, plane_xy: FloatArray | None, used: Bool) -> Float64:
    """Give height in km, 1 and, for a plane, coordinates in km from the middle of the pixels."""
    kilometres = np.asarray(height, dtype=np.float64) / 1000
    line = [kilometres, np.ones_like(kilometres)]
    if plane_xy is None or not used.any():
        return np.stack(line, axis=1)
    xy = np.asarray(plane_xy, dtype=np.float64) / 1000
    return np.column_stack([*line, xy - xy[used].mean(axis=0)])


def _require_heights(height: FloatArray, plane_xy: FloatArray | None, n_column: int) -> None:
    """Refuse heights that tell no delay; warn where they are almost a plane."""
    where = f"delay and height of {n_column} interferograms"
    n_term = 2 if plane_xy is None else 4
    if height.size <= n_term:
        raise ParameterError(
            f"{where}: {height.size} pixels with phase and height outside the deforming area, "
            f"{n_term + 1} or more are needed; make the area smaller"
        )
    centred = np.asarray(height, dtype=np.float64) - float(np.mean(height, dtype=np.float64))
    left = centred
    if plane_xy is not None:
        require_determined(
            surface_condition(plane_xy, 3),
            f"{where}: plane",
            remedy="estimate the delay without a plane (troposphere.plane: false)",
        )
        xy = np.asarray(plane_xy, dtype=np.float64)
        terms = np.column_stack([xy - xy.mean(axis=0), np.ones(len(xy))])
        left = centred - terms @ np.linalg.lstsq(terms, centred, rcond=None)[0]
    spread, whole = float(np.std(left)), float(np.std(centred))
    if spread < FLATTEST_M:
        beyond = "" if plane_xy is None else " beyond a plane"
        raise ParameterError(
            f"{where}: the heights of the pixels (hgt2.mat) differ by {spread:.2g} m (standard "
            f"deviation){beyond}, {FLATTEST_M:g} m or more are needed: no delay can be told from "
            "them; use delays of a weather model"
        )
    tilt = float(np.sqrt(max(0.0, 1 - (spread / whole) ** 2)))
    if tilt > HIGH_TILT:
        log.warning(
            "%s: the heights are almost a plane (R = %.4f); delay and orbital ramp are hardly told "
            "apart", where, tilt,
        )  # fmt: skip
