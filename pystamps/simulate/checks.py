"""Refusing settings of a scene that cannot be simulated."""

from __future__ import annotations

import dataclasses
from typing import Any

from pystamps.config.setting import SettingInfo, info_of
from pystamps.errors import ParameterError


def refuse_outside_limits(owner: Any, group: str) -> None:
    """Refuse a group of settings with a value outside the limits of its field.

    Parameters
    ----------
    owner : dataclass
        Its fields are settings or groups of settings. None (not set) passes.
    group : str
        Beginning of the names in messages: ``view.``, or nothing.

    Raises
    ------
    ParameterError
    """
    for item in dataclasses.fields(owner):
        value = getattr(owner, item.name)
        if dataclasses.is_dataclass(value):
            continue
        info = info_of(item, type(owner))
        if info.choices and value not in info.choices:
            raise ParameterError(
                f"scene: {group}{item.name}={value!r} is unknown; use one of "
                f"{', '.join(info.choices)}"
            )
        for number in value if isinstance(value, tuple) else (value,):
            if isinstance(number, int | float) and not info.allows_number(number):
                raise ParameterError(
                    f"scene: {group}{item.name}={value}, expected {_limit(number, info)}; change it"
                )


def _limit(number: float, info: SettingInfo) -> str:
    """Say which limit a number does not keep."""
    if number > info.maximum:
        return f"<= {info.maximum:g}"
    return f"{'>' if info.is_minimum_excluded else '>='} {info.minimum:g}"
