"""Random fields with a power-law spectrum."""

from __future__ import annotations

import numpy as np
import scipy.fft

from pystamps.model import Float64


def power_law_field(
    shape: tuple[int, int],
    spacing: tuple[float, float],
    exponent: float,
    *,
    generator: np.random.Generator,
) -> Float64:
    """Give an isotropic Gaussian random field, mean 0 and standard deviation 1.

    Parameters
    ----------
    shape : tuple of int
        Rows and columns.
    spacing : tuple of float
        Distance of rows and of columns in m.
    exponent : float
        The two-dimensional power spectral density falls with wavenumber to this power.
    generator : numpy.random.Generator

    Notes
    -----
    White noise is filtered in the wavenumber domain on an area twice as wide and high, so
    that opposite edges are not alike. Hanssen (2001), Radar Interferometry, section 4.7, for
    the spectrum of the atmospheric delay.
    """
    padded = tuple(scipy.fft.next_fast_len(2 * size, real=True) for size in shape)
    rows = scipy.fft.fftfreq(padded[0], spacing[0])[:, None]
    columns = scipy.fft.rfftfreq(padded[1], spacing[1])[None, :]
    wavenumber = np.hypot(rows, columns)
    wavenumber[0, 0] = np.inf
    spectrum = scipy.fft.rfft2(generator.standard_normal(padded)) * wavenumber ** (-exponent / 2)
    field = scipy.fft.irfft2(spectrum, s=padded)[: shape[0], : shape[1]]
    field = field - field.mean()
    return np.asarray(field / field.std(), dtype=np.float64)


def smooth_field(
    shape: tuple[int, int],
    spacing: tuple[float, float],
    length: float,
    *,
    generator: np.random.Generator,
) -> Float64:
    """Give a Gaussian random field without detail below a length (m), mean 0, deviation 1."""
    padded = tuple(scipy.fft.next_fast_len(2 * size, real=True) for size in shape)
    rows = scipy.fft.fftfreq(padded[0], spacing[0])[:, None]
    columns = scipy.fft.rfftfreq(padded[1], spacing[1])[None, :]
    weight = np.exp(-0.5 * (np.pi * length) ** 2 * (rows**2 + columns**2))
    spectrum = scipy.fft.rfft2(generator.standard_normal(padded)) * weight
    field = scipy.fft.irfft2(spectrum, s=padded)[: shape[0], : shape[1]]
    field = field - field.mean()
    return np.asarray(field / field.std(), dtype=np.float64)
