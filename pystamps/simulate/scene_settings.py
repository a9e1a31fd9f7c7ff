"""All settings of a scene file, for the documentation and the command line."""

from __future__ import annotations

import dataclasses
from dataclasses import replace
from functools import cache
from math import isfinite
from typing import Any

from pystamps.config.setting import Setting, SettingInfo, settings_of_class
from pystamps.simulate.scene import Scene
from pystamps.simulate.sources import SOURCE_KINDS, TimeFunction


@cache
def scene_settings() -> tuple[Setting, ...]:
    """Give the settings of a scene with the values of the default scene."""
    scene, found = Scene(), list(settings_of_class(Scene, group=""))
    for item in dataclasses.fields(Scene):
        group = getattr(scene, item.name)
        if dataclasses.is_dataclass(group):
            settings = settings_of_class(type(group), group=item.name)
            found += [replace(each, default=getattr(group, each.name)) for each in settings]
    return tuple(found)


def source_settings() -> tuple[Setting, ...]:
    """Give the settings of all sources of deformation and of their time function."""
    owners: dict[str, Any] = {**SOURCE_KINDS, "time": TimeFunction}
    return tuple(
        each for kind, owner in owners.items() for each in settings_of_class(owner, group=kind)
    )


def limits_in_words(info: SettingInfo) -> str:
    """Say which values a setting of a scene takes, nothing when all of its type."""
    if info.choices:
        return f"one of {', '.join(info.choices)}"
    sign = ">" if info.is_minimum_excluded else ">="
    limits = [(sign, info.minimum), ("<=", info.maximum)]
    return " and ".join(f"{sign} {x:g}" for sign, x in limits if isfinite(x))
