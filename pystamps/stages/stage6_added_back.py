"""Stage 6: phase that is taken off before unwrapping and added afterwards (``ps_unwrap``)."""

from __future__ import annotations

import numpy as np

from pystamps.arrays import Bool, Float32, Index
from pystamps.errors import ArtifactError
from pystamps.model import (
    SmoothedLookAngleError,
    SmoothedPairLookAngleError,
    UnwrappedGrid,
    UsedInterferograms,
)
from pystamps.rows import Matrix, made_from, row_blocks
from pystamps.stages.stage6_phase import StackPhase, unit_phasors


def look_angle_terms(
    scla: SmoothedLookAngleError | SmoothedPairLookAngleError,
    bperp: Matrix,
    *,
    file: str,
    with_reference: bool,
    with_ramps: bool,
) -> tuple[Matrix, ...]:
    """Terms of an earlier stage 7 that make fringes sparser: look-angle error, reference, ramps.

    Parameters
    ----------
    scla : SmoothedLookAngleError or SmoothedPairLookAngleError
    bperp : Matrix of float32, shape (n_ps, n_ifg)
    file : str
        Name to blame.
    with_reference : bool
        The reference image is in every interferogram, and so is its contribution.
    with_ramps : bool
        Parameter scla_deramp; ramps count only when the file has them.

    Raises
    ------
    ArtifactError
        The file is of another pixel selection.
    """
    n_ps = len(bperp)
    if scla.k_ps_uw.size != n_ps:
        raise ArtifactError(
            f"{file}: K_ps_uw has {scla.k_ps_uw.size} rows, expected {n_ps} (pixels of "
            "ps2.mat); run stage7_scla for this selection, or unwrap without the file"
        )
    slope = scla.k_ps_uw.astype(np.float32)[:, None]
    look_angle = made_from(
        (bperp,), bperp.shape, np.float32, lambda rows: slope[rows] * bperp[rows]
    )
    terms: list[Matrix] = [look_angle]
    if with_reference:
        terms.append(scla.c_ps_uw[:, None])
    if with_ramps and scla.ph_ramp.shape == bperp.shape:
        terms.append(scla.ph_ramp)
    return tuple(terms)


def phase_to_hold(stack: StackPhase, ph_uw: Matrix, is_closed: Bool, columns: Index) -> Float32:
    """Earlier unwrapped phase that is held, without what is added after unwrapping; rad.

    Parameters
    ----------
    stack : StackPhase
    ph_uw : Matrix of float32, shape (n_ps, n_ifg)
        Of the earlier pass.
    is_closed : ndarray of bool, shape (n_ps, n_ifg)
        What is held.
    columns : ndarray of int64, shape (n_used,)
        Columns to unwrap.

    Returns
    -------
    ndarray of float32, shape (n_ps, n_used)
        NaN where nothing is held.

    Notes
    -----
    Where the patch phase is unwrapped, what it leaves of a pixel is no part of what is held: the
    original holds the whole, and adds that part once more.
    """
    held = np.empty((len(stack.ph_rc), columns.size), np.float32)
    for rows in row_blocks(stack.ph_rc):
        block = np.where(is_closed[rows], ph_uw[rows], np.float32(np.nan))
        for term in stack.subtracted:
            block = (block - term[rows]).astype(np.float32)
        if stack.ph_patch is not None:
            block = block - _left_by_patch(stack, rows)
        held[rows] = block[:, columns]
    return held


def complete_phase(
    stack: StackPhase,
    ph_uw: Matrix,
    grid: UnwrappedGrid,
    *,
    used: UsedInterferograms,
) -> tuple[Matrix, Float32]:
    """Add back what was taken off and give all columns, zero where nothing was unwrapped.

    Parameters
    ----------
    stack : StackPhase
    ph_uw : Matrix of float32, shape (n_ps, n_used)
        Unwrapped phase of the pixels.
    grid : UnwrappedGrid
    used : UsedInterferograms
        Interferograms that were unwrapped.

    Returns
    -------
    ph_uw : Matrix of float32, shape (n_ps, n_ifg), rad
    msd : ndarray of float32, shape (n_ifg,), rad^2
    """
    interferograms = stack.interferograms

    def complete(rows: slice) -> Float32:
        result: Float32 = interferograms.in_all_columns(ph_uw[rows], used.observed)
        for term in stack.subtracted:
            result += term[rows].astype(np.float32)
        if stack.ph_patch is not None:
            result += _left_by_patch(stack, rows)
        result[:, used.not_observed] = 0
        return result

    msd = interferograms.in_all_columns(grid.msd.astype(np.float32), used.observed)
    return made_from((stack.ph_rc,), stack.ph_rc.shape, np.float32, complete), msd


def _left_by_patch(stack: StackPhase, rows: slice) -> Float32:
    """Phase that the unwrapped patch phase leaves of some pixels, rad; 0 in the null column."""
    assert stack.ph_patch is not None
    patch = stack.interferograms.with_null_column(unit_phasors(stack.ph_patch[rows]), 0)
    return np.asarray(np.angle(stack.ph_rc[rows] * patch.conj()))
