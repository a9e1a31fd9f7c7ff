"""Numba: one generator per thread; the serial part apart from the rest. See the package."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from pystamps_kernels.host.compile import compiled
from pystamps_kernels.host.tasks import do_tasks

Int64 = npt.NDArray[np.int64]
Float64 = npt.NDArray[np.float64]

_LOW_32 = 0xFFFFFFFF
_LOW_52 = (1 << 52) - 1
_BLOCK = 1024
"""Numbers at a time; a multiple of the 32 words."""


def legacy_uniform(states: Int64, values: Float64) -> None:
    """Fill each row of values from a generator of its own; the states are moved on."""
    do_tasks(_draw_all, len(states), states, values)


@compiled
def _draw_all(first_task: int, end_task: int, states: Int64, values: Float64) -> None:
    for n in range(first_task, end_task):
        _draw(states[n], values[n])


@compiled
def _draw(state: Int64, values: Float64) -> None:
    words, register, borrow = state[:32].copy(), state[32], state[33]
    raw, masks = np.empty(_BLOCK, np.int64), np.empty(_BLOCK, np.int64)
    for first in range(0, values.size, _BLOCK):
        part = values[first : first + _BLOCK]
        register, borrow = _next_words(words, register, borrow, raw[: part.size], masks)
        _to_unit_interval(raw[: part.size], masks, part)
    for k in range(32):
        state[k] = words[(values.size + k) & 31]
    state[32], state[33] = register, borrow


@compiled
def _next_words(
    words: Int64, register: int, borrow: int, raw: Int64, masks: Int64
) -> tuple[int, int]:
    """Draw words and masks, each of which needs the one before; the oldest word is replaced."""
    for q in range(raw.size):
        # the ring holds the last 32 words: q + 20 is q - 12, and q + 5 is q - 27
        v = words[(q + 20) & 31] - words[(q + 5) & 31] - borrow
        borrow = (v >> 63) & 1
        v += borrow << 53
        words[q & 31] = v
        raw[q] = v
        following = _next_register(register)
        # the shift drops bits beyond the 64th; the mask keeps 52 of them in any case
        masks[q] = ((following << 32) & _LOW_52) ^ register
        register = following
    return register, borrow


@compiled
def _next_register(register: int) -> int:
    register ^= (register << 13) & _LOW_32
    register ^= register >> 17
    return register ^ ((register << 5) & _LOW_32)


@compiled
def _to_unit_interval(raw: Int64, masks: Int64, values: Float64) -> None:
    """Shift the words so that 53 bits are used, combine them with the masks and scale.

    The number of bits of a word is in the exponent of the same number as a double (1022 more). A
    word w of that length is w 2**(53 - length) 2**(length - 53); times 2**-53 that is the shifted
    word times 2**(length - 106), and a power of two is its exponent, 1023 more, at bit 52.
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
