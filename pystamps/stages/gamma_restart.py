"""Stage 2 taken up where an earlier run of it ended."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from pystamps.arrays import Float64
from pystamps.errors import ArtifactError
from pystamps.model import PhaseNoise
from pystamps.stages.gamma_iteration import Estimate, UnitPhase
from pystamps_kernels import to_device

WeightRule = Callable[[Estimate, Float64, int], tuple[Float64, Float64]]
"""Weights and scaled random histogram of an estimate, a histogram and its last occupied bin."""


@dataclass(frozen=True, slots=True)
class GammaRestart:
    """An earlier result of stage 2, of the same candidates and parameters.

    Attributes
    ----------
    noise : PhaseNoise
    is_searched : bool
        Iterations follow; else only the phase of the neighbourhood is made again.
    """

    noise: PhaseNoise
    is_searched: bool = True


@dataclass(frozen=True, slots=True)
class IterationState:
    """What the iterations of stage 2 hand on beside the estimate.

    Attributes
    ----------
    nr : float64, (100,), histogram of the coherence of random phases, scaled to the candidates
    last_occupied : int, 1-based number of its last bin that is not empty
    weighting : float64, (n_ps,), weights of the next iteration
    i_loop : int, iterations done
    coh_save : float64, (n_ps,), coherence that the next iteration compares with
    change_save : float, change of the rms change of gamma in the last iteration
    """

    nr: Float64
    last_occupied: int
    weighting: Float64
    i_loop: int
    coh_save: Float64
    change_save: float


def resumed_state(
    stack: UnitPhase, restart: GammaRestart, weights_of: WeightRule, *, grid_size: float
) -> tuple[Estimate, IterationState]:
    """Give estimate and state as the run that made a result would have gone on with.

    Parameters
    ----------
    stack : UnitPhase
    restart : GammaRestart
    weights_of : callable
        Rule of the weights.
    grid_size : float
        ``filter_grid_size`` in m.

    Returns
    -------
    Estimate, IterationState
        The weights follow from the coherence, so that files of StaMPS, which lacks them, will do.

    Raises
    ------
    ArtifactError
        The result is that of other candidates, baselines or grids.

    Notes
    -----
    Meant by the argument ``restart_flag`` of StaMPS ``ps_est_gamma_quick``, which stops: it asks
    for weights that it does not save.
    """
    noise = restart.noise
    _refuse_other_run(stack, noise, grid_size)
    placed: Callable[[Any], Any] = np.copy if isinstance(stack.ph, np.ndarray) else to_device
    estimate = Estimate(
        **{name: placed(getattr(noise, name)) for name in Estimate.__dataclass_fields__}
    )
    weighting, nr = weights_of(estimate, noise.nr, noise.nr_max_nz_ix)
    return estimate, IterationState(
        nr, noise.nr_max_nz_ix, weighting, noise.i_loop, noise.coh_ps_save, noise.gamma_change_save
    )


def _refuse_other_run(stack: UnitPhase, noise: PhaseNoise, grid_size: float) -> None:
    """Refuse a result of other candidates or parameters than those of the run that goes on."""
    checks = (
        ("ph_patch", noise.ph_patch.shape, stack.ph.shape),
        ("grid_size", noise.grid_size, grid_size),
        ("n_trial_wraps", float(noise.n_trial_wraps), float(stack.n_trial_wraps)),
        ("low_pass", noise.low_pass.shape, stack.low_pass.shape),
    )
    wrong = [f"{name} is {was}, expected {want}" for name, was, want in checks if was != want]
    if not wrong and not np.array_equal(noise.grid_ij, stack.grid.ij):
        wrong = ["grid_ij differs from the cells of the candidates"]
    if wrong:
        raise ArtifactError(
            f"pm1.mat: {wrong[0]}: it was made of other candidates or parameters; run stage 2 "
            "from the beginning, without --restart-flag"
        )
