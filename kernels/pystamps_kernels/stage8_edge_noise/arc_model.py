"""What all arcs have in common: dates, baselines and the method, as small arrays."""

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
        Trial slopes on either side of zero, an eighth of a cycle over ``span`` apart.
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
