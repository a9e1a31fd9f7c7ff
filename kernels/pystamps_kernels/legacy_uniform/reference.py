"""Exact integer arithmetic of Python. See the package."""

from __future__ import annotations

from collections import deque

import numpy as np
import numpy.typing as npt

from pystamps_kernels.legacy_uniform import next_register


def legacy_uniform(states: npt.NDArray[np.int64], values: npt.NDArray[np.float64]) -> None:
    """Fill each row of values from a generator of its own; the states are moved on."""
    for state, row in zip(states, values, strict=True):
        _draw(state, row)


def _draw(state: npt.NDArray[np.int64], values: npt.NDArray[np.float64]) -> None:
    *oldest_first, register, borrow = state.tolist()
    words = deque(oldest_first, maxlen=len(oldest_first))  # drops the oldest for each new one
    for n in range(values.size):
        v = words[20] - words[5] - borrow
        borrow = int(v < 0)
        v += borrow << 53
        words.append(v)
        following = next_register(register)
        mask = ((following << 32) % 2**52) ^ register
        register = following
        length = v.bit_length()
        values[n] = ((v << (53 - length)) ^ mask) * 2.0 ** (length - 106)
    state[:] = *words, register, borrow
