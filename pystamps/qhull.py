"""Triangulations and hulls of points by Qhull: no points for one, or no memory for it.

Qhull has one kind of error for both, and who takes the second for the first gives a wrong result
without a word.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

from pystamps.arrays import Float64

if TYPE_CHECKING:
    from scipy.spatial import ConvexHull, Delaunay

_Found = TypeVar("_Found")
_ON_A_LINE = ("QH6154", "QH6013")
"""The first simplex is flat; all points have one coordinate in common."""
_NO_MEMORY = ("memory", "did not free", "qh_memalloc", "qh_meminit")
"""After memory was refused, Qhull finds blocks that it has lost."""
_FEWEST = 3


def triangulation_of(points: Float64) -> Delaunay | None:
    """Give the Delaunay triangulation of points in the plane.

    Parameters
    ----------
    points : ndarray of float64, shape (n, 2)

    Returns
    -------
    scipy.spatial.Delaunay or None
        None of fewer than three points, or of points that are all on one line.

    Raises
    ------
    MemoryError
        Qhull was refused memory.
    """
    from scipy.spatial import Delaunay  # slow to import

    return _made(Delaunay, points)


def hull_of(points: Float64) -> ConvexHull | None:
    """Give the convex hull of points in the plane; see :func:`triangulation_of`.

    Raises
    ------
    MemoryError
        Qhull was refused memory.
    """
    from scipy.spatial import ConvexHull  # slow to import

    return _made(ConvexHull, points)


def _made(kind: Callable[[Any], _Found], points: Float64) -> _Found | None:
    from scipy.spatial import QhullError

    if len(points) < _FEWEST:
        return None
    try:
        return kind(points)
    except QhullError as error:
        words = str(error)
        if any(part in words for part in _ON_A_LINE):
            return None
        if any(part in words for part in _NO_MEMORY):
            raise MemoryError(f"triangulation of {len(points)} points: {words}") from error
        raise
