"""Arcs side by side: what the compiled loops over a block of arcs have in common.

``LANES`` arcs go side by side through all loops, which so become vector instructions while
every sum keeps its order; arrays of a block have the shape (rows, LANES). Values are single, as
in the original; moduli, angles and sines are computed in double and rounded once.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from pystamps_kernels.host.compile import compiled
from pystamps_kernels.host.elementary import arctangent, sine_cosine

Array = np.ndarray[Any, Any]
Arrays = tuple[Array, ...]

LANES = 128


@compiled
def modulus(re: np.float32, im: np.float32) -> np.float32:
    """Modulus of a phasor."""
    x, y = np.float64(re), np.float64(im)
    return np.float32(math.sqrt(x * x + y * y))


@compiled
def angle_of(im: np.float32, re: np.float32) -> np.float32:
    """Angle of a phasor."""
    return np.float32(arctangent(np.float64(im), np.float64(re)))


@compiled
def single_sine_cosine(angle: np.float32) -> tuple[np.float32, np.float32]:
    """Sine and cosine of an angle."""
    sine, cosine = sine_cosine(np.float64(angle))
    return np.float32(sine), np.float32(cosine)
