"""Uniform random numbers of ``rand('state', seed)``."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from pystamps_kernels.choice import AUTO, KernelChoice, implementation

Float64 = npt.NDArray[np.float64]
Int64 = npt.NDArray[np.int64]

N_WORD = 32
"""Words of a generator. Its state holds them, oldest first, then the register, the borrow."""


def legacy_uniform(seed: int, count: int, *, choice: KernelChoice = AUTO) -> Float64:
    """Draw from the generator behind MATLAB's ``rand('state', seed)``.

    Parameters
    ----------
    seed : int
        0 to 2**32 - 1.
    count : int
        Number of values.
    choice : KernelChoice, optional

    Returns
    -------
    ndarray of float64, shape (count,)
        Values in (0, 1). A matrix of MATLAB is filled column by column.

    Raises
    ------
    ValueError
        The seed does not fit in 32 bits, or ``count`` is negative.

    Notes
    -----
    Subtract with borrow on 32 words of 53 bits, combined with a 32-bit shift register
    (Marsaglia and Zaman 1991). The sequence is serial; threads do not help. Word q is

        z_q = z_(q-12) - z_(q-27) - borrow  (modulo 2**53; the borrow is 1 where it was negative)

    and stands for z_q 2**-53. Of its floating-point form, a leading one and 52 bits, the 52 bits
    are combined by exclusive or with 20 bits of the next content of the register and 32 of this
    one.
    """
    _check(seed, count)
    values = np.empty(count)
    implementation("legacy_uniform", choice)(_seeded(seed)[None], values[None])
    return values


def legacy_uniform_rows(
    seed: int, shape: tuple[int, int], *, size: int, choice: KernelChoice = AUTO
) -> Iterator[Float64]:
    """Draw a matrix, which MATLAB fills column by column, a few rows at a time.

    The generator runs through all columns once to learn its state at the top of each; then the
    columns go on side by side. All numbers are drawn twice, and never held at once.

    Parameters
    ----------
    seed : int
    shape : tuple of int
        Rows and columns of the matrix.
    size : int
        Rows at a time.
    choice : KernelChoice, optional

    Yields
    ------
    ndarray of float64, shape (columns, rows)
        The next rows, transposed.

    Raises
    ------
    ValueError
        As for :func:`legacy_uniform`.
    """
    n_row, n_column = shape
    _check(seed, n_row * n_column)
    draw = implementation("legacy_uniform", choice)
    states, passed = np.repeat(_seeded(seed)[None], n_column, axis=0), np.empty((1, size))
    sizes = [min(size, n_row - first) for first in range(0, n_row, size)]
    for column in range(1, n_column):
        states[column] = states[column - 1]
        for count in sizes:
            draw(states[column : column + 1], passed[:, :count])
    for count in sizes:
        values = np.empty((n_column, count))
        draw(states, values)
        yield values
        del values  # before the next are made


def next_register(register: int) -> int:
    """Give the next content of the shift register."""
    register ^= (register << 13) & 0xFFFFFFFF
    register ^= register >> 17
    return register ^ ((register << 5) & 0xFFFFFFFF)


def _check(seed: int, count: int) -> None:
    if not 0 <= seed < 2**32 or count < 0:
        raise ValueError(f"seed must fit in 32 bits and count be 0 or more, {seed=}, {count=}")


def _seeded(seed: int) -> Int64:
    """Give the state of a generator that has drawn nothing."""
    state = np.zeros(N_WORD + 2, np.int64)
    state[N_WORD] = register = seed or 2**31
    for k in range(N_WORD):
        word = 0
        for _ in range(53):
            register = next_register(register)
            word = (word << 1) | ((register >> 19) & 1)
        state[k] = word
    return state
