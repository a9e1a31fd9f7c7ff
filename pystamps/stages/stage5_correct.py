"""Stage 5 in a patch: pixels that passed the weeding, their phase without uncorrelated errors."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from pystamps.arrays import Complex64, Float32, Float64, FloatArray, Index
from pystamps.model import CorrectedPhase, Interferograms, Pixels

_ROWS_AT_A_TIME = 16384


def kept_pixels(pixels: Pixels, rows: Index) -> Pixels:
    """Give the positions of some candidates; the numbers in the first columns stay theirs.

    Parameters
    ----------
    pixels : Pixels
        Generation 1.
    rows : ndarray of int64, shape (n,)
    """
    return replace(
        pixels,
        ij=pixels.ij[rows],
        lonlat=pixels.lonlat[rows],
        xy=pixels.xy[rows],
        sort_ix=None,
    )


def correct_phase(
    ph: Complex64,
    ph_patch: Complex64,
    *,
    k_ps: Float64,
    c_ps: Float64,
    bperp_mat: FloatArray,
    interferograms: Interferograms,
) -> CorrectedPhase:
    """Take the uncorrelated look-angle error and the noise of the reference image off the phase.

    Parameters
    ----------
    ph : ndarray of complex64, shape (n_ps, n_ifg)
        Interferograms; their amplitudes are kept.
    ph_patch : ndarray of complex64, shape (n_ps, n_used)
        Filtered phase, without the null column.
    k_ps : ndarray of float64, shape (n_ps,)
        Look-angle error, rad/m.
    c_ps : ndarray of float64, shape (n_ps,)
        Contribution of the noise of the reference image, rad; it is in every interferogram, but
        those of small baselines.
    bperp_mat : ndarray of float, shape (n_ps, n_used)
        Perpendicular baselines, m, without the null column.
    interferograms : Interferograms

    Returns
    -------
    CorrectedPhase
        ``ph_reref`` is the filtered phase with ones in the null column; None with small baselines.

    Notes
    -----
    StaMPS routine ``ps_correct_phase``, single precision as there.
    """
    ph_rc = np.empty(ph.shape, dtype=np.complex64)
    ph_reref = np.empty_like(ph_rc) if interferograms.has_null_column else None
    for rows in pixel_blocks(len(ph)):
        error = uncorrelated_phase(
            k_ps[rows], c_ps[rows], bperp_mat=bperp_mat[rows], interferograms=interferograms
        )
        np.multiply(ph[rows], phasors(-error), out=ph_rc[rows])
        if ph_reref is not None:
            ph_reref[rows] = interferograms.with_null_column(ph_patch[rows], 1)
    return CorrectedPhase(ph_rc, ph_reref)


def uncorrelated_phase(
    k_ps: FloatArray, c_ps: FloatArray, *, bperp_mat: FloatArray, interferograms: Interferograms
) -> Float32:
    """Give ``K * bperp + C`` of every interferogram in rad, C alone in the null column.

    That of small baselines is ``K * bperp``.

    Parameters
    ----------
    k_ps, c_ps : ndarray of float, shape (n_ps,)
    bperp_mat : ndarray of float, shape (n_ps, n_used)
    interferograms : Interferograms

    Returns
    -------
    ndarray of float32, shape (n_ps, n_ifg)

    Notes
    -----
    Interferogram k is image k minus reference image, so that noise n_r of the reference image is
    -n_r = C in every column. Taken off everywhere, the null column too, it leaves image k alone in
    column k and -C = n_r, the reference image alone, in the null column. Small baselines share no
    image, so that C is of none.
    """
    single = bperp_mat.astype(np.float32, copy=False)
    c_of_all = c_ps if interferograms.has_null_column else None
    return error_of_columns(k_ps, c_of_all, interferograms.with_null_column(single, 0))


def error_of_columns(k_ps: FloatArray, c_ps: FloatArray | None, bperp: Float32) -> Float32:
    """Give ``K * bperp + C`` in rad of any columns, ``K * bperp`` without ``c_ps``."""
    error: Float32 = bperp * k_ps.astype(np.float32)[:, None]
    if c_ps is not None:
        error += c_ps.astype(np.float32)[:, None]
    return error


def phasors(phase: Float32) -> Complex64:
    """Give ``exp(j * phase)``; sine and cosine apart are several times faster than ``np.exp``."""
    turned = np.empty(phase.shape, dtype=np.complex64)
    np.cos(phase, out=turned.real)
    np.sin(phase, out=turned.imag)
    return turned


def pixel_blocks(n_ps: int) -> Iterator[slice]:
    """Give slices of rows small enough for the cache of temporary arrays."""
    for first in range(0, n_ps, _ROWS_AT_A_TIME):
        yield slice(first, first + _ROWS_AT_A_TIME)
