"""Dates as MATLAB counts them: day 1 is 1 January of year 0."""

from __future__ import annotations

import datetime
import re

DAYS_PER_YEAR = 365.25

_DATENUM_OF_ORDINAL_0 = 366
_EIGHT_DIGITS = re.compile(r"(\d{4})(\d{2})(\d{2})")


def datenum(date: int | str) -> float:
    """Give the MATLAB date number of a date written as eight digits.

    Parameters
    ----------
    date : int or str
        YYYYMMDD.

    Returns
    -------
    float
        Days.

    Raises
    ------
    ValueError
        Not a date of the calendar (MATLAB would roll month 13 over).

    Examples
    --------
    >>> datenum(20180101)
    737061.0
    """
    digits = _EIGHT_DIGITS.fullmatch(str(date).strip())
    if digits is None:
        raise ValueError(f"{date!r} is not a date of the form YYYYMMDD")
    year, month, day = (int(part) for part in digits.groups())
    try:
        calendar_day = datetime.date(year, month, day)
    except ValueError as error:
        raise ValueError(f"{date!r} is not a date of the calendar ({error})") from None
    return float(calendar_day.toordinal() + _DATENUM_OF_ORDINAL_0)


def calendar_date(day: float) -> datetime.date:
    """Give the calendar day of a MATLAB date number; a fraction of a day is dropped."""
    return datetime.date.fromordinal(int(day) - _DATENUM_OF_ORDINAL_0)


def yyyymmdd(day: float) -> str:
    """Give a MATLAB date number as eight digits.

    Examples
    --------
    >>> yyyymmdd(730545.0)
    '20000229'
    """
    return calendar_date(day).strftime("%Y%m%d")
