"""Tables of numbers: plain lines of at most 80 columns that pipe, and CSV."""

from __future__ import annotations

import csv
import io
import textwrap
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import click

from pystamps.errors import ParameterError
from pystamps.io.atomic import temporary_beside

WIDTH = 80
"""Columns of a terminal that nobody has widened."""

_STANDARD_OUTPUT = "-"
_Command = TypeVar("_Command", bound=Callable[..., Any])


def csv_options(function: _Command) -> _Command:
    """Add ``--csv FILE`` and ``--overwrite`` to a command."""
    function = click.option("--overwrite", is_flag=True, help="Replace a file that is there.")(
        function
    )
    return click.option(
        "--csv", "csv_file", metavar="FILE",
        help="Write the table as CSV, without rounding; - = standard output.",
    )(function)  # fmt: skip


def give_csv(
    target: str, columns: Sequence[str], rows: Iterable[Sequence[object]], *, overwrite: bool
) -> None:
    """Write a table as CSV to a file, or to standard output for ``-``; None is an empty cell.

    Raises
    ------
    ParameterError
        The file is there, and is not to be replaced.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
    if target == _STANDARD_OUTPUT:
        click.echo(text.getvalue(), nl=False)
        return
    path = Path(target)
    if path.exists() and not overwrite:
        raise ParameterError(f"{path}: is there already; give --overwrite or another name")
    with temporary_beside(path) as temporary:
        temporary.write_text(text.getvalue())
    click.echo(f"{path}: written", err=True)


def plain_lines(head: Sequence[Sequence[str]], rows: Sequence[Sequence[str]]) -> list[str]:
    """Give lines of a table: columns as wide as they have to be, two spaces or one between them.

    Parameters
    ----------
    head : sequence of rows of titles
    rows : sequence of rows
        Cells that begin with a digit, a sign or a point stand at the right.
    """
    everything = [*head, *rows]
    widths = [max(len(row[k]) for row in everything) for k in range(len(everything[0]))]
    gap = "  " if sum(widths) + 2 * (len(widths) - 1) <= WIDTH else " "
    are_numbers = [all(_is_number(row[k]) for row in rows) for k in range(len(widths))]
    lines = []
    for row in everything:
        cells = [
            cell.rjust(width) if is_number else cell.ljust(width)
            for cell, width, is_number in zip(row, widths, are_numbers, strict=True)
        ]
        lines.append(gap.join(cells).rstrip())
    return lines


def wrapped_line(text: str, *, indent: str = "  ") -> str:
    """Break a line for people at 80 columns; what follows is indented."""
    return textwrap.fill(
        text, WIDTH, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
    )


def _is_number(cell: str) -> bool:
    return not cell or (cell[0] in "-+.0123456789" and cell.count("-") < 2)
