"""Amplitude dispersion of merged pixels: stage 5 drops it, the patches still have it."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from pystamps.arrays import Float32, Float64, FloatArray, Index

_LINE_LENGTH = 1 << 32


def dispersion_of_pixels(ij: Float64, patches: Iterable[tuple[Float64, FloatArray]]) -> Float32:
    """Give the amplitude dispersion of pixels by their place in the image.

    Parameters
    ----------
    ij : ndarray of float64, shape (n_ps, 3)
        Number, azimuth line and range sample.
    patches : iterable of (ndarray, ndarray)
        ``ij`` of the candidates of a patch, (n, 3), and their amplitude dispersion, (n,). Patches
        overlap; the candidates of an overlap have the same value in both.

    Returns
    -------
    ndarray of float32, shape (n_ps,)
        NaN where no patch has the pixel, as after resampling to a grid.
    """
    wanted = _key(ij)
    order = np.argsort(wanted, kind="stable")
    ascending = wanted[order]
    found = np.full(wanted.size, np.nan, dtype=np.float32)
    for candidates, d_a in patches:
        keys = _key(candidates)
        place = np.searchsorted(ascending, keys)
        place[place == ascending.size] = 0
        is_there = ascending[place] == keys if ascending.size else np.zeros(keys.size, np.bool_)
        found[order[place[is_there]]] = d_a[is_there]
    return found


def _key(ij: Float64) -> Index:
    """Give one number for line and sample."""
    line, sample = (np.rint(ij[:, k]).astype(np.int64) for k in (1, 2))
    return np.asarray(line * _LINE_LENGTH + sample)
