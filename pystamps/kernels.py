"""The kernels under the names of earlier versions: fronts of :mod:`pystamps_kernels`.

Each takes the arguments of its kernel, in their order or by name, and optionally the configuration
that chooses the backend: ``run_stage2_topofit_kernel(phase, bperp, 1.5, config=config)``. What a
kernel computes, from what, stands in :data:`pystamps_kernels.REGISTRY`.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from inspect import signature
from typing import Any

from pystamps.config import RunConfig
from pystamps_kernels import BackendUnavailableError
from pystamps_kernels.stage2_grid_accumulate import stage2_grid_accumulate
from pystamps_kernels.stage2_histogram import stage2_histogram
from pystamps_kernels.stage2_topofit import stage2_topofit
from pystamps_kernels.stage2_topofit_coh_row_invariant import stage2_topofit_coh_row_invariant
from pystamps_kernels.stage2_topofit_row_invariant import stage2_topofit_row_invariant
from pystamps_kernels.stage4_edge_stats import stage4_edge_stats
from pystamps_kernels.stage7_scla import stage7_scla
from pystamps_kernels.stage8_edge_noise import stage8_edge_noise

__all__ = [
    "BackendUnavailableError",
    "run_stage2_grid_accumulate_kernel",
    "run_stage2_histogram_kernel",
    "run_stage2_topofit_coh_row_invariant_kernel",
    "run_stage2_topofit_kernel",
    "run_stage2_topofit_row_invariant_kernel",
    "run_stage4_edge_stats_kernel",
    "run_stage7_scla_kernel",
    "run_stage8_edge_noise_kernel",
]

_CHOICE = "choice"


def _front_of(kernel: Callable[..., Any]) -> Callable[..., Any]:
    """Give a kernel that takes a configuration, and all arguments in their order."""
    order = [name for name in signature(kernel).parameters if name != _CHOICE]

    @wraps(kernel)
    def run(*arguments: Any, config: RunConfig | None = None, **named: Any) -> Any:
        if len(arguments) > len(order):
            raise TypeError(f"{run.__name__} takes {len(order)} arguments: {', '.join(order)}")
        given = dict(zip(order, arguments, strict=False))
        if config is not None:
            given[_CHOICE] = config.kernel_choice
        double = given.keys() & named.keys()
        if double:
            raise TypeError(f"{run.__name__} got {', '.join(sorted(double))} twice")
        return kernel(**given, **named)

    run.__name__ = run.__qualname__ = f"run_{kernel.__name__}_kernel"
    return run


run_stage2_grid_accumulate_kernel = _front_of(stage2_grid_accumulate)
run_stage2_histogram_kernel = _front_of(stage2_histogram)
run_stage2_topofit_kernel = _front_of(stage2_topofit)
run_stage2_topofit_row_invariant_kernel = _front_of(stage2_topofit_row_invariant)
run_stage2_topofit_coh_row_invariant_kernel = _front_of(stage2_topofit_coh_row_invariant)
run_stage4_edge_stats_kernel = _front_of(stage4_edge_stats)
run_stage7_scla_kernel = _front_of(stage7_scla)
run_stage8_edge_noise_kernel = _front_of(stage8_edge_noise)
