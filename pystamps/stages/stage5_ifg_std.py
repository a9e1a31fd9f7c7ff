"""Stage 5, end: noise of each interferogram."""

from __future__ import annotations

import numpy as np

from pystamps.arrays import Array, Float32, Float64
from pystamps.model import Interferograms
from pystamps.rows import Matrix
from pystamps.stages.stage5_correct import error_of_columns, phasors, pixel_blocks


def interferogram_noise(
    ph: Matrix,
    ph_patch: Matrix,
    *,
    k_ps: Float64,
    c_ps: Float64,
    bperp_mat: Matrix,
    interferograms: Interferograms,
) -> Float32:
    """Give the rms of what filtered phase and uncorrelated errors leave, degrees.

    Parameters
    ----------
    ph : Matrix of complex, shape (n_ps, n_ifg)
    ph_patch : Matrix of complex, shape (n_ps, n_used)
    k_ps, c_ps : ndarray of float64, shape (n_ps,)
    bperp_mat : Matrix of float, shape (n_ps, n_used)
    interferograms : Interferograms

    Returns
    -------
    ndarray of float32, shape (n_ifg,)

    Notes
    -----
    StaMPS routine ``ps_calc_ifg_std``, about zero as there. The sum is in double here, because
    a sum of many single values depends on their order; fewer than three pixels are counted
    right, where StaMPS divides by three.
    """
    c_of_all = c_ps if interferograms.has_null_column else None
    square = np.zeros(ph.shape[1])
    for rows in pixel_blocks(len(ph)):
        square += _square_sums(
            ph[rows],
            interferograms.with_null_column(ph_patch[rows], 1),
            interferograms.with_null_column(bperp_mat[rows].astype(np.float32, copy=False), 0),
            k_ps[rows],
            None if c_of_all is None else c_of_all[rows],
        )
    return noise_of_squares(square, len(ph))


def squares_of_columns(
    ph: Array,
    ph_patch: Array,
    *,
    k_ps: Float64,
    c_ps: Float64 | None,
    bperp_mat: Array,
    interferograms: Interferograms,
) -> Float64:
    """Give the sum over all pixels of the squares that make up the noise, rad^2, (n_ifg,).

    Parameters
    ----------
    ph, ph_patch, k_ps, bperp_mat : ndarray
        As for :func:`interferogram_noise`, of some columns, two or more: NumPy adds up a single
        one in another order, and the last bit would depend on how the columns are divided.
    c_ps : ndarray of float64, shape (n_ps,), or None
        None of small baselines.
    interferograms : Interferograms
        These columns.
    """
    square = np.zeros(ph.shape[1])
    for rows in pixel_blocks(len(ph)):
        by_rows = [np.ascontiguousarray(values[rows]) for values in (ph, ph_patch, bperp_mat)]
        square += _square_sums(
            by_rows[0],
            interferograms.with_null_column(by_rows[1], 1),
            interferograms.with_null_column(by_rows[2].astype(np.float32, copy=False), 0),
            k_ps[rows],
            None if c_ps is None else c_ps[rows],
        )
    return square


def noise_of_squares(square: Float64, n_ps: int) -> Float32:
    """Give the rms in degrees of sums of squares over so many pixels."""
    return np.rad2deg(np.sqrt(square / max(n_ps, 1))).astype(np.float32)


def _square_sums(
    ph: Array, ph_patch: Array, bperp: Float32, k_ps: Float64, c_ps: Float64 | None
) -> Float64:
    """Sum the squares of the angles of a few pixels; all arrays row after row in memory."""
    error = error_of_columns(k_ps, c_ps, bperp)
    noise = ph.astype(np.complex64) * phasors(-error)
    noise *= np.conj(ph_patch)
    angle = np.angle(noise)
    sums: Float64 = np.einsum("ij,ij->j", angle, angle, dtype=np.float64)
    return sums
