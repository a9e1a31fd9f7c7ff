"""Positions that no scene has, and grids that no memory holds: refused before a grid is made."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np

from pystamps.errors import ArtifactError, ParameterError
from pystamps.geo import (
    FARTHEST_KM,
    distances_from_middle_km,
    distances_from_middle_of_plane_km,
)
from pystamps.model import Pixels

LARGEST_GRID = 2**28
"""Cells: 800 km x 800 km in cells of 50 m, 16 km x 16 km in cells of 1 m."""


def refuse_far_pixels(pixels: Pixels, path: Path) -> None:
    """Refuse pixels that lie thousands of kilometres from the others.

    A grid over such pixels, or a plane through them, is one for a single damaged number.

    Parameters
    ----------
    pixels : Pixels
    path : Path
        File that they are from.

    Raises
    ------
    ArtifactError
        Names the file, the farthest pixel, its coordinates, and what to do.
    """
    away = np.fmax(
        distances_from_middle_of_plane_km(pixels.xy[:, 1:]),
        distances_from_middle_km(pixels.lonlat),
    )
    is_far = away > FARTHEST_KM
    if not is_far.any():
        return
    worst = int(np.nanargmax(away))
    x, y = pixels.xy[worst, 1:]
    lon, lat = pixels.lonlat[worst]
    line, sample = pixels.ij[worst, 1:]
    raise ArtifactError(
        f"{path}: pixel {worst + 1} of {pixels.n_ps} lies {away[worst]:.0f} km from the middle of "
        f"the others (x {x:.0f} m, y {y:.0f} m; longitude {lon:.6g}, latitude {lat:.6g}; line "
        f"{line:.0f}, sample {sample:.0f}), expected less than {FARTHEST_KM:.0f} km"
        f"{_more(int(np.count_nonzero(is_far)))}: its position is damaged. Correct pscands.1.ll of "
        "its patch and run from stage 1 (compat.wild_positions_kept: false leaves out (0, 0)); if "
        "it is right there, make this file again"
    )


def _more(n_far: int) -> str:
    return f" ({n_far} such pixels)" if n_far > 1 else ""


def refuse_vast_grid(shape: tuple[int, int], *, parameter: str, cell_m: float) -> None:
    """Refuse a grid that is larger than any scene needs.

    Parameters
    ----------
    shape : tuple of int
        Rows and columns.
    parameter : str
        That sets the cells.
    cell_m : float

    Raises
    ------
    ParameterError
        It has more than :data:`LARGEST_GRID` cells.
    """
    n_cell = math.prod(shape)
    if n_cell > LARGEST_GRID:
        fitting = cell_m * math.sqrt(n_cell / LARGEST_GRID)
        raise ParameterError(
            f"{parameter}: cells of {cell_m:g} m make a grid of {shape[0]} x {shape[1]}, more than "
            f"{LARGEST_GRID} cells; choose {fitting:.2g} m or more, or look for pixels whose "
            "position is wrong"
        )
