"""Stage 6: phase to unwrap, and unwrapped phase from what comes back (StaMPS ``ps_unwrap``)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from math import inf

import numpy as np

from pystamps.arrays import Complex64, Float64, Index
from pystamps.config import Compat
from pystamps.errors import ArtifactError, ParameterError
from pystamps.model import (
    Interferograms,
    Pixels,
    UsedInterferograms,
)
from pystamps.parameters import Parameters
from pystamps.rows import Matrix, Rows, row_blocks
from pystamps.stages.dem_error import (
    LOOK_TO_INCIDENCE,
    UNKNOWN_INCIDENCE,
    check_cycles,
    largest_slope,
)
from pystamps.stages.stage6_gradient import FringeSettings
from pystamps.stages.stage6_grid import GridSettings
from pystamps.stages.stage6_time import TimeSettings, effective_method


@dataclass(frozen=True, slots=True)
class StackPhase:
    """Phase of the merged pixels and what is taken off before unwrapping.

    Attributes
    ----------
    interferograms : Interferograms
    ph_rc : complex64, (n_ps, n_ifg)
    bperp : float32, (n_ps, n_ifg), m, zero in the null column
    k_ps : float64, (n_ps,) or None, look-angle error that stage 5 removed, rad/m
    ph_patch : complex64, (n_ps, n_used) or None; given when the patch phase is unwrapped
    subtracted : tuple of Matrix of float that broadcast to (n_ps, n_ifg), rad
        Terms taken off before and added back after unwrapping.
    """

    interferograms: Interferograms
    ph_rc: Matrix
    bperp: Matrix
    k_ps: Float64 | None = None
    ph_patch: Matrix | None = None
    subtracted: tuple[Matrix, ...] = ()


def refuse_what_is_missing(parameters: Parameters) -> None:
    """Refuse impossible values.

    Raises
    ------
    ParameterError
        Unknown method, or no wavelength.
    """
    effective_method(parameters.unwrap_method)
    if parameters.unwrap_la_error_flag and not parameters.lambda_ > 0:
        raise ParameterError(f"lambda: {parameters.lambda_:g} m; set the radar wavelength")


def phase_to_unwrap(stack: StackPhase, columns: Index, *, most_bytes: float = inf) -> Matrix:
    """Unit phasors to unwrap, complex64, shape (n_ps, n_used); zeros stay zero.

    Parameters
    ----------
    stack : StackPhase
    columns : ndarray of int64, shape (n_used,)
        Columns to unwrap.
    most_bytes : float
        A matrix of more is computed when its rows are asked for.

    Notes
    -----
    The uncorrelated look-angle error is put back, lest its spatially correlated part be cut in two.
    """
    shape = (len(stack.ph_rc), columns.size)
    phase = Rows(shape, np.complex64, lambda rows: _all_to_unwrap(stack, rows)[:, columns])
    return phase if phase.nbytes > most_bytes else np.asarray(phase)


def _all_to_unwrap(stack: StackPhase, rows: slice) -> Complex64:
    """Unit phasors of some pixels in all columns."""
    w: Complex64 = stack.ph_rc[rows]
    if stack.ph_patch is not None:
        w = stack.interferograms.with_null_column(unit_phasors(stack.ph_patch[rows]), 1)
    elif stack.k_ps is not None:
        look_angle = stack.k_ps[rows].astype(np.float32)[:, None] * stack.bperp[rows]
        w = _turned(w, np.exp(np.complex64(1j) * look_angle))
    w = unit_phasors(w)
    for term in stack.subtracted:
        w = _turned(w, np.exp(-1j * term[rows]).astype(np.complex64))
    return w


def _turned(w: Complex64, by: Complex64) -> Complex64:
    """Multiply phasors that have names: of unnamed large ones NumPy swaps factors, and rounding."""
    return w * by


def unit_phasors(z: Complex64) -> Complex64:
    """Phasors of unit modulus; zeros stay zero."""
    size = np.abs(z)
    with np.errstate(invalid="ignore"):  # NaN is found by check_phase
        return np.asarray(z / np.where(size == 0, np.float32(1), size))


def checked_phase(w: Matrix, names: Sequence[object]) -> Matrix:
    """Give the phase, checked (see :func:`check_phase`): at once, or its rows as they come."""
    if not isinstance(w, Rows):
        check_phase(w, names)
        return w

    def give(rows: slice) -> Complex64:
        block: Complex64 = w[rows]
        if (block == 0).any() or not np.isfinite(block).all():
            check_phase(w, names)
        return block

    return Rows(w.shape, w.dtype, give)


def check_phase(w: Matrix, names: Sequence[object]) -> None:
    """Refuse pixels without phase.

    Parameters
    ----------
    w : Matrix of complex64, shape (n_ps, n_used)
    names : sequence, n_used
        Names of the columns for people.

    Raises
    ------
    ArtifactError
        Names the first such pixel and interferogram, and counts the others.
    """
    wrong_pixels, wrong_columns = np.zeros(len(w), np.bool_), np.zeros(w.shape[1], np.bool_)
    for rows in row_blocks(w):
        block = w[rows]
        wrong = (block == 0) | ~np.isfinite(block)
        wrong_pixels[rows], wrong_columns = wrong.any(axis=1), wrong_columns | wrong.any(axis=0)
    if not wrong_pixels.any():
        return
    pixel = int(np.argmax(wrong_pixels))
    values = w[pixel : pixel + 1][0]
    position = int(np.argmax((values == 0) | ~np.isfinite(values)))
    raise ArtifactError(
        f"rc2.mat: the phase of pixel {pixel + 1} in {names[position]} is "
        f"{'zero' if values[position] == 0 else 'not a number'} "
        f"({np.count_nonzero(wrong_pixels)} such pixels, {np.count_nonzero(wrong_columns)} such "
        "interferograms); drop these interferograms (drop_ifg_index) or remove the pixels and run "
        "stage5_merge again"
    )


def grid_settings(parameters: Parameters, unwrapped: Interferograms) -> GridSettings:
    """Give the settings of the grid for the interferograms that are unwrapped."""
    return GridSettings(
        parameters.unwrap_grid_size,
        parameters.unwrap_gold_n_win,
        parameters.unwrap_prefilter_flag,
        parameters.unwrap_gold_alpha,
        low_pass=effective_method(parameters.unwrap_method, unwrapped) == "3D",
    )


def time_settings(
    parameters: Parameters, pixels: Pixels, *, mean_la: float | None, compat: Compat
) -> TimeSettings:
    """Give the settings of the expected differences.

    Parameters
    ----------
    parameters : Parameters
    pixels : Pixels
    mean_la : float or None
        Mean look angle in rad, used when ``pixels`` does not know its incidence angle.
    compat : Compat
    """
    stack = pixels.interferograms
    fringes = None
    if parameters.unwrap_spatial_cost_func_flag:
        fringes = FringeSettings(parameters.unwrap_gold_n_win, compat.column_fringe_sign_reversed)
    return TimeSettings(
        method=parameters.unwrap_method,
        interferograms=stack.of_columns(used_to_unwrap(parameters, stack).observed),
        time_win=parameters.unwrap_time_win,
        look_angle=parameters.unwrap_la_error_flag,
        n_trial_wraps=n_trial_wraps(parameters, pixels, mean_la),
        fringes=fringes,
    )


def used_to_unwrap(parameters: Parameters, stack: Interferograms) -> UsedInterferograms:
    """Give the interferograms to unwrap.

    Raises
    ------
    ParameterError
        None is left.
    """
    used = stack.used(parameters.drop_ifg_index)
    if not used.observed.size:
        raise ParameterError("drop_ifg_index: no interferogram is left to unwrap")
    return used


def n_trial_wraps(parameters: Parameters, pixels: Pixels, mean_la: float | None) -> float:
    """Cycles of look-angle error that max_topo_err allows over the range of baselines."""
    incidence = pixels.mean_incidence
    if incidence is None:
        incidence = UNKNOWN_INCIDENCE if mean_la is None else mean_la + LOOK_TO_INCIDENCE
    wraps = float(np.ptp(pixels.bperp)) * largest_slope(parameters, incidence) / (2 * math.pi)
    if parameters.unwrap_la_error_flag:
        check_cycles(wraps, parameters)
    return wraps
