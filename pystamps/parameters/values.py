"""Values of StaMPS parameters: from what people and files write to typed values, and checked.

Pure: no files. ``source`` is what an error message begins with, for example
``stamps.weed_time_win`` (configuration) or ``/data/parms.mat: weed_time_win``.
"""

from __future__ import annotations

import difflib
import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from pystamps.errors import ParameterError
from pystamps.parameters.info import ParameterInfo, ParameterValue
from pystamps.parameters.matlab_text import (
    FIRST_DATE,
    is_eight_digit_date,
    numbers_of,
    without_quotes,
)
from pystamps.parameters.table import parameter_table
from pystamps.stage_table import PRODUCTS

PARAMETER_INFO: dict[str, ParameterInfo] = {name: info for name, _, info, _ in parameter_table()}
"""Information on every parameter by its StaMPS name."""

_FLAG_WORDS = {"y": True, "yes": True, "true": True, "n": False, "no": False, "false": False}


def nearest_name(word: str, names: Iterable[str]) -> str:
    """Give `` (did you mean 'x'?)`` for the name that looks most like ``word``, or nothing."""
    close = difflib.get_close_matches(word, list(names), n=1, cutoff=0.5)
    return f" (did you mean {close[0]!r}?)" if close else ""


def is_reset(raw: Any) -> bool:
    """Tell whether a value asks for the default: NaN, "nan", or a vector of nothing but NaN."""
    if isinstance(raw, str):
        return without_quotes(raw).lower() == "nan"
    numbers = numbers_of(raw)
    return numbers is not None and len(numbers) > 0 and all(math.isnan(x) for x in numbers)


def parse_value(name: str, raw: Any, *, source: str) -> ParameterValue:
    """Convert and check the value of one parameter.

    Parameters
    ----------
    name : str
        Full StaMPS name.
    raw : object
        bool, number, text, sequence or MATLAB array. Flags are ``y``/``n`` or bool, Inf and
        lists may be text ("Inf", "[3 7]").
    source : str
        Beginning of an error message.

    Raises
    ------
    ParameterError
        The value has the wrong kind or is not allowed.
    """
    info = PARAMETER_INFO[name]
    converters = {
        "flag": _flag,
        "text": _text,
        "number": _number,
        "integer": _number,
        "vector": _vector,
        "index_list": _index_list,
    }
    value = converters[info.kind](info, raw)
    if value is None:
        raise ParameterError(
            f"{source}: {_shown(raw)} is not allowed; expected {allowed_values(info)}"
        )
    return value


@dataclass(frozen=True, slots=True)
class ParameterDescription:
    """One parameter in words, for tables.

    Attributes
    ----------
    name, default, unit, allowed, stages, meaning : str
    """

    name: str
    default: str
    unit: str
    allowed: str
    stages: str
    meaning: str


def describe_parameters() -> tuple[ParameterDescription, ...]:
    """Give every parameter in words, in the order of the table."""
    return tuple(
        ParameterDescription(
            name,
            default_text(info, default),
            info.unit,
            allowed_values(info),
            " ".join([*("P" if s == PRODUCTS else str(s) for s in info.stages), *info.used_by]),
            info.meaning,
        )
        for name, _, info, default in parameter_table()
    )


def allowed_values(info: ParameterInfo) -> str:
    """Say in words which values a parameter takes."""
    if info.kind == "flag":
        return "y or n"
    if info.kind == "text":
        return f"one of {', '.join(info.choices)}" if info.choices else "a text"
    if info.kind == "vector":
        return f"{info.length} numbers"
    if info.kind == "index_list":
        return "a list of numbers from 1 or dates" + (
            f", or {info.keyword!r}" if info.keyword else ""
        )
    return ("a whole number" if info.kind == "integer" else "a number") + _range(info)


def _range(info: ParameterInfo) -> str:
    parts = []
    if info.minimum > -math.inf:
        parts.append(f"{'>' if info.is_minimum_excluded else '>='} {info.minimum:g}")
    if info.maximum < math.inf:
        parts.append(f"<= {info.maximum:g}")
    if info.multiple_of > 1:
        parts.append(f"a multiple of {info.multiple_of}")
    return f" {' and '.join(parts)}" if parts else ""


