"""The first page of the report of Snakemake: the map of the velocity, and the numbers beside it."""

from __future__ import annotations

import base64
from pathlib import Path
from textwrap import wrap

from pystamps.dates import calendar_date
from pystamps.products.point_storage import POINT_FILE, read_point_table
from pystamps.products.point_table import PointTable
from pystamps.report_page.key_numbers import key_numbers
from pystamps.report_page.page import short_number

_LETTERS_OF_A_LINE = 5000
"""Docutils takes lines of up to 10 000."""


def workflow_page(root: Path, picture: Path) -> str:
    """Give map and numbers of a finished data set as reStructuredText.

    Parameters
    ----------
    root : Path
    picture : Path
        PNG of the map.

    Returns
    -------
    str
        No text of the data set is in it, only numbers and dates: nothing of it can be markup.

    Raises
    ------
    ArtifactError
        There is no table of points.
    """
    lines = numbers_as_list(read_point_table(root / POINT_FILE))
    coded = wrap(base64.b64encode(picture.read_bytes()).decode("ascii"), _LETTERS_OF_A_LINE)
    image = "\n".join(f"   {line}" for line in ("data:image/png;base64,", *coded))
    return "\n".join([*lines, "", f".. image::\n{image}\n   :alt: map of the mean velocity", ""])


def numbers_as_list(table: PointTable) -> list[str]:
    """Give the numbers of a table of points, a line each.

    Parameters
    ----------
    table : PointTable
    """
    numbers, day = key_numbers(table), table.layers.day
    dates = f"{calendar_date(day.min())} to {calendar_date(day.max())}" if day.size else "none"
    low, middle, high = (
        short_number(value)
        for value in (numbers.velocity.low, numbers.velocity.middle, numbers.velocity.high)
    )
    std = short_number(numbers.velocity_std.middle)
    return [
        f"* **{short_number(numbers.n_point, 0)} points**, {short_number(numbers.density)} per km²",
        f"* **{day.size} dates**, {dates}",
        f"* **{low} … {high} mm/yr** hold 98 % of the velocities, median {middle} mm/yr",
        f"* **± {std} mm/yr** is the median uncertainty (one standard deviation, formal)",
    ]
