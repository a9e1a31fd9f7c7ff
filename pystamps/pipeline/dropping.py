"""Leaving interferograms out of a data set, and taking them in again.

``drop_ifg_index`` is one list for the stages that use it: 3 and 4 (selection), 6 to 8 and the
products. In StaMPS people keep the selection by not running stages 3 to 5 again; a workflow that
compares settings would. What the original has for values of one patch, ``localparms.mat`` there,
says it for good: the stages of patches go on with the list that they were run with, and the root
has the new one.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pystamps.config import RunConfig
from pystamps.doctor.checks_fits import check_fits
from pystamps.doctor.checks_parameters import check_lists_of_interferograms, known_dates
from pystamps.doctor.prepared import take_stock_prepared
from pystamps.errors import ParameterError
from pystamps.interferograms import Interferograms
from pystamps.io.dataset import discover_dataset
from pystamps.parameters.checks import refuse_unsupported
from pystamps.parameters.files import (
    effective_parameters,
    keep_parameters,
    keep_patch_parameters,
)
from pystamps.pipeline.run_lock import run_lock
from pystamps.stages.image_network import connected_image_groups

Step = Literal[3, 6]
ListName = Literal["drop_ifg_index", "scla_drop_index"]

DROP: ListName = "drop_ifg_index"
LOOK_ANGLE: ListName = "scla_drop_index"

_PATCH_STEPS, _MERGED_STEPS = range(3, 5), range(6, 9)


@dataclass(frozen=True, slots=True)
class DropChange:
    """What a command does to the lists of a data set.

    Attributes
    ----------
    root : Path
    name : str
        drop_ifg_index or scla_drop_index.
    before, after : tuple of int
        Numbers in the list of the data set, the reference image counted.
    of_patches : dict of str to tuple of int
        Lists of the stages of patches after the change, where they are others.
    words : tuple of str
        What the user should know: connections, warnings.
    is_changed : bool
        False: everything was so already, and nothing is written.
    """

    root: Path
    name: ListName
    before: tuple[int, ...]
    after: tuple[int, ...]
    of_patches: dict[str, tuple[int, ...]]
    words: tuple[str, ...]
    is_changed: bool


def change_dropped(
    root: Path,
    config: RunConfig,
    given: Sequence[str],
    *,
    adds: bool,
    from_step: Step = 3,
    name: ListName = DROP,
) -> DropChange:
    """Put interferograms on a list, or take them off it; nothing runs.

    Parameters
    ----------
    root : Path
        Root of the data set.
    config : RunConfig
        What else holds; its own value of the list would hide that of the files.
    given : sequence of str
        Dates (2019-07-13) or numbers.
    adds : bool
        False = take off.
    from_step : int
        3 = for all stages that use the list; 6 = the stages of patches keep theirs.
    name : str

    Raises
    ------
    ParameterError
        A date or number does not exist, an interferogram that is to be taken off is not on the
        list, a stage would refuse the new list, or the configuration has one of its own.
    """
    root = root.resolve()
    config = dataclasses.replace(config, dataset=root)
    patches = [patch.directory for patch in discover_dataset(root).patches]
    _refuse_hidden(config, name)
    refuse_unsupported(effective_parameters(root, root, {}))
    numbers = _numbers(root, given, name)
    before = _list_of(root, root, name)
    _refuse_not_there(root, before, numbers, adds=adds, name=name)
    after = _changed(before, numbers, adds=adds)
    if name == LOOK_ANGLE or from_step == 3:
        of_patch = {p: _changed(_list_of(root, p, name), numbers, adds=adds) for p in patches}
    else:
        of_patch = {p: _list_of(root, p, name) for p in patches}
    words = [*_checked(root, config, name, after, _MERGED_STEPS)]
    for numbers_left in dict.fromkeys(of_patch.values()):
        if name == DROP:
            words += _checked(root, config, name, numbers_left, _PATCH_STEPS)
    is_changed = after != before or any(_list_of(root, p, name) != of_patch[p] for p in patches)
    if is_changed:
        with run_lock(root, "drop"):
            keep_parameters(root, {name: list(after)})
            for patch, numbers_left in of_patch.items():
                keep_patch_parameters(root, patch, {name: list(numbers_left)})
    others = {patch.name: left for patch, left in of_patch.items() if left != after}
    return DropChange(root, name, before, after, others, tuple(dict.fromkeys(words)), is_changed)


def _refuse_hidden(config: RunConfig, name: ListName) -> None:
    if config.stamps.get(name) is not None:
        raise ParameterError(
            f"stamps.{name}: the configuration has a list of its own, which hides that of the "
            "data set; change it there, or take it out"
        )


def _numbers(root: Path, given: Iterable[str], name: ListName) -> tuple[int, ...]:
    """Give the numbers of dates and numbers, ascending."""
    found: tuple[int, ...] = getattr(
        effective_parameters(root, root, {name: f"[{' '.join(given)}]"}), name
    )
    return tuple(sorted(found))


def _list_of(root: Path, directory: Path, name: ListName) -> tuple[int, ...]:
    found: tuple[int, ...] = getattr(effective_parameters(root, directory, {}), name)
    return tuple(sorted(found))


def _changed(before: tuple[int, ...], numbers: tuple[int, ...], *, adds: bool) -> tuple[int, ...]:
    changed = {*before, *numbers} if adds else {*before} - {*numbers}
    return tuple(sorted(changed))


def _refuse_not_there(
    root: Path, before: tuple[int, ...], numbers: tuple[int, ...], *, adds: bool, name: ListName
) -> None:
    absent = [str(number) for number in numbers if number not in before]
    if absent and not adds:
        raise ParameterError(
            f"{root}: {name}: {', '.join(absent)} is not on the list, which is "
            f"{list(before) or 'empty'}; `pystamps ifgs` shows what is dropped"
        )


def _checked(
    root: Path, config: RunConfig, name: ListName, numbers: tuple[int, ...], steps: range
) -> Iterator[str]:
    """Refuse a list that stages would refuse; give what else is to be said about it.

    Raises
    ------
    ParameterError
    """
    stamps = {**config.stamps, name: list(numbers)}
    changed = dataclasses.replace(config, stamps=stamps)
    prepared = take_stock_prepared(root, changed, steps)
    for finding in (*check_lists_of_interferograms(prepared), *check_fits(prepared)):
        said = "; ".join(filter(None, (finding.found, finding.action)))
        if finding.severity == "error":
            raise ParameterError(f"{finding.file}: {said}; nothing was changed")
        yield said
    stack = known_dates(prepared)
    if stack is not None and name == DROP:
        yield from _connections(stack, numbers)


def _connections(stack: Interferograms, numbers: tuple[int, ...]) -> Iterator[str]:
    """Say how many images are left and whether interferograms connect them."""
    left = stack.used(numbers).observed
    groups = connected_image_groups(stack.pairs[left])
    if len(groups) == 1:
        yield f"{left.size} of {stack.n_observed} interferograms are left, and connected"
        return
    sizes = ", ".join(str(group.size) for group in groups)
    yield (
        f"{left.size} of {stack.n_observed} interferograms are left; they connect their images "
        f"only in {len(groups)} groups of {sizes}, between which no motion is known"
    )
