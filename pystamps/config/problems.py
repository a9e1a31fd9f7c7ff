"""What is wrong with a configuration, said with the key as it was written and what it may be."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import cache
from typing import Any

from pystamps.config.groups import GROUPS, settings_of_group
from pystamps.config.schema import allowed_in_words
from pystamps.parameters.values import PARAMETER_INFO, nearest_name
from pystamps_kernels import KERNELS

_NEARLY_THE_SAME = 0.75
OVERRIDES = "kernels.kernel_backend_overrides"


@dataclass(slots=True)
class Translated:
    """A configuration in today's spelling, and what has to be said about it.

    Attributes
    ----------
    given : dict
        Groups of settings.
    written : dict of str to str
        Key of a setting to the key that the user wrote, where that is another one.
    notes : list of str
        A line for each key that was written in an earlier spelling.
    wrong : list of str
        A line for each key that cannot be done.
    """

    given: dict[str, Any]
    written: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    def key_as_written(self, key: str) -> str:
        """Give a key as the user wrote it, with today's spelling where that differs."""
        written = self.written.get(key)
        return key if written in (None, key) else f"{written} (now {key})"


def schema_problems(
    errors: Iterable[Any], translated: Translated, earlier: Iterable[str]
) -> Iterator[str]:
    """Give a line for every key that is unknown and every value that is not allowed.

    Parameters
    ----------
    errors : iterable of jsonschema.ValidationError
    translated : Translated
    earlier : iterable of str
        Keys of earlier spellings, which may be what was meant.
    """
    for error in sorted(errors, key=lambda error: [str(part) for part in error.absolute_path]):
        key = ".".join(str(part) for part in error.absolute_path)
        if error.validator == "additionalProperties":
            known = error.schema["properties"]
            for name in error.instance:
                if name not in known:
                    whole = f"{key}.{name}" if key else name
                    meant = _meant(whole, known, earlier)
                    shown = translated.written.get(whole, whole)
                    yield f"{shown}: unknown key{meant}; known are {', '.join(known)}"
        else:
            shown = translated.key_as_written(key)
            expected = allowed_in_words(error.schema)
            yield f"{shown}: {error.instance!r} is not allowed; expected {expected}"


def _meant(key: str, siblings: Iterable[str], earlier: Iterable[str]) -> str:
    """Name the key that was probably meant: its place, its neighbour, or anything like it."""
    name = key.rpartition(".")[2]
    by_name = {**all_keys(), **{known.rpartition(".")[2]: known for known in earlier}}
    if name in by_name:
        return f" (did you mean {by_name[name]!r}?)"
    beside = nearest_name(name, siblings)
    if beside:
        return beside
    close = get_close_matches(name, list(by_name), n=1, cutoff=_NEARLY_THE_SAME)
    return f" (did you mean {by_name[close[0]]!r}?)" if close else ""


@cache
def all_keys() -> Mapping[str, str]:
    """Give the whole key of every setting, StaMPS parameter and kernel by its last part."""
    keys = [f"stamps.{name}" for name in PARAMETER_INFO]
    keys += [f"{OVERRIDES}.{name}" for name in KERNELS]
    keys += [item.key for group in GROUPS for item in settings_of_group(group)]
    return {key.rpartition(".")[2]: key for key in keys} | {group: group for group in GROUPS}
