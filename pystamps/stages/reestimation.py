"""Coherence of selected candidates against a neighbourhood that does not contain them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from pystamps.arrays import Complex64, Float32, Float64, FloatArray, Index
from pystamps.config import Compat
from pystamps.errors import ParameterError
from pystamps.parameters import Parameters
from pystamps.rows import Matrix
from pystamps.stages.gamma_iteration import phasors_and_moduli, search_blocks
from pystamps.stages.neighbourhood import BYTES_PER_GRID_VALUE, beside
from pystamps_kernels import KernelChoice, resident, to_device, to_host
from pystamps_kernels.stage2_topofit import stage2_topofit
from pystamps_kernels.stage3_cell_filter import CellFilterSettings

REESTIMATION_KERNELS = ("stage3_cell_filter", "stage2_topofit")
"""Kernels of the re-estimation."""

_BYTES_PER_PHASOR = 48
_DEVICE_BYTES_PER_PHASOR = 120
"""Neighbourhood, difference, and all that the search keeps and copies in another order."""


@dataclass(frozen=True, slots=True)
class Reestimate:
    """Values of the selected candidates, names and shapes as in ``Selection``."""

    ph_patch2: Complex64
    ph_res2: Float32
    k_ps2: Float64
    c_ps2: Float64
    coh_ps2: Float64


@dataclass(frozen=True, slots=True)
class SearchColumns:
    """Interferograms of the new search.

    Attributes
    ----------
    ifg_index : int64, (n,), columns without the reference image
    n_trial_wraps : float, that of stage 2, for all interferograms
    """

    ifg_index: Index
    n_trial_wraps: float


def filter_settings(parameters: Parameters, compat: Compat) -> CellFilterSettings:
    """Give the settings of the window filter.

    Raises
    ------
    ParameterError
        ``slc_osf`` is not a whole number.
    """
    reach = parameters.slc_osf - 1
    if reach != int(reach):
        raise ParameterError(f"slc_osf={parameters.slc_osf}: must be a whole number")
    return CellFilterSettings(
        alpha=parameters.clap_alpha,
        beta=parameters.clap_beta,
        reach=int(reach),
        reach_in_first_only=compat.slc_osf_first_interferogram_only,
    )


def grid_on_device_if_it_fits(
    ph_grid: Complex64, n_pixels: int, choice: KernelChoice
) -> tuple[Complex64, KernelChoice]:
    """Put the grid on the device if both kernels run there and all that follows fits.

    Parameters
    ----------
    ph_grid : ndarray of complex64, shape (n_i, n_j, n_used)
    n_pixels : int
        Pixels to estimate again.
    choice : KernelChoice

    Returns
    -------
    ph_grid, choice
        As given, or on the device and a choice that runs the kernels there.
    """
    phasors = n_pixels * ph_grid.shape[2]
    needed = BYTES_PER_GRID_VALUE * ph_grid.size + _DEVICE_BYTES_PER_PHASOR * phasors
    if not resident(choice, REESTIMATION_KERNELS, max(ph_grid.size, phasors), needed):
        return ph_grid, choice
    return to_device(ph_grid), choice.on_device(REESTIMATION_KERNELS)


def reestimate(
    ph: Matrix,
    ph_patch2: Complex64,
    *,
    bperp_mat: Matrix,
    columns: SearchColumns,
    memory_budget_mb: int,
    choice: KernelChoice,
) -> Reestimate:
    """Search the look-angle error again, against the new neighbourhood.

    Parameters
    ----------
    ph : Matrix of complex64, shape (k, n_used)
        As loaded.
    ph_patch2 : ndarray of complex64, shape (k, n_used)
        Where it lies, on host or device, the search runs.
    bperp_mat : Matrix of float, shape (k, n_used)
        Baselines in m.
    columns : SearchColumns
    memory_budget_mb : int
    choice : KernelChoice

    Returns
    -------
    Reestimate
        On the host. NaN, C = 0 and residual 0 for pixels with a null value in any interferogram.
    """
    k, m = ph.shape
    result = Reestimate(
        ph_patch2=to_host(ph_patch2),
        ph_res2=np.zeros((k, m), np.float32),
        k_ps2=np.full(k, np.nan),
        c_ps2=np.zeros(k),
        coh_ps2=np.full(k, np.nan),
    )
    for rows in search_blocks(k, _BYTES_PER_PHASOR * m, memory_budget_mb, like=ph_patch2):
        patch = ph_patch2[rows]
        phase = beside(ph[rows], patch)  # named, so that NumPy turns the factors as ever
        difference = phase * np.conj(patch)
        _search(result, rows, difference, bperp_mat[rows], columns, choice)
    return result


def _search(
    result: Reestimate,
    block: slice,
    difference: Complex64,
    bperp_mat: FloatArray,
    columns: SearchColumns,
    choice: KernelChoice,
) -> None:
    """Fill the rows of a block that have no null value; ``bperp_mat`` is that of the block."""
    usable = (difference != 0).all(axis=1)
    places, used = np.flatnonzero(to_host(usable)), columns.ifg_index
    rows = block.start + places
    fit = stage2_topofit(
        phasors_and_moduli(difference[usable])[0][:, beside(used, difference)],
        beside(bperp_mat[np.ix_(places, used)], difference),
        n_trial_wraps=columns.n_trial_wraps,
        choice=choice,
    )
    for values, found in ((result.k_ps2, fit.k), (result.c_ps2, fit.c), (result.coh_ps2, fit.coh)):
        values[rows] = to_host(found)
    result.ph_res2[np.ix_(rows, used)] = to_host(np.angle(fit.residual))


BOOTSTRAP_SEED = 2005
"""Seed of the resamples of :func:`bootstrap_std`."""


def bootstrap_std(ph_res: Float32, *, n_resample: int = 100, seed: int = BOOTSTRAP_SEED) -> Float64:
    """Standard deviation of the coherence under resampling of the interferograms.

    Parameters
    ----------
    ph_res : ndarray of float32, shape (k, n)
        Residual phase in rad.
    n_resample : int, optional
    seed : int, optional
        All pixels share one set of resamples, so the result does not depend on their number.

    Returns
    -------
    ndarray of float64, shape (k,)

    Notes
    -----
    Meant by StaMPS ``gamma_stdev_reject``, which cannot run there.
    """
    n = ph_res.shape[1]
    drawn = np.random.default_rng(seed).integers(0, n, (n_resample, n))
    times = np.zeros((n_resample, n))
    np.add.at(times, (np.arange(n_resample)[:, None], drawn), 1.0)
    coherence: np.ndarray[Any, Any] = np.abs(np.exp(1j * ph_res) @ times.T) / n
    std: Float64 = coherence.std(axis=1, ddof=1)
    return std
