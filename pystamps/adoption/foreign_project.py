"""A project of StaMPS as it is found: names in another case, parameters in its patches, leftovers.

What can be told from the names alone, before anything is planned or read.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from pystamps.errors import DatasetError, ParameterError
from pystamps.io.atomic import temporary_beside
from pystamps.io.dataset import COMBINED_NAME, GENERATION_NAME, PATCH_LIST, discover_dataset
from pystamps.io.folder_entries import visible_entries
from pystamps.io.mat import read_mat
from pystamps.pipeline.words import some_of
from pystamps.stage_table import DELAYS, PAIR_DELAYS, names_of_results

PARAMETERS = "parms.mat"
_OF_PATCHES = "PATCH_*"
_NOTED = (PARAMETERS, "localparms.mat", GENERATION_NAME, "no_ps_info.mat", "deramp_degree.mat")
_CANDIDATES = tuple(f"pscands.1.{end}" for end in ("ij", "ll", "ph", "da", "hgt"))
_BOUNDS = ("patch.in", "patch_noover.in")
_OF_ROOT = (PATCH_LIST, COMBINED_NAME, DELAYS, PAIR_DELAYS, "processor.txt", "width.txt", "len.txt")


def refuse_other_names(root: Path) -> None:
    """Refuse files and patches of StaMPS whose names were changed on the way, by name.

    File systems and archives of other systems change the case; Octave leaves out ``.mat`` where
    MATLAB adds it.

    Raises
    ------
    DatasetError
        Names all of them, and what they have to be called.
    """
    if not root.is_dir():
        return
    found = dict(_other_names(root))
    if found:
        shown = [f"{old.relative_to(root)} ({new})" for old, new in found.items()]
        raise DatasetError(
            f"{root}: names that StaMPS spells otherwise: {some_of(shown, shown=8)}; upper and "
            "lower case and the ending count here: rename them"
        )


def _other_names(root: Path) -> Iterator[tuple[Path, str]]:
    """Give what is spelled otherwise, and the right name, where nothing has that name."""
    entries = {entry.name: entry for entry in visible_entries(root)}
    for name, entry in entries.items():
        right = name.upper()
        if entry.is_dir() and right.startswith("PATCH_") and right not in entries:
            yield entry, right
        if entry.is_dir() and right.startswith("PATCH_"):
            yield from _other_files(entry, (*_CANDIDATES, *_BOUNDS))
    yield from _other_files(root, _OF_ROOT)


def _other_files(folder: Path, more: tuple[str, ...]) -> Iterator[tuple[Path, str]]:
    known = {*names_of_results(), *_NOTED, *more}
    spelled = {name.lower(): name for name in known}
    spelled |= {name.removesuffix(".mat"): name for name in _NOTED}
    entries = [entry for entry in visible_entries(folder) if entry.is_file()]
    names = {entry.name for entry in entries}
    for entry in entries:
        right = spelled.get(entry.name.lower())
        if right is not None and right not in names:
            yield entry, right


def take_parameters_of_patches(root: Path) -> str:
    """Put ``parms.mat`` into a root that has none, where its patches hold copies that agree.

    Where StaMPS runs patches side by side (``stamps_mc_header``), each works with a copy of its
    own; only copies may be left.

    Returns
    -------
    str
        The file that was copied, relative to the root; empty where nothing had to be done.

    Raises
    ------
    ParameterError
        The copies differ: names the parameter and two patches.
    """
    if (root / PARAMETERS).exists():
        return ""
    patches = [patch.directory for patch in discover_dataset(root).patches]
    copies = [patch / PARAMETERS for patch in patches if (patch / PARAMETERS).is_file()]
    if not copies or root in patches or len(copies) < len(patches):
        return ""
    first = read_mat(copies[0])
    for copy in copies[1:]:
        name = _different_name(first, read_mat(copy))
        if name:
            raise ParameterError(
                f"{root / PARAMETERS}: is missing, and the copies in the patches differ in {name} "
                f"({copies[0].relative_to(root)}, {copy.relative_to(root)}); copy the right one "
                "there"
            )
    with temporary_beside(root / PARAMETERS) as temporary:
        shutil.copyfile(copies[0], temporary)
    return copies[0].relative_to(root).as_posix()


def _different_name(one: Mapping[str, Any], other: Mapping[str, Any]) -> str:
    """Name a parameter in which two files differ; the date of a file is none."""
    for name in sorted((one.keys() | other.keys()) - {"Created"}):
        if name not in one or name not in other:
            return name
        a, b = np.asarray(one[name]), np.asarray(other[name])
        is_number = a.dtype.kind in "biufc" and b.dtype.kind in "biufc"
        if not np.array_equal(a, b, equal_nan=is_number):
            return name
    return ""


def files_left_alone(root: Path) -> list[str]:
    """Give the MAT files that no stage reads or writes: plots, earlier estimates, copies."""
    known = {*names_of_results(), *_NOTED, *_OF_ROOT}
    folders = [root, *(path for path in root.glob(_OF_PATCHES) if path.is_dir())]
    return [
        entry.relative_to(root).as_posix()
        for folder in folders
        for entry in visible_entries(folder)
        if entry.is_file() and ".mat" in entry.name and entry.name not in known
    ]
