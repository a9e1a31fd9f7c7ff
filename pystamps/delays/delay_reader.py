"""What every reader of delays gives, and the positions that it is asked for."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Protocol

from pystamps.arrays import Float64, FloatArray

TOTAL = ""
"""Name of the whole delay; parts have the endings of variables of ``tca2.mat``."""
WET, HYDROSTATIC = "_wet", "_hydro"


@dataclass(frozen=True, slots=True)
class DelayPlaces:
    """Where delays are asked for.

    Attributes
    ----------
    lonlat : float64, (n_ps, 2), degrees
    height : float, (n_ps,), m; NaN where the stack has none
    line_sample : float64, (n_ps, 2), 0-based line and sample of the radar image
    """

    lonlat: Float64
    height: FloatArray
    line_sample: Float64


@dataclass(frozen=True, slots=True)
class DateDelays:
    """Delays of one date.

    Attributes
    ----------
    where : str
        The file, for messages.
    parts : dict of str to ndarray of float64, shape (n_ps,)
        m, one way, positive = longer path: the total (``TOTAL``), and its parts where the file has
        them. NaN where nothing is known.
    extent : str
        Where the file has values, in words.
    is_slant : bool
        Along the line of sight; otherwise towards the zenith.
    hint : str
        What explains impossible values, where the reader knows; empty otherwise.
    """

    where: str
    parts: Mapping[str, Float64]
    extent: str
    is_slant: bool = False
    hint: str = ""


class DelayReader(Protocol):
    """Delays of some dates."""

    @property
    def dates(self) -> Collection[str]:
        """Dates that there are, YYYYMMDD."""
        ...

    def at(self, date: str, places: DelayPlaces) -> DateDelays:
        """Give the delays of a date at some places."""
        ...
