"""The reference area on a map."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pystamps.arrays import Float64
from pystamps.qhull import hull_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_FEWEST = 3


def mark_reference(
    axes: Axes, reference: Float64 | None, n_shown: int, *, is_small: bool = False
) -> None:
    """Draw the outline of the points of the reference area and a mark in their middle.

    Parameters
    ----------
    axes : Axes
    reference : float64, (m, 2), or None
        Degrees; None = nothing is referenced, and nothing is drawn.
    n_shown : int
        Points of the map; an area of all of them is named in the legend and has no outline.
    is_small : bool
        The map is one of many: a small mark without legend.
    """
    if reference is None or not len(reference):
        return
    middle = np.nanmean(reference, axis=0)
    if len(reference) >= n_shown > 0:
        if is_small:
            return
        label = "reference: mean of all points"
        axes.plot([], [], "*", ms=11, mfc="#ffd54a", mec="black", mew=0.8, label=label)
    else:
        outline = outline_of_points(reference)
        axes.plot(
            outline[:, 0], outline[:, 1], color="black", lw=1.6 if is_small else 2.4, zorder=4
        )
        axes.plot(
            outline[:, 0],
            outline[:, 1],
            color="#ffd54a",
            lw=0.8 if is_small else 1.2,
            zorder=4,
            gid="reference-outline",
        )
        axes.plot(
            *middle, "*", ms=7 if is_small else 13, mfc="#ffd54a", mec="black", mew=0.9, zorder=5,
            ls="none", label=f"reference area ({len(reference):,} points)", gid="reference-middle",
        )  # fmt: skip
    if is_small:
        return
    axes.legend(loc="lower right", fontsize=7.5, frameon=True, framealpha=0.8, edgecolor="none")


def outline_of_points(lonlat: Float64) -> Float64:
    """Give the corners of the convex hull of some points, closed; of few, or on a line, them."""
    if len(lonlat) < _FEWEST:
        return lonlat
    hull = hull_of(lonlat)
    if hull is None:  # all on one line
        return lonlat[np.lexsort((lonlat[:, 1], lonlat[:, 0]))][[0, -1]]
    corners = hull.vertices
    return np.asarray(lonlat[np.append(corners, corners[0])])
