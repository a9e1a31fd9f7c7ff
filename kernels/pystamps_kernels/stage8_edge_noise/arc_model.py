"""What all arcs have in common: dates, baselines and the method, as small arrays.

With these, ``uw_sb_unwrap_space_time`` of StaMPS (Hooper 2009) does for the arc from node a to b

    d = ph_b conj(ph_a) / |ph_b conj(ph_a)|     unit phasors, one per interferogram
    K = slope of the phase of the terms against their baselines; d = d exp(-1j K bperp)
    S = curve through d that is smooth in time
    noise = angle(d exp(-1j S)),    expected = S + noise + K bperp

so that ``expected`` differs from the phase of the arc by whole cycles: those that the look-angle
error and the deformation account for. Every phase is in single precision, as there: each product,
each sum and each angle is rounded by itself, and ``expected`` is added in the order above.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Float64 = NDArray[np.float64]
Index = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class SlopeSearch:
    """Search of the slope of the phase against baseline (look-angle error of an arc).

    Attributes
    ----------
    later, earlier : int64, (m,)
        The phase of term m is that of interferogram ``later`` minus that of ``earlier``;
        -1 stands for the reference image, whose phase is zero.
    base : float64, (m,), m
        Baseline of each term.
    span : float, m
        Largest minus smallest ``base``.
    n_trial : int
        Trial slopes on either side of zero, an eighth of a cycle over ``span`` apart: trial t is
        K = t (pi/4) / span.

    Notes
    -----
    The term of ``later`` and ``earlier`` is d_later conj(d_earlier), made a unit phasor again:
    in single its modulus is not exactly 1.
    """

    later: Index
    earlier: Index
    base: Float64
    span: float
    n_trial: int


@dataclass(frozen=True, slots=True)
class LocalLines:
    """Smoothing by a weighted straight line around every date (method 3D_FULL).

    Attributes
    ----------
    order : int64, (n_ifg,)
        Interferograms by date.
    weights : float64, (n_ifg, n_ifg)
        Row k: weights of all dates around date k, in that order; they sum to one.
    intercept : float64, (n_ifg, n_ifg)
        Row k: what gives the value of the weighted line at date k when multiplied by the data.
    level : int64, (1,) or (2,)
        Dates next to the reference image, whose mean sets the level of the series.

    Notes
    -----
    With w the weights of date k and h its row of ``intercept``, the curve is unwrapped in time as

        m_k = sum w d,  r = wrap(angle d - angle m_k),  s_k = m_k exp(1j sum h r)
        S_0 = angle s_0,  S_k = S_(k-1) + angle(s_k conj(s_(k-1)))

    and then moved by whole cycles, S - (L - angle exp(1j L)) with L the mean of S over ``level``:
    the reference image has phase zero, so dates next to it should be near zero, within half a
    cycle.
    """

    order: Index
    weights: Float64
    intercept: Float64
    level: Index


@dataclass(frozen=True, slots=True)
class SmoothedSeries:
    """Gaussian smoothing of the series of images (methods 3D_QUICK and 3D_SMALL_DEF).

    Attributes
    ----------
    operator : float64, (n_image, n_ifg)
        From wrapped differences, taken as unwrapped, to the smoothed series of images.
    first, second : int64, (n_ifg,)
        Images of every interferogram.

    Notes
    -----
    The curve of an interferogram is the difference of two smoothed images, second minus first:
    S = (P angle d)_second - (P angle d)_first with P the operator. The product is formed in double
    and rounded to single before the difference.
    """

    operator: Float64
    first: Index
    second: Index


@dataclass(frozen=True, slots=True)
class ArcModel:
    """Everything that stage8_edge_noise needs beside the phase.

    Attributes
    ----------
    bperp : float32, (n_ifg,), m
    search : SlopeSearch or None
        None: no look-angle error is estimated.
    smoother : LocalLines, SmoothedSeries or None
        None: the expected difference is zero (methods 3D_NO_DEF and 2D).
    noise_limit : float, rad
        Arcs whose noise has a larger standard deviation get NaN.
    """

    bperp: NDArray[np.float32]
    search: SlopeSearch | None
    smoother: LocalLines | SmoothedSeries | None
    noise_limit: float = np.inf
