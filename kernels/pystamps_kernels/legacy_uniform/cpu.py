"""Numba. See the package."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from pystamps_kernels._compile import compiled

_LOW_32 = 0xFFFFFFFF
_LOW_52 = (1 << 52) - 1
_BLOCK = 1024


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
    raw, masks = np.empty(_BLOCK, np.int64), np.empty(_BLOCK, np.int64)
    borrow, n = 0, 0
    while n < count:
        used = min(_BLOCK, count - n)
        for q in range(used):
            v = words[(n + q + 20) & 31] - words[(n + q + 5) & 31] - borrow
            borrow = (v >> 63) & 1
            v += borrow << 53
            words[(n + q) & 31] = v
            following = _next_register(j)
            # the shift drops bits beyond the 64th; the mask keeps 52 of them in any case
            masks[q] = ((following << 32) & _LOW_52) ^ j
            raw[q] = v
            j = following
        _to_unit_interval(raw[:used], masks[:used], values[n : n + used])
        n += used
    return values


@compiled
def _to_unit_interval(
    raw: npt.NDArray[np.int64], masks: npt.NDArray[np.int64], values: npt.NDArray[np.float64]
) -> None:
    """Shift the words so that 53 bits are used, combine them with the masks and scale.

    The number of bits of a word is in the exponent of the same number as a double.
    """
    wide = raw.astype(np.float64)
    exponents = wide.view(np.int64)
    scale = np.empty(raw.size)
    scale_bits = scale.view(np.int64)
    for q in range(raw.size):
        length = (exponents[q] >> 52) - 1022 if raw[q] != 0 else 0
        wide[q] = np.float64((raw[q] << (53 - length)) ^ masks[q])
        scale_bits[q] = (length - 106 + 1023) << 52
    for q in range(raw.size):
        values[q] = wide[q] * scale[q]
