"""Motion in time as a sum of functions: what people may write, and the design matrix of it.

::

    linear                      constant velocity
    quadratic                   velocity (that in the middle of the period) and acceleration
    annual, semiannual          a wave of 1 year, of half a year; seasonal = both
    step@2019-07-13             a jump: dates from that day on
    exponential@2019-07-13/60   what a process with a time constant of 60 days adds from that day on
    piecewise@2019-07-13        velocity, and another velocity from that day on

joined by ``+``, in any order. A constant is always fitted too: the series begin at the reference
image, whose own noise and atmosphere are in all other dates.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from pystamps.arrays import Float64
from pystamps.dates import DAYS_PER_YEAR, datenum, yyyymmdd
from pystamps.errors import ParameterError

EXAMPLE_OF_FUNCTIONS = "linear + seasonal + step@2019-07-13"
"""Of a sum of functions, for texts."""

_WORDS = (
    "linear, quadratic, annual, semiannual, seasonal, step@DATE, piecewise@DATE, "
    "exponential@DATE/DAYS"
)
_FORM = re.compile(r"([a-z]+)(?:@(\d{4}-?\d{2}-?\d{2})(?:/(\d+(?:\.\d*)?))?)?")
_BEGIN_OF_A_YEAR = datenum(20000101)
"""From which the phase of the seasons counts: the day of the year, within one day."""
_WAVES = {"annual": DAYS_PER_YEAR, "semiannual": DAYS_PER_YEAR / 2}
"""By name: period in days."""


@dataclass(frozen=True, slots=True)
class FittedFunction:
    """One column of a design matrix.

    Attributes
    ----------
    name : str
        Of its coefficient: ``velocity``, ``step_20190713``.
    unit : str
        As CF conventions spell it.
    meaning : str
        Of the coefficient, in words.
    values : callable
        Takes MATLAB date numbers, gives the function at them, float64.
    """

    name: str
    unit: str
    meaning: str
    values: Callable[[Float64], Float64]


@dataclass(frozen=True, slots=True)
class TimeModel:
    """A sum of functions of time.

    Attributes
    ----------
    text : str
        As it was asked for.
    functions : tuple of FittedFunction
        The constant first.
    waves : dict of str to float
        Waves among them by name, period in days; each has a sine and a cosine, in this order.
    """

    text: str
    functions: tuple[FittedFunction, ...]
    waves: dict[str, float]

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the coefficients."""
        return tuple(function.name for function in self.functions)

    @property
    def units(self) -> tuple[str, ...]:
        """Units of the coefficients."""
        return tuple(function.unit for function in self.functions)

    def design(self, day: Float64) -> Float64:
        """Give the value of every function at some dates, (n_date, n_function).

        Parameters
        ----------
        day : ndarray of float64, shape (n_date,), MATLAB date numbers
        """
        return np.stack([function.values(day) for function in self.functions], axis=1)

    def columns_of_wave(self, name: str) -> tuple[int, int]:
        """Give the places of sine and cosine of a wave."""
        return self.names.index(f"{name}_sine"), self.names.index(f"{name}_cosine")


def parse_time_functions(text: str, day: Float64, reference_day: float) -> TimeModel:
    """Read a sum of functions of time.

    Parameters
    ----------
    text : str
        See the module.
    day : ndarray of float64, shape (n_date,)
        Dates of the series: a quadratic function is centred on their period.
    reference_day : float
        Where velocity and acceleration contribute nothing.

    Returns
    -------
    TimeModel

    Raises
    ------
    ParameterError
        The text is no such sum.
    """
    terms = [term.strip().lower() for term in text.split("+")]
    for number, term in enumerate(terms):
        if term in terms[:number]:
            raise _refusal(text, f"{term!r} stands there twice")
    middle = float(np.min(day) + np.max(day)) / 2 if len(day) else reference_day
    origin = _Origin(reference_day, middle)
    found: dict[str, FittedFunction] = {}
    for term in sorted(terms, key=lambda term: not term.startswith(("quadratic", "piecewise"))):
        for function in _functions_of(term, text, origin):
            found.setdefault(function.name, function)
    constant = FittedFunction(
        "constant", "mm", "displacement of the fit at the reference image", np.ones_like
    )
    first = [found.pop(name) for name in ("velocity", "acceleration") if name in found]
    waves = {name: period for name, period in _WAVES.items() if f"{name}_sine" in found}
    return TimeModel(text, (constant, *first, *found.values()), waves)


