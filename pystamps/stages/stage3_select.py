"""Stage 3: selection of the pixels whose phase is stable."""

from __future__ import annotations

import logging
from dataclasses import dataclass

import numpy as np

from pystamps.arrays import Bool, Complex64, Float32, Float64, Index
from pystamps.config import Compat
from pystamps.errors import ArtifactError, ParameterError
from pystamps.model import Interferograms, Selection
from pystamps.parameters import Parameters
from pystamps.progress import Progress, silent
from pystamps.rows import Matrix, chosen_rows
from pystamps.stages.filter_grid import framed, warn_of_small_grid
from pystamps.stages.neighbourhood import neighbourhood_phase
from pystamps.stages.random_reference import low_bins_of
from pystamps.stages.reestimation import (
    Reestimate,
    SearchColumns,
    bootstrap_std,
    filter_settings,
    grid_on_device_if_it_fits,
    reestimate,
)
from pystamps.stages.stage2_gamma import FEWEST_INTERFEROGRAMS
from pystamps.stages.threshold import (
    RandomLimit,
    Threshold,
    coherence_threshold,
    dispersion_bins,
    random_limit,
)
from pystamps_kernels import AUTO, KernelChoice

log = logging.getLogger(__name__)


SELECTED_AGAIN, AS_BEFORE, FROM_EARLIER, ALL = range(4)
REEST_FLAGS = {
    SELECTED_AGAIN: "the selected candidates are estimated again",
    AS_BEFORE: "the estimates of stage 2 stay",
    FROM_EARLIER: "the new estimates of the earlier select1.mat are used again",
    ALL: "all candidates with a coherence are estimated again",
}
"""What stage 3 estimates again, as StaMPS numbers it (``reest_flag`` of ``ps_select``)."""

_ANY_COHERENCE = Threshold(np.zeros(1), np.zeros(0))


def reest_flag_of(parameters: Parameters) -> int:
    """Give the one of :data:`REEST_FLAGS` that the parameters ask for."""
    is_again = parameters.quick_est_gamma_flag and parameters.select_reest_gamma_flag
    return SELECTED_AGAIN if is_again else AS_BEFORE


@dataclass(frozen=True, slots=True)
class Stability:
    """Result of stage 2 as far as stage 3 needs it; names and shapes as in ``PhaseNoise``.

    ``ph_grid`` is wanted for the re-estimation only, ``ph_patch`` without it only, ``ph_res``
    without it or for ``gamma_stdev_reject``.
    """

    k_ps: Float64
    c_ps: Float64
    coh_ps: Float64
    grid_ij: Index
    low_pass: Float64
    n_trial_wraps: float
    nr: Float64
    ph_grid: Complex64 | None = None
    ph_patch: Complex64 | None = None
    ph_res: Float32 | None = None


@dataclass(frozen=True, slots=True)
class RatedCandidates:
    """Candidates and what stage 2 found.

    Attributes
    ----------
    xy : float32, (n_ps, 2), local x and y in m
    ph : Matrix of complex64, (n_ps, n_used), as loaded, without the null column
    bperp_mat : Matrix of float32 or float64, (n_ps, n_used), baselines per pixel in m
    d_a : float64, (n_ps,), amplitude dispersion, or None
    interferograms : Interferograms
    stability : Stability
    """

    xy: Float32
    ph: Matrix
    bperp_mat: Matrix
    d_a: Float64 | None
    interferograms: Interferograms
    stability: Stability


