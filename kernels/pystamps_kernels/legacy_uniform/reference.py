"""Exact integer arithmetic of Python. See the package."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt


def _next_register(j: int) -> int:
    j ^= (j << 13) & 0xFFFFFFFF
    j ^= j >> 17
    return j ^ ((j << 5) & 0xFFFFFFFF)


def _seed_words(register: int) -> list[int]:
    words = []
    for _ in range(32):
        word = 0
        for _ in range(53):
            register = _next_register(register)
            word = (word << 1) | ((register >> 19) & 1)
        words.append(word)
    return words


def legacy_uniform(seed: int, count: int) -> npt.NDArray[np.float64]:
    """See the package."""
    j = seed or 2**31
    words, i, borrow = _seed_words(j), 0, 0
    values = np.empty(count)
    for n in range(count):
        v = words[(i + 20) % 32] - words[(i + 5) % 32] - borrow
        borrow = int(v < 0)
        v += borrow << 53
        words[i] = v
        i = (i + 1) % 32
        following = _next_register(j)
        mask = ((following << 32) % 2**52) ^ j
        j = following
        length = v.bit_length()
        values[n] = ((v << (53 - length)) ^ mask) * 2.0 ** (length - 106)
    return values
