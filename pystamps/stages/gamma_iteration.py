"""One iteration of stage 2: weighted grid, phase filter, search for the look-angle error.

Model of a candidate in interferogram i, modulo a cycle: ``phase = patch_i + K B_i + C + noise_i``.
``patch`` is common to the neighbourhood (deformation, atmosphere, orbits), ``K B`` the candidate's
look-angle error, proportional to the baseline, and C what the reference image leaves in all
interferograms. Each iteration takes ``K B`` off with the K it has, ``ph exp(-j K B)``, and adds the
candidates of a cell: what is left in common is ``patch``, which the filter makes smooth. Then
``ph conj(ph_patch)`` has the phase ``K B + C + noise``, in which K and C are searched again. The
coherence is the modulus of the mean of ``exp(j noise)``. C stays in the sums: it turns a candidate
against its neighbours by the same angle in all interferograms.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from itertools import pairwise
from typing import Any

import numpy as np

from pystamps.arrays import Bool, Complex64, Float32, Float64, FloatArray
from pystamps.errors import PystampsError
from pystamps.progress import Progress, silent
from pystamps.rows import Matrix, Rows, row_blocks
from pystamps.stages.filter_grid import FilterGrid, framed, inner_window
from pystamps.stages.neighbourhood import neighbourhood_phase
from pystamps_kernels import KernelChoice, resident, to_device, to_host
from pystamps_kernels.stage2_clap_filter import stage2_clap_filter
from pystamps_kernels.stage2_grid_accumulate import stage2_grid_accumulate
from pystamps_kernels.stage2_topofit import Fit, stage2_topofit
from pystamps_kernels.stage2_topofit_row_invariant import stage2_topofit_row_invariant
from pystamps_kernels.stage2_weighted_phase import stage2_weighted_phase
from pystamps_kernels.stage3_cell_filter import CellFilterSettings

_BYTES_PER_PHASOR = 40
"""Work space of the search: difference, its copy, residual and their masks."""

_HOST_WORK_BYTES = 64 * 10**6
"""More does not make the search on the host faster, whatever the budget allows."""

GAMMA_KERNELS = (
    "stage2_weighted_phase",
    "stage2_grid_accumulate",
    "stage2_clap_filter",
    "stage2_topofit",
    "stage2_topofit_row_invariant",
)
"""Kernels of an iteration."""

_DEVICE_BYTES_PER_PHASOR = 110
"""All that an iteration keeps and works with, and the copies of the search in another order."""

_DEVICE_BYTES_PER_CELL = 50
"""Grid, filtered grid, its unit phasors, and work space of the filter; per interferogram."""


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
    has_own_cell : bool
        The neighbourhood of a candidate has its own cell in it (``quick_est_gamma_flag``).
    choice : KernelChoice
        Backends of the kernels of an iteration.
    """

    ph: Complex64
    bperp_mat: FloatArray
    grid: FilterGrid
    low_pass: Float64
    alpha: float
    beta: float
    n_trial_wraps: np.floating[Any]
    null_clears_cell: bool
    has_own_cell: bool
    choice: KernelChoice


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
    def zero(cls, stack: UnitPhase) -> Estimate:
        """State before the first iteration, where the phase lies."""
        (n_ps, n_used), shape, like = stack.ph.shape, stack.grid.shape, stack.ph
        return cls(
            k_ps=np.zeros(n_ps, like=like),
            c_ps=np.zeros(n_ps, like=like),
            coh_ps=np.zeros(n_ps, like=like),
            n_opt=np.zeros(n_ps, like=like),
            ph_res=np.zeros((n_ps, n_used), np.float32, like=like),
            ph_patch=np.zeros((n_ps, n_used), np.complex64, like=like),
            ph_grid=np.zeros((*shape, n_used), np.complex64, like=like),
            ph_weight=np.zeros((n_ps, n_used), np.complex64, like=like),
        )

    def on_host(self) -> Estimate:
        """Download what lies on the device."""
        return Estimate(**{item.name: to_host(getattr(self, item.name)) for item in fields(self)})


