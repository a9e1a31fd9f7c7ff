"""Stage 5 in a patch: pixels that passed the weeding, their phase without uncorrelated errors."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from pystamps.model import (
    Complex64,
    CorrectedPhase,
    Float32,
    Float64,
    FloatArray,
    Index,
    Pixels,
)

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
    master_ix: int,
) -> CorrectedPhase:
    """Take the uncorrelated look-angle error and the noise of the reference image off the phase.

    Parameters
    ----------
    ph : ndarray of complex64, shape (n_ps, n_ifg)
        Interferograms; their amplitudes are kept.
    ph_patch : ndarray of complex64, shape (n_ps, n_ifg - 1)
        Filtered phase, without the reference image.
    k_ps : ndarray of float64, shape (n_ps,)
        Look-angle error, rad/m.
    c_ps : ndarray of float64, shape (n_ps,)
        Noise of the reference image, rad; it is in every interferogram.
    bperp_mat : ndarray of float, shape (n_ps, n_ifg - 1)
        Perpendicular baselines, m, without the reference image.
    master_ix : int
        Column of the reference image.

    Returns
    -------
    CorrectedPhase
        ``ph_reref`` is the filtered phase with ones for the reference image.

    Notes
    -----
    StaMPS routine ``ps_correct_phase``, single precision as there.
    """
    ph_rc = np.empty(ph.shape, dtype=np.complex64)
    ph_reref = np.empty(ph.shape, dtype=np.complex64)
    for rows in row_blocks(len(ph)):
        error = uncorrelated_phase(
            k_ps[rows], c_ps[rows], bperp_mat=bperp_mat[rows], master_ix=master_ix
        )
        np.multiply(ph[rows], phasors(-error), out=ph_rc[rows])
        ph_reref[rows] = with_reference_column(ph_patch[rows], 1, master_ix=master_ix)
    return CorrectedPhase(ph_rc, ph_reref)


def uncorrelated_phase(
    k_ps: FloatArray, c_ps: FloatArray, *, bperp_mat: FloatArray, master_ix: int
) -> Float32:
    """Give ``K * bperp + C`` of every interferogram in rad, C alone for the reference image.

    Parameters
    ----------
    k_ps, c_ps : ndarray of float, shape (n_ps,)
    bperp_mat : ndarray of float, shape (n_ps, n_ifg - 1)
    master_ix : int

    Returns
    -------
    ndarray of float32, shape (n_ps, n_ifg)
    """
    error: Float32 = with_reference_column(
        bperp_mat.astype(np.float32, copy=False), 0, master_ix=master_ix
    )
    error *= k_ps.astype(np.float32)[:, None]
    error += c_ps.astype(np.float32)[:, None]
    return error


def phasors(phase: Float32) -> Complex64:
    """Give ``exp(j * phase)``; sine and cosine apart are several times faster than ``np.exp``."""
    turned = np.empty(phase.shape, dtype=np.complex64)
    np.cos(phase, out=turned.real)
    np.sin(phase, out=turned.imag)
    return turned


def with_reference_column(values: Any, fill: float, *, master_ix: int) -> Any:
    """Insert the column of the reference image: (n_ps, n_ifg - 1) becomes (n_ps, n_ifg)."""
    return np.insert(values, master_ix, fill, axis=1)


def row_blocks(n_ps: int) -> Iterator[slice]:
    """Give slices of rows small enough for the cache of temporary arrays."""
    for first in range(0, n_ps, _ROWS_AT_A_TIME):
        yield slice(first, first + _ROWS_AT_A_TIME)
