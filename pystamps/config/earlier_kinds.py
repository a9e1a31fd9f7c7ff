"""What an earlier key can be today: another spelling, backends of kernels, or nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from pystamps.config.groups import settings_of_group
from pystamps.config.problems import OVERRIDES, Translated

BACKEND_WORDS = {"cpu": "python", "gpu": "cuda"}


@dataclass(frozen=True, slots=True)
class EarlierKey:
    """A key of earlier files.

    Attributes
    ----------
    key : str
        ``group.name``.
    present : str
        Today's key or keys, empty where there is none.
    accept : callable
        Takes the value and the translation, which it changes; gives the rest of the line for the
        log ("" = nothing to say). Raises ValueError with the reason and what to do instead.
    note : str
        What it does today, for the documents.
    """

    key: str
    present: str
    accept: Callable[[Any, Translated], str]
    note: str


def moved_key(
    earlier: str, present: str, words: Mapping[str, str] | None = None, *, note: str = ""
) -> EarlierKey:
    """Make the record of a key that is called otherwise today, or whose values are."""
    group, name = present.split(".")

    def accept(value: Any, found: Translated) -> str:
        if value is None:
            return "" if earlier == present else f"now {present}"
        today = (words or {}).get(value, value) if isinstance(value, str) else value
        settings = found.given.setdefault(group, {}) or {}
        found.given[group] = settings
        if not isinstance(settings, dict):
            raise ValueError(f"{group} is no group of settings")
        before = settings.get(name)
        if not (before is None or _is_same(before, today) or _is_default(present, before)):
            raise ValueError(
                f"{value!r} and {present}: {before!r} are two spellings of one setting and "
                f"contradict each other; keep {present}"
            )
        settings[name] = today
        if earlier == present:
            return "" if today == value else f"now {present}: {today}"
        found.written[present] = earlier
        return f"now {present}: {today}"

    other = ", ".join(f"{word} = {today}" for word, today in (words or {}).items())
    said = note or ("the same setting" if earlier != present else "words of earlier versions")
    return EarlierKey(earlier, present, accept, f"{said}: {other}" if other else said)


def _is_default(key: str, value: Any) -> bool:
    """Tell whether a value is the default: the configuration of the workflow says them all."""
    group, name = key.split(".")
    known = {setting.name: setting for setting in settings_of_group(group)}
    return name in known and _is_same(known[name].default, value)


def _is_same(one: Any, other: Any) -> bool:
    """Compare values as YAML may have read them: 1e-5 is a text there."""
    try:
        return one == other or float(one) == float(other)
    except (TypeError, ValueError):
        return False


def kernel_overrides(earlier: str) -> EarlierKey:
    """Make the record of a mapping from kernels to backends."""

    def accept(value: Any, found: Translated) -> str:
        if value is None:
            return "" if earlier == OVERRIDES else f"now {OVERRIDES}"
        if not isinstance(value, dict):
            raise ValueError(f"{value!r} is not allowed; expected a group of kernels")
        today = {
            name: BACKEND_WORDS.get(backend, backend) if isinstance(backend, str) else backend
            for name, backend in value.items()
        }
        into = group_of_overrides(found)
        for name, backend in today.items():
            if into.get(name, backend) != backend:
                raise ValueError(
                    f"{name}: {value[name]!r} and {OVERRIDES}.{name}: {into[name]!r} contradict "
                    f"each other; keep {OVERRIDES}"
                )
            into[name] = backend
            if earlier != OVERRIDES:
                found.written[f"{OVERRIDES}.{name}"] = f"{earlier}.{name}"
        if earlier == OVERRIDES:
            return "" if today == value else f"now {in_one_line(today)}"
        return f"now {OVERRIDES}: {in_one_line(today)}"

    note = "the same setting" if earlier != OVERRIDES else "words of earlier versions"
    other = ", ".join(f"{word} = {today}" for word, today in BACKEND_WORDS.items())
    return EarlierKey(earlier, OVERRIDES, accept, f"{note}: {other}")


def group_of_overrides(found: Translated) -> dict[str, Any]:
    """Give the overrides of kernels in today's spelling; made where there are none."""
    kernels = found.given.get("kernels") or {}
    if not isinstance(kernels, dict):
        raise ValueError("kernels is no group of settings")
    found.given["kernels"] = kernels
    into = kernels.get("kernel_backend_overrides") or {}
    if not isinstance(into, dict):
        raise ValueError(f"{OVERRIDES} is no group of kernels")
    kernels["kernel_backend_overrides"] = into
    return into


def key_without_effect(
    key: str, asks_nothing: Callable[[Any], bool], why: str, instead: str
) -> EarlierKey:
    """Make the record of a key without effect today."""

    def accept(value: Any, _found: Translated) -> str:
        value = value_of_text(value)
        if value is None or asks_nothing(value):
            return f"has no effect any more; {why}"
        raise ValueError(f"{value!r} cannot be done: {why}; {instead}")

    return EarlierKey(key, "", accept, f"no effect: {why}. For anything else: {instead}")


def value_of_text(value: Any) -> Any:
    """Give a text as YAML reads it: on Snakemake's command line all values are texts."""
    if not isinstance(value, str):
        return value
    words = {"true": True, "false": False, "null": None}
    if value in words:
        return words[value]
    try:
        number = float(value)
    except ValueError:
        return value
    return int(number) if number.is_integer() else number


def in_one_line(mapping: Mapping[str, Any]) -> str:
    """Give a mapping as YAML writes it on one line."""
    return "{" + ", ".join(f"{name}: {value}" for name, value in mapping.items()) + "}"
