"""Arcs between neighbouring pixels: the Delaunay network of stages 4 and 7."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from pystamps.arrays import Float64, FloatArray, Index
from pystamps.cdt import has_cdt, triangles_of_cdt
from pystamps.errors import ArtifactError, ExternalProgramError
from pystamps.qhull import triangulation_of

Triangulate = Callable[[Float64], npt.NDArray[Any]]
"""Gives the arcs between places, (n_arc, 2), that lie apart, (n, 2) in m, and not on one line."""

# No triangulation of points closer to a line than rounding errors means anything.
_LINE_WIDTH = 1e-9


def delaunay_edges(
    x: FloatArray,
    y: FloatArray,
    *,
    triangulate: Triangulate | None = None,
    keep_direction: bool = False,
) -> Index:
    """Give the arcs of the Delaunay triangulation of pixels.

    Parameters
    ----------
    x, y : ndarray of float, shape (n_ps,)
        Local coordinates in m, finite.
    triangulate : callable, optional
        Another triangulation than the standard one (:func:`standard_arcs`).
    keep_direction : bool
        Leave the arcs of ``triangulate`` as it lists them, a < b or not. Stage 4 depends on it:
        the variance over arcs is taken about their mean, whose terms change sign.

    Returns
    -------
    ndarray of int64, shape (n_edge, 2)
        Pixel rows a < b of every arc, each arc once, sorted by (a, b) (unless
        ``keep_direction``). Points on one line are
        joined one after the other along it; fewer than two points have no arc.

    Raises
    ------
    ExternalProgramError
        What a package has given is no triangulation.
    ValueError
        A coordinate is not finite.

    Notes
    -----
    StaMPS writes the coordinates with ``%f`` and calls the program ``triangle``, or uses
    MATLAB's ``delaunay``; both are the same set of arcs unless four points lie on one circle.
    As there, of several pixels at one place only one has arcs. Which of them is not defined
    in StaMPS; here it is the first. StaMPS stops with two points or points on a line.
    """
    points = _as_written(x, y)
    first = _first_at_each_place(points)
    if len(first) < 3 or _is_on_a_line(points[first]):
        return _sorted_once(np.column_stack([first[:-1], first[1:]]), len(points))
    rows = np.sort(first)
    places = points[rows] - points[rows].mean(axis=0)
    if triangulate is not None:
        edges = rows[triangulate(places)]
        return edges if keep_direction else _sorted_once(edges, len(points))
    del points, first
    arcs = standard_arcs(places)
    return arcs if rows[-1] == len(rows) - 1 else rows[arcs]


def standard_arcs(places: Float64) -> Index:
    """Give the arcs by CDT (package pythoncdt), or by Qhull where that is not installed.

    Parameters
    ----------
    places : ndarray of float64, shape (n, 2)
        Local coordinates in m: finite, three or more, each place once, not on one line.

    Returns
    -------
    ndarray of int64, shape (n_arc, 2)
        The low end first, sorted, each arc once.
    """
    return _sides(triangles_of_cdt(places)) if has_cdt() else qhull_arcs(places)


def qhull_arcs(places: Float64) -> Index:
    """Give the arcs by SciPy (Qhull); see :func:`standard_arcs`.

    Raises
    ------
    ArtifactError
        The places lie too close to one line.
    """
    return _sides(_triangles(places))


def _as_written(x: FloatArray, y: FloatArray) -> npt.NDArray[np.float64]:
    """Round as ``%f`` does: both round halves of the exact decimal expansion to even."""
    points = np.column_stack([np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)])
    if not np.all(np.isfinite(points)):
        raise ValueError("coordinates of the network must be finite")
    return np.round(points, 6)


def _first_at_each_place(points: npt.NDArray[np.float64]) -> Index:
    """Give the first of the pixels at each place, sorted by x, then y."""
    order = np.lexsort(points.T[::-1])
    is_new = np.ones(len(order), dtype=np.bool_)
    for axis in (0, 1):
        sorted_axis = points[order, axis]
        differs = sorted_axis[1:] != sorted_axis[:-1]
        is_new[1:] = differs if axis == 0 else is_new[1:] | differs
    return order[is_new]


def _is_on_a_line(points: npt.NDArray[np.float64]) -> bool:
    """Tell whether all points lie on the line through the first one and the farthest from it."""
    offset = points - points[0]
    square = np.einsum("ij,ij->i", offset, offset)
    far = offset[np.argmax(square)]
    across = np.abs(offset[:, 0] * far[1] - offset[:, 1] * far[0])
    return bool(np.all(across <= _LINE_WIDTH * square.max()))


def checked_arcs(arcs: npt.NDArray[Any], n_place: int) -> Index:
    """Refuse what cannot be the arcs of a triangulation of places that lie apart.

    Parameters
    ----------
    arcs : ndarray, shape (n_arc, 2)
        What the package triangle has made of the places.
    n_place : int

    Returns
    -------
    ndarray of int64, shape (n_arc, 2)

    Raises
    ------
    ExternalProgramError

    Notes
    -----
    Triangles over h places of the rim and n - h within have 3 n - 3 - h sides, and 3 <= h <= n;
    every place is an end of one, and all are connected.
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components  # slow to import, seldom needed

    what = f"{n_place} pixels: the triangulation by the package triangle (tools.delaunay)"
    if arcs.ndim != 2 or arcs.shape[1] != 2 or arcs.dtype.kind not in "iu":
        raise ExternalProgramError(
            f"{what} gave {arcs.dtype} of shape {arcs.shape}, expected pairs of whole numbers"
        )
    fewest, most = 2 * n_place - 3, 3 * n_place - 6
    if not fewest <= len(arcs) <= most:
        raise ExternalProgramError(f"{what} gave {len(arcs)} arcs, expected {fewest} to {most}")
    if arcs.min() < 0 or arcs.max() >= n_place:
        raise ExternalProgramError(
            f"{what} names pixels {arcs.min()} to {arcs.max()}, expected 0 to {n_place - 1}"
        )
    edges = arcs.astype(np.int64)
    n_different = len(_sorted_once(edges, n_place))
    is_joined = coo_array((np.ones(len(edges), np.bool_), edges.T), shape=(n_place, n_place))
    n_part = int(connected_components(is_joined, directed=False)[0])
    if n_different < len(edges) or (edges[:, 0] == edges[:, 1]).any() or n_part > 1:
        raise ExternalProgramError(
            f"{what} gave {len(edges)} arcs, {n_different} of them different, that leave the "
            f"pixels in {n_part} separate parts; expected different arcs and one part"
        )
    return edges


