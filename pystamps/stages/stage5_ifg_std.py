"""Stage 5, end: noise of each interferogram."""

from __future__ import annotations

import numpy as np

from pystamps.arrays import Float32, Float64
from pystamps.model import Interferograms
from pystamps.rows import Matrix
from pystamps.stages.stage5_correct import (
    phasors,
    pixel_blocks,
    uncorrelated_phase,
)


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
    square = np.zeros(ph.shape[1])
    for rows in pixel_blocks(len(ph)):
        error = uncorrelated_phase(
            k_ps[rows], c_ps[rows], bperp_mat=bperp_mat[rows], interferograms=interferograms
        )
        noise = ph[rows].astype(np.complex64) * phasors(-error)
        noise *= np.conj(interferograms.with_null_column(ph_patch[rows], 1))
        angle = np.angle(noise)
        square += np.einsum("ij,ij->j", angle, angle, dtype=np.float64)
    return np.rad2deg(np.sqrt(square / max(len(ph), 1))).astype(np.float32)