def stack_on_device_if_it_fits(
    ph: Matrix, bperp_mat: FloatArray, grid: FilterGrid, choice: KernelChoice
) -> tuple[Matrix, FloatArray, FilterGrid, KernelChoice]:
    """Put what all iterations read on the device if all their kernels run there and it fits.

    Parameters
    ----------
    ph : Matrix of complex64, shape (n_ps, n_used)
    bperp_mat : ndarray of float, shape (n_ps, n_used)
    grid : FilterGrid
    choice : KernelChoice

    Returns
    -------
    ph, bperp_mat, grid, choice
        As given, or on the device and a choice that runs the kernels there.
    """
    per_cell = _DEVICE_BYTES_PER_CELL * math.prod(grid.shape) * ph.shape[1]
    if not resident(choice, GAMMA_KERNELS, ph.size, _DEVICE_BYTES_PER_PHASOR * ph.size + per_cell):
        return ph, bperp_mat, grid, choice
    cell = to_device(grid.cell)
    there = replace(grid, cell=cell, by_cell=np.argsort(cell, kind="stable"))
    return to_device(np.asarray(ph)), to_device(bperp_mat), there, choice.on_device(GAMMA_KERNELS)


def improve_estimate(
    stack: UnitPhase,
    estimate: Estimate,
    *,
    weighting: Float64,
    memory_budget_mb: int,
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
    progress : Progress
        Told the number of candidates searched.
    """
    filter_neighbourhood(stack, estimate, weighting, memory_budget_mb)
    n, m = stack.ph.shape
    shared = bool((stack.bperp_mat == stack.bperp_mat[:1]).all())
    for rows in search_blocks(n, _BYTES_PER_PHASOR * m, memory_budget_mb, like=stack.ph):
        _search(stack, estimate, rows, shared)
        progress(rows.stop, n)


def filter_neighbourhood(
    stack: UnitPhase, estimate: Estimate, weighting: Float64, memory_budget_mb: int
) -> None:
    """Make weighted phase, grid and patch phase of an estimate again; changed in place.

    Parameters
    ----------
    stack : UnitPhase
    estimate : Estimate
    weighting : ndarray of float64, shape (n_ps,)
    memory_budget_mb : int
    """
    del estimate.ph_weight, estimate.ph_patch  # their memory is needed for the next ones
    estimate.ph_weight = _weighted_phase(stack, estimate.k_ps, weighting)
    estimate.ph_grid = stage2_grid_accumulate(
        estimate.ph_weight,
        stack.grid.cell,
        shape=stack.grid.shape,
        by_cell=stack.grid.by_cell,
        choice=stack.choice,
    )
    if stack.has_own_cell:
        estimate.ph_patch = _patch_phase(stack, estimate.ph_grid)
    else:
        estimate.ph_patch = _patch_phase_of_others(stack, estimate.ph_grid, memory_budget_mb)


def search_blocks(
    n: int, bytes_per_row: int, memory_budget_mb: int, *, like: Any
) -> Iterator[slice]:
    """Cut rows into nearly equal blocks that fit the budget; small ones if ``like`` is on the host.

    No block is much smaller than the others: NumPy multiplies large and small temporary arrays
    in a different order, which changes the last bit of complex products.
    """
    limit = memory_budget_mb * 10**6
    if isinstance(like, np.ndarray):
        limit = min(limit, _HOST_WORK_BYTES)
    count = max(1, math.ceil(n * bytes_per_row / max(limit, bytes_per_row)))
    edges = [n * k // count for k in range(count + 1)]
    for first, last in pairwise(edges):
        if first < last:
            yield slice(first, last)


def _weighted_phase(stack: UnitPhase, k_ps: Float64, weighting: Float64) -> Complex64:
    weighted = stage2_weighted_phase(
        stack.ph, stack.bperp_mat, k_ps=k_ps, weighting=weighting, choice=stack.choice
    )
    if not stack.null_clears_cell:
        weighted[np.isnan(k_ps)] = 0
    return weighted


def _patch_phase(stack: UnitPhase, ph_grid: Complex64) -> Complex64:
    """Unit phasors of the filtered grid in the cells of the candidates; 0 where nothing is left.

    No window fits into a grid that is smaller than one: nothing is left anywhere, as in the
    original up to three quarters of a window; above, it stops.
    """
    if min(ph_grid.shape[:2]) < inner_window(len(stack.low_pass)):
        return np.zeros_like(stack.ph)
    filtered = stage2_clap_filter(
        ph_grid, stack.low_pass, alpha=stack.alpha, beta=stack.beta, choice=stack.choice
    )
    broken = np.flatnonzero(np.isnan(filtered).any(axis=(0, 1)))
    if broken.size:
        raise PystampsError(
            f"stage 2: the phase filter gives NaN in interferogram {int(broken[0]) + 1} (the "
            "reference image not counted); check the phase of that interferogram"
        )
    of_cells: Complex64 = phasors_and_moduli(filtered)[0].reshape(-1, filtered.shape[2])
    return of_cells[stack.grid.cell]


def _patch_phase_of_others(
    stack: UnitPhase, ph_grid: Complex64, memory_budget_mb: int
) -> Complex64:
    """Unit phasors of the surroundings of the candidates' cells, without these cells."""
    window = len(stack.low_pass)
    n_used = ph_grid.shape[2]
    if min(ph_grid.shape[:2]) < inner_window(window):
        return np.zeros_like(stack.ph)
    filtered = neighbourhood_phase(
        framed(ph_grid, window), stack.grid.ij, low_pass=stack.low_pass,
        settings=CellFilterSettings(stack.alpha, stack.beta),
        memory_budget_mb=memory_budget_mb, choice=stack.choice, progress=silent,
    )  # fmt: skip
    return phasors_and_moduli(filtered)[0].reshape(-1, n_used)


def phasors_and_moduli(ph: Matrix) -> tuple[Complex64, Float32]:
    """Divide phasors by their moduli; give both as arrays, with modulus 1 for null values.

    Real and imaginary part are divided apart, as the original does: a complex division rounds
    otherwise (:func:`pystamps.stages.stage6_phase.unit_phasors` is one, as it is in stage 6).
    """
    if isinstance(ph, Rows):
        unit, modulus = (
            np.empty(ph.shape, ph.dtype),
            np.empty(ph.shape, ph.dtype.type(0).real.dtype),
        )
        for rows in row_blocks(ph):
            unit[rows], modulus[rows] = phasors_and_moduli(ph[rows])
        return unit, modulus
    whole: Any = ph  # an array of the host or of the device
    modulus = np.abs(whole)
    modulus[modulus == 0] = 1
    unit = np.empty_like(whole)
    np.divide(whole.real, modulus, out=unit.real)
    np.divide(whole.imag, modulus, out=unit.imag)
    return unit, modulus


def search_look_angle_error(
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


def _search(stack: UnitPhase, estimate: Estimate, rows: slice, shared: bool) -> None:
    """Search the candidates of a block that have no null value.

    The difference has the phase ``K B + C + noise`` (top of the module).
    """
    difference = stack.ph[rows] * np.conj(estimate.ph_patch[rows])
    usable: Bool = (difference != 0).all(axis=1)
    places = rows if usable.all() else rows.start + np.flatnonzero(usable)
    fit = search_look_angle_error(
        difference if usable.all() else difference[usable],
        stack.bperp_mat[places],
        n_trial_wraps=float(stack.n_trial_wraps),
        shared_baselines=shared,
        choice=stack.choice,
    )
    estimate.k_ps[rows], estimate.coh_ps[rows] = np.nan, 0.0
    estimate.k_ps[places], estimate.c_ps[places] = fit.k, fit.c
    estimate.coh_ps[places], estimate.n_opt[places] = fit.coh, 1.0
    estimate.ph_res[places] = np.angle(fit.residual)