def _triangles(places: npt.NDArray[np.float64]) -> npt.NDArray[np.int32]:
    """Give the triangles of Qhull without the rest of its result."""
    found = triangulation_of(places)
    if found is None:
        raise ArtifactError(
            f"{len(places)} pixels lie so close to one line that Qhull finds no triangle between "
            "them; use a larger scene"
        )
    return np.asarray(found.simplices)


def _sides(triangles: npt.NDArray[np.integer[Any]]) -> Index:
    """Give the sides of all triangles, low end first, each once, sorted."""
    n_points = int(triangles.max()) + 1
    keys = np.empty((3, len(triangles)), dtype=np.int64)
    for side, ends in zip(keys, ((0, 1), (1, 2), (2, 0)), strict=True):
        a, b = (triangles[:, end] for end in ends)
        side[:] = np.minimum(a, b)
        side *= n_points
        side += np.maximum(a, b)
    return _ends(keys.ravel(), n_points)


def _sorted_once(edges: Index, n_points: int) -> Index:
    """Put the lower row first, drop repeated arcs, sort by (a, b)."""
    low, high = edges.min(axis=1, initial=n_points), edges.max(axis=1, initial=-1)
    return _ends(low * np.int64(n_points) + high, n_points)


def _ends(keys: Index, n_points: int) -> Index:
    """Give the ends of the arcs ``low * n_points + high``, sorted and each once; sorts ``keys``."""
    keys.sort()  # several times faster than np.unique
    is_new = np.ones(keys.size, dtype=np.bool_)
    is_new[1:] = keys[1:] != keys[:-1]
    return np.column_stack(np.divmod(keys[is_new], max(n_points, 1)))
