"""Points that somebody would look at first: fastest, most curved, most seasonal, typical.

Single outliers are passed over: a point is judged by the median of its neighbourhood, and the
member nearest to that median stands for it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from pystamps.arrays import Float64, FloatArray, Index
from pystamps.dates import DAYS_PER_YEAR
from pystamps.errors import ParameterError
from pystamps.geo import llh2local
from pystamps.products.chosen import ChosenPoints
from pystamps.products.time_function_fit import TimeFunctionFit, fit_time_function
from pystamps.rows import chosen_rows

NEIGHBOURS = 15
"""Points whose median decides which ones are looked at."""

MOST_SEARCHED = 200_000
"""Points among which is searched; of more, an even part."""

FEWEST_FOR_SEASONS = DAYS_PER_YEAR
"""Days of a series below which a wave of one year is not told from a curve."""


@dataclass(frozen=True, slots=True)
class NotablePoint:
    """A point worth a look.

    Attributes
    ----------
    row : int
        Among the points that were given.
    name : str
        Why: ``fastest away from the satellite``, ...
    functions : str
        Functions of time that show it (:mod:`~pystamps.products.time_functions`).
    """

    row: int
    name: str
    functions: str = "linear"


@dataclass(frozen=True, slots=True)
class NotablePoints:
    """Points worth a look, and what was not looked for.

    Attributes
    ----------
    points : tuple of NotablePoint
        No row twice.
    remarks : tuple of str
        What could not be looked for and why, and that a part alone was searched.
    """

    points: tuple[NotablePoint, ...]
    remarks: tuple[str, ...]


def searched_rows(known: Index) -> Index:
    """Give the rows among which is searched: all that are known, or an even part of very many."""
    return known[:: max(1, -(-known.size // MOST_SEARCHED))]


def neighbours_of_points(lonlat: Float64) -> Index:
    """Give the rows of the nearest points of every point, itself first, (n, k).

    Parameters
    ----------
    lonlat : ndarray of float64, shape (n, 2)
        Degrees.
    """
    from scipy.spatial import cKDTree  # slow to import; most processes need no neighbours

    xy = llh2local(lonlat, np.median(lonlat, axis=0)) * 1000
    _, near = cKDTree(xy).query(xy, k=min(NEIGHBOURS, len(xy)))
    return np.asarray(near.reshape(len(xy), -1), dtype=np.int64)


def typical_member(values: FloatArray, members: Index, middle: float) -> int:
    """Give the one of some members whose value is nearest to the middle of them."""
    return int(members[np.argmin(np.abs(values[members] - middle))])


def notable_points(points: ChosenPoints) -> NotablePoints:
    """Find the points that somebody would look at first.

    Parameters
    ----------
    points : ChosenPoints

    Notes
    -----
    Velocity: the table's. Curvature: acceleration of a quadratic function. Seasons: amplitude of
    the annual wave beside a straight line, from the medians of sine and cosine, so that noise of
    the neighbours does not add up to an amplitude. Typical: the neighbourhood whose velocity is
    the median of all.
    """
    velocity = np.asarray(points.columns["velocity"], dtype=np.float64)
    known = np.flatnonzero(np.isfinite(velocity) & np.isfinite(points.place_lonlat).all(axis=1))
    if not known.size:
        return NotablePoints((), ("no point has a velocity",))
    rows, remarks = searched_rows(known), []
    if rows.size < known.size:
        remarks.append(f"searched among {rows.size:,} of {known.size:,} points")
    search = _Search(points, rows, velocity[rows])
    found: dict[int, NotablePoint] = {}
    for point in (*search.by_velocity(), *search.by_shape(remarks)):
        found.setdefault(point.row, point)
    return NotablePoints(tuple(found.values()), tuple(remarks))


class _Search:
    """The points that are searched, and their neighbourhoods."""

    def __init__(self, points: ChosenPoints, rows: Index, velocity: Float64) -> None:
        self._points, self._rows, self._velocity = points, rows, velocity
        self._near = neighbours_of_points(points.place_lonlat[rows])

    def _smooth(self, values: FloatArray) -> Float64:
        return np.asarray(np.median(values[self._near], axis=1), dtype=np.float64)

    def _row(self, values: FloatArray, smooth: Float64, centre: int) -> int:
        return int(self._rows[typical_member(values, self._near[centre], smooth[centre])])

    def by_velocity(self) -> Iterator[NotablePoint]:
        """Give the fastest both ways and a typical one; of motion one way only the one."""
        values = self._velocity
        smooth = self._smooth(values)
        slowest, fastest = int(np.argmin(smooth)), int(np.argmax(smooth))
        if smooth[slowest] < 0:
            yield NotablePoint(
                self._row(values, smooth, slowest), "fastest away from the satellite"
            )
        if smooth[fastest] > 0:
            yield NotablePoint(self._row(values, smooth, fastest), "fastest toward the satellite")
        typical = int(np.argmin(np.abs(smooth - np.median(values))))
        yield NotablePoint(self._row(values, smooth, typical), "typical (the median velocity)")

    def by_shape(self, remarks: list[str]) -> Iterator[NotablePoint]:
        """Give the most curved and the most seasonal one, where the dates tell of them."""
        curved = self._fitted("quadratic", remarks, "the most curved series")
        if curved is not None:
            bend = np.nan_to_num(curved.coefficient("acceleration"))  # NaN where a date is missing
            smooth = self._smooth(bend)
            centre = int(np.argmax(np.abs(smooth)))
            yield NotablePoint(self._row(bend, smooth, centre), "most curved", "quadratic")
        days = float(np.ptp(self._points.day))
        if days < FEWEST_FOR_SEASONS:
            remarks.append(f"no seasonal series was looked for: {days:.0f} days are under a year")
            return
        wave = self._fitted("linear + annual", remarks, "the most seasonal series")
        if wave is not None:
            sine = np.nan_to_num(wave.coefficient("annual_sine"))
            cosine = np.nan_to_num(wave.coefficient("annual_cosine"))
            smooth = np.hypot(self._smooth(sine), self._smooth(cosine))
            amplitude = np.hypot(sine, cosine)
            row = self._row(amplitude, smooth, int(np.argmax(smooth)))
            yield NotablePoint(row, "most seasonal", "linear + annual")

    def _fitted(self, functions: str, remarks: list[str], what: str) -> TimeFunctionFit | None:
        points = self._points
        try:
            return fit_time_function(
                points.day, chosen_rows(points.displacement, self._rows), functions,
                reference_column=points.reference_column, ifg_std_deg=points.noise_deg,
            )  # fmt: skip
        except ParameterError as error:  # the dates do not determine it
            remarks.append(f"{what} was not looked for: {error}")
            return None
