"""NumPy, window after window. See the package."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt
from numpy.fft import fft2, fftshift, ifft2, ifftshift
from scipy.ndimage import correlate1d

Array = npt.NDArray[Any]
TAPS: Array = np.exp(-0.5 * (2.5 * np.arange(-3, 4) / 3) ** 2)
"""Gaussian window of seven samples (``gausswin(7)``)."""


def adaptive_gain(spectrum: Array, low_pass: Array, alpha: float, beta: float) -> Array:
    """Gain of the filter for one window, zero frequency first."""
    h = fftshift(abs(spectrum))
    for axis in (0, 1):
        h = correlate1d(h, TAPS, axis=axis, mode="constant")
    h = ifftshift(h)
    median = np.median(h)
    h = h / median if median != 0 else h
    gain: Array = beta * np.maximum(h**alpha - 1, 0) + low_pass
    return gain


def _pyramid(n_win: int) -> Array:
    """Weights that fall off linearly from the middle of the window."""
    ramp = np.arange(n_win // 2)
    quarter = ramp[:, None] + ramp[None, :]
    half = np.hstack([quarter, quarter[:, ::-1]])
    return np.vstack([half, half[::-1]]) + 1e-6


def _moved(pyramid: Array, down: int, right: int) -> Array:
    """Shift the weights down and right, zeros moving in."""
    moved = np.zeros_like(pyramid)
    size = pyramid.shape[0]
    moved[down:, right:] = pyramid[: size - down, : size - right]
    return moved


def _filter_image(image: Array, low_pass: Array, alpha: float, beta: float) -> Array:
    """Filter one interferogram."""
    n_win = 3 * low_pass.shape[0] // 4
    step, pyramid = n_win // 4, _pyramid(n_win)
    out = np.zeros(image.shape, np.complex128)
    block = np.zeros(low_pass.shape, np.complex128)
    n_i, n_j = image.shape
    for wi in range(math.ceil(n_i / step) - 3):
        down = max(0, wi * step + n_win - n_i)
        rows = slice(wi * step - down, wi * step - down + n_win)
        for wj in range(math.ceil(n_j / step) - 3):
            right = max(0, wj * step + n_win - n_j)
            columns = slice(wj * step - right, wj * step - right + n_win)
            block[:n_win, :n_win] = image[rows, columns]
            spectrum = fft2(block)
            gain = adaptive_gain(spectrum, low_pass, alpha, beta)
            inner = ifft2(spectrum * gain)[:n_win, :n_win]
            out[rows, columns] += inner * _moved(pyramid, down, right)
    return out


def stage2_clap_filter(grid: Array, low_pass: Array, alpha: float, beta: float) -> Array:
    """See the package."""
    out = np.empty_like(grid)
    for k in range(grid.shape[2]):
        image = np.where(np.isnan(grid[:, :, k]), 0, grid[:, :, k]).astype(np.complex128)
        out[:, :, k] = _filter_image(image, low_pass, alpha, beta)
    return out
