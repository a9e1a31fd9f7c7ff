"""Drift of Envisat's oscillator: a ramp of phase in range that grows with time.

The oscillator of ASAR lost frequency, so that ranges seem to change by a constant share of
themselves in a year (Marinkovic and Larsen 2013): 0.39 ppm, on the ground 1.5 cm per year across a
scene of 5 000 samples.
"""

from __future__ import annotations

import math

import numpy as np

from pystamps.arrays import Array, Float64
from pystamps.interferograms import Interferograms
from pystamps.model import Pixels
from pystamps.parameters import Parameters
from pystamps.rows import Matrix, Rows

ENVISAT = "ENVISAT"
_SAMPLE_M = 7.8
"""Ground range of a sample, as StaMPS has it."""
_SHARE_PER_YEAR = 3.87e-7
_DAYS_PER_YEAR = 365.25


def drift_velocity(pixels: Pixels) -> Float64:
    """Give the apparent velocity of every pixel, float64, (n_ps,), mm per year."""
    return _SAMPLE_M * np.asarray(pixels.ij)[:, 2] * _SHARE_PER_YEAR * 1000


def drift_phase(
    pixels: Pixels, wavelength: float, *, stack: Interferograms | None = None
) -> Matrix:
    """Give the phase of the drift in every interferogram, computed by rows.

    Parameters
    ----------
    pixels : Pixels
    wavelength : float
        m.
    stack : Interferograms, optional
        What the columns combine; the interferograms of the pixels when omitted.

    Returns
    -------
    Matrix of float64, shape (n_ps, n_ifg)
        rad.

    Notes
    -----
    StaMPS ``env_oscilator_corr``.
    """
    velocity = drift_velocity(pixels)
    columns = pixels.interferograms if stack is None else stack
    years = columns.temporal_baseline / _DAYS_PER_YEAR
    factor = -4 * math.pi / wavelength / 1000

    def give(rows: slice) -> Array:
        return factor * velocity[rows, None] * years

    return Rows((pixels.n_ps, columns.n_ifg), np.float64, give)


def has_drift(parameters: Parameters) -> bool:
    """Tell whether a data set is one of Envisat."""
    return parameters.platform.upper() == ENVISAT


def without_drift(
    ph_uw: Matrix, pixels: Pixels, parameters: Parameters, *, stack: Interferograms | None = None
) -> Matrix:
    """Take the drift off unwrapped phase of Envisat; give that of other satellites as it is.

    Parameters
    ----------
    ph_uw : Matrix of float32, shape (n_ps, n_ifg)
        rad.
    pixels : Pixels
    parameters : Parameters
        ``platform``, ``lambda``.
    stack : Interferograms, optional
        What the columns combine; the interferograms of the pixels when omitted.
    """
    if not has_drift(parameters):
        return ph_uw
    drift = drift_phase(pixels, parameters.lambda_, stack=stack)

    def give(rows: slice) -> Array:
        return ph_uw[rows] - drift[rows].astype(np.float32)

    return Rows(ph_uw.shape, np.float32, give)
