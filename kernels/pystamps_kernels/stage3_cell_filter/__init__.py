"""Filtered phase of grid cells, estimated without the cell itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from pystamps_kernels.choice import AUTO, KernelChoice, implementation


@dataclass(frozen=True, slots=True)
class CellFilterSettings:
    """Settings of :func:`stage3_cell_filter`.

    Attributes
    ----------
    alpha, beta : float
        Exponent and weight of the adaptive part of the gain.
    reach : int
        Cells beside the middle one that are left out as well (oversampling factor - 1).
    reach_in_first_only : bool
        The original's defect: cells beside the middle one are left out in the first
        interferogram only.
    """

    alpha: float = 1.0
    beta: float = 0.3
    reach: int = 0
    reach_in_first_only: bool = True


def stage3_cell_filter(
    ph_grid: npt.NDArray[np.complex64],
    cells: npt.NDArray[np.integer[Any]],
    *,
    low_pass: npt.NDArray[np.float64],
    settings: CellFilterSettings,
    choice: KernelChoice = AUTO,
) -> npt.NDArray[np.complex64]:
    """Filter a window around each cell, the cell set to zero, and give the value in the cell.

    Parameters
    ----------
    ph_grid : ndarray of complex64, shape (n_i, n_j, n_ifg)
        NaN counts as 0. Both sizes must reach that of ``low_pass``.
    cells : ndarray of int, shape (c, 2)
        0-based rows and columns.
    low_pass : ndarray of float64, shape (n_win, n_win)
        Fixed part of the gain, zero frequency first; ``n_win`` even, 6 or more.
    settings : CellFilterSettings
    choice : KernelChoice, optional

    Returns
    -------
    ndarray of complex64, shape (c, n_ifg)
        Not normalised; 0 where nothing else lies in the window.

    Raises
    ------
    ValueError
        Wrong shapes, a grid smaller than the window, or a cell outside the grid.

    Notes
    -----
    StaMPS ``ps_select`` with ``clap_filt_patch``. The result depends on the cell only, so it is
    wanted once per cell, and one sample of the inverse transform is a scalar product.
    """
    n_win = low_pass.shape[0]
    if ph_grid.ndim != 3 or low_pass.shape != (n_win, n_win) or n_win % 2 or n_win < 6:
        raise ValueError(
            f"expected 3 axes, an even square of 6 or more, {ph_grid.shape=}, {low_pass.shape=}"
        )
    if min(ph_grid.shape[:2]) < n_win:
        raise ValueError(f"the grid is smaller than the window, {ph_grid.shape=}, {n_win=}")
    if cells.ndim != 2 or cells.shape[1] != 2:
        raise ValueError(f"expected rows and columns, {cells.shape=}")
    if cells.size:
        largest = tuple(int(cells[:, axis].max()) for axis in (0, 1))
        if cells.min() < 0 or largest[0] >= ph_grid.shape[0] or largest[1] >= ph_grid.shape[1]:
            raise ValueError(f"cells must lie in the grid, {largest=}, {ph_grid.shape=}")
    run = implementation("stage3_cell_filter", choice, size=ph_grid.size)
    filtered: npt.NDArray[np.complex64] = run(
        ph_grid, cells.astype(np.int64), low_pass, settings.alpha, settings.beta,
        settings.reach, settings.reach_in_first_only,
    )  # fmt: skip
    return filtered
