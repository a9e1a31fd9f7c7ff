"""Values as MATLAB and people write them: ``[1:3 7]``, ``3 7``, ``[-Inf Inf]``, ``'y'``, dates.

Pure: text in, numbers out. What a number means, and whether it is allowed, its parameter says.
"""

from __future__ import annotations

import datetime
import math
import re
from collections.abc import Iterable
from typing import Any

import numpy as np

from pystamps.dates import datenum

_SEPARATORS = re.compile(r"[\s,;]+")
_AROUND_COLON = re.compile(r"\s*:\s*")
_DATE = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[T ]00:00(?::00)?)?")
_LONGEST_RANGE = 100_000
FIRST_DATE = 10_000_101
"""Numbers in lists of interferograms from here on are dates, YYYYMMDD: none has such a number."""

_SPARE = 1e-10
"""Steps by which the end of a range may be missed: 0:0.1:0.3 has four numbers, as in MATLAB."""


def without_quotes(text: str) -> str:
    """Give a text without the quotes of MATLAB around it."""
    found = text.strip()
    is_quoted = len(found) >= 2 and found[0] == found[-1] and found[0] in "'\""
    return found[1:-1].strip() if is_quoted else found


def numbers_of(raw: Any) -> list[float] | None:
    """Give the numbers of a scalar, sequence, array or text.

    Parameters
    ----------
    raw : object
        A number, a date, an array, a text (``[1:3 7]``, ``2019-07-13``), or a sequence of them:
        YAML makes ``["3 7"]`` of ``[3 7]``.

    Returns
    -------
    list of float or None
        Dates as eight digits (:func:`is_eight_digit_date`); None when it is something else.
    """
    if isinstance(raw, str):
        return _numbers_of_text(without_quotes(raw))
    if isinstance(raw, datetime.date):
        return [float(f"{raw:%Y%m%d}")]
    if isinstance(raw, list | tuple):
        parts = [numbers_of(item) for item in raw]
        return None if None in parts else [x for part in parts if part is not None for x in part]
    if raw is None:
        return None
    try:
        numbers = np.asarray(raw, dtype=np.float64).ravel()
    except (TypeError, ValueError):
        return None
    return [float(x) for x in numbers]


def is_eight_digit_date(number: float) -> bool:
    """Tell whether a number is a date written YYYYMMDD."""
    if not math.isfinite(number) or number < FIRST_DATE or number != int(number):
        return False
    try:
        datenum(int(number))
    except ValueError:
        return False
    return True


def _numbers_of_text(text: str) -> list[float] | None:
    """Give the numbers between optional brackets; None where a word is no number."""
    is_bracketed = text.startswith("[") and text.endswith("]")
    inside = text[1:-1] if is_bracketed else text
    words = _SEPARATORS.split(_AROUND_COLON.sub(":", inside.strip()))
    if "" in words[1:-1]:
        return None
    parts = [_numbers_of_word(word) for word in words if word]
    return None if None in parts else [x for part in parts if part is not None for x in part]


def _numbers_of_word(word: str) -> Iterable[float] | None:
    """Give the numbers of one word: a number, a range, or a date."""
    date = _DATE.fullmatch(word)
    if date is not None:
        year, month, day = (int(part) for part in date.groups())
        number = float(year * 10_000 + month * 100 + day)
        return [number] if is_eight_digit_date(number) else None
    try:
        bounds = [float(part) for part in word.split(":")]
    except ValueError:
        return None
    if "_" in word:
        return None  # Python reads 1_000 as a number
    return bounds if len(bounds) == 1 else _range_of(bounds)


def _range_of(bounds: list[float]) -> list[float] | None:
    """Give the numbers of ``first:last`` or ``first:step:last``; None for anything longer."""
    if len(bounds) > 3 or not all(map(math.isfinite, bounds)):
        return None
    first, step, last = bounds if len(bounds) == 3 else (bounds[0], 1.0, bounds[1])
    count = 0 if step == 0 else math.floor((last - first) / step + _SPARE) + 1
    if count > _LONGEST_RANGE:
        return None
    return [first + step * k for k in range(max(count, 0))]