def stamps_value(value: ParameterValue) -> str | list[float] | float:
    """Give a typed value as StaMPS and the configuration spell it: y/n, text, number or list."""
    if isinstance(value, bool):
        return "y" if value else "n"
    return list(value) if isinstance(value, tuple) else value


def shown_value(value: ParameterValue) -> str:
    """Give a typed value as text for people: ``n``, ``Inf``, ``[3 7]``."""
    plain = stamps_value(value)
    if isinstance(plain, str):
        return plain
    if isinstance(plain, list):
        return f"[{' '.join(shown_value(x) for x in plain)}]"
    if math.isinf(plain):
        return "Inf" if plain > 0 else "-Inf"
    if math.isnan(plain):
        return "NaN"
    short = f"{plain:.10g}"
    return short if float(short) == plain else repr(float(plain))


def default_text(info: ParameterInfo, default: ParameterValue) -> str:
    """Give the default for people: both when small baselines differ, a word when it has none."""
    if info.from_headers:
        has_none = _is_nan(default) or default == ""
        return "from headers" if has_none else f"from headers, else {shown_value(default)}"
    if info.optional and default == ():
        return "none"
    small_baseline = "" if info.default_sb is None else f" (SB {shown_value(info.default_sb)})"
    return f"{shown_value(default)}{small_baseline}"


def matlab_value(value: ParameterValue) -> Any:
    """Give a typed value in the class and shape of ``parms.mat``."""
    plain = stamps_value(value)
    if isinstance(plain, str):
        return plain
    if isinstance(plain, list):
        return np.array([plain], dtype=np.float64) if plain else np.zeros((0, 0))
    return np.array([[plain]], dtype=np.float64)


def same_value(one: ParameterValue, other: ParameterValue) -> bool:
    """Compare two typed values; NaN equals NaN."""
    return (
        shown_value(one) == shown_value(other) if _is_nan(one) or _is_nan(other) else one == other
    )


def _is_nan(value: ParameterValue) -> bool:
    return isinstance(value, float) and math.isnan(value)


def _shown(raw: Any) -> str:
    """Show an offending value without printing an array."""
    if isinstance(raw, np.ndarray) and raw.size > 4:
        return f"an array of shape {raw.shape}"
    return repr(raw.tolist() if isinstance(raw, np.ndarray) else raw)


def _flag(info: ParameterInfo, raw: Any) -> bool | None:
    if isinstance(raw, bool):
        return raw
    return _FLAG_WORDS.get(without_quotes(raw).lower()) if isinstance(raw, str) else None


def _text(info: ParameterInfo, raw: Any) -> str | None:
    if not isinstance(raw, str):
        return None
    word = without_quotes(raw)
    if not info.choices:
        return word
    return next((choice for choice in info.choices if choice.lower() == word.lower()), None)


def _number(info: ParameterInfo, raw: Any) -> float | int | None:
    numbers = numbers_of(raw)
    if numbers is None or len(numbers) != 1 or isinstance(raw, bool):
        return None
    value = numbers[0]
    too_small = value <= info.minimum if info.is_minimum_excluded else value < info.minimum
    if too_small or value > info.maximum or math.isnan(value):
        return None
    if info.kind == "number":
        return value
    return int(value) if math.isfinite(value) and value % info.multiple_of == 0 else None


def _vector(info: ParameterInfo, raw: Any) -> tuple[float, ...] | None:
    numbers = numbers_of(raw)
    if numbers is None or any(math.isnan(x) for x in numbers):
        return None
    is_absent = info.optional and not numbers
    return tuple(numbers) if is_absent or len(numbers) == info.length else None


def _index_list(info: ParameterInfo, raw: Any) -> tuple[int, ...] | str | None:
    if info.keyword and isinstance(raw, str) and without_quotes(raw).lower() == info.keyword:
        return info.keyword
    numbers = numbers_of(raw)
    if numbers is None or not all(map(_is_number_or_date, numbers)):
        return None
    return tuple(int(x) for x in numbers)


def _is_number_or_date(number: float) -> bool:
    """Tell whether a number counts an interferogram, or is the date of one (eight digits)."""
    if number < 1 or not float(number).is_integer():
        return False
    return number < FIRST_DATE or is_eight_digit_date(number)
