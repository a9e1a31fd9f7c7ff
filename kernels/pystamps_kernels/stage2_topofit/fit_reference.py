"""From the best trial to the look-angle error of pixels, in NumPy, rounded as the original does.

Where the original computes in single, arrays are single here, and sums are formed one term after
the other: the coherence decides bins and thresholds. Sines, angles and moduli are those of
doubles, rounded.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]
STEP = np.pi / 4
"""Phase over the whole baseline range between two neighbouring trials."""


@np.errstate(divide="ignore", invalid="ignore")
def fit_pixels(
    z: Array, b: Array, best: Array, *, k_is_single: bool, value_is_single: bool
) -> tuple[Array, Array, Array, Array]:
    """Give k, c, coherence and residual phasors.

    Parameters
    ----------
    z : ndarray of complex, shape (n, m)
    b : ndarray of float64, shape (n, m) or (m,)
        Baselines; their range is that of a row.
    best : ndarray of int, shape (n,)
        The best trial.
    k_is_single, value_is_single : bool
        Class of K and the baselines, and of everything that follows from them.
    """
    k_class = np.float32 if k_is_single else np.float64
    value_class = np.float32 if value_is_single else np.float64
    step = (np.float64(k_class(STEP)) / np.ptp(b, axis=-1)).astype(k_class)
    k = (step.astype(np.float64) * best).astype(k_class)
    b_k = b.astype(k_class)
    p = _turned_back(z, k[:, None] * b_k, value_class)
    along, across = (part.astype(np.float64) for part in p)
    mean_r, mean_i = (_sum(part).astype(np.float64)[:, None] for part in p)
    angle = np.arctan2(across * mean_r - along * mean_i, along * mean_r + across * mean_i)
    weight = _modulus(z.real, z.imag).astype(value_class)
    weighted = (weight * b.astype(value_class)).astype(np.float64)
    products = weighted * (weight * angle.astype(value_class)).astype(np.float64)
    k = (k + _sum(products) / _sum(weighted * weighted)).astype(k_class)
    p = _turned_back(z, k[:, None] * b_k, value_class)
    total = [_sum(part) for part in p]
    coh = _modulus(*total).astype(value_class) / _sum(_modulus(*p).astype(value_class))
    c = np.arctan2(*(part.astype(np.float64) for part in reversed(total))).astype(value_class)
    residual = (p[0] + 1j * p[1].astype(np.float64)).astype(z.dtype)
    return k.astype(np.float64), c.astype(np.float64), coh.astype(np.float64), residual


def _turned_back(z: Array, angle: Array, value_class: Any) -> tuple[Array, Array]:
    """Give real and imaginary parts of z * exp(-1j angle)."""
    sine, cosine = (f(angle.astype(np.float64)).astype(value_class) for f in (np.sin, np.cos))
    return (
        (z.real * cosine).astype(value_class) + (z.imag * sine).astype(value_class),
        (z.imag * cosine).astype(value_class) - (z.real * sine).astype(value_class),
    )


def _sum(values: Array) -> Array:
    """Add the columns one after the other, in the class of the values."""
    total: Array = np.add.accumulate(values, axis=1)[:, -1]
    return total


def _modulus(re: Array, im: Array) -> Array:
    re, im = re.astype(np.float64), im.astype(np.float64)
    return np.asarray(np.sqrt(re * re + im * im))
