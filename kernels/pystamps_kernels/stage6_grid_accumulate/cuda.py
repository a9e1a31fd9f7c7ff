"""CUDA: as the sums of stage 2. See the package."""

from __future__ import annotations

from typing import Any

from pystamps_kernels.stage2_grid_accumulate.cuda import PROGRAMS as PROGRAMS
from pystamps_kernels.stage2_grid_accumulate.cuda import stage2_grid_accumulate


def stage6_grid_accumulate(ph: Any, node: Any, n_node: int) -> Any:
    """See the package."""
    return stage2_grid_accumulate(ph, node, None, n_node)
