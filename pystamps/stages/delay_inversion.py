"""Tropospheric phase of images from that of small baselines (StaMPS ``sb_invert_aps``)."""

from __future__ import annotations

import numpy as np

from pystamps.arrays import Float32, Index
from pystamps.dates import yyyymmdd
from pystamps.errors import ArtifactError
from pystamps.interferograms import Interferograms
from pystamps.rows import Matrix, made_from
from pystamps.stages.image_network import connected_image_groups
from pystamps.stages.least_squares import solution_rows


def image_delays(
    stack: Interferograms, delays: Matrix, known: Index, *, are_lost_images_zero: bool = False
) -> Matrix:
    """Give the tropospheric phase of the images relative to the reference image.

    Parameters
    ----------
    stack : Interferograms
        Of small baselines.
    delays : Matrix of float, shape (n_ps, n_ifg)
        rad.
    known : ndarray of int64
        Interferograms that are used and whose delay is known.
    are_lost_images_zero : bool
        Images to which no path of known delays leads get 0 in place of an error.

    Returns
    -------
    Matrix of float32, shape (n_ps, n_image), as far in memory as ``delays``
        Not referenced to an area; 0 at the reference image and at images in no interferogram used.

    Raises
    ------
    ArtifactError
        No delay is known of the reference image, or of a path from an image to it.

    Notes
    -----
    Least squares without weights, the reference image being 0. A pixel that lacks the delay of an
    interferogram is NaN.
    """
    pairs, others = stack.pairs[known], stack.of_images().observed
    groups = connected_image_groups(pairs)
    connected = [group for group in groups if np.setdiff1d(group, others).size]
    if not connected:
        raise ArtifactError(
            f"tca_sb2.mat: no delay is known of an interferogram with the reference image "
            f"({yyyymmdd(stack.reference_day)}); add it"
        )
    lost = np.setdiff1d(pairs, connected[0])
    if lost.size and not are_lost_images_zero:
        dates = ", ".join(str(yyyymmdd(stack.day[image])) for image in lost)
        raise ArtifactError(
            f"tca_sb2.mat: no path of interferograms with a delay leads from {dates} to the "
            "reference image; add delays, or drop these interferograms (drop_ifg_index)"
        )
    known = known[np.isin(pairs, connected[0]).all(axis=1)]
    images = np.intersect1d(connected[0], others)
    rows = np.zeros((stack.n_image, stack.n_ifg))
    rows[np.ix_(images, known)] = solution_rows(stack.design()[np.ix_(known, images)])
    used = rows[:, known]  # what is not known may be NaN, and 0 times NaN is NaN

    def give(block: slice) -> Float32:
        return np.asarray((delays[block][:, known].astype(np.float64) @ used.T).astype(np.float32))

    return made_from((delays,), (len(delays), stack.n_image), np.float32, give)
