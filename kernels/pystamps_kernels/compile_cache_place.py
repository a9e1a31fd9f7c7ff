"""Where compiled kernels are kept: in a folder that nobody else can write into.

Code that is loaded from a cache runs with the rights of the user. A folder counts as private when
it belongs to this user, is no link and cannot be written by others, and when nobody else can
exchange one of the folders above it. Where no such folder can be had, a temporary one of this
process is taken.
"""

from __future__ import annotations

import contextlib
import logging
import os
import stat
import sys
import tempfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path

log = logging.getLogger(__name__)

_OTHERS_MAY_WRITE = stat.S_IWGRP | stat.S_IWOTH
_PRIVATE = 0o700
_of_this_process: list[tempfile.TemporaryDirectory[str]] = []
"""Temporary folders; they are removed at the end of the process."""


def cache_root() -> Path | None:
    """Give the folder of all compiled kernels, or None where nothing can be written.

    ``NUMBA_CACHE_DIR``, else the user's cache directory, else the temporary directory: the first
    one that is private, or can be made so.
    """
    given = os.environ.get("NUMBA_CACHE_DIR")
    places = [Path(given)] if given else []
    places.append(_user_cache())
    return _first_private(tuple(place / "pystamps" / "kernels" for place in places))


def _and_in_temporary_folder(places: tuple[Path, ...]) -> Iterator[Path]:
    """Give the places, and one among temporary files behind them.

    That is asked for only where it is needed: Python writes a file to find its temporary folder,
    and a kill in that moment leaves it.
    """
    yield from places
    own = f"pystamps-{os.getuid()}" if hasattr(os, "getuid") else "pystamps"
    yield Path(tempfile.gettempdir(), own, "kernels")


def place_problem(folder: Path) -> str | None:
    """Say why code must not be loaded from a folder; None when it is private.

    Parameters
    ----------
    folder : Path
        An existing folder, or a link.
    """
    if not hasattr(os, "getuid"):
        return None  # Windows: folders of a user are closed to others
    found = folder.lstat()
    if stat.S_ISLNK(found.st_mode):
        return f"{folder} is a link"
    if found.st_uid != os.geteuid():
        return f"{folder} belongs to user {found.st_uid}, not to {os.geteuid()}"
    if found.st_mode & _OTHERS_MAY_WRITE:
        return f"{folder} can be written by others (mode {stat.S_IMODE(found.st_mode):o})"
    for parent in folder.resolve().parents:
        problem = _parent_problem(parent)
        if problem:
            return problem
    return None


def _parent_problem(folder: Path) -> str | None:
    """Say why others could exchange what lies in a folder.

    Who may write into a folder through its group may do so by the will of its owner.
    """
    found = folder.stat()
    if found.st_uid not in (0, os.geteuid(), _owner_of_system()):
        return f"{folder} belongs to user {found.st_uid}"
    if found.st_mode & stat.S_IWOTH and not found.st_mode & stat.S_ISVTX:
        return f"{folder} can be written by everybody (mode {stat.S_IMODE(found.st_mode):o})"
    return None


@cache
def _owner_of_system() -> int:
    """Give the user to whom the file system belongs: in some containers that is not 0."""
    return Path(os.sep).stat().st_uid


@cache
def _first_private(places: tuple[Path, ...]) -> Path | None:
    """Give the first folder that is private and can be written, else a temporary one."""
    reasons = []
    for place in _and_in_temporary_folder(places):
        try:
            _make_private(place)
            problem = place_problem(place.parent) or place_problem(place)
            if problem is None:
                with tempfile.TemporaryFile(dir=place):
                    return place
        except OSError as error:
            problem = f"{place}: {error.strerror or error}"
        reasons.append(problem)
    return _temporary_place("; ".join(reasons))


def _make_private(place: Path) -> None:
    """Make a folder, and those above it, that others cannot write into, whatever the umask."""
    for folder in (*reversed(place.parents), place):
        with contextlib.suppress(FileExistsError):
            folder.mkdir(mode=_PRIVATE)


def _temporary_place(reasons: str) -> Path | None:
    """Give a folder that goes with this process, and say why it has to."""
    try:
        folder = tempfile.TemporaryDirectory(prefix="pystamps-kernels-")
    except OSError as error:
        log.warning("compiled kernels cannot be kept: %s; %s", reasons, error)
        return None
    log.warning(
        "compiled kernels are kept for this process only, so each compiles them anew: %s; make "
        "such a folder your own (delete it, or chmod go-w after a look at what is in it)",
        reasons,
    )
    _of_this_process.append(folder)
    return Path(folder.name)


def _user_cache() -> Path:
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches"
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA", Path.home() / "AppData" / "Local"))
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
