"""Numbers as text, many at a time: Python's formatting would hold up all threads."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from pystamps_kernels.host.compile import compiled, inlined

Index = npt.NDArray[np.int64]
Bytes = npt.NDArray[np.uint8]

_ZERO, _BLANK, _NEWLINE, _POINT = np.uint8(48), np.uint8(32), np.uint8(10), np.uint8(46)
_POSITION_BYTES = 3 * 20
_NUMBER_BYTES = 13
_SMALLEST, _LARGEST = np.float32(1e-4), np.float32(1e5)
_MILLION = 1_000_000


def position_text(line: Index, sample: Index, *, first_number: int) -> bytes:
    """Give lines ``number line sample``.

    Parameters
    ----------
    line, sample : ndarray of int64, shape (n,)
        Not negative.
    first_number : int
        Number of the first line.
    """
    text = np.empty(line.size * _POSITION_BYTES, np.uint8)
    return text[: _write_positions(line, sample, first_number, text)].tobytes()


def number_text(values: npt.NDArray[np.float32]) -> bytes:
    """Give single-precision numbers as ``printf("%g\\n")`` does: six significant digits."""
    is_plain = (values >= _SMALLEST) & (values < _LARGEST)
    if not is_plain.all():  # zeros, NaN, and what is written with an exponent
        return "".join([f"{value:g}\n" for value in values.tolist()]).encode("ascii")
    text = np.empty(values.size * _NUMBER_BYTES, np.uint8)
    return text[: _write_numbers(np.ascontiguousarray(values), text)].tobytes()


@inlined
def _write_whole(text: Bytes, at: int, value: int) -> int:
    """Write a whole number; return where it ends."""
    digits, rest = 1, value // 10
    while rest:
        digits, rest = digits + 1, rest // 10
    for k in range(at + digits - 1, at - 1, -1):
        text[k] = _ZERO + np.uint8(value % 10)
        value //= 10
    return at + digits


@compiled
def _write_positions(line: Index, sample: Index, first_number: int, text: Bytes) -> int:
    """Write all lines; return the number of bytes."""
    at = 0
    for row in range(line.size):
        at = _write_whole(text, at, first_number + row)
        text[at] = _BLANK
        at = _write_whole(text, at + 1, line[row])
        text[at] = _BLANK
        at = _write_whole(text, at + 1, sample[row])
        text[at] = _NEWLINE
        at += 1
    return at


@compiled
def _write_numbers(values: npt.NDArray[np.float32], text: Bytes) -> int:
    """Write numbers from 1e-4 to 1e5; return the number of bytes.

    The product with a power of ten up to 1e9 is exact in double precision, because a single has
    24 bits and 5**9 has 21; rounding it is what ``printf`` does with the exact value.
    """
    at = 0
    for value in values:
        exact, power, decimals = np.float64(value), 1.0, 0
        while exact * power < 100_000.0:
            power, decimals = power * 10.0, decimals + 1
        digits = np.int64(np.rint(exact * power))
        if digits == _MILLION:
            digits, decimals = digits // 10, decimals - 1
        while decimals and digits % 10 == 0:
            digits, decimals = digits // 10, decimals - 1
        unit = np.int64(1)
        for _ in range(decimals):
            unit *= 10
        at = _write_whole(text, at, digits // unit)
        if decimals:
            text[at] = _POINT
            fraction = digits % unit
            for k in range(at + decimals, at, -1):
                text[k] = _ZERO + np.uint8(fraction % 10)
                fraction //= 10
            at += decimals + 1
        text[at] = _NEWLINE
        at += 1
    return at
