"""Lists of interferograms in parameter files, when images come in between."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pystamps.io.mat import read_mat
from pystamps.io.mat_changes import change_mat
from pystamps.parameters.info import ParameterValue
from pystamps.parameters.matlab_text import FIRST_DATE
from pystamps.parameters.value_history import note_kept_values
from pystamps.parameters.values import is_reset, matlab_value, parse_value, shown_value

_OF_INTERFEROGRAMS = ("drop_ifg_index", "sb_scla_drop_index")
_LISTS = (*_OF_INTERFEROGRAMS, "scla_drop_index", "scn_deramp_ifg")
_FILES = ("parms.mat", "localparms.mat")


@dataclass(frozen=True, slots=True)
class RenumberedList:
    """One list of a parameter file.

    Attributes
    ----------
    file : str
        Relative to the root.
    name : str
        StaMPS name.
    before, after : tuple of int
        Numbers from 1.
    """

    file: str
    name: str
    before: tuple[int, ...]
    after: tuple[int, ...]


def stage_renumbered_lists(
    root: Path,
    directories: Iterable[Path],
    staging: Path,
    *,
    images: Mapping[int, int],
    interferograms: Mapping[int, int],
) -> tuple[RenumberedList, ...]:
    """Write parameter files whose lists name other numbers now, beside those that they replace.

    Parameters
    ----------
    root : Path
    directories : iterable of Path
        The root and its patches.
    staging : Path
        Folder that stands for the root.
    images, interferograms : mapping of int to int
        Numbers from 1: earlier ones to those of today. With one reference image an interferogram
        has the number of its image.

    Returns
    -------
    tuple of RenumberedList
    """
    found = []
    for path in (folder / name for folder in directories for name in _FILES):
        if not path.is_file():
            continue
        file = path.relative_to(root)
        changes = {}
        for name, raw in read_mat(path).items():
            if name not in _LISTS or is_reset(raw):
                continue
            before = parse_value(name, raw, source=f"{path}: {name}")
            numbers = interferograms if name in _OF_INTERFEROGRAMS else images
            after = _renumbered(before, numbers)
            if isinstance(before, tuple) and isinstance(after, tuple) and after != before:
                changes[name] = matlab_value(after)
                numbered = (tuple(map(int, before)), tuple(map(int, after)))
                found.append(RenumberedList(str(file), name, *numbered))
        if changes:
            (staging / file).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, staging / file)
            change_mat(staging / file, changes)
    return tuple(found)


def _renumbered(value: ParameterValue, numbers: Mapping[int, int]) -> ParameterValue:
    """Give the numbers of today; dates, and words such as ``all``, stay as they are."""
    if not isinstance(value, tuple):
        return value
    return tuple(int(x) if x >= FIRST_DATE else numbers.get(int(x), int(x)) for x in value)


def note_renumbered_lists(root: Path, lists: Sequence[RenumberedList]) -> None:
    """Add the lists to the history of the parameter files."""
    for item in lists:
        shown = shown_value(item.before), shown_value(item.after)
        note_kept_values(root, root / item.file, {item.name: shown})
