"""Stage 2: phase stability (gamma) of the candidates of a patch."""

from __future__ import annotations

import logging
import math
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from pystamps.arrays import Bool, Float32, Float64, FloatArray
from pystamps.config import Compat
from pystamps.errors import ArtifactError, ParameterError
from pystamps.interferograms import Interferograms
from pystamps.matlab import histogram
from pystamps.model import PhaseNoise
from pystamps.parameters import Parameters
from pystamps.progress import Progress, silent
from pystamps.rows import Matrix, row_blocks
from pystamps.stages.dem_error import (
    LOOK_TO_INCIDENCE,
    UNKNOWN_INCIDENCE,
    check_cycles,
    largest_slope,
)
from pystamps.stages.filter_grid import (
    filter_grid,
    inner_window,
    low_pass_gain,
    warn_of_small_grid,
)
from pystamps.stages.gamma_iteration import (
    Estimate,
    UnitPhase,
    filter_neighbourhood,
    improve_estimate,
    phasors_and_moduli,
    stack_on_device_if_it_fits,
)
from pystamps.stages.gamma_restart import (
    GammaRestart,
    IterationState,
    WeightRule,
    resumed_state,
)
from pystamps.stages.random_reference import (
    COHERENCE_BINS,
    RandomReference,
    low_bins_of,
    random_reference,
    warn_of_few_random,
)
from pystamps.stages.weighting import psquare_weights, snr_weights
from pystamps_kernels import AUTO, KernelChoice, to_host

log = logging.getLogger(__name__)

FEWEST_INTERFEROGRAMS = 3


@dataclass(frozen=True, slots=True)
class GammaInput:
    """What stage 2 needs to know about the candidates.

    Attributes
    ----------
    xy : float32, (n_ps, 2), local x and y in m
    ph : Matrix of complex64, (n_ps, n_used), as loaded, without the reference image
    bperp_mat : float32 or float64, (n_ps, n_used), baselines per pixel in m
    d_a : float64, (n_ps,), amplitude dispersion
    incidence : float, mean incidence in rad
    interferograms : Interferograms, which images the columns combine
    """

    xy: Float32
    ph: Matrix
    bperp_mat: FloatArray
    d_a: Float64
    incidence: float
    interferograms: Interferograms

    @property
    def bperp(self) -> FloatArray:
        """Nominal baselines without the null column: (n_used,), m."""
        return self.interferograms.observed_bperp


def mean_incidence(inc: FloatArray | None, la: FloatArray | None) -> float:
    """Give the incidence that converts DEM errors, in rad.

    The mean of the incidence angles that are not 0; else the mean look angle + 0.052; else 21
    degrees. Stacks of SNAP and GAMMA hold the incidence as look angle, so 0.052 is too much
    there; it matters only where it moves the number of trials to the next whole number.
    """
    if inc is not None and (inc != 0).any():
        return float(inc[inc != 0].mean())
    if la is not None and la.size:
        known = la[la != 0] if (la == 0).any() and (la != 0).any() else la  # 0 = a gap of ISCE
        return float(known.mean()) + LOOK_TO_INCIDENCE
    return UNKNOWN_INCIDENCE


def trial_wraps(bperp: FloatArray, parameters: Parameters, *, incidence: float) -> np.floating[Any]:
    """Give the cycles that the largest DEM error adds over the baseline range, in bperp's class."""
    extent: np.floating[Any] = bperp.max() - bperp.min()
    return extent * largest_slope(parameters, incidence) / (2 * math.pi)


