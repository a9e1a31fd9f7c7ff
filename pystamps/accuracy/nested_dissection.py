"""In which order the pixels of a flat network are eliminated, so that few numbers are filled in."""

from __future__ import annotations

import numpy as np

from pystamps.arrays import Float64, FloatArray, Index

_LEAST_PIXELS = 16
"""Parts are halved down to about so many pixels."""


def nested_dissection(place: FloatArray, ends: Index) -> Index:
    """Order the pixels of a network by nested dissection.

    Parameters
    ----------
    place : ndarray of float, shape (n_ps, 2)
        Coordinates in any unit.
    ends : ndarray of int64, shape (n_arc, 2)
        Pixels that arcs connect.

    Returns
    -------
    ndarray of int64, shape (n_ps,)
        Pixels in the order of their elimination; each occurs once.

    Notes
    -----
    George (1973, *SIAM J. Numer. Anal.* 10, 345-363). A part is halved at the middle of its longer
    side; pixels of the second half with an arc to the first separate the two, and come after both.
    Of a flat network with short arcs, n log n numbers are filled in, in a time of n^1.5 at most.
    """
    n_ps = len(place)
    levels = int(np.ceil(np.log2(max(n_ps / _LEAST_PIXELS, 1))))
    part, depth = np.zeros(n_ps, np.int64), np.full(n_ps, levels)
    inner, arcs = np.arange(n_ps), ends
    for level in range(levels):
        inner, is_second = _halved(place, inner, part[inner])
        part[inner] = 2 * part[inner] + is_second
        apart = part[arcs[:, 0]] != part[arcs[:, 1]]
        crossing = arcs[apart]
        second = part[crossing[:, 1]] > part[crossing[:, 0]]
        separating = np.where(second, crossing[:, 1], crossing[:, 0])
        depth[separating] = level
        is_inner = depth == levels
        # arcs between parts end in a separator, so that none of them stays
        arcs = arcs[~apart]
        arcs = arcs[is_inner[arcs].all(axis=1)]
        inner = inner[is_inner[inner]]
    # a separator of a level still has the number of its second half: that of the part is half of it
    whole = np.where(depth < levels, part >> 1, part)
    last = (whole + 1) << (levels - depth)
    return np.lexsort((-depth, last))


def _halved(place: FloatArray, pixels: Index, part: Index) -> tuple[Index, Index]:
    """Sort pixels, given by part, along the longer side of it; say which are of the second half."""
    first = np.flatnonzero(np.diff(part, prepend=-1))
    count = np.diff(first, append=pixels.size)
    points: Float64 = np.asarray(place, np.float64)[pixels]
    size = np.maximum.reduceat(points, first) - np.minimum.reduceat(points, first)
    number = np.repeat(np.arange(first.size), count)
    along = points[np.arange(pixels.size), np.argmax(size, axis=1)[number]]
    order = np.lexsort((along, number))
    rank = np.arange(pixels.size) - first[number]
    return pixels[order], (rank >= count[number] // 2).astype(np.int64)
