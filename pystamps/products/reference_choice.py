"""Another reference area than that of the run: points of a circle, a box, polygons or stations."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from pystamps.arrays import Bool, Float64, Index
from pystamps.errors import ParameterError
from pystamps.geo import llh2local
from pystamps.io.bounded_text import read_text_of_paths
from pystamps.io.user_paths import path_of_user
from pystamps.prep.area import read_area

DEFAULT_RADIUS_M = 250.0
"""Around a point or station that is given without radius."""

_WORDS = (
    "expected none, all, LON,LAT[,RADIUS in m], WEST,SOUTH,EAST,NORTH in degrees, a GeoJSON or "
    "GeoPackage file with polygons, or a CSV file of stations ([name,]longitude,latitude[,radius])"
)


def reference_rows_of(text: str, lonlat: Float64) -> Index | None:
    """Give the points of a reference area.

    Parameters
    ----------
    text : str
        ``none`` = nothing is referenced, ``all`` = every point; longitude and latitude of the
        centre of a circle and its radius in m; a box in degrees; a file of polygons; or a CSV file
        with a station in every line, circles around them.
    lonlat : ndarray of float64, shape (n_ps, 2)
        Degrees.

    Returns
    -------
    ndarray of int64 or None

    Raises
    ------
    ParameterError
        It is none of these, or holds no point.
    """
    if text == "none":
        return None
    if text == "all":
        return np.arange(len(lonlat))
    found = np.flatnonzero(is_in_area(text, lonlat))
    if not found.size:
        (west, south), (east, north) = lonlat.min(axis=0), lonlat.max(axis=0)
        raise ParameterError(
            f"reference {text!r}: holds no point; points lie between {west:.4f} and {east:.4f} "
            f"degrees east, {south:.4f} and {north:.4f} degrees north; move or enlarge it"
        )
    return found


def is_in_area(text: str, lonlat: Float64, *, name: str = "reference") -> Bool:
    """Tell which points lie in a circle, a box, polygons, or around stations.

    Parameters
    ----------
    text : str
        As for :func:`reference_rows_of`, without its words.
    lonlat : ndarray of float64, shape (n_ps, 2)
        Degrees.
    name : str
        What the area is, for messages.

    Raises
    ------
    ParameterError
        It is no area.
    """
    numbers = _numbers(text)
    if numbers is not None and len(numbers) in (2, 3):
        return _in_circle(lonlat, numbers, f"{name} {text!r}")
    if numbers is not None and len(numbers) != 4:
        raise ParameterError(f"{name} {text!r}: {len(numbers)} numbers; {_WORDS}")
    path = path_of_user(text)
    if numbers is None and path.suffix.lower() in (".csv", ".txt"):
        return _near_stations(path, lonlat)
    if numbers is None and not path.is_file():
        raise ParameterError(f"{name} {text!r}: no such file; {_WORDS}")
    return read_area(text).contains(lonlat[:, 0], lonlat[:, 1])


def _in_circle(lonlat: Float64, circle: tuple[float, ...], where: str) -> Bool:
    radius = circle[2] if len(circle) > 2 else DEFAULT_RADIUS_M
    if not (radius > 0 and abs(circle[0]) <= 360 and abs(circle[1]) <= 90):
        raise ParameterError(f"{where}: is no place in degrees and radius in m")
    centre = np.array(circle[:2], dtype=np.float64)
    distance_m = np.hypot(*llh2local(lonlat, centre).T) * 1000
    return np.asarray(distance_m <= radius)


def _near_stations(path: Path, lonlat: Float64) -> Bool:
    """Tell which points lie in a circle around any of the stations of a file."""
    lines = read_text_of_paths(path).splitlines()
    inside = np.zeros(len(lonlat), dtype=np.bool_)
    count = 0
    for number, line in enumerate(lines, start=1):
        name, *rest = line.replace(",", " ").split() or [""]
        circle = _numbers(" ".join(rest) if name[:1].isalpha() else line)
        if circle is None:
            is_header = number == 1 or not line.strip() or line.lstrip().startswith("#")
            if is_header:
                continue
            raise ParameterError(
                f"{path}: line {number}: {line[:60]!r} is no [name,]longitude,latitude"
            )
        if len(circle) not in (2, 3):
            raise ParameterError(f"{path}: line {number}: {len(circle)} numbers, expected 2 or 3")
        inside |= _in_circle(lonlat, circle, f"{path}, line {number}")
        count += 1
    if not count:
        raise ParameterError(
            f"{path}: holds no station; expected lines [name,]longitude,latitude[,radius]"
        )
    return inside


def _numbers(text: str) -> tuple[float, ...] | None:
    try:
        return tuple(float(word) for word in text.replace(",", " ").split()) or None
    except ValueError:
        return None