@dataclass(frozen=True, slots=True)
class _Origin:
    """Days from which functions count: reference image, middle of the period."""

    reference: float
    middle: float


def _functions_of(term: str, text: str, origin: _Origin) -> Iterator[FittedFunction]:
    """Give the functions of one term."""
    form = _FORM.fullmatch(term.replace(" ", ""))
    if form is None:
        raise _refusal(text, f"{term!r} is none of {_WORDS}")
    word, date, days = form.groups()
    if word in ("linear", "quadratic") and not date:
        yield from _polynomial(word, origin)
    elif word in (*_WAVES, "seasonal") and not date:
        for name in _WAVES if word == "seasonal" else (word,):
            yield from _wave(name)
    elif word == "step" and date and not days:
        yield _step(_day(date, text))
    elif word == "piecewise" and date and not days:
        yield from _polynomial(word, origin)
        yield _bend(_day(date, text), origin)
    elif word == "exponential" and date and days and float(days) > 0:
        yield _relaxation(_day(date, text), float(days))
    else:
        raise _refusal(text, f"{term!r} is none of {_WORDS}")


def _polynomial(word: str, origin: _Origin) -> Iterator[FittedFunction]:
    """Give velocity and, for ``quadratic``, acceleration; both 0 at the reference image."""
    when = {"quadratic": " in the middle of the period", "piecewise": " before the first change"}
    yield FittedFunction(
        "velocity", "mm/year", f"velocity toward the satellite{when.get(word, '')}",
        lambda day: (day - origin.reference) / DAYS_PER_YEAR,
    )  # fmt: skip
    if word == "quadratic":
        at_reference = ((origin.reference - origin.middle) / DAYS_PER_YEAR) ** 2
        yield FittedFunction(
            "acceleration", "mm/year2", "acceleration toward the satellite",
            lambda day: (((day - origin.middle) / DAYS_PER_YEAR) ** 2 - at_reference) / 2,
        )  # fmt: skip


def _wave(name: str) -> Iterator[FittedFunction]:
    """Give sine and cosine of a period."""

    def turn(day: Float64) -> Float64:
        return (day - _BEGIN_OF_A_YEAR) * (2 * np.pi / _WAVES[name])

    yield FittedFunction(
        f"{name}_sine", "mm", f"sine of the {name} wave", lambda d: np.sin(turn(d))
    )
    yield FittedFunction(
        f"{name}_cosine", "mm", f"cosine of the {name} wave", lambda d: np.cos(turn(d))
    )


def _step(start: float) -> FittedFunction:
    date = yyyymmdd(start)
    return FittedFunction(
        f"step_{date}", "mm", f"jump toward the satellite at {date}",
        lambda day: (day >= start).astype(np.float64),
    )  # fmt: skip


def _bend(start: float, origin: _Origin) -> FittedFunction:
    """Give a velocity that is added from a day on; 0 at the reference image."""
    date = yyyymmdd(start)

    def since(day: Float64 | float) -> Float64:
        return np.asarray(np.maximum(day - start, 0.0) / DAYS_PER_YEAR)

    return FittedFunction(
        f"velocity_change_{date}", "mm/year", f"velocity from {date} on minus that before",
        lambda day: since(day) - since(origin.reference),
    )  # fmt: skip


def _relaxation(start: float, days: float) -> FittedFunction:
    date = yyyymmdd(start)
    return FittedFunction(
        f"exponential_{date}_{days:g}d", "mm",
        f"final displacement of a process from {date} on with a time constant of {days:g} days",
        lambda day: -np.expm1(-np.maximum(day - start, 0.0) / days),
    )  # fmt: skip


def _day(date: str, text: str) -> float:
    try:
        return datenum(date.replace("-", ""))
    except ValueError as error:
        raise _refusal(text, str(error)) from None


def _refusal(text: str, reason: str) -> ParameterError:
    return ParameterError(
        f"time functions {text!r}: {reason}; join them with +, for example '{EXAMPLE_OF_FUNCTIONS}'"
    )
