"""Why a stage has to run, in our words: the same for ``status``, ``run --dry-run`` and runs."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from pystamps.pipeline.types import SettingChange

_SHOWN_NAMES = 3


def change_in_words(change: SettingChange) -> str:
    """Say what a setting was and is: ``gamma_change_convergence 0.005 -> 0.01 (parms.mat)``."""
    old, new = change.old or "(nothing)", change.new or "(nothing)"
    return f"{change.name} {old} -> {new} ({change.where})"


def some_of(names: Sequence[str], *, shown: int = _SHOWN_NAMES) -> str:
    """List names, the first of them where there are many: ``a, b, c and 7 more``."""
    if len(names) <= shown + 1:
        return ", ".join(names)
    return f"{', '.join(names[:shown])} and {len(names) - shown} more"


def spans_of(names: Iterable[str], order: Mapping[str, int]) -> list[str]:
    """Join names that follow each other: ``PATCH_1 to PATCH_4``.

    Parameters
    ----------
    names : iterable of str
    order : mapping of str to int
        Place of every name.
    """
    spans: list[list[str]] = []
    for name in sorted(names, key=order.__getitem__):
        if spans and order[name] == order[spans[-1][-1]] + 1:
            spans[-1].append(name)
        else:
            spans.append([name])
    return [
        shown
        for span in spans
        for shown in ([f"{span[0]} to {span[-1]}"] if len(span) > _SHOWN_NAMES else span)
    ]


def inputs_in_words(recorded: Collection[str], now: Collection[str]) -> str:
    """Say which files were added to the inputs of a stage or taken out of them."""
    added = sorted(set(now) - set(recorded))
    removed = sorted(set(recorded) - set(now))
    parts = [
        f"{some_of(names)} {verb}"
        for names, verb in ((added, "added"), (removed, "taken away"))
        if names
    ]
    return f"other inputs: {'; '.join(parts)}" if parts else "the list of its inputs has changed"
