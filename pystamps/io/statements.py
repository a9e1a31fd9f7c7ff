"""What can be stated about a variable of a MAT file: shape, class, gaps and range."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from math import inf
from typing import Any, Literal

import numpy as np

Kind = Literal["scalar", "integer", "column", "row", "matrix", "text", "sparse"]
Gaps = Literal["none", "some", "any"]
Limit = float | str
"""A number, or the symbol of a size such as ``n_image`` (``-n_edge``: its negative)."""


@dataclass(frozen=True, slots=True)
class Range:
    """Which numbers a variable may hold.

    Attributes
    ----------
    low, high : float or str, or one of them per column
        Limits, themselves included; a str is the symbol of a size. Those of complex numbers hold
        for real and imaginary part.
    gaps : str
        NaN is refused ("none"), allowed but not in a whole column ("some"), or allowed ("any").
    is_infinite : bool
        The positive infinite number is allowed.
    is_whole : bool
        Only whole numbers.
    is_ascending : bool
        Every number is larger than the one before it.
    """

    low: Limit | tuple[Limit, ...] = -inf
    high: Limit | tuple[Limit, ...] = inf
    gaps: Gaps = "none"
    is_infinite: bool = False
    is_whole: bool = False
    is_ascending: bool = False

    def in_words(self, known: Callable[[str], int | None]) -> str:
        """Say what is expected; ``known`` gives a size by its symbol, None if it is not known."""
        words = ["whole numbers" if self.is_whole else "numbers"]
        low, high = (_of_columns(limit, known) for limit in (self.low, self.high))
        if low != "-inf" and high != "inf":
            words.append(f"from {low} to {high}")
        elif low != "-inf" or high != "inf":
            words.append(f"of {low} or more" if high == "inf" else f"of {high} or less")
        words += ["in ascending order"] * self.is_ascending
        return " ".join(words)


def _of_columns(limit: Limit | tuple[Limit, ...], known: Callable[[str], int | None]) -> str:
    """Give a limit for people; those of several columns in brackets."""
    if isinstance(limit, tuple):
        return f"({', '.join(_of_columns(one, known) for one in limit)})"
    if isinstance(limit, str):
        size = known(limit)
        return limit if size is None else f"{size} ({limit})"
    return f"{limit:g}"


@dataclass(frozen=True, slots=True)
class Variable:
    """How one field lies in the file, and what is true of its values.

    Attributes
    ----------
    name : str
        Spelling in the file.
    kind : str
        Shape in the file: scalar and integer are 1 x 1, column n x 1, row 1 x n.
    dims : str
        Sizes of the dimensions, for a column or row its length: numbers and symbols (``n_ps``,
        also ``n_i-1``). A symbol has the same size in all variables of a file.
    dtype : type or None
        Class in the file; None keeps single or double as it is in memory.
    values : Range
        Numbers that are possible.
    texts : tuple of str
        Texts that are possible.
    one_based : bool
        Index of an array: one is added on writing and taken off on reading.
    optional : bool
        The variable may be absent; the field is then None.
    keeps_double : bool
        Written in double when it is double in memory (pixels resampled by the merge), read in
        single all the same.
    or_empty : bool
        MATLAB's ``[]`` stands for something that was not wanted or not there.
    """

    name: str
    kind: Kind
    dims: str = ""
    dtype: Any = None
    values: Range = Range()
    texts: tuple[str, ...] = ()
    one_based: bool = False
    optional: bool = False
    keeps_double: bool = False
    or_empty: bool = False

    @property
    def class_in_words(self) -> str:
        """Class in the file: numbers, complex numbers, logical values or text."""
        if self.kind == "text":
            return "text"
        words = {"b": "logical values", "c": "complex numbers"}
        return words.get(np.dtype(self.dtype or np.float64).kind, "numbers")


@dataclass(frozen=True, slots=True)
class Layout:
    """File of one dataclass.

    Attributes
    ----------
    base : str
        Name without generation and ending.
    stage : int
        Stage that makes it; generation 2 of what stage 1 makes comes from stage 5.
    fields : dict of str to Variable
    derived : dict of str to callable
        Variables computed from the whole; None where it has none.
    sizes : dict of str to str
        Symbol of the size that a derived variable repeats, checked where the variable is there.
    """

    base: str
    stage: int
    fields: dict[str, Variable]
    derived: dict[str, Callable[[Any], Any]] = field(default_factory=dict)
    sizes: dict[str, str] = field(default_factory=dict)

    def advice(self, file_name: str) -> str:
        """Say how a file of this layout is made again."""
        is_selected = file_name.removesuffix(".mat").endswith("2")
        return f"run stage {5 if self.stage == 1 and is_selected else self.stage} again"
