"""Lists of interferograms in which people wrote dates: their numbers in the data set at hand.

The one place that turns ``2019-07-13`` into the number that StaMPS stores and stages use. A date
stands in a list as eight digits (:data:`~pystamps.parameters.matlab_text.FIRST_DATE`) until here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pystamps.arrays import Float64
from pystamps.dates import calendar_date, datenum
from pystamps.errors import ParameterError
from pystamps.io.mat import read_mat
from pystamps.io.text_numbers import find_near
from pystamps.parameters.info import ParameterValue
from pystamps.parameters.matlab_text import FIRST_DATE
from pystamps.parameters.values import PARAMETER_INFO
from pystamps.processors import PROCESSORS

_OF_PAIRS = "sb_scla_drop_index"
_NEAREST = 3


@dataclass(frozen=True, slots=True)
class DatedFolder:
    """The data set whose dates count.

    Attributes
    ----------
    root, directory : Path
        Data set, and the patch or root that is asked about.
    processor : str
    is_small_baseline : bool
    """

    root: Path
    directory: Path
    processor: str
    is_small_baseline: bool


def numbers_for_dates(
    values: Mapping[str, ParameterValue], sources: Mapping[str, str], folder: DatedFolder
) -> dict[str, ParameterValue]:
    """Replace dates in lists of interferograms by numbers, the reference image counted.

    Parameters
    ----------
    values : mapping
        StaMPS names to typed values.
    sources : mapping
        Where each comes from, for messages.
    folder : DatedFolder

    Returns
    -------
    dict
        The values that held dates, with numbers from 1, each once.

    Raises
    ------
    ParameterError
        There is no image of that date, or the dates are not known yet.
    """
    found: dict[str, ParameterValue] = {}
    for name, value in values.items():
        is_list = isinstance(value, tuple) and PARAMETER_INFO[name].kind == "index_list"
        if isinstance(value, tuple) and is_list and max(value, default=0) >= FIRST_DATE:
            where = f"{sources.get(name, 'configuration')}: {name}"
            if folder.is_small_baseline or name == _OF_PAIRS:
                raise ParameterError(
                    f"{where}: dates do not say which pair is meant; give numbers of interferograms"
                )
            numbers = [_number(x, folder, where) if x >= FIRST_DATE else int(x) for x in value]
            found[name] = tuple(dict.fromkeys(numbers))
    return found


def _number(date: float, folder: DatedFolder, where: str) -> int:
    """Give the number of the image of a date, from 1."""
    days, day = _days(folder, where), datenum(int(date))
    at = np.flatnonzero(np.floor(days) == day)
    if at.size:
        return int(at[0]) + 1
    order = np.argsort(np.abs(days - day), kind="stable")[:_NEAREST]
    nearest = ", ".join(f"{calendar_date(days[k])} (number {k + 1})" for k in sorted(order))
    raise ParameterError(
        f"{where}: {calendar_date(day)} is the date of no image of {folder.root}; the nearest are "
        f"{nearest}"
    )


def _days(folder: DatedFolder, where: str) -> Float64:
    """Give the days of all images, ascending, the reference image among them."""
    record = PROCESSORS.get(folder.processor)
    # readers of dates take a patch and look above it; it need not be there
    patch = folder.root / "PATCH_1" if folder.directory == folder.root else folder.directory
    if record is not None and find_near(patch, record.dates_in) is not None:
        listed = record.read_acquisitions(patch, folder.is_small_baseline)
        return listed.image_day
    for path in (folder.directory / "ps1.mat", folder.root / "ps2.mat"):
        if path.is_file():
            stored = read_mat(path, ["day", "master_day"])
            return np.unique(np.concatenate([np.ravel(stored[name]) for name in stored]))
    raise ParameterError(
        f"{where}: the dates of {folder.root} are not known ("
        f"{record.dates_in if record else 'pscphase.in'}, ps1.mat and ps2.mat are missing); give "
        "numbers of interferograms"
    )
