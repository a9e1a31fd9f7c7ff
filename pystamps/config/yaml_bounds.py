"""Bounds of a YAML text: depth, aliases and what they make of it, looked at before it is built."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

DEEPEST = 32
"""Groups and lists within each other; a configuration has four."""
MOST_VALUES = 20_000
"""Values that a text may stand for, with every alias written out."""


_YAML_TAG = "tag:yaml.org,2002:"
_TAGS = ("!", "str", "int", "float", "bool", "null", "seq", "map")


@dataclass(slots=True)
class _Open:
    """A group or list that has not ended yet."""

    anchor: str | None
    count: int = 1


@dataclass(slots=True)
class _Counted:
    """What has been seen of a text so far."""

    open: list[_Open] = field(default_factory=lambda: [_Open(None)])
    sizes: dict[str, int] = field(default_factory=dict)

    def add(self, count: int, anchor: str | None) -> None:
        """Count a value, or all that an alias or a group that has ended stands for."""
        if anchor is not None:
            self.sizes[anchor] = count
        self.open[-1].count += count


def refuse_unbounded_yaml(events: Iterable[Any]) -> None:
    """Refuse what would take more time or memory than any configuration needs.

    Parameters
    ----------
    events : iterable
        Events of PyYAML, made one after the other.

    Raises
    ------
    ValueError
        It is nested too deeply, stands for too many values, has a tag, or an alias leads back to
        where it stands.
    """
    seen = _Counted()
    for event in events:
        _refuse_tag(event)
        _count(seen, event, type(event).__name__)
        if len(seen.open) > DEEPEST + 1:
            raise ValueError(f"line {_line(event)}: nested more than {DEEPEST} levels deep")
        if sum(item.count for item in seen.open) > MOST_VALUES:
            raise ValueError(
                f"line {_line(event)}: stands for more than {MOST_VALUES} values, with its "
                "aliases written out"
            )


def _refuse_tag(event: Any) -> None:
    """Refuse values of a stated type that no setting has (dates with times, binary data, sets)."""
    tag = getattr(event, "tag", None)
    if tag is not None and tag.removeprefix(_YAML_TAG) not in _TAGS:
        raise ValueError(f"line {_line(event)}: the tag {tag[:100]} is not known; leave it out")


def _count(seen: _Counted, event: Any, kind: str) -> None:
    if kind in ("MappingStartEvent", "SequenceStartEvent"):
        seen.open.append(_Open(event.anchor))
    elif kind in ("MappingEndEvent", "SequenceEndEvent"):
        ended = seen.open.pop()
        seen.add(ended.count, ended.anchor)
    elif kind == "ScalarEvent":
        seen.add(1, event.anchor)
    elif kind == "AliasEvent":
        if any(item.anchor == event.anchor for item in seen.open):
            raise ValueError(f"line {_line(event)}: an alias leads back to where it stands")
        seen.add(seen.sizes.get(event.anchor, 1), None)  # unknown ones are refused later


def _line(event: Any) -> int:
    return int(event.start_mark.line) + 1
