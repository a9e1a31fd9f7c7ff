"""Numba. See the package."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from pystamps_kernels._compile import compiled

_LOW_32 = 0xFFFFFFFF
_LOW_52 = (1 << 52) - 1
_TWO_53 = 1 << 53


@compiled
def _next_register(j: int) -> int:
    j ^= (j << 13) & _LOW_32
    j ^= j >> 17
    return j ^ ((j << 5) & _LOW_32)


@compiled
def legacy_uniform(seed: int, count: int) -> npt.NDArray[np.float64]:
    """See the package."""
    j = seed if seed != 0 else 1 << 31
    words = np.zeros(32, np.int64)
    register = j
    for k in range(32):
        for _ in range(53):
            register = _next_register(register)
            words[k] = (words[k] << 1) | ((register >> 19) & 1)
    values = np.empty(count)
    borrow = 0
    for n in range(count):
        v = words[(n + 20) & 31] - words[(n + 5) & 31] - borrow
        borrow = 0
        if v < 0:
            v += _TWO_53
            borrow = 1
        words[n & 31] = v
        following = _next_register(j)
        # the shift drops bits beyond the 64th; the mask keeps 52 of them in any case
        mask = ((following << 32) & _LOW_52) ^ j
        j = following
        length = math.frexp(float(v))[1] if v < _TWO_53 >> 1 else 53
        values[n] = math.ldexp(float((v << (53 - length)) ^ mask), length - 106)
    return values
