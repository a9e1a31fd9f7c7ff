"""One iteration of stage 2: weighted grid, phase filter, search for the look-angle error."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from pystamps.errors import PystampsError
from pystamps.model import Bool, Complex64, Float32, Float64, FloatArray
from pystamps.progress import Progress
from pystamps.stages.filter_grid import FilterGrid
from pystamps_kernels import KernelChoice
from pystamps_kernels.stage2_clap_filter import stage2_clap_filter
from pystamps_kernels.stage2_grid_accumulate import stage2_grid_accumulate
from pystamps_kernels.stage2_topofit import Fit, stage2_topofit
from pystamps_kernels.stage2_topofit_row_invariant import stage2_topofit_row_invariant
from pystamps_kernels.stage2_weighted_phase import stage2_weighted_phase

_BYTES_PER_PHASOR = 40
"""Work space of the search: difference, its copy, residual and their masks."""


@dataclass(frozen=True, slots=True)
class UnitPhase:
    """What stays the same in all iterations.

    Attributes
    ----------
    ph : complex64, (n_ps, n_used), unit phasors, null values 0
    bperp_mat : float32 or float64, (n_ps, n_used), m
    grid : FilterGrid
    low_pass : float64, (clap_win, clap_win)
    alpha, beta : float
        Of the phase filter.
    n_trial_wraps : float
    null_clears_cell : bool
        A candidate that could not be searched makes its cell NaN (as the original), else it
        contributes nothing.
    """

    ph: Complex64
    bperp_mat: FloatArray
    grid: FilterGrid
    low_pass: Float64
    alpha: float
    beta: float
    n_trial_wraps: np.floating[Any]
    null_clears_cell: bool


@dataclass(slots=True)
class Estimate:
    """What the iterations improve; names, shapes and classes as in ``PhaseNoise``."""

    k_ps: Float64
    c_ps: Float64
    coh_ps: Float64
    n_opt: Float64
    ph_res: Float32
    ph_patch: Complex64
    ph_grid: Complex64
    ph_weight: Complex64

    @classmethod
    def zero(cls, n_ps: int, n_used: int, shape: tuple[int, int]) -> Estimate:
        """State before the first iteration."""
        return cls(
            k_ps=np.zeros(n_ps),
            c_ps=np.zeros(n_ps),
            coh_ps=np.zeros(n_ps),
            n_opt=np.zeros(n_ps),
            ph_res=np.zeros((n_ps, n_used), np.float32),
            ph_patch=np.zeros((n_ps, n_used), np.complex64),
            ph_grid=np.zeros((*shape, n_used), np.complex64),
            ph_weight=np.zeros((n_ps, n_used), np.complex64),
        )


def iterate(
    stack: UnitPhase,
    estimate: Estimate,
    *,
    weighting: Float64,
    memory_budget_mb: int,
    choice: KernelChoice,
    progress: Progress,
) -> None:
    """Replace an estimate by the next one.

    Parameters
    ----------
    stack : UnitPhase
    estimate : Estimate
        Changed in place. Candidates with a null value get K = NaN and coherence 0 and keep the
        rest of what they had.
    weighting : ndarray of float64, shape (n_ps,)
    memory_budget_mb : int
    choice : KernelChoice
    progress : Progress
        Told the number of candidates searched.
    """
    estimate.ph_weight = _weighted_phase(stack, estimate.k_ps, weighting, choice)
    estimate.ph_grid = stage2_grid_accumulate(
        estimate.ph_weight,
        stack.grid.cell,
        shape=stack.grid.shape,
        by_cell=stack.grid.by_cell,
        choice=choice,
    )
    estimate.ph_patch = _patch_phase(stack, estimate.ph_grid, choice)
    n, m = stack.ph.shape
    shared = bool((stack.bperp_mat == stack.bperp_mat[:1]).all())
    size = max(1, memory_budget_mb * 10**6 // (_BYTES_PER_PHASOR * m))
    for first in range(0, n, size):
        rows = slice(first, min(first + size, n))
        _search(stack, estimate, rows, shared, choice)
        progress(rows.stop, n)


def _weighted_phase(
    stack: UnitPhase, k_ps: Float64, weighting: Float64, choice: KernelChoice
) -> Complex64:
    weighted = stage2_weighted_phase(
        stack.ph, stack.bperp_mat, k_ps=k_ps, weighting=weighting, choice=choice
    )
    if not stack.null_clears_cell:
        weighted[np.isnan(k_ps)] = 0
    return weighted


def _patch_phase(stack: UnitPhase, ph_grid: Complex64, choice: KernelChoice) -> Complex64:
    """Unit phasors of the filtered grid in the cells of the candidates."""
    filtered = stage2_clap_filter(
        ph_grid, stack.low_pass, alpha=stack.alpha, beta=stack.beta, choice=choice
    )
    broken = np.flatnonzero(np.isnan(filtered).any(axis=(0, 1)))
    if broken.size:
        raise PystampsError(
            f"stage 2: the phase filter gives NaN in interferogram {broken[0] + 1} (the reference "
            "image not counted); check the phase of that interferogram"
        )
    patch: Complex64 = unit_phasors(filtered)[0][stack.grid.ij[:, 0], stack.grid.ij[:, 1]]
    return patch


def unit_phasors(ph: Complex64) -> tuple[Complex64, Float32]:
    """Divide phasors by their moduli; give both, with modulus 1 for null values."""
    modulus = np.abs(ph)
    modulus[modulus == 0] = 1
    unit = np.empty_like(ph)
    np.divide(ph.real, modulus, out=unit.real)
    np.divide(ph.imag, modulus, out=unit.imag)
    return unit, modulus


def search(
    phase: Complex64,
    bperp_mat: FloatArray,
    *,
    n_trial_wraps: float,
    shared_baselines: bool,
    choice: KernelChoice,
) -> Fit:
    """Search the look-angle error with the kernel that fits the baselines."""
    if shared_baselines and len(bperp_mat):
        return stage2_topofit_row_invariant(
            phase, bperp_mat[0], n_trial_wraps=n_trial_wraps, choice=choice
        )
    return stage2_topofit(phase, bperp_mat, n_trial_wraps=n_trial_wraps, choice=choice)


def _search(
    stack: UnitPhase, estimate: Estimate, rows: slice, shared: bool, choice: KernelChoice
) -> None:
    """Search the candidates of a block that have no null value."""
    difference = stack.ph[rows] * np.conj(estimate.ph_patch[rows])
    usable: Bool = (difference != 0).all(axis=1)
    places = rows if usable.all() else rows.start + np.flatnonzero(usable)
    fit = search(
        difference if usable.all() else difference[usable],
        stack.bperp_mat[places],
        n_trial_wraps=float(stack.n_trial_wraps),
        shared_baselines=shared,
        choice=choice,
    )
    estimate.k_ps[rows], estimate.coh_ps[rows] = np.nan, 0.0
    estimate.k_ps[places], estimate.c_ps[places] = fit.k, fit.c
    estimate.coh_ps[places], estimate.n_opt[places] = fit.coh, 1.0
    estimate.ph_res[places] = np.angle(fit.residual)