def estimate_gamma(
    candidates: GammaInput,
    parameters: Parameters,
    *,
    compat: Compat = Compat(),
    reference: RandomReference | None = None,
    restart: GammaRestart | None = None,
    memory_budget_mb: int = 2000,
    choice: KernelChoice = AUTO,
    progress: Progress = silent,
) -> PhaseNoise:
    """Separate correlated phase, look-angle error and noise; rate the noise as coherence.

    Parameters
    ----------
    candidates : GammaInput
    parameters : Parameters
    compat : Compat, optional
    reference : RandomReference, optional
        Of the same baselines and trials, where the caller has it already.
    restart : GammaRestart, optional
        Result to go on from: iterations up to ``gamma_max_iterations``, but one at least.
    memory_budget_mb : int, optional
        Work space of the search.
    choice : KernelChoice, optional
    progress : Progress, optional
        Told the candidates searched, of those of all iterations.

    Returns
    -------
    PhaseNoise
        Coherence 0 everywhere where the patch has nothing to estimate.

    Raises
    ------
    ParameterError
        There are fewer than three interferograms, or the wavelength is unknown.
    ArtifactError
        Phase or baselines are not finite or not usable.

    Notes
    -----
    StaMPS ``ps_est_gamma_quick`` (Hooper et al. 2007, JGR 112, B07407). A patch smaller than the
    filter window has no coherence, or gets a frame of empty cells
    (``compat.small_patch_loses_pixels``). Without ``quick_est_gamma_flag`` StaMPS calls a routine
    that it no longer has, and then re-estimates nothing in stage 3; what was meant is done here:
    a candidate is compared with a neighbourhood without its own cell, in every iteration.
    """
    stack, weights_of, weighting = _prepare(candidates, parameters, compat, choice)
    n, network = len(stack.ph), candidates.interferograms
    estimate = Estimate.zero(stack)
    if not n:
        return _assemble(stack, estimate, parameters, np.zeros(COHERENCE_BINS.size), weighting)
    occupied = stack.grid.ij.max(axis=0) + 1
    warn_of_small_grid(
        (occupied[0], occupied[1]), inner_window(parameters.clap_win),
        clap_win=parameters.clap_win, is_lost=compat.small_patch_loses_pixels,
    )  # fmt: skip
    if restart is None:
        reference = reference or random_reference(
            candidates.bperp,
            n_trial_wraps=float(stack.n_trial_wraps),
            small_baselines=None if network.has_null_column else network,
            choice=choice,
        )
        state = IterationState(
            reference.counts, reference.last_occupied, weighting, 0, np.zeros(n), 0.0
        )
    else:
        estimate, state = resumed_state(
            stack, restart, weights_of, grid_size=parameters.filter_grid_size
        )
        if not restart.is_searched:
            filter_neighbourhood(stack, estimate, state.weighting, memory_budget_mb)
            return _assemble(
                stack, estimate, parameters, state.nr, state.weighting,
                last_occupied=state.last_occupied, i_loop=state.i_loop, change=state.change_save,
            )  # fmt: skip
    nr, coh_save, change_save = state.nr, state.coh_save, state.change_save
    weighting, first = state.weighting, state.i_loop
    n_loop = max(parameters.gamma_max_iterations, first + 1)
    for i_loop in range(first + 1, n_loop + 1):
        improve_estimate(
            stack, estimate, weighting=weighting, memory_budget_mb=memory_budget_mb,
            progress=_part(progress, i_loop - first - 1, n_loop - first),
        )  # fmt: skip
        coherence = to_host(estimate.coh_ps)
        rms = math.sqrt(float(np.sum((coherence - coh_save) ** 2)) / n)
        change, change_save, coh_save = rms - change_save, rms, coherence.copy()
        next_weighting, next_nr = weights_of(estimate, nr, state.last_occupied)
        if abs(change) < parameters.gamma_change_convergence or i_loop == n_loop:
            break
        weighting, nr = next_weighting, next_nr
    if weights_by_random(parameters):
        warn_of_few_random(
            histogram(coherence, COHERENCE_BINS, choice=choice), nr,
            low_bins=low_bins_of(network), as_zero=compat.empty_low_bins_as_zero,
        )  # fmt: skip
    return _assemble(
        stack, estimate, parameters, nr, next_weighting,
        last_occupied=state.last_occupied, i_loop=i_loop, change=change_save,
    )  # fmt: skip


def _prepare(
    candidates: GammaInput, parameters: Parameters, compat: Compat, choice: KernelChoice
) -> tuple[UnitPhase, WeightRule, Float64]:
    """Check and normalise the inputs; give also the rule of the weights and the first ones."""
    _check(candidates)
    frame = 0 if compat.small_patch_loses_pixels else inner_window(parameters.clap_win)
    grid = filter_grid(candidates.xy, parameters.filter_grid_size, at_least=frame)
    given, bperp_mat, grid, own = stack_on_device_if_it_fits(
        candidates.ph, candidates.bperp_mat, grid, choice
    )
    ph, amplitude = phasors_and_moduli(given)
    stack = UnitPhase(
        ph=ph,
        bperp_mat=bperp_mat,
        grid=grid,
        low_pass=low_pass_gain(
            clap_win=parameters.clap_win,
            grid_size=parameters.filter_grid_size,
            wavelength=parameters.clap_low_pass_wavelength,
        ),
        alpha=parameters.clap_alpha,
        beta=parameters.clap_beta,
        n_trial_wraps=trial_wraps(candidates.bperp, parameters, incidence=candidates.incidence),
        null_clears_cell=compat.null_candidate_clears_cell,
        has_own_cell=parameters.quick_est_gamma_flag,
        choice=own,
    )
    check_cycles(stack.n_trial_wraps, parameters)
    if weights_by_random(parameters):
        by_psquare = partial(
            _by_psquare, low_bins=low_bins_of(candidates.interferograms),
            as_zero=compat.empty_low_bins_as_zero, choice=choice,
        )  # fmt: skip
        return stack, by_psquare, 1 / candidates.d_a
    return stack, partial(_by_snr, amplitude=to_host(amplitude)), 1 / candidates.d_a


