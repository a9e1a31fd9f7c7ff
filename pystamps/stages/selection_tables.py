"""How many pixels other thresholds would keep, from what stages 2 to 4 have left.

Stage 3 selects candidates by the coherence of stage 2 (*selected*), estimates these again without
themselves, and keeps those whose new coherence passes a second threshold (*kept*). The new
estimate of a candidate does not depend on which others are selected. So the number of selected
pixels is known for every limit; that of kept ones where all of them have a new estimate, that is
for limits as strict as the stored one or stricter. For looser limits the missing estimates are
taken from the candidate of the most similar coherence that has one.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pystamps.arrays import Bool, Float32, Float64, FloatArray, Index
from pystamps.config import Compat
from pystamps.interferograms import Interferograms
from pystamps.parameters import Parameters
from pystamps.stages.random_reference import low_bins_of
from pystamps.stages.stage4_weed import is_quiet_enough, measures_noise
from pystamps.stages.threshold import (
    RandomLimit,
    coherence_threshold,
    dispersion_bins,
    random_limit,
)
from pystamps_kernels import AUTO, KernelChoice


@dataclass(frozen=True, slots=True)
class StoredSelection:
    """What stages 2 and 3 have left of a patch.

    Attributes
    ----------
    xy : float32, (n_ps, 2), m
    d_a : float64, (n_ps,) or None, amplitude dispersion
    coh_ps, k_ps : float64, (n_ps,), of stage 2
    nr : float64, (100,), histogram of the coherence of random phases
    ix : int64, (k,), candidates that stage 3 has estimated again
    coh_ps2, k_ps2 : float64, (k,), their new values
    is_steady : bool, (n_ps,)
        Candidates that ``gamma_stdev_reject`` leaves.
    interferograms : Interferograms
    """

    xy: Float32
    d_a: Float64 | None
    coh_ps: Float64
    k_ps: Float64
    nr: Float64
    ix: Index
    coh_ps2: Float64
    k_ps2: Float64
    is_steady: Bool
    interferograms: Interferograms


@dataclass(frozen=True, slots=True)
class SelectionCount:
    """What stage 3 would select and keep.

    Attributes
    ----------
    selected, kept : int
    is_exact : bool
        Whether ``kept`` is what the stage would give; ``selected`` always is.
    """

    selected: int
    kept: int
    is_exact: bool


def counted_selection(
    stored: StoredSelection,
    parameters: Parameters,
    limit: RandomLimit,
    *,
    compat: Compat,
    choice: KernelChoice = AUTO,
) -> SelectionCount:
    """Count what stage 3 would select and keep with another limit of random pixels.

    Parameters
    ----------
    stored : StoredSelection
    parameters : Parameters
    limit : RandomLimit
        See :func:`limit_of`.
    compat : Compat
    choice : KernelChoice, optional

    Returns
    -------
    SelectionCount
    """
    bins = dispersion_bins(stored.d_a, stored.coh_ps.size)
    low_bins = low_bins_of(stored.interferograms)

    def threshold(coherence: Float64, where: Index | slice) -> Float64:
        return coherence_threshold(
            coherence, stored.nr, bins=bins, limit=limit, where=where, low_bins=low_bins,
            as_zero=compat.empty_low_bins_as_zero, with_warning=False, choice=choice,
        ).value  # fmt: skip

    passes = stored.coh_ps > threshold(stored.coh_ps, slice(None))
    ix = np.flatnonzero(passes & stored.is_steady)
    if not parameters.select_reest_gamma_flag:
        return SelectionCount(ix.size, ix.size, is_exact=True)
    again, slope, is_known = _estimates(stored, ix)
    coherence = stored.coh_ps.copy()
    coherence[ix] = again
    one_lobe = 2 * np.pi / float(np.ptp(stored.interferograms.observed_bperp))
    kept = (again > threshold(coherence, ix)) & (np.abs(stored.k_ps[ix] - slope) < one_lobe)
    return SelectionCount(ix.size, int(np.count_nonzero(kept)), is_exact=bool(is_known.all()))


def limit_of(stored: StoredSelection, parameters: Parameters) -> RandomLimit:
    """Give the limit that ``select_method``, ``density_rand`` and ``percent_rand`` make."""
    bins = dispersion_bins(stored.d_a, stored.coh_ps.size)
    return random_limit(stored.xy, parameters, bins.n_bin)


def counted_weeding(ps_std: FloatArray, ps_max: FloatArray, parameters: Parameters) -> int | None:
    """Count the pixels that the noise step of stage 4 would leave with other limits.

    Parameters
    ----------
    ps_std, ps_max : ndarray of float, shape (n,)
        Of ``weed1``, rad.
    parameters : Parameters
        ``weed_standard_dev`` and ``weed_max_noise`` may differ from those of the run.

    Returns
    -------
    int or None
        None where the step was switched off, so that no noise has been measured.
    """
    if not measures_noise(parameters):
        return int(ps_std.size)
    if ps_std.size and not ps_std.any():
        return None
    return int(np.count_nonzero(is_quiet_enough(ps_std, ps_max, parameters)))


def _estimates(stored: StoredSelection, ix: Index) -> tuple[Float64, Float64, Bool]:
    """Give new coherence and slope of candidates, and which of them stage 3 has estimated.

    The others get the loss of coherence and the change of slope of the estimated candidate whose
    coherence is nearest to theirs.
    """
    place = np.full(stored.coh_ps.size, -1)
    place[stored.ix] = np.arange(stored.ix.size)
    at = place[ix]
    is_known = at >= 0
    if not stored.ix.size:
        return stored.coh_ps[ix], stored.k_ps[ix], is_known
    order = np.argsort(stored.coh_ps[stored.ix], kind="stable")
    like = np.where(
        is_known, at, order[_nearest(stored.coh_ps[stored.ix][order], stored.coh_ps[ix])]
    )
    lost = stored.coh_ps2[like] - stored.coh_ps[stored.ix][like]
    turned = stored.k_ps2[like] - stored.k_ps[stored.ix][like]
    coherence = np.where(is_known, stored.coh_ps2[like], stored.coh_ps[ix] + lost)
    slope = np.where(is_known, stored.k_ps2[like], stored.k_ps[ix] + turned)
    return coherence, slope, is_known


def _nearest(ordered: Float64, values: Float64) -> Index:
    """Give the place of the nearest of some ascending numbers, of which there is at least one."""
    after = np.minimum(np.searchsorted(ordered, values), ordered.size - 1)
    before = np.maximum(after - 1, 0)
    is_after = np.abs(ordered[after] - values) <= np.abs(ordered[before] - values)
    return np.where(is_after, after, before)
