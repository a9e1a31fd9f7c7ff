"""Search by simulated annealing: sizes, bounds and temperatures that all versions share.

A run begins with N_START random models. The mean of their costs, turned into a power of ten, minus
the exponent of the run is its critical temperature; the temperature falls from ten times to a tenth
of it in SWEEPS. In a sweep every parameter in turn takes one of STEPS, steps of half the range
of the parameter, with a probability that falls exponentially with cost over temperature. The best
model at the end of a sweep, of all sweeps and runs, is the result.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

N_START = 100
N_PARAMETER = 5
HALF_RANGE = np.pi * np.array([0.5, 0.25, 1.0, 0.25, 1.0])
"""Largest parameters in rad; the smallest ones are their negatives."""

STEPS = np.array([0.5, 0.25, 0.125, 0.0625, 0.0, -0.5, -0.25, -0.125, -0.0625])
SWEEPS = np.repeat(np.linspace(1, -1, 9), [1, 2, 4, 6, 10, 6, 4, 2, 1])
"""Exponent of the temperature of every sweep, relative to the critical one."""

ROUGHNESS = 0.2
"""Cost of a rad that the series moves from image to image."""

LARGEST_EXPONENT = 708.3964185322641
"""Above it exp(-x) is not a number with all digits."""

N_UNIFORM_OF_RUN = N_START * N_PARAMETER + SWEEPS.size * N_PARAMETER
"""Random numbers that a run takes."""


def run_exponents(n_run: int) -> NDArray[np.float64]:
    """Give the exponents of the critical temperatures, of the first run the smallest."""
    return np.linspace(2, 3, n_run)
