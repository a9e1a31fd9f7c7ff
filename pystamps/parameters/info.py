"""What is known about one StaMPS parameter, and the fields that say it."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import inf
from typing import Any, Literal

ParameterKind = Literal["number", "integer", "flag", "text", "vector", "index_list"]
ParameterValue = bool | float | int | str | tuple[float, ...] | tuple[int, ...]


@dataclass(frozen=True, slots=True)
class ParameterInfo:
    """What is known about one parameter beside its value.

    Attributes
    ----------
    kind : str
        number, integer, flag, text, vector (fixed length) or index_list.
    meaning : str
        One line for people.
    unit : str
        Unit, empty when dimensionless.
    stages : tuple of int
        Stages that use the value; 0 preparation, 9 products.
    used_by : tuple of str
        Commands that use it beside them, or nothing else does: plot, export.
    default_sb : object
        Default of a small-baseline data set where it differs, else None.
    minimum, maximum : float
        Closed range, unless ``is_minimum_excluded``.
    is_minimum_excluded : bool
        The value must be larger than ``minimum``, not equal.
    multiple_of : int
        The value must be a multiple (window sizes).
    choices : tuple of str
        Allowed texts, compared without regard to case.
    length : int
        Number of elements of a vector.
    optional : bool
        The parameter may be absent (no default in StaMPS).
    keyword : str
        A word that is allowed instead of a list ("all").
    from_headers : bool
        When not set, the value comes from the headers of the stack.
    is_of_dataset : bool
        The preparation decides it: a configuration cannot go back to the default.
    """

    kind: ParameterKind
    meaning: str
    unit: str = ""
    stages: tuple[int, ...] = ()
    used_by: tuple[str, ...] = ()
    default_sb: Any = None
    minimum: float = -inf
    maximum: float = inf
    is_minimum_excluded: bool = False
    multiple_of: int = 1
    choices: tuple[str, ...] = ()
    length: int = 0
    optional: bool = False
    keyword: str = ""
    from_headers: bool = False
    is_of_dataset: bool = False


def number_field(default: float, meaning: str, **more: Any) -> Any:
    """Make the field of a number."""
    return field(default=default, metadata={"info": ParameterInfo("number", meaning, **more)})


def integer_field(default: int, meaning: str, **more: Any) -> Any:
    """Make the field of a whole number."""
    return field(default=default, metadata={"info": ParameterInfo("integer", meaning, **more)})


def flag_field(default: bool, meaning: str, **more: Any) -> Any:
    """Make the field of a flag (y or n)."""
    return field(default=default, metadata={"info": ParameterInfo("flag", meaning, **more)})


def text_field(default: str, meaning: str, **more: Any) -> Any:
    """Make the field of a text."""
    return field(default=default, metadata={"info": ParameterInfo("text", meaning, **more)})


def pair_field(default: tuple[float, ...], meaning: str, **more: Any) -> Any:
    """Make the field of a pair of numbers."""
    info = ParameterInfo("vector", meaning, length=2, **more)
    return field(default=default, metadata={"info": info})


def index_list_field(meaning: str, **more: Any) -> Any:
    """Make the field of a list of interferograms."""
    info = ParameterInfo("index_list", meaning, minimum=1, **more)
    return field(default=(), metadata={"info": info})