def select_pixels(
    candidates: RatedCandidates,
    parameters: Parameters,
    *,
    reest_flag: int | None = None,
    earlier: Selection | None = None,
    compat: Compat = Compat(),
    memory_budget_mb: int = 2000,
    choice: KernelChoice = AUTO,
    progress: Progress = silent,
) -> Selection:
    """Select candidates that random phase cannot explain; estimate them again without themselves.

    Parameters
    ----------
    candidates : RatedCandidates
    parameters : Parameters
    reest_flag : int, optional
        One of :data:`REEST_FLAGS`; None = as the parameters say.
    earlier : Selection, optional
        Result whose estimates are taken over, with ``reest_flag`` 2.
    compat : Compat, optional
    memory_budget_mb : int, optional
        Work space.
    choice : KernelChoice, optional
    progress : Progress, optional
        Told the windows filtered.

    Returns
    -------
    Selection

    Raises
    ------
    ParameterError
        Too few interferograms are left, or the window is not that of stage 2.
    ArtifactError
        The earlier result is one of other candidates.

    Notes
    -----
    StaMPS ``ps_select`` (Hooper et al. 2007, JGR 112, B07407).
    """
    s = candidates.stability
    columns = _search_columns(candidates, parameters)
    bins = dispersion_bins(candidates.d_a, s.coh_ps.size)
    limit = random_limit(candidates.xy, parameters, bins.n_bin)
    stack, as_zero = candidates.interferograms, compat.empty_low_bins_as_zero
    low_bins = low_bins_of(stack)
    flag = reest_flag_of(parameters) if reest_flag is None else reest_flag
    first = _ANY_COHERENCE
    if flag != ALL:
        first = coherence_threshold(
            s.coh_ps, s.nr,
            bins=bins, limit=limit, low_bins=low_bins, as_zero=as_zero, choice=choice,
        )  # fmt: skip
    ix = np.flatnonzero(s.coh_ps > first.value)
    ix = ix[_is_steady(s, ix, columns.ifg_index, parameters.gamma_stdev_reject)]
    if flag == AS_BEFORE:
        return _assemble(parameters, columns, limit, ix, _as_before(s, ix), first, ix >= 0)
    if flag == FROM_EARLIER:
        ix, again = _taken_over(earlier, candidates)
    else:
        again = _estimate_again(
            candidates, ix, columns, parameters,
            compat=compat, memory_budget_mb=memory_budget_mb, choice=choice, progress=progress,
        )  # fmt: skip
    coherence = s.coh_ps.copy()
    coherence[ix] = again.coh_ps2
    second = coherence_threshold(
        coherence, s.nr, bins=bins, limit=limit, where=ix, low_bins=low_bins, as_zero=as_zero,
        with_warning=False, choice=choice,
    )  # fmt: skip
    one_lobe = 2 * np.pi / float(np.ptp(stack.observed_bperp))
    keep_ix = (again.coh_ps2 > second.value) & (np.abs(s.k_ps[ix] - again.k_ps2) < one_lobe)
    return _assemble(parameters, columns, limit, ix, again, second, keep_ix)


def _search_columns(candidates: RatedCandidates, parameters: Parameters) -> SearchColumns:
    """Interferograms that are not dropped."""
    used = candidates.interferograms.used(parameters.drop_ifg_index).without_null
    if used.size < FEWEST_INTERFEROGRAMS:
        raise ParameterError(
            f"drop_ifg_index: {used.size} interferograms are left, stage 3 needs "
            f"{FEWEST_INTERFEROGRAMS} or more; keep more of them"
        )
    return SearchColumns(used, float(candidates.stability.n_trial_wraps))


def _is_steady(s: Stability, ix: Index, used: Index, largest_std: float) -> Bool:
    """Tell which candidates keep their coherence when interferograms are resampled."""
    if largest_std <= 0 or s.ph_res is None:
        return np.ones(ix.size, np.bool_)
    steady: Bool = bootstrap_std(s.ph_res[np.ix_(ix, used)]) < largest_std
    log.info("gamma_stdev_reject: %d of %d candidates rejected", (~steady).sum(), ix.size)
    return steady


def _as_before(s: Stability, ix: Index) -> Reestimate:
    """Give the values of stage 2 in place of new ones."""
    assert s.ph_patch is not None and s.ph_res is not None
    return Reestimate(s.ph_patch[ix], s.ph_res[ix], s.k_ps[ix], s.c_ps[ix], s.coh_ps[ix])


