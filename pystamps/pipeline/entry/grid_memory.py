"""Memory for a grid over the pixels: asked about before it is taken."""

from __future__ import annotations

import math
import os
from pathlib import Path

import numpy as np

from pystamps.arrays import Float32
from pystamps.errors import ArtifactError
from pystamps.stages.far_pixels import refuse_vast_grid


def require_grid_memory(
    path: Path, xy: Float32, *, cell_m: float, parameter: str, bytes_per_cell: int
) -> None:
    """Refuse a grid that this machine cannot hold: it is too fine, or positions are wrong.

    Parameters
    ----------
    path : Path
        File of the positions.
    xy : ndarray of float32, shape (n_ps, 2)
        m.
    cell_m : float
        Side of a cell.
    parameter : str
        That sets it.
    bytes_per_cell : int

    Raises
    ------
    ParameterError
        As :func:`~pystamps.stages.far_pixels.refuse_vast_grid`.
    ArtifactError
        The memory of the machine is smaller.
    """
    if not xy.size or not np.isfinite(xy).all():
        return
    x, y = np.ptp(xy, axis=0).astype(np.float64)
    shape = math.ceil(y / cell_m) + 1, math.ceil(x / cell_m) + 1
    refuse_vast_grid(shape, parameter=parameter, cell_m=cell_m)
    needed = math.prod(shape) * bytes_per_cell
    available = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    if needed > available:
        raise ArtifactError(
            f"{path}: the positions span {x / 1000:.0f} km x {y / 1000:.0f} km, whose grid of "
            f"{shape[0]} x {shape[1]} cells takes {needed / 1e9:.0f} GB of {available / 1e9:.0f} "
            f"GB memory; choose a larger {parameter}, use smaller patches, or look for wrong "
            "positions (compat.wild_positions_kept: false leaves out (0, 0))"
        )
