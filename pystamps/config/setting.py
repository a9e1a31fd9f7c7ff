"""One setting: default, meaning, unit and limits stand at the field of its group.

Everything else takes them from there: the check of a configuration, its schema, the
configuration file, the tables of settings and the command line. Simulated scenes say their settings
in the same way.
"""

from __future__ import annotations

import dataclasses
import re
import typing
from collections.abc import Mapping
from dataclasses import dataclass, field
from math import inf, isfinite
from pathlib import Path
from typing import Any, TypeVar, cast

from pystamps.io.user_paths import path_of_user

T = TypeVar("T")
_KEY = "setting"


@dataclass(frozen=True, slots=True)
class TextForm:
    """How a text has to look.

    Attributes
    ----------
    pattern : str
        Regular expression that a text matches whole.
    words : str
        The same for people.
    """

    pattern: str
    words: str


@dataclass(frozen=True, slots=True)
class SettingInfo:
    """What the type and the default of a setting do not say.

    Attributes
    ----------
    meaning : str
        Sentences for people, with a period at the end.
    unit : str
        Unit, empty when dimensionless.
    minimum, maximum : float
        Limits of a number, or of every number of a tuple; both are allowed.
    is_minimum_excluded : bool
        The number has to be larger than the minimum.
    choices : tuple of str
        Allowed texts; of a mapping, allowed values.
    form : TextForm or None
        How a text has to look.
    may_be_empty : bool
        A text may be empty.
    names : tuple of str
        Allowed keys of a mapping.
    never_a_path : str
        Regular expression; a text that does not match it whole is a path. Empty = no text is one.
    """

    meaning: str
    unit: str = ""
    minimum: float = -inf
    maximum: float = inf
    is_minimum_excluded: bool = False
    choices: tuple[str, ...] = ()
    form: TextForm | None = None
    may_be_empty: bool = False
    names: tuple[str, ...] = ()
    never_a_path: str = ""

    def __post_init__(self) -> None:
        """Refuse a setting without meaning."""
        if not self.meaning:
            raise ValueError("a setting needs a meaning")

    def allows_number(self, number: float) -> bool:
        """Tell whether a number is within the limits."""
        if self.minimum == -inf and self.maximum == inf:
            return True
        if number == self.minimum:
            return not self.is_minimum_excluded
        return isfinite(number) and self.minimum < number <= self.maximum


POSITIVE: dict[str, Any] = {"minimum": 0, "is_minimum_excluded": True}
"""Limits of a number that has to be larger than zero."""


def setting(default: T, meaning: str, **limits: Any) -> T:
    """Make the field of a setting; for unit and limits see :class:`SettingInfo`.

    Raises
    ------
    ValueError
        The setting has no meaning, or its default is outside its limits.
    """
    info = SettingInfo(meaning, **limits)
    numbers = default if isinstance(default, tuple) else (default,)
    if not all(info.allows_number(x) for x in numbers if isinstance(x, int | float)):
        raise ValueError(f"{default=} is outside the limits")
    if info.choices and default not in info.choices:
        raise ValueError(f"{default=} is not among {info.choices}")
    if info.form is not None and default and not re.fullmatch(info.form.pattern, str(default)):
        raise ValueError(f"{default=} does not look like {info.form.words}")
    return field(default=default, metadata={_KEY: info})


def needed_setting(meaning: str, **limits: Any) -> Any:
    """Make the field of a setting that has no default."""
    return field(metadata={_KEY: SettingInfo(meaning, **limits)})


def setting_by_name(
    meaning: str, *, names: tuple[str, ...], choices: tuple[str, ...]
) -> Mapping[str, str]:
    """Make the field of a setting with one text per name; none by default."""
    info = SettingInfo(meaning, names=names, choices=choices)
    return cast(Mapping[str, str], field(default_factory=dict, metadata={_KEY: info}))


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting of a group.

    Attributes
    ----------
    group, name : str
    default : object
    type : object
        Annotation of the field; of a run's settings bool, int, float, str, ``Path | None`` or
        ``Mapping[str, str]``.
    info : SettingInfo
    """

    group: str
    name: str
    default: Any
    type: Any
    info: SettingInfo

    @property
    def key(self) -> str:
        """Name in a configuration: ``group.name``."""
        return f"{self.group}.{self.name}" if self.group else self.name

    def with_absolute_path(self, value: Any) -> Any:
        """Give a checked value, made absolute if it is a path, from the current directory."""
        if value and self.type == Path | None:
            return _absolute(value)
        pattern = self.info.never_a_path
        is_path = bool(pattern and value) and not re.fullmatch(pattern, value)
        return str(_absolute(value)) if is_path else value


def settings_of_class(owner: type, *, group: str) -> tuple[Setting, ...]:
    """Give the settings of the dataclass of a group, in its order, without groups inside it.

    Raises
    ------
    TypeError
        A field was not made by :func:`setting`.
    """
    types = typing.get_type_hints(owner)
    fields = [(item, default_of(item)) for item in dataclasses.fields(owner)]
    return tuple(
        Setting(group, item.name, default, types[item.name], info_of(item, owner))
        for item, default in fields
        if not dataclasses.is_dataclass(default)
    )


def info_of(item: dataclasses.Field[Any], owner: type) -> SettingInfo:
    """Give what a field states.

    Raises
    ------
    TypeError
        The field was not made by :func:`setting`.
    """
    if _KEY not in item.metadata:
        raise TypeError(f"{owner.__name__}.{item.name}: a setting without meaning and limits")
    found: SettingInfo = item.metadata[_KEY]
    return found


def default_of(item: dataclasses.Field[Any]) -> Any:
    """Give the default of a field, ``dataclasses.MISSING`` when it has none."""
    factory = item.default_factory
    return item.default if factory is dataclasses.MISSING else factory()


def _absolute(path: str | Path) -> Path:
    return path_of_user(path).absolute()