def _taken_over(earlier: Selection | None, candidates: RatedCandidates) -> tuple[Index, Reestimate]:
    """Give the candidates and estimates of an earlier result."""
    n, m = candidates.stability.coh_ps.size, candidates.interferograms.n_observed
    if earlier is None:
        raise ArtifactError("select1.mat: file is missing; --reest-flag 2 uses its estimates again")
    if earlier.ph_patch2.shape[1] != m or earlier.ix.max(initial=-1) >= n:
        raise ArtifactError(
            f"select1.mat: has candidates up to {earlier.ix.max(initial=-1) + 1} and "
            f"{earlier.ph_patch2.shape[1]} interferograms, expected at most {n} and {m}; run "
            "stage 3 without --reest-flag 2"
        )
    return earlier.ix, Reestimate(
        earlier.ph_patch2, earlier.ph_res2, earlier.k_ps2, earlier.c_ps2, earlier.coh_ps2
    )


def _estimate_again(
    candidates: RatedCandidates,
    ix: Index,
    columns: SearchColumns,
    parameters: Parameters,
    *,
    compat: Compat,
    memory_budget_mb: int,
    choice: KernelChoice,
    progress: Progress,
) -> Reestimate:
    """Filter without the own cell and search again."""
    s, m = candidates.stability, candidates.interferograms.n_observed
    if not ix.size:
        none, phase = np.zeros(0), np.zeros((0, m), np.complex64)
        return Reestimate(phase, np.zeros((0, m), np.float32), none, none, none)
    assert s.ph_grid is not None
    win = parameters.clap_win
    if s.low_pass.shape != (win, win):
        raise ParameterError(
            f"clap_win={win}: stage 2 used {s.low_pass.shape[0]} (pm1.mat); run stage2_gamma again"
        )
    settings = filter_settings(parameters, compat)
    n_i, n_j = s.ph_grid.shape[:2]
    is_lost = compat.small_patch_loses_pixels
    warn_of_small_grid((n_i, n_j), win, clap_win=win, is_lost=is_lost)
    if is_lost and min(n_i, n_j) < win:
        ph_patch2 = np.zeros((ix.size, m), np.complex64)
    else:
        ph_grid, choice = grid_on_device_if_it_fits(framed(s.ph_grid, win), ix.size, choice)
        ph_patch2 = neighbourhood_phase(
            ph_grid, s.grid_ij[ix], low_pass=s.low_pass, settings=settings,
            memory_budget_mb=memory_budget_mb, choice=choice, progress=progress,
        )  # fmt: skip
    return reestimate(
        chosen_rows(candidates.ph, ix), ph_patch2,
        bperp_mat=chosen_rows(candidates.bperp_mat, ix), columns=columns,
        memory_budget_mb=memory_budget_mb, choice=choice,
    )  # fmt: skip


def _assemble(
    parameters: Parameters,
    columns: SearchColumns,
    limit: RandomLimit,
    ix: Index,
    values: Reestimate,
    threshold: Threshold,
    keep_ix: Bool,
) -> Selection:
    """Collect the result."""
    return Selection(
        ix=ix,
        keep_ix=keep_ix,
        ph_patch2=values.ph_patch2,
        ph_res2=values.ph_res2,
        k_ps2=values.k_ps2,
        c_ps2=values.c_ps2,
        coh_ps2=values.coh_ps2,
        coh_thresh=threshold.value,
        coh_thresh_coeffs=threshold.coefficients,
        clap_alpha=parameters.clap_alpha,
        clap_beta=parameters.clap_beta,
        n_win=float(parameters.clap_win),
        max_percent_rand=limit.value,
        gamma_stdev_reject=parameters.gamma_stdev_reject,
        ifg_index=columns.ifg_index,
        small_baseline_flag="y" if parameters.small_baseline_flag else "n",
    )
