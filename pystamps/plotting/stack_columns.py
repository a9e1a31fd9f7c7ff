"""Columns of a stack as pictures show and people choose them: interferograms or images."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from pystamps.arrays import Float64, FloatArray, Index
from pystamps.dates import calendar_date
from pystamps.errors import ParameterError
from pystamps.interferograms import Interferograms


@dataclass(frozen=True, slots=True)
class InterferogramLabel:
    """What is written beside an interferogram.

    Attributes
    ----------
    number : int
        From 1, the reference image counted; of interferograms as ``drop_ifg_index`` counts.
    day : float
        MATLAB date number of the second image.
    bperp : float
        m.
    noise_deg : float
        NaN where not known.
    flag : str
        Why it is special: the reference image, or dropped; else empty.
    first_day : float or None
        MATLAB date number of the first image of small baselines; None where it is the reference
        image.
    noun : str
        What the number counts.
    """

    number: int
    day: float
    bperp: float
    noise_deg: float
    flag: str = ""
    first_day: float | None = None
    noun: str = "interferogram"

    @property
    def dates(self) -> tuple[str, ...]:
        """The date of the second image in ISO form; of small baselines those of both images."""
        days = (self.day,) if self.first_day is None else (self.first_day, self.day)
        return tuple(calendar_date(day).isoformat() for day in days)

    @property
    def date(self) -> str:
        """The dates as one text."""
        return " ".join(self.dates)


@dataclass(frozen=True, slots=True)
class StackColumns:
    """Columns of a stack with what is written beside them.

    Attributes
    ----------
    stack : Interferograms
        What the columns combine.
    used : int64, (n_used,)
        Columns that are not left out, the reference image among them.
    labels : tuple of InterferogramLabel
        Of every column.
    """

    stack: Interferograms
    used: Index
    labels: tuple[InterferogramLabel, ...]


def columns_of_interferograms(
    stack: Interferograms, drop: Iterable[int], scla_drop: Iterable[int], noise_deg: FloatArray
) -> StackColumns:
    """Give the interferograms, dropped ones and the reference image counted.

    Parameters
    ----------
    stack : Interferograms
    drop, scla_drop : iterable of int
        1-based numbers of ``drop_ifg_index`` and ``scla_drop_index``.
    noise_deg : ndarray of float, shape (n_ifg,)
        NaN where not known.
    """
    used = stack.used(drop)
    without_dem = set(scla_drop)

    def flag(column: int) -> str:
        if stack.is_null[column]:
            return "reference image"
        if not used.is_used[column]:
            return "dropped (drop_ifg_index)"
        return "not in the DEM error (scla_drop_index)" if column + 1 in without_dem else ""

    labels = tuple(
        InterferogramLabel(
            column + 1, float(stack.second_day[column]), float(stack.bperp[column]),
            float(noise_deg[column]), flag(column),
            None if stack.has_null_column else float(stack.day[stack.first[column]]),
        )
        for column in range(stack.n_ifg)
    )  # fmt: skip
    return StackColumns(stack, used.with_null, labels)


def columns_of_images(
    stack: Interferograms, day: Float64, noise_deg: FloatArray | None
) -> StackColumns:
    """Give the images of small baselines, those without phase counted.

    Parameters
    ----------
    stack : Interferograms
        Of the images (:meth:`~pystamps.interferograms.Interferograms.of_images`).
    day : ndarray of float64, shape (n_date,)
        Dates that have phase.
    noise_deg : ndarray of float, shape (n_date,), or None
        Of these dates.
    """
    used = np.flatnonzero(np.isin(stack.day, day))
    noise = np.full(stack.n_image, np.nan)
    if noise_deg is not None:
        noise[used] = noise_deg
    flags = np.full(stack.n_image, "in no interferogram that is used", dtype=object)
    flags[used] = ""
    flags[stack.is_reference_image] = "reference image"
    labels = tuple(
        InterferogramLabel(
            image + 1, float(stack.day[image]), float(stack.bperp[image]), float(noise[image]),
            str(flags[image]), noun="image",
        )
        for image in range(stack.n_image)
    )  # fmt: skip
    return StackColumns(stack, used, labels)


def wanted_interferograms(columns: StackColumns, numbers: str, dates: str) -> Index | None:
    """Give the columns of all images that are asked for, ascending; None = not asked.

    Parameters
    ----------
    columns : StackColumns
    numbers : str
        Numbers and stretches, from 1, the reference image counted: ``3,7-9``.
    dates : str
        Dates and stretches of them: ``2018-05-31,2019-01-01:2019-03-01``.

    Raises
    ------
    ParameterError
        There is no such interferogram, or it is no number or date.
    """
    if not numbers and not dates:
        return None
    found: set[int] = set()
    for word in filter(None, (word.strip() for word in numbers.split(","))):
        found |= _columns_of_numbers(word, columns)
    for word in filter(None, (word.strip() for word in dates.split(","))):
        found |= _columns_of_dates(word, columns.labels)
    return np.array(sorted(found), dtype=np.int64)


def _columns_of_numbers(word: str, columns: StackColumns) -> set[int]:
    first, _, last = word.partition("-")
    if not (first.isdigit() and (last.isdigit() or "-" not in word)):
        raise ParameterError(f"--ifg {word!r}: is no number of an interferogram, nor FIRST-LAST")
    stretch, count = range(int(first), int(last or first) + 1), columns.stack.n_ifg
    if not stretch or stretch[0] < 1 or stretch[-1] > count:
        counted = ", the reference image counted" if columns.stack.has_null_column else ""
        raise ParameterError(
            f"--ifg {word}: does not exist; this data set has {columns.labels[0].noun}s 1 to "
            f"{count}{counted}"
        )
    return {number - 1 for number in stretch}


def _columns_of_dates(word: str, labels: tuple[InterferogramLabel, ...]) -> set[int]:
    first, colon, last = (part.replace("-", "").strip() for part in word.partition(":"))
    ends = [first, last] if colon else [first]
    if not all(end.isdigit() and len(end) == 8 for end in ends):
        raise ParameterError(
            f"--dates {word!r}: is no date; expected YYYY-MM-DD, YYYYMMDD, or FIRST:LAST"
        )
    found = {
        column for column, label in enumerate(labels)
        if any(ends[0] <= date.replace("-", "") <= ends[-1] for date in label.dates)
    }  # fmt: skip
    if not found:
        shown = ", ".join(_nearest(ends[0], labels))
        raise ParameterError(f"--dates {word}: there is no image; the nearest are {shown}")
    return found


def _nearest(date: str, labels: tuple[InterferogramLabel, ...]) -> list[str]:
    known = {found for label in labels for found in label.dates}
    order = sorted(known, key=lambda found: abs(int(found.replace("-", "")) - int(date)))
    return sorted(order[:3])
