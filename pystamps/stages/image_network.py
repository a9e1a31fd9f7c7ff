"""Which images are connected by interferograms: one time series needs one connected network."""

from __future__ import annotations

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from pystamps.arrays import Index


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
    if not len(pairs):
        return []
    images, place = np.unique(pairs, return_inverse=True)
    first, second = place.reshape(pairs.shape).T
    shape = (images.size, images.size)
    graph = coo_array((np.ones(len(pairs)), (first, second)), shape=shape)
    n_group, group = connected_components(graph, directed=False)
    groups = [images[group == number] for number in range(n_group)]
    return sorted(groups, key=lambda found: (-found.size, found[0]))
