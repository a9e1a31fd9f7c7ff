"""Coherence that pixels of random phase reach, and how it is scaled to a set of candidates."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from functools import partial

import numpy as np

from pystamps.arrays import Float64, FloatArray
from pystamps.interferograms import Interferograms
from pystamps.matlab import histogram, legacy_uniform_rows
from pystamps_kernels import AUTO, KernelChoice
from pystamps_kernels.stage2_topofit_coh_row_invariant import stage2_topofit_coh_row_invariant

log = logging.getLogger(__name__)

COHERENCE_BINS: Float64 = 0.005 + np.arange(100, dtype=np.float64) * 0.01
"""Centres of the coherence histogram."""
LOW_BINS = 31
"""Bins in which practically all candidates of a single-master stack have random phase."""
LOW_BINS_OF_PAIRS = 15
"""The same of small baselines."""
N_RANDOM = 300_000
SEED = 2005
AT_ONCE = 60_000
"""Random pixels whose phases are in memory at a time."""


@dataclass(frozen=True, slots=True)
class RandomReference:
    """Histogram of the coherence of random phases: ``counts``, float64, shape (100,)."""

    counts: Float64

    @property
    def last_occupied(self) -> int:
        """1-based number of the last bin that is not empty."""
        return int(np.flatnonzero(self.counts)[-1]) + 1


def low_bins_of(stack: Interferograms) -> int:
    """Give the number of coherence bins in which all candidates count as random."""
    return LOW_BINS if stack.has_null_column else LOW_BINS_OF_PAIRS


def random_reference(
    bperp: FloatArray,
    *,
    n_trial_wraps: float,
    small_baselines: Interferograms | None = None,
    n_random: int = N_RANDOM,
    seed: int = SEED,
    choice: KernelChoice = AUTO,
) -> RandomReference:
    """Simulate pixels of random phase and search them as candidates are searched.

    Parameters
    ----------
    bperp : ndarray of float32 or float64, shape (n_used,)
        Nominal baselines in m; single baselines make the whole calculation single.
    n_trial_wraps : float
    small_baselines : Interferograms, optional
        Of pairs of images, whose phases are differences of random phases of the images; else the
        phases of the interferograms themselves are random.
    n_random : int, optional
        Number of pixels.
    seed : int, optional
    choice : KernelChoice, optional

    Returns
    -------
    RandomReference

    Notes
    -----
    Part of StaMPS ``ps_est_gamma_quick``. The numbers are those of ``rand('state', 2005)``,
    drawn interferogram after interferogram, of small baselines image after image.
    """
    n_drawn = bperp.size if small_baselines is None else small_baselines.n_image
    turns = legacy_uniform_rows(seed, (n_random, n_drawn), size=AT_ONCE, choice=choice)
    if small_baselines is not None:
        first, second = small_baselines.pairs.T
        turns = (of_images[second] - of_images[first] for of_images in turns)
    search = partial(
        stage2_topofit_coh_row_invariant, bperp=bperp, n_trial_wraps=n_trial_wraps, choice=choice
    )
    # map, unlike a loop, keeps no block while the next one is drawn
    coherence = np.concatenate(list(map(search, turns)))
    return RandomReference(histogram(coherence, COHERENCE_BINS, choice=choice))


def scaled_to(
    observed: Float64, random: Float64, *, low_bins: int = LOW_BINS, as_zero: bool = True
) -> Float64:
    """Scale the random histogram so that it equals the observed one in the low bins.

    Parameters
    ----------
    observed : ndarray of float64, shape (100,)
        Histogram of the candidates.
    random : ndarray of float64, shape (100,)
        Histogram of random phases, any scale.
    low_bins : int, optional
        Number of bins in which all candidates count as random.
    as_zero : bool, optional
        ``compat.empty_low_bins_as_zero``: without a candidate in the low bins the result is zero,
        and NaN where ``random`` is zero already, as in the original.

    Returns
    -------
    ndarray of float64, shape (100,)

    Notes
    -----
    Where random phases themselves never fall into the low bins (five interferograms and fewer),
    the original loses every pixel of every patch. There, and without ``as_zero``, the low bins are
    extended until both have counts; without any counts the random histogram stays as it is.
    """
    if as_zero and _is_scaled_on_low_bins(random, low_bins):
        with np.errstate(invalid="ignore"):
            lost_or_scaled: Float64 = random * observed[:low_bins].sum() / random[:low_bins].sum()
        return lost_or_scaled
    n = shared_low_bins(observed, random, low_bins=low_bins)
    if not n:
        return random
    scaled: Float64 = random * observed[:n].sum() / random[:n].sum()
    return scaled


def _is_scaled_on_low_bins(random: Float64, low_bins: int) -> bool:
    """Tell whether random phases reach the low bins, or were scaled to zero or NaN before."""
    return bool(random[:low_bins].sum() != 0 or not random.any())


def shared_low_bins(observed: Float64, random: Float64, *, low_bins: int = LOW_BINS) -> int:
    """Give the number of lowest bins in which both histograms have counts; 0 without any counts.

    At least ``low_bins``; parameters as for :func:`scaled_to`.
    """
    if observed[:low_bins].sum() > 0 and random[:low_bins].sum() > 0:
        return low_bins
    both = np.flatnonzero((np.cumsum(observed) > 0) & (np.cumsum(random) > 0))
    return max(low_bins, int(both[0]) + 1) if both.size else 0


def warn_of_few_random(
    observed: Float64, random: Float64, *, low_bins: int = LOW_BINS, as_zero: bool = True
) -> None:
    """Warn when the random histogram cannot be scaled on the usual low bins."""
    n = shared_low_bins(observed, random, low_bins=low_bins)
    if n == low_bins:
        return
    if as_zero and observed.any() and _is_scaled_on_low_bins(random, low_bins):
        log.warning(
            "no candidate has a coherence below %.2f (few candidates, or hardly a noisy one): as "
            "in StaMPS the random distribution becomes zero and then not a number, and pixels are "
            "lost by it; compat.empty_low_bins_as_zero: false scales it on the lowest bins with "
            "counts", low_bins / 100,
        )  # fmt: skip
    elif not n:
        log.warning("no candidate has a coherence; the random distribution is not scaled")
    else:
        log.warning(
            "no candidate or no random pixel has a coherence below %.2f (few interferograms, or "
            "hardly any noisy candidate); the random distribution is scaled on coherences below "
            "%.2f", low_bins / 100, n / 100,
        )  # fmt: skip
