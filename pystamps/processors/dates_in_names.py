"""Dates in the names of files and folders."""

from __future__ import annotations

import re

from pystamps.dates import datenum

PAIR_IN_NAME = re.compile(r"(?<!\d)(\d{8})[_-](\d{8})(?!\d)")
"""Two dates YYYYMMDD joined by a line; the last match of a name counts."""

_DATE = re.compile(r"(?<!\d)(\d{8})(?!\d)")


def is_date(text: str) -> bool:
    """Tell whether eight digits are a day of the calendar."""
    try:
        datenum(text)
    except ValueError:
        return False
    return True


def is_eight_digits(name: str) -> bool:
    """Tell whether a name looks like a date and nothing else; it may be none of the calendar."""
    return _DATE.fullmatch(name) is not None


def dates_in(name: str) -> list[str]:
    """Give the dates of a name, in their order."""
    return [text for text in _DATE.findall(name) if is_date(text)]


def first_date(name: str) -> str:
    """Give the first date of a name, or "" when it holds none that is in the calendar."""
    return (dates_in(name) or [""])[0]


def date_pair(name: str) -> tuple[str, str] | None:
    """Give the last pair of dates ``YYYYMMDD_YYYYMMDD`` of a name, or None without one."""
    found = PAIR_IN_NAME.findall(name)
    if not found or not all(is_date(date) for date in found[-1]):
        return None
    first, second = found[-1]
    return first, second


def is_pair(name: str) -> bool:
    """Tell whether a name is a pair of dates and nothing else."""
    return PAIR_IN_NAME.fullmatch(name) is not None and date_pair(name) is not None
