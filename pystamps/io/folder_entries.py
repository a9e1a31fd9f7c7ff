"""Entries of folders that people have copied about: hidden files do not count, nor does case."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from fnmatch import fnmatchcase
from pathlib import Path

from pystamps.errors import ArtifactError

_OF_SYSTEMS = {"thumbs.db", "desktop.ini", "$recycle.bin", "__macosx", "@eadir", "lost+found"}
_OF_EDITORS = re.compile(r".*~|#.*#|.*\.sw[op]")


def is_litter(name: str) -> bool:
    """Tell whether a name is that of a file that systems and editors leave behind.

    Hidden files (``._NAME`` of macOS, ``.DS_Store``, ``.nfs*``), lists of pictures, backups of
    editors. The shell patterns with which StaMPS looks for files skip the hidden ones too.
    """
    lower = name.lower()
    return name.startswith(".") or lower in _OF_SYSTEMS or bool(_OF_EDITORS.fullmatch(lower))


def visible_entries(folder: Path) -> list[Path]:
    """Give the entries of a folder that count, by name; none where there is no folder."""
    if not folder.is_dir():
        return []
    return sorted(path for path in folder.iterdir() if not is_litter(path.name))


def entries_like(folder: Path, pattern: str) -> list[Path]:
    """Give the entries below a folder that a pattern means, by name, whatever their case.

    Parameters
    ----------
    folder : Path
    pattern : str
        As for the shell; every part between slashes stands for one level.
    """
    found = [folder]
    for part in pattern.lower().split("/"):
        found = [
            entry
            for parent in found
            for entry in visible_entries(parent)
            if fnmatchcase(entry.name.lower(), part)
        ]
    return sorted(found)


def files_like(folder: Path, pattern: str) -> list[Path]:
    """Give the entries that a pattern means and that are no folders; links to nothing count."""
    return [path for path in entries_like(folder, pattern) if not path.is_dir()]


def entry_named(folder: Path, name: str) -> Path:
    """Give an entry below a folder; where it is not there, the one whose case alone differs.

    Parameters
    ----------
    folder : Path
    name : str
        May lie some folders deeper (``reference/baseline``).

    Returns
    -------
    Path
        As it is asked for where there is none.

    Raises
    ------
    ArtifactError
        Several entries differ from the name by case alone.
    """
    path = folder / name
    if path.exists() or path.is_symlink():
        return path
    here = folder
    for part in Path(name).parts:
        same = [entry for entry in visible_entries(here) if entry.name.lower() == part.lower()]
        exact = [entry for entry in same if entry.name == part]
        if len(exact or same) > 1:
            names = ", ".join(entry.name for entry in same)
            raise ArtifactError(
                f"{here / part}: {names} differ by upper and lower case alone; keep the right one"
            )
        if not same:
            return path
        here = (exact or same)[0]
    return here


def dangling_target(path: Path) -> str | None:
    """Give what a link to nothing points to, as it is written; None for every other path."""
    if path.exists() or not path.is_symlink():
        return None
    return os.readlink(path)  # noqa: PTH115 - as it is written


def absence_of(path: Path) -> str:
    """Say why a file that is needed is not there: missing, or a link to nothing."""
    target = dangling_target(path)
    if target is None:
        return "file is missing"
    return f"is a link to {target}, which is not there; mount the disk, or repair the link"


def paths_by_name(paths: Iterable[Path]) -> list[Path]:
    """Give paths that count in the order of their names."""
    return sorted(path for path in paths if not is_litter(path.name))
