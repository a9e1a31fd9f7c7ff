"""What the numbers in the texts of a stack can be; programs write numbers for "no value", too."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

_MARKERS = (9999.0, 99999.0, 999999.0, 9999999.0, 32767.0, 32768.0)
"""Either sign; numbers that stand for "no value" in exports."""


@dataclass(frozen=True, slots=True)
class ValueLimits:
    """Limits of a quantity.

    Attributes
    ----------
    what : str
        Name of the quantity.
    low, high : float
        Smallest and largest value that can be.
    unit : str
    """

    what: str
    low: float
    high: float
    unit: str

    @property
    def expected(self) -> str:
        """The limits in words, for messages."""
        return f"{self.what} from {self.low:g} to {self.high:g} {self.unit}".rstrip()

    def are_possible(self, values: npt.ArrayLike) -> npt.NDArray[np.bool_]:
        """Tell which values are numbers within the limits and no marker for "no value"."""
        array = np.asarray(values, dtype=np.float64)
        with np.errstate(invalid="ignore"):
            inside: npt.NDArray[np.bool_] = (array >= self.low) & (array <= self.high)
        return inside & ~np.isin(np.abs(array), _MARKERS)

    def fault_of(self, value: float) -> str:
        """Say what is wrong with a value; empty when it can be."""
        if bool(self.are_possible(value)):
            return ""
        if not math.isfinite(value):
            return f"{value:g} is no finite number"
        if abs(value) in _MARKERS:
            return f"{value:g} stands for no value"
        return f"{value:g} cannot be"


BASELINE = ValueLimits("a baseline", -50_000, 50_000, "m")
BASELINE_RATE = ValueLimits("a change of the baseline", -1000, 1000, "m/s")
WAVELENGTH = ValueLimits("a wavelength", 0.005, 1.0, "m")
HEADING = ValueLimits("a heading", -360, 360, "degrees")
OVERSAMPLING = ValueLimits("an oversampling factor", 0.01, 100, "")
RAY_ANGLE = ValueLimits("an angle between ray and vertical", 1e-3, 89.999, "degrees")
LONGITUDE = ValueLimits("a longitude", -360, 360, "degrees")
LATITUDE = ValueLimits("a latitude", -90, 90, "degrees")
HEIGHT = ValueLimits("a height", -1000, 9000, "m")
PULSE_RATE = ValueLimits("a pulse repetition frequency", 1e-3, 50_000, "Hz")
SPACING = ValueLimits("a spacing", 1e-3, 5000, "m")
SLANT_RANGE = ValueLimits("a distance", 1.0, 5e7, "m")
NUMBER_OF_LINES = ValueLimits("a number of lines", 1, 1e7, "")
EARTH_DISTANCE = ValueLimits("a distance from the centre of the Earth", 1e6, 1e8, "m")
