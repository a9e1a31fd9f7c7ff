"""Ends of colour bars."""

from __future__ import annotations

import math

import numpy as np

from pystamps.arrays import FloatArray
from pystamps.errors import ParameterError
from pystamps.figures.style import WRAPPED, round_limit, symmetric_limit
from pystamps.plotting.value_types import ValueType


def colour_limits(
    kind: ValueType, values: FloatArray, given: tuple[float, float] | None
) -> tuple[float, float]:
    """Give the ends of the colour bar: those given, else round ones that hold nearly all values.

    Parameters
    ----------
    kind : ValueType
    values : ndarray of float
    given : tuple of float or None

    Raises
    ------
    ParameterError
        They are no limits.
    """
    if given is not None:
        if not (all(map(math.isfinite, given)) and given[0] < given[1]):
            raise ParameterError(f"limits {given[0]:g},{given[1]:g}: the first has to be smaller")
        return given
    if kind.colours == WRAPPED:
        return -math.pi, math.pi
    if kind.is_centred:
        limit = round_limit(symmetric_limit(values, percent=99.5))
        return -limit, limit
    finite = values[np.isfinite(values)]
    if not finite.size:
        return 0.0, 1.0
    low, high = (float(x) for x in np.percentile(finite, (0.5, 99.5), overwrite_input=True))
    return (low, high) if high > low else (low - 0.5, low + 0.5)


def limits_of_text(text: str) -> tuple[float, float] | None:
    """Read ``LOW,HIGH``, or one number for ``-number,number``; empty = not given.

    Raises
    ------
    ParameterError
        It is neither.
    """
    if not text:
        return None
    try:
        numbers = [float(word) for word in text.split(",")]
    except ValueError:
        numbers = []
    if len(numbers) == 1 and numbers[0] > 0:
        return -numbers[0], numbers[0]
    if len(numbers) != 2 or not all(map(math.isfinite, numbers)) or numbers[0] >= numbers[1]:
        raise ParameterError(f"limits {text!r}: expected LOW,HIGH, or one number above 0")
    return numbers[0], numbers[1]
