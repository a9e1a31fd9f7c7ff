"""Arcs between neighbouring pixels: the Delaunay network of stages 4 and 7."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.spatial import Delaunay

from pystamps.errors import ExternalProgramError, ParameterError
from pystamps.model import FloatArray, Index

METHODS = ("qhull", "triangle")

# Qhull cannot triangulate points closer to a line than its rounding errors.
_LINE_WIDTH = 1e-9


def delaunay_edges(
    x: FloatArray, y: FloatArray, *, method: str = "qhull", keep_direction: bool = False
) -> Index:
    """Give the arcs of the Delaunay triangulation of pixels.

    Parameters
    ----------
    x, y : ndarray of float, shape (n_ps,)
        Local coordinates in m, finite.
    method : str
        ``qhull`` (SciPy) or ``triangle`` (the optional package of that name).
    keep_direction : bool
        Leave the arcs of ``triangle`` as it lists them, a < b or not. Stage 4 depends on it:
        the variance over arcs is taken about their mean, whose terms change sign.

    Returns
    -------
    ndarray of int64, shape (n_edge, 2)
        Pixel rows a < b of every arc, each arc once, sorted by (a, b) (unless
        ``keep_direction``). Points on one line are
        joined one after the other along it; fewer than two points have no arc.

    Raises
    ------
    ParameterError
        The method is unknown.
    ExternalProgramError
        The package ``triangle`` is not installed.
    ValueError
        A coordinate is not finite.

    Notes
    -----
    StaMPS writes the coordinates with ``%f`` and calls the program ``triangle``, or uses
    MATLAB's ``delaunay``; both are the same set of arcs unless four points lie on one circle.
    As there, of several pixels at one place only one has arcs. Which of them is not defined
    in StaMPS; here it is the first. StaMPS stops with two points or points on a line.
    """
    if method not in METHODS:
        raise ParameterError(f"tools.delaunay: {method=} is unknown; one of {', '.join(METHODS)}")
    points = _as_written(x, y)
    unique, first = np.unique(points, axis=0, return_index=True)
    if len(unique) < 3 or _is_on_a_line(unique):
        edges = np.column_stack([first[:-1], first[1:]])  # unique is sorted by x, then y
    else:
        rows = np.sort(first)
        places = points[rows] - points[rows].mean(axis=0)
        if method == "triangle":
            edges = rows[_triangle_arcs(places)]
            if keep_direction:
                return edges
        else:
            edges = rows[_sides(Delaunay(places).simplices)]
    return _sorted_once(edges.astype(np.int64), len(points))


def _as_written(x: FloatArray, y: FloatArray) -> npt.NDArray[np.float64]:
    """Round as ``%f`` does: both round halves of the exact decimal expansion to even."""
    points = np.column_stack([np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)])
    if not np.all(np.isfinite(points)):
        raise ValueError("coordinates of the network must be finite")
    return np.round(points, 6)


def _is_on_a_line(points: npt.NDArray[np.float64]) -> bool:
    """Tell whether all points lie on the line through the first one and the farthest from it."""
    offset = points - points[0]
    square = np.einsum("ij,ij->i", offset, offset)
    far = offset[np.argmax(square)]
    across = np.abs(offset[:, 0] * far[1] - offset[:, 1] * far[0])
    return bool(np.all(across <= _LINE_WIDTH * square.max()))


def _triangle_arcs(points: npt.NDArray[np.float64]) -> Index:
    try:
        import triangle
    except ImportError as error:
        raise ExternalProgramError(
            "tools.delaunay: the package triangle is not installed; "
            "`pip install triangle` (free for non-commercial use), or choose qhull"
        ) from error
    return np.asarray(triangle.triangulate({"vertices": points}, "e")["edges"], dtype=np.int64)


def _sides(triangles: npt.NDArray[np.integer[Any]]) -> Index:
    """Give the three sides of every triangle."""
    return np.concatenate(
        [triangles[:, [0, 1]], triangles[:, [1, 2]], triangles[:, [2, 0]]]
    ).astype(np.int64)


def _sorted_once(edges: Index, n_points: int) -> Index:
    """Put the lower row first, drop repeated arcs, sort by (a, b)."""
    low, high = edges.min(axis=1, initial=n_points), edges.max(axis=1, initial=-1)
    keys = np.sort(low * np.int64(n_points) + high)  # several times faster than np.unique
    keys = keys[np.diff(keys, prepend=-1) > 0]
    return np.column_stack(np.divmod(keys, max(n_points, 1)))
