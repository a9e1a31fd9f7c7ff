"""Networks of images: which are connected by interferograms, and which pairs are worth making."""

from __future__ import annotations

import numpy as np

from pystamps.arrays import Float64, FloatArray, Index

CRITICAL_DAYS, CRITICAL_BASELINE_M, LEAST_COHERENCE = 1500.0, 1070.0, 0.5
"""Where two images have lost all coherence, and what StaMPS asks of a pair (``sb_find``)."""


def expected_coherence(
    day: Float64,
    bperp: FloatArray,
    *,
    critical_days: float = CRITICAL_DAYS,
    critical_baseline_m: float = CRITICAL_BASELINE_M,
) -> Float64:
    """Give the coherence that is expected of every pair of images.

    Parameters
    ----------
    day, bperp : ndarray of float, shape (n_image,)
        Date numbers; perpendicular baselines in m.
    critical_days, critical_baseline_m : float
        Time and baseline after which nothing is left.

    Returns
    -------
    ndarray of float64, shape (n_image, n_image)
        Falls linearly with time and with baseline; 0 of an image with itself.
    """
    days = np.abs(day[:, np.newaxis] - day)
    metres = np.abs(bperp[:, np.newaxis].astype(np.float64) - bperp)
    coherence = (1 - metres / critical_baseline_m) * (1 - days / critical_days)
    coherence[(metres > critical_baseline_m) | (days > critical_days)] = 0
    np.fill_diagonal(coherence, 0)
    return np.asarray(coherence)


def small_baseline_pairs(coherence: Float64, least: float = LEAST_COHERENCE) -> Index:
    """Choose pairs of images for a network of small baselines.

    Parameters
    ----------
    coherence : ndarray of float64, shape (n_image, n_image)
        :func:`expected_coherence`.
    least : float
        Pairs above it are taken; beside them the best pair of every image.

    Returns
    -------
    ndarray of int64, shape (n_pair, 2)
        Earlier and later image, sorted. The pairs need not connect all images:
        :func:`connected_image_groups`.

    Notes
    -----
    StaMPS routine ``sb_find``. Where nothing is expected of any partner, the first image is the
    partner, as there; the first image itself has none then.
    """
    n_image = len(coherence)
    images, best = np.arange(n_image), coherence.argmax(axis=0)
    chosen = np.triu(coherence > least, 1)
    chosen[np.minimum(images, best), np.maximum(images, best)] = True
    np.fill_diagonal(chosen, False)
    return np.argwhere(chosen)


def connected_image_groups(pairs: Index) -> list[Index]:
    """Give the groups of images that interferograms connect, the largest first.

    Parameters
    ----------
    pairs : ndarray of int64, shape (n_ifg, 2)
        First and second image of every interferogram that is left, any numbers from 0 on. A pair
        of one image with itself (the null column of a single reference image) is its image alone.

    Returns
    -------
    list of ndarray of int64
        Images, ascending; one group = the network is connected. Images without an interferogram
        are in none. Groups of one size stand in the order of their first image.
    """
    from scipy.sparse import coo_array  # slow to import, and little else here needs it
    from scipy.sparse.csgraph import connected_components

    if not len(pairs):
        return []
    images, place = np.unique(pairs, return_inverse=True)
    first, second = place.reshape(pairs.shape).T
    shape = (images.size, images.size)
    graph = coo_array((np.ones(len(pairs)), (first, second)), shape=shape)
    n_group, group = connected_components(graph, directed=False)
    groups = [images[group == number] for number in range(n_group)]
    return sorted(groups, key=lambda found: (-found.size, found[0]))
