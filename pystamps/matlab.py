"""MATLAB built-ins whose exact behaviour decides results in more than one stage.

Everything that depends on these rules (half away from zero, bins open to the left, the
smoothing and interpolation of toolbox functions, the generators behind ``rand('state')``
and ``randn('state')``) goes through this module, so that the rule is written down once.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import cache
from typing import TypeVar

import numpy as np

from pystamps.arrays import Float64, FloatArray
from pystamps_kernels.legacy_uniform import legacy_uniform, legacy_uniform_rows
from pystamps_kernels.stage2_histogram import stage2_histogram as histogram

Real = TypeVar("Real", bound=FloatArray)

__all__ = [
    "FloatArray",
    "causal_fir",
    "gauss_window",
    "histogram",
    "interpolate_signal",
    "interpolation_filter",
    "legacy_normal",
    "legacy_uniform",
    "legacy_uniform_rows",
    "round_half_away",
]

_HALF_NEIGHBOURS = 4
_INTERPOLATION_FACTOR = 10


def round_half_away(values: Real) -> Real:
    """Round to the nearest integer, halves away from zero (``round``), in the class of the input.

    ``floor(x + 0.5)`` is no substitute: in single precision it gives 1 for 0.49999997.
    """
    whole = np.trunc(values)
    up = np.abs(values - whole) >= 0.5
    rounded: Real = whole + np.copysign(up.astype(whole.dtype), values)
    return rounded


def gauss_window(length: int, alpha: float = 2.5) -> Float64:
    """Gaussian window that ends ``alpha`` standard deviations from its centre (``gausswin``)."""
    half = (length - 1) / 2
    position = np.arange(length) - half
    window: Float64 = np.exp(-0.5 * (alpha * position / half) ** 2)
    return window


def causal_fir(coefficients: Float64, signal: Float64) -> Float64:
    """Weight each sample and those before it, zeros before the first (``filter(b,1,x)``)."""
    filtered: Float64 = np.convolve(coefficients, signal)[: signal.size]
    return filtered


@cache
def _interpolation_taps() -> tuple[float, ...]:
    factor, reach = _INTERPOLATION_FACTOR, _HALF_NEIGHBOURS
    neighbours = np.arange(-reach, reach)
    correlation = np.sinc((neighbours[:, None] - neighbours[None, :]) / 2)
    centre = reach * factor
    taps = np.zeros(2 * centre + 1)
    taps[centre] = 1.0
    for phase in range(1, factor):
        offset = neighbours + phase / factor
        taps[centre + phase + factor * neighbours] = np.linalg.solve(
            correlation, np.sinc(offset / 2)
        )
    return tuple(((taps + taps[::-1]) / 2).tolist())


def interpolation_filter() -> Float64:
    """Taps of the interpolator of ``interp(x, 10)``: float64, shape (81,).

    Minimum mean square error for a signal with a flat spectrum up to half the Nyquist
    frequency, from the eight nearest samples (Oetken, Parks and Schuessler 1979).
    """
    return np.array(_interpolation_taps())


def interpolate_signal(signal: Float64) -> Float64:
    """Insert nine samples after each sample (``interp(x, 10)`` of the Signal Processing Toolbox).

    Parameters
    ----------
    signal : ndarray of float64, shape (n,)
        At least nine samples.

    Returns
    -------
    ndarray of float64, shape (10 n,)
        Samples of the input pass unchanged; a constant is reproduced to 3e-4 only.
    """
    reach = 2 * _HALF_NEIGHBOURS
    if signal.size < reach + 1:
        raise ValueError(f"interpolation needs {reach + 1} samples or more, {signal.size=}")
    front = 2 * signal[0] - signal[reach:0:-1]
    behind = 2 * signal[-1] - signal[-2 : -reach - 2 : -1]
    extended = np.concatenate([front, signal, behind])
    sparse = np.zeros(extended.size * _INTERPOLATION_FACTOR)
    sparse[::_INTERPOLATION_FACTOR] = extended
    delay = (_HALF_NEIGHBOURS + reach) * _INTERPOLATION_FACTOR
    dense = causal_fir(interpolation_filter(), sparse)
    return dense[delay : delay + signal.size * _INTERPOLATION_FACTOR]


def legacy_normal(seed: int, count: int) -> Float64:
    """Normal numbers of ``randn('state', seed)``: float64, shape (count,).

    The ziggurat of Marsaglia and Tsang (1984) over two 32-bit generators. Plain Python: it
    serves to check the constant ``max_coh`` of the merge, not to draw large samples.
    """
    numbers = _normal_numbers(seed)
    return np.array([next(numbers) for _ in range(count)])


_A, _B, _C0, _C1, _C2, _PC, _XN = (
    12.37586, 0.4878992, 12.67706, 0.9689279, 1.301198, 0.01958303, 2.776994,
)  # fmt: skip


def _layer_edges() -> list[float]:
    """Edges of the 64 layers of equal area, to the seven decimals of the original table."""
    area = math.sqrt(math.pi / 2) / 64
    low, high = 1.0, 5.0
    for _ in range(200):
        middle = (low + high) / 2
        is_left = middle * math.exp(-(middle**2) / 2) > 3 * area
        low, high = (middle, high) if is_left else (low, middle)
    edge = (low + high) / 2
    edges = [0.0] * 65
    edges[61:] = [edge - 1e-7] * 4
    for k in range(60, 1, -1):
        edge = math.sqrt(-2 * math.log(math.exp(-(edge**2) / 2) + area / edge))
        edges[k] = edge
    edges[:2] = [0.3409450, 0.4573146]
    return [round(e, 7) for e in edges]


def _signed_uniform(seed: int) -> Iterator[tuple[float, int]]:
    """Numbers in [-1, 1) and the layer that each chooses."""
    mask = 0xFFFFFFFF
    congruential, shift = 362436069, seed or 521288629
    while True:
        congruential = (69069 * congruential + 1234567) & mask
        shift ^= (shift << 13) & mask
        shift ^= shift >> 17
        shift ^= (shift << 5) & mask
        word = (congruential + shift) & mask
        yield (word - (word >> 31 << 32)) / 2**31, word % 64


def _normal_numbers(seed: int) -> Iterator[float]:
    edges, uniform = _layer_edges(), _signed_uniform(seed)
    for u, layer in uniform:
        r = u * edges[layer + 1]
        yield r if abs(r) < edges[layer] else _outside_the_layer(r, layer, edges, uniform)


def _outside_the_layer(
    r: float, layer: int, edges: list[float], uniform: Iterator[tuple[float, int]]
) -> float:
    """Accept, fold or replace a number that fell beside the rectangle of its layer."""
    sign, upper = math.copysign(1.0, r), edges[layer + 1]
    x = (abs(r) - edges[layer]) / (upper - edges[layer])
    y = (1 + next(uniform)[0]) / 2
    if x + y > _C2:
        return sign * _B * (1 - x)
    if x + y <= _C1:
        return r
    x = _B * (1 - x)
    if y > _C0 - _A * math.exp(-(x**2) / 2):
        return sign * x
    if math.exp(-(upper**2) / 2) + y * _PC / upper <= math.exp(-(r**2) / 2):
        return r
    while True:
        x = math.log(0.5 + 0.5 * next(uniform)[0]) / _XN
        if -2 * math.log(0.5 + 0.5 * next(uniform)[0]) > x**2:
            return sign * (_XN - x)
