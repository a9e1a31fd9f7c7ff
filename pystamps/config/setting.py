"""One setting: default, meaning, unit and limits stand at the field of its group.

Everything else takes them from there: the check of a configuration, its schema, the
configuration file, the table of settings and the command line.
"""

from __future__ import annotations

import dataclasses
import re
import typing
from collections.abc import Mapping
from dataclasses import dataclass, field
from math import inf
from pathlib import Path
from typing import Any, TypeVar, cast

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
    minimum : float
        Smallest value of a number.
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
    choices: tuple[str, ...] = ()
    form: TextForm | None = None
    may_be_empty: bool = False
    names: tuple[str, ...] = ()
    never_a_path: str = ""


def setting(
    default: T,
    meaning: str,
    *,
    unit: str = "",
    minimum: float = -inf,
    choices: tuple[str, ...] = (),
    form: TextForm | None = None,
    may_be_empty: bool = False,
    never_a_path: str = "",
) -> T:
    """Make the field of a setting; for the arguments see :class:`SettingInfo`.

    Raises
    ------
    ValueError
        The setting has no meaning, or its default is outside its limits.
    """
    if not meaning:
        raise ValueError("a setting needs a meaning")
    if isinstance(default, int | float) and default < minimum:
        raise ValueError(f"{default=} is below {minimum=}")
    if choices and default not in choices:
        raise ValueError(f"{default=} is not among {choices=}")
    if form is not None and default and not re.fullmatch(form.pattern, str(default)):
        raise ValueError(f"{default=} does not look like {form.words}")
    info = SettingInfo(
        meaning,
        unit,
        minimum,
        choices,
        form=form,
        may_be_empty=may_be_empty,
        never_a_path=never_a_path,
    )
    return field(default=default, metadata={_KEY: info})


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
        bool, int, float, str, ``Path | None`` or ``Mapping[str, str]``.
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
        return f"{self.group}.{self.name}"

    def with_absolute_path(self, value: Any) -> Any:
        """Give a checked value, made absolute if it is a path, from the current directory."""
        if value and self.type == Path | None:
            return _absolute(value)
        pattern = self.info.never_a_path
        is_path = bool(pattern and value) and not re.fullmatch(pattern, value)
        return str(_absolute(value)) if is_path else value


def settings_of_class(owner: type, *, group: str) -> tuple[Setting, ...]:
    """Give the settings of the dataclass of a group, in its order.

    Raises
    ------
    TypeError
        A field was not made by :func:`setting`.
    """
    types, defaults = typing.get_type_hints(owner), owner()
    found = []
    for item in dataclasses.fields(owner):
        if _KEY not in item.metadata:
            raise TypeError(f"{owner.__name__}.{item.name}: a setting without meaning and limits")
        default, info = getattr(defaults, item.name), item.metadata[_KEY]
        found.append(Setting(group, item.name, default, types[item.name], info))
    return tuple(found)


def _absolute(path: str | Path) -> Path:
    return Path(path).expanduser().absolute()
