"""Data sets and raw exports below the roots of the console."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pystamps.errors import PystampsError
from pystamps.findings import READ_ERRORS
from pystamps.io.dataset import discover_dataset, looks_prepared
from pystamps.processors.scan import recognise_processor
from pystamps.web.roots import Roots

MOST_LEVELS = 4
"""Levels below a root that are searched."""
MOST_FOLDERS = 5000
"""Folders that are looked into, in all."""


@dataclass(frozen=True, slots=True)
class FoundFolder:
    """A folder that can be chosen.

    Attributes
    ----------
    path : Path
    kind : str
        data set, or raw export.
    detail : str
        Number of patches, or processor.
    problem : str
        Why it cannot be used; empty = it can.
    """

    path: Path
    kind: Literal["data set", "raw export"]
    detail: str
    problem: str = ""


@dataclass(frozen=True, slots=True)
class FoundFolders:
    """All that can be chosen.

    Attributes
    ----------
    folders : tuple of FoundFolder
        By path.
    is_complete : bool
        False when there are more folders than are looked into.
    """

    folders: tuple[FoundFolder, ...]
    is_complete: bool


def find_folders(roots: Roots) -> FoundFolders:
    """Look for data sets and raw exports; not through links, and not inside what was found."""
    found: list[FoundFolder] = []
    waiting = [(folder, 0) for folder in reversed(roots.folders)]
    looked_at = 0
    while waiting and looked_at < MOST_FOLDERS:
        folder, level = waiting.pop()
        looked_at += 1
        known = _known(folder)
        if known is not None:
            found.append(known)
        elif level < MOST_LEVELS:
            waiting += [(below, level + 1) for below in _below(folder)]
    found.sort(key=lambda item: os.fsencode(item.path))
    return FoundFolders(tuple(found), not waiting)


def _below(folder: Path) -> Iterator[Path]:
    """Give the folders in a folder, from last to first; none that is hidden or a link."""
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: os.fsencode(entry.name))
    except OSError:  # not readable for this account: nothing to choose there
        return
    for entry in reversed(entries):
        if not entry.name.startswith(".") and entry.is_dir(follow_symlinks=False):
            yield Path(entry.path)


def _known(folder: Path) -> FoundFolder | None:
    """Say what a folder is, None for neither data set nor export."""
    problem = "" if _is_text(folder) else "its name is no UTF-8 text; rename the folder"
    try:
        if looks_prepared(folder):
            return _data_set(folder, problem)
        processor = recognise_processor(folder)
    except READ_ERRORS as error:
        return FoundFolder(folder, "data set", "", problem or str(error))
    if processor is None:
        return None
    return FoundFolder(folder, "raw export", processor.name, problem)


def _data_set(folder: Path, problem: str) -> FoundFolder:
    try:
        count = len(discover_dataset(folder).patches)
    except PystampsError as error:
        return FoundFolder(folder, "data set", "", problem or str(error))
    return FoundFolder(folder, "data set", f"{count} patch{'' if count == 1 else 'es'}", problem)


def _is_text(folder: Path) -> bool:
    try:
        str(folder).encode()
    except UnicodeEncodeError:
        return False
    return True
