"""What is compared: every option of the accuracy modes of this version, alone and together."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from pystamps.config import RunConfig
from pystamps.config.groups import GROUPS, all_settings

GROUP, TOGETHER = "accuracy", "accurate"


CONCERNED = {
    "unwrap_model": ("velocity", "height", "series"),
    "orbit_plane": ("velocity",),
    "estimation": ("velocity", "height"),
    "scn_trend": ("series",),
    "series": ("series",),
    "uncertainty": (),
    "long_wave_motion": (),
}
"""Results that an option is about, by the name of the option; others it leaves as they are."""


def concerns(variant: str, what: str) -> bool:
    """Tell whether a variant is about velocity, height, series; an unknown option is about all."""
    return what in CONCERNED.get(variant.partition("=")[0], ("velocity", "height", "series"))


def concerns_something(option: str) -> bool:
    """Tell whether an option changes a velocity, a height or a series by itself."""
    return bool(CONCERNED.get(option, ("all",)))


def variants() -> dict[str, dict[str, str]]:
    """Give the settings of the group ``accuracy`` by the name of a variant.

    One for every value of an option that is no default and that changes a velocity, a height or a
    series by itself, and the named sets, ``accurate`` last. None where this version has no such
    group.
    """
    if GROUP not in GROUPS:
        return {}
    found = {}
    for item in all_settings():
        if not item.key.startswith(f"{GROUP}.") or not concerns_something(item.name):
            continue
        for value in item.info.choices:
            if value != item.default:
                found[f"{item.name}={value}"] = {item.name: str(value)}
    found.pop(f"preset={TOGETHER}", None)
    return found | {TOGETHER: {"preset": TOGETHER}}


def with_settings(config: RunConfig, settings: dict[str, str]) -> RunConfig:
    """Give a configuration with other settings of the group."""
    group: Any = getattr(config, GROUP)
    return replace(config, **{GROUP: replace(group, **settings)})
