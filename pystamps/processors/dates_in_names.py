"""Dates in the names of files and folders of an export."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from pystamps.dates import datenum
from pystamps.errors import ArtifactError, ParameterError

_DATE = re.compile(r"(?<!\d)(\d{8})(?!\d)")
_PAIR = re.compile(r"(?<!\d)(\d{8})[_-](\d{8})(?!\d)")


def date_in(name: str, *, path: Path) -> str:
    """Give the first date YYYYMMDD of a name.

    Raises
    ------
    ArtifactError
        There is none, or it is not in the calendar.
    """
    match = _DATE.search(name)
    if match is None:
        raise ArtifactError(f"{path}: {name!r} holds no date YYYYMMDD; name the file by its date")
    return _checked(match[1], path)


def has_date(name: str) -> bool:
    """Tell whether a name is a date and nothing else."""
    return _DATE.fullmatch(name) is not None


def pair_in(name: str, *, path: Path) -> tuple[str, str]:
    """Give the last pair of dates YYYYMMDD_YYYYMMDD of a name.

    Raises
    ------
    ArtifactError
        There is none, or a date is not in the calendar.
    """
    found = _PAIR.findall(name)
    if not found:
        raise ArtifactError(f"{path}: {name!r} holds no pair of dates, expected YYYYMMDD_YYYYMMDD")
    first, second = found[-1]
    return _checked(first, path), _checked(second, path)


def has_pair(name: str) -> bool:
    """Tell whether a name is a pair of dates and nothing else."""
    return _PAIR.fullmatch(name) is not None


def require_unique(dates: Iterable[str], *, path: Path, what: str) -> None:
    """Refuse dates (or pairs) that occur twice."""
    seen: set[str] = set()
    for date in dates:
        if date in seen:
            raise ArtifactError(f"{path}: two {what} of {date}; keep one of them")
        seen.add(date)


def require_known(master: str, dates: Iterable[str], *, path: Path) -> None:
    """Refuse a reference date that is not among the dates of the images.

    Raises
    ------
    ParameterError
    """
    known = sorted(set(dates))
    if master not in known:
        listed = ", ".join(known[:5]) + (f", ... {known[-1]}" if len(known) > 5 else "")
        raise ParameterError(
            f"{path}: no image of the reference date {master!r}; the {len(known)} dates are "
            f"{listed or 'none'}: give one of them"
        )


def _checked(date: str, path: Path) -> str:
    try:
        datenum(date)
    except ValueError as error:
        raise ArtifactError(f"{path}: {error}") from None
    return date
