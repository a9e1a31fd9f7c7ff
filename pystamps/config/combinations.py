"""Settings that are allowed by themselves and make no sense together."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pystamps.config.groups import KERNELS_OF_SCHEDULE, Troposphere, named_setting
from pystamps.config.problems import OVERRIDES, Translated
from pystamps.troposphere_methods import NO_METHOD, TROPOSPHERE_METHODS, TroposphereMethod
from pystamps_kernels import KERNELS, backends_of

_ONE_TILE = named_setting("tools.snaphu_tiles").default


def contradictions(found: Translated) -> Iterator[str]:
    """Give a line for every pair of settings that contradict each other.

    Parameters
    ----------
    found : Translated
        Values of a wrong kind are passed over: the schema has refused them.
    """
    yield from _kernels_against_schedule(found)
    yield from _troposphere_against_parameters(found)
    tiles = _value(found, "tools", "snaphu_tiles", str) or _ONE_TILE
    if tiles != _ONE_TILE and _value(found, "tools", "unwrapper", str) == "graph":
        yield (
            f"tools.snaphu_tiles: {tiles}, but tools.unwrapper is graph, which has no tiles; take "
            "one of them out"
        )
    cores = _value(found, "runtime", "cpu_workers", int)
    for group, name in (("kernels", "native_threads"), ("runtime", "unwrap_workers")):
        wanted = _value(found, group, name, int)
        if cores and wanted and wanted > cores:
            yield (
                f"{found.key_as_written(f'{group}.{name}')}: {wanted} are more than the "
                f"{cores} cores of runtime.cpu_workers; lower one or raise the other"
            )


def implied_parameters(troposphere: Troposphere) -> dict[str, str]:
    """Give the StaMPS parameters that a method means: its phase is taken off, and which it is."""
    method = TROPOSPHERE_METHODS.get(troposphere.method)
    if method is None:
        return {}
    return {"subtr_tropo": "y", "tropo_method": troposphere.stored_as or method.stored_as}


def _troposphere_against_parameters(found: Translated) -> Iterator[str]:
    """Compare the method of the tropospheric phase with its source, and with the parameters."""
    given = {
        name: _value(found, "troposphere", name, str) or "" for name in ("source", "stored_as")
    }
    name = _value(found, "troposphere", "method", str) or NO_METHOD
    method = TROPOSPHERE_METHODS.get(name)
    if method is None:
        if given["source"] and name == NO_METHOD:
            yield (
                f"troposphere.source: {given['source']}, but troposphere.method is none, which "
                "reads nothing; name the method, or take this out"
            )
        return
    if bool(given["source"]) != bool(method.source):
        says = f"give the {method.source}" if method.source else "take it out"
        yield (
            f"troposphere.source: {given['source'] or 'nothing'}, but troposphere.method {name} "
            f"reads {f'a {method.source}' if method.source else 'no files'}; {says}"
        )
    if name == "power_law":
        yield from _power_law_without_height(found)
    yield from _settings_of_other_methods(found, method)
    written = given["stored_as"] or method.stored_as
    asked = _value(found, "stamps", "tropo_method", str)
    if asked and asked != written:
        yield (
            f"stamps.tropo_method: {asked}, but troposphere.method {name} writes its phase as "
            f"{written}; take tropo_method out, or set troposphere.stored_as"
        )


def _power_law_without_height(found: Translated) -> Iterator[str]:
    """Say that a height is asked of soundings that are not there."""
    if 0 in (_value(found, "troposphere", "h0_km", kind) for kind in (int, float)) and not _value(
        found, "troposphere", "soundings", str
    ):
        yield (
            "troposphere.h0_km: 0 = from the soundings, and troposphere.soundings names none; give "
            "the height, 7 to 13 km, or the soundings"
        )


def _settings_of_other_methods(found: Translated, method: TroposphereMethod) -> Iterator[str]:
    """Refuse settings that a method does not ask for: they would be taken for heard."""
    known = {name for other in TROPOSPHERE_METHODS.values() for name in other.settings}
    group = found.given.get("troposphere")
    for name in sorted(known - {*method.settings}):
        default = named_setting(f"troposphere.{name}").default
        if isinstance(group, dict) and group.get(name, default) != default:
            takers = (m.name for m in TROPOSPHERE_METHODS.values() if name in m.settings)
            yield (
                f"troposphere.{name}: {group[name]}, but troposphere.method {method.name} does not "
                f"ask for it ({', '.join(takers)} do); take it out"
            )


def _kernels_against_schedule(found: Translated) -> Iterator[str]:
    """Compare ``runtime.backend`` with what is said about the kernels."""
    schedule = _value(found, "runtime", "backend", str)
    wanted = KERNELS_OF_SCHEDULE.get(schedule)
    if wanted is None:
        return
    given = {"kernels.backend": _value(found, "kernels", "backend", str) or "auto"}
    overrides = _value(found, "kernels", "kernel_backend_overrides", dict) or {}
    for kernel, backend in overrides.items():
        if kernel in KERNELS and wanted in backends_of(kernel):
            given[f"{OVERRIDES}.{kernel}"] = backend
    said = set()
    for key, backend in given.items():
        if backend in ("auto", wanted):
            continue
        written = found.key_as_written(key)
        shown = written.partition(" (now ")[0] if written.endswith(f"{key})") else written
        if shown not in said:
            said.add(shown)
            yield (
                f"{shown}: {backend} contradicts runtime.backend: {schedule}, with which kernels "
                f"run on {wanted}; take one of the two out"
            )


def _value(found: Translated, group: str, name: str, kind: type) -> Any:
    """Give a value that was set; None when it was not, or is of another kind."""
    settings = found.given.get(group)
    value = settings.get(name) if isinstance(settings, dict) else None
    return value if isinstance(value, kind) else None
