"""Delaunay triangulations by the package pythoncdt (CDT), several times faster than Qhull.

It inserts the points one by one and decides with exact predicates, as the program Triangle does.
What it does not survive is kept from it: it runs for ever on a coordinate that is not finite,
refuses two points at one place, and finds no triangle between points on a line.
"""

from __future__ import annotations

from importlib.util import find_spec

import numpy as np
import numpy.typing as npt

from pystamps.arrays import Float64
from pystamps.errors import ExternalProgramError
from pystamps.installation import version_of

PACKAGE = "pythoncdt"


def has_cdt() -> bool:
    """Tell whether the package is installed."""
    return find_spec(PACKAGE) is not None


def version_of_cdt() -> str:
    """Give the version of the package, which is installed."""
    return version_of(PACKAGE)


def triangles_of_cdt(places: Float64) -> npt.NDArray[np.int32]:
    """Give the Delaunay triangles of points in the plane.

    Parameters
    ----------
    places : ndarray of float64, shape (n, 2)
        Finite, three or more, each once, not all on one line.

    Returns
    -------
    ndarray of int32, shape (n_triangle, 3)
        Rows of the corners. Of four points on one circle, one of both diagonals.

    Raises
    ------
    ExternalProgramError
        The triangles are not those of a triangulation of all points.
    ValueError
        A coordinate is not finite: the package would never come back.

    Notes
    -----
    Between ``n`` points, ``h`` of them on the rim, lie ``2 n - 2 - h`` triangles, 3 <= h <= n.
    """
    if not np.all(np.isfinite(places)):
        raise ValueError("coordinates of a triangulation must be finite")
    from pythoncdt import IntersectingConstraintEdges, Triangulation, VertexInsertionOrder

    made = Triangulation(VertexInsertionOrder.AUTO, IntersectingConstraintEdges.NOT_ALLOWED, 0.0)
    points = np.ascontiguousarray(places, dtype=np.float64)
    made.insert_vertices(points)  # type: ignore[call-overload] # types know no buffer before 3.12
    made.erase_super_triangle()
    triangles = made.triangles_array(copy=False)["vertices"].astype(np.int32)
    n, found = len(places), len(triangles)
    has_corner = np.zeros(n, dtype=np.bool_)
    has_corner[triangles] = True
    if not n - 2 <= found <= 2 * n - 5 or not has_corner.all():
        raise ExternalProgramError(
            f"{n} pixels: the package {PACKAGE} gave {found} triangles with "
            f"{np.count_nonzero(has_corner)} of them as corners, expected {n - 2} to {2 * n - 5} "
            "with all; choose qhull (tools.delaunay)"
        )
    return triangles
