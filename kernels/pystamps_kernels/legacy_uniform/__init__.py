"""Uniform random numbers of ``rand('state', seed)``."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from pystamps_kernels._backend import AUTO, KernelChoice, implementation


def legacy_uniform(
    seed: int, count: int, *, choice: KernelChoice = AUTO
) -> npt.NDArray[np.float64]:
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

    Notes
    -----
    Subtract with borrow on 32 words of 53 bits, combined with a 32-bit shift register
    (Marsaglia and Zaman 1991). The sequence is serial; threads do not help.
    """
    if not 0 <= seed < 2**32 or count < 0:
        raise ValueError(f"seed must fit in 32 bits and count be 0 or more, {seed=}, {count=}")
    values: npt.NDArray[np.float64] = implementation("legacy_uniform", choice)(seed, count)
    return values