def weights_by_random(parameters: Parameters) -> bool:
    """Tell whether weights compare with random phase (P-square) instead of signal and noise."""
    return parameters.filter_weighting.lower() == "p-square"


def _by_psquare(
    estimate: Estimate, nr: Float64, last_occupied: int, **options: Any
) -> tuple[Float64, Float64]:
    return psquare_weights(to_host(estimate.coh_ps), nr, last_occupied=last_occupied, **options)


def _by_snr(
    estimate: Estimate, nr: Float64, last_occupied: int, *, amplitude: Float32
) -> tuple[Float64, Float64]:
    return snr_weights(to_host(estimate.ph_res), amplitude), nr


def _check(candidates: GammaInput) -> None:
    """Refuse what the original would turn into NaN without a message."""
    n_used = candidates.bperp.size
    if n_used < FEWEST_INTERFEROGRAMS:
        raise ParameterError(
            f"ps1.mat: {n_used} interferograms, expected {FEWEST_INTERFEROGRAMS} or more; the "
            "coherence of fewer says nothing, use a longer stack"
        )
    if not np.isfinite(candidates.bperp).all() or np.ptp(candidates.bperp) == 0:
        raise ArtifactError("ps1.mat: bperp is not finite or has no spread; check the baselines")
    bperp_mat = candidates.bperp_mat
    checks = (
        ("ph1.mat", "ph", "finite phase", _is_finite(candidates.ph)),
        ("bp1.mat", "bperp_mat", "finite baselines", np.isfinite(bperp_mat).all(axis=1)),
        (
            "bp1.mat",
            "bperp_mat",
            "a spread of baselines",
            (bperp_mat != bperp_mat[:, :1]).any(axis=1),
        ),
        ("da1.mat", "D_A", "a positive amplitude dispersion", candidates.d_a > 0),
        ("da1.mat", "D_A", "a finite amplitude dispersion", np.isfinite(candidates.d_a)),
        ("ps1.mat", "xy", "a finite position", np.isfinite(candidates.xy).all(axis=1)),
    )
    for file_name, variable, what, is_good in checks:
        wrong = np.flatnonzero(~is_good)
        if wrong.size:
            raise ArtifactError(
                f"{file_name}: {variable}: {wrong.size} of {is_good.size} candidates without "
                f"{what}, the first is number {wrong[0] + 1}; correct the export and run "
                "stage1_load again"
            )


def _is_finite(ph: Matrix) -> Bool:
    """Tell which candidates have a finite phase everywhere."""
    is_finite = np.empty(len(ph), dtype=np.bool_)
    for rows in row_blocks(ph):
        is_finite[rows] = np.isfinite(ph[rows]).all(axis=1)
    return is_finite


def _part(progress: Progress, part: int, parts: int) -> Progress:
    """Give the progress of one part of equal parts as progress of the whole."""
    return lambda done, total: progress(part * total + done, parts * total)


def _assemble(
    stack: UnitPhase,
    estimate: Estimate,
    parameters: Parameters,
    nr: Float64,
    weighting: Float64,
    *,
    last_occupied: int = 0,
    i_loop: int = 0,
    change: float = 0.0,
) -> PhaseNoise:
    """Collect the result, on the host."""
    estimate = estimate.on_host()
    return PhaseNoise(
        ph_patch=estimate.ph_patch,
        k_ps=estimate.k_ps,
        c_ps=estimate.c_ps,
        coh_ps=estimate.coh_ps,
        n_opt=estimate.n_opt,
        coh_ps_save=estimate.coh_ps.copy(),
        ph_res=estimate.ph_res,
        ph_grid=estimate.ph_grid,
        ph_weight=estimate.ph_weight,
        grid_ij=stack.grid.ij,
        low_pass=stack.low_pass,
        nr=nr,
        coh_bins=COHERENCE_BINS.copy(),
        n_trial_wraps=stack.n_trial_wraps,
        nr_max_nz_ix=last_occupied,
        i_loop=i_loop,
        grid_size=parameters.filter_grid_size,
        gamma_change_save=change,
        weighting=weighting,
    )
