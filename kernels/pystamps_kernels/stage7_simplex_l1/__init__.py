"""Sum of absolute residuals minimised by a simplex search, pixel by pixel."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from pystamps_kernels.choice import AUTO, KernelChoice, implementation

Float64 = npt.NDArray[np.float64]


def stage7_simplex_l1(
    data: Float64, design: Float64, *, start: Float64, choice: KernelChoice = AUTO
) -> Float64:
    """Search the unknowns that minimise ``sum |data - design @ unknowns|`` of each pixel.

    Parameters
    ----------
    data : ndarray of float64, shape (n_ps, n_observation)
        A pixel with NaN gets NaN.
    design : ndarray of float64, shape (n_observation, n_unknown)
    start : ndarray of float64, shape (n_ps, n_unknown)
        Where the search starts (the least-squares solution).
    choice : KernelChoice

    Returns
    -------
    ndarray of float64, shape (n_ps, n_unknown)

    Notes
    -----
    MATLAB ``fminsearch`` with its defaults, as ``ps_calc_scla`` uses it: Nelder-Mead in the
    variant of Lagarias, Reeds, Wright and Wright (1998), SIAM J. Optim. 9, 112-147. It stops
    when values and unknowns agree to 1e-4, which is too early for unknowns of order 1e-3:
    changing the start by 1e-9 can move K by 1e-4 rad/m. (MATLAB also compares with ten units in
    the last place, which only matters for residuals above 1e10 rad.)
    """
    if data.shape[1] != design.shape[0] or start.shape != (data.shape[0], design.shape[1]):
        raise ValueError(f"{data.shape=}, {design.shape=} and {start.shape=} do not fit")
    search = implementation("stage7_simplex_l1", choice)
    found: Float64 = search(
        *(np.ascontiguousarray(array, dtype=np.float64) for array in (data, design, start))
    )
    return found
