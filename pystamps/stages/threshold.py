"""Threshold on coherence that keeps the expected number of random pixels below a limit."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Any

import numpy as np

from pystamps.arrays import Float32, Float64
from pystamps.matlab import histogram
from pystamps.parameters import Parameters
from pystamps.stages.random_reference import COHERENCE_BINS, LOW_BINS, scaled_to, warn_of_few_random
from pystamps_kernels import AUTO, KernelChoice

log = logging.getLogger(__name__)

_MANY, _VERY_MANY = 10_000, 50_000
_BIN_OF_MANY, _BIN_OF_VERY_MANY = 2_000, 10_000
_WITHOUT_BINS = 0.3
_TYPICAL_DISPERSION = 0.35
_LARGEST_CONDITION = 1e12


@dataclass(frozen=True, slots=True)
class Threshold:
    """Threshold of candidates.

    Attributes
    ----------
    value : float64, (1,) or one per candidate asked for
    coefficients : float64, (2,) slope over amplitude dispersion and constant, or (0,)
    """

    value: Float64
    coefficients: Float64


@dataclass(frozen=True, slots=True)
class RandomLimit:
    """How many random pixels are accepted.

    Attributes
    ----------
    value : float32 or float64
        Pixels per bin of amplitude dispersion (DENSITY, single), or percent.
    is_percent : bool
    """

    value: np.floating[Any]
    is_percent: bool


@dataclass(frozen=True, slots=True)
class DispersionBins:
    """Bins of amplitude dispersion.

    Attributes
    ----------
    d_a : float64, (n_ps,), the dispersions, or ones where there is a single bin
    edges : float64, (n_bin + 1,); a bin holds its upper edge
    """

    d_a: Float64
    edges: Float64

    @property
    def n_bin(self) -> int:
        """Number of bins."""
        return self.edges.size - 1


def dispersion_bins(d_a: Float64 | None, n_ps: int) -> DispersionBins:
    """Put candidates into bins of equal number; fewer than 10 000 make a single bin.

    Parameters
    ----------
    d_a : ndarray of float64, shape (n_ps,), or None
    n_ps : int
    """
    if d_a is None or n_ps < _MANY:
        return DispersionBins(np.ones(n_ps), np.array([0.0, 1.0]))
    ordered = np.sort(d_a)
    size = _BIN_OF_VERY_MANY if n_ps >= _VERY_MANY else _BIN_OF_MANY
    inner = ordered[size - 1 : n_ps - size : size]
    return DispersionBins(d_a, np.concatenate([[0.0], inner, ordered[-1:]]))


def random_limit(xy: Float32, parameters: Parameters, n_bin: int) -> RandomLimit:
    """Give the limit of random pixels, in single for DENSITY as the original.

    Parameters
    ----------
    xy : ndarray of float32, shape (n_ps, 2)
        Local x and y in m; the area is that of their bounding box.
    parameters : Parameters
    n_bin : int
    """
    if parameters.select_method.upper() == "PERCENT":
        return RandomLimit(np.float64(parameters.percent_rand), is_percent=True)
    if not len(xy):
        return RandomLimit(np.float32(0), is_percent=False)
    width, height = xy.max(axis=0) - xy.min(axis=0)
    area_km2 = width * height / np.float32(1e6)
    limit = np.float32(parameters.density_rand) * area_km2 / np.float32(n_bin)
    return RandomLimit(limit, is_percent=False)


def coherence_threshold(
    coherence: Float64,
    nr: Float64,
    *,
    bins: DispersionBins,
    limit: RandomLimit,
    where: np.ndarray[Any, Any] | slice = slice(None),
    low_bins: int = LOW_BINS,
    as_zero: bool = True,
    with_warning: bool = True,
    choice: KernelChoice = AUTO,
) -> Threshold:
    """Find the coherence above which few enough pixels are random.

    Parameters
    ----------
    coherence : ndarray of float64, shape (n_ps,)
        NaN counts as not known, 0 as not estimated.
    nr : ndarray of float64, shape (100,)
        Histogram of the coherence of random phases, any scale.
    bins : DispersionBins
    limit : RandomLimit
    where : index, optional
        Candidates whose threshold is wanted.
    low_bins : int, optional
        Bins of coherence in which all candidates count as random.
    as_zero : bool, optional
        ``compat.empty_low_bins_as_zero``, see
        :func:`pystamps.stages.random_reference.scaled_to`.
    with_warning : bool, optional
        Warn when there are too few random pixels for a threshold, or too few to scale them.
    choice : KernelChoice, optional

    Returns
    -------
    Threshold

    Notes
    -----
    Part of StaMPS ``ps_select`` (Hooper et al. 2007): one threshold per bin of amplitude
    dispersion, then a straight line through them.
    """
    thresholds = np.full(bins.n_bin, np.nan)
    mean_d_a = np.full(bins.n_bin, np.nan)
    for k in range(bins.n_bin):
        member = (bins.d_a > bins.edges[k]) & (bins.d_a <= bins.edges[k + 1])
        if member.any():
            mean_d_a[k] = bins.d_a[member].mean()
            thresholds[k] = _bin_threshold(
                coherence[member], nr,
                limit=limit, low_bins=low_bins, as_zero=as_zero, choice=choice,
            )  # fmt: skip
    known = ~np.isnan(thresholds)
    if with_warning:
        observed = histogram(coherence[coherence != 0], COHERENCE_BINS, choice=choice)
        warn_of_few_random(observed, nr, low_bins=low_bins, as_zero=as_zero)
        if not known.any():
            log.warning(
                "not enough random pixels to set a threshold on coherence; using %.1f",
                _WITHOUT_BINS,
            )
    return _combine(thresholds[known], mean_d_a[known], bins.d_a[where])


def _combine(thresholds: Float64, mean_d_a: Float64, d_a: Float64) -> Threshold:
    """Straight line through the thresholds of the bins, not falling, never negative."""
    none = np.zeros(0)
    if not thresholds.size:
        return Threshold(np.array([_WITHOUT_BINS]), none)
    if thresholds.size == 1:
        return Threshold(np.maximum(thresholds, 0), none)
    design = np.column_stack([mean_d_a, np.ones(mean_d_a.size)])
    line = np.asarray(np.linalg.lstsq(design, thresholds, rcond=None)[0], np.float64)
    if line[0] > 0:
        return Threshold(np.maximum(line[0] * d_a + line[1], 0), line)
    return Threshold(np.maximum([line[0] * _TYPICAL_DISPERSION + line[1]], 0), none)


def _bin_threshold(
    coherence: Float64, nr: Float64, *, limit: RandomLimit, low_bins: int, as_zero: bool,
    choice: KernelChoice,
) -> float:  # fmt: skip
    """Threshold of one bin; NaN when there are too few random pixels to tell."""
    observed = histogram(coherence[coherence != 0], COHERENCE_BINS, choice=choice)
    random = scaled_to(observed, nr, low_bins=low_bins, as_zero=as_zero)
    observed[observed == 0] = 1  # kept: it raises the denominators below
    tail = np.cumsum(random[::-1])[::-1]
    if limit.is_percent:
        tail = tail / np.cumsum(observed[::-1])[::-1] * 100
    below = np.flatnonzero(tail < limit.value)
    if not below.size:
        return 1.0
    first = int(below[0]) + 1  # 1-based number of the first bin below the limit
    if first - 3 <= 0:
        return np.nan
    low, high = first - 3, min(first + 2, tail.size)
    x, y = tail[low - 1 : high], 0.01 * np.arange(low, high + 1, dtype=np.float64)
    return _cubic_at(x, y, at=limit.value, crossing=first - low)


def _cubic_at(x: Float64, y: Float64, *, at: np.floating[Any], crossing: int) -> float:
    """Least-squares cubic y(x) at a limit, evaluated in the limit's class.

    Fewer than four different x make the cubic singular; the original goes on with whatever
    comes out, here the two points around the limit are joined by a straight line.
    """
    scale = x.std(ddof=1)
    if scale > 0:
        normed = (x - x.mean()) / scale
        design = np.vander(normed, 4)
        if np.linalg.cond(design) < _LARGEST_CONDITION:
            q, r = np.linalg.qr(design)
            coefficients = np.linalg.solve(r, q.T @ y)
            kind = np.asarray(at).dtype.type
            position = (at - kind(x.mean())) / kind(scale)
            value = kind(0)
            for coefficient in coefficients:
                value = value * position + kind(coefficient)
            return float(value)
    log.warning("the tail of the coherence histogram has gaps: threshold by linear interpolation")
    x0, x1, y0, y1 = x[crossing - 1], x[crossing], y[crossing - 1], y[crossing]
    return float(y0 + (y1 - y0) * (x0 - float(at)) / (x0 - x1))
