"""Why a stage has to run, in our words: the same for ``status``, ``run --dry-run`` and runs."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Protocol

from pystamps.pipeline.types import SettingChange

MERGED = "merged"
"""Target name of stages on the merged data set."""

_SHOWN_NAMES = 3
_SHOWN_SPANS = 6


def label_of(stage: str, target: str) -> str:
    """Name a stage of a patch, or of the merged data set: ``stage2_gamma of PATCH_1``."""
    return stage if target in ("", MERGED) else f"{stage} of {target}"


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


class Reasoned(Protocol):
    """A stage on a target with its reasons: an entry of the status, or a result of a run."""

    @property
    def stage(self) -> str:
        """Rule name."""

    @property
    def target(self) -> str:
        """Patch name or "merged"."""

    @property
    def causes(self) -> tuple[str, ...]:
        """What is wrong with the stage itself."""

    @property
    def waits_for(self) -> tuple[str, ...]:
        """Stages that begin the work before it."""


def reasons_in_lines(entries: Sequence[Reasoned]) -> list[str]:
    """Give every cause once, with the stages that have it and whether others wait for them.

    ::

        gamma_change_convergence 0.005 -> 0.01 (parms.mat): stage2_gamma of PATCH_1, PATCH_2, and
        all behind
    """
    having: dict[str, list[Reasoned]] = {}
    for entry in entries:
        for cause in entry.causes:
            having.setdefault(cause, []).append(entry)
    awaited = {name for entry in entries for name in entry.waits_for}
    order = places_of(entries)
    lines = []
    for cause, found in having.items():
        is_awaited = any(label_of(entry.stage, entry.target) in awaited for entry in found)
        behind = ", and all behind" if is_awaited else ""
        lines.append(f"{cause}: {stages_in_words(found, order)}{behind}")
    return lines


def places_of(entries: Sequence[Reasoned]) -> dict[str, int]:
    """Number the targets in the order of the data set."""
    return {name: i for i, name in enumerate(dict.fromkeys(entry.target for entry in entries))}


def stages_in_words(entries: Iterable[Reasoned], order: Mapping[str, int]) -> str:
    """Name stages with their patches: ``stage2_gamma of PATCH_1 to PATCH_4, stage5_merge``."""
    patches: dict[str, list[str]] = {}
    for entry in entries:
        patches.setdefault(entry.stage, []).append(entry.target)
    return ", ".join(
        label_of(stage, some_of(spans_of(names, order), shown=_SHOWN_SPANS))
        for stage, names in patches.items()
    )
