"""CUDA: the general search with one row of baselines. See the package."""

from __future__ import annotations

from typing import Any

from pystamps_kernels.stage2_topofit.cuda import PROGRAMS as PROGRAMS
from pystamps_kernels.stage2_topofit.cuda import stage2_topofit


def stage2_topofit_row_invariant(
    phase: Any, bperp: Any, steps: int, k_is_single: bool, value_is_single: bool
) -> tuple[Any, Any, Any, Any]:
    """See the package."""
    return stage2_topofit(phase, bperp, steps, k_is_single, value_is_single)
