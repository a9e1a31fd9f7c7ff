"""One regular expression for many names, which is fast however many they are."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import groupby


def pattern_of_names(names: Iterable[str]) -> str:
    """Give a regular expression that matches exactly some names.

    Names with the same beginning share it (``PATCH_(?:1(?:0)?|2)``), so that a match looks at
    each character once; alternatives side by side are tried one after the other, which with a
    thousand patches takes longer than the rest of a plan.

    Parameters
    ----------
    names : iterable of str

    Returns
    -------
    str
        Empty without names.
    """
    different = sorted(set(names))
    return _pattern(different) if different else ""


def _pattern(names: list[str]) -> str:
    """Give the pattern of sorted, different names, of which one may be empty."""
    if len(names) == 1:
        return re.escape(names[0])
    start = _shared_start(names[0], names[-1])
    rest = [name[len(start) :] for name in names]
    branches = "|".join(_branches([name for name in rest if name]))
    return f"{re.escape(start)}(?:{branches}){'' if rest[0] else '?'}"


def _branches(names: list[str]) -> Iterator[str]:
    """Give a pattern for the names that begin with each character; none of them is empty."""
    ends = [name for name in names if len(name) == 1]
    if len(ends) > 1 and len(ends) == len(names):
        yield f"[{''.join(map(re.escape, ends))}]"
        return
    for _, group in groupby(names, key=lambda name: name[0]):
        yield _pattern(list(group))


def _shared_start(first: str, last: str) -> str:
    """Give the beginning that all names between two sorted ones share."""
    pairs = zip(first, last, strict=False)
    length = next((k for k, (a, b) in enumerate(pairs) if a != b), min(len(first), len(last)))
    return first[:length]
