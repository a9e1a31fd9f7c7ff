"""Compiled kernels that nobody uses any more: when they were used, and their removal.

Every version of the code keeps its kernels in folders of its own (``host/compile.py``). A process
that takes code from a folder holds a shared lock on a file in it until it ends, and the time of
that file says when the last one did so. Who compiles removes the folders of other versions that
nobody holds and nobody has used for long.
"""

from __future__ import annotations

import contextlib
import logging
import os
import re
import shutil
import time
from collections.abc import Callable, Collection, Iterator
from functools import cache
from pathlib import Path

log = logging.getLogger(__name__)

UNUSED_DAYS = 30
"""Kernels of other versions that were not used for so long are removed."""

_DAY_S = 86400.0
_MARK = "in_use"
_ENDING = ".unused"
_NAMES = re.compile(rf"[0-9a-f]{{16}}({re.escape(_ENDING)})?")


@cache
def hold(folder: Path) -> int | None:
    """Let a folder of compiled code be kept as long as this process and its forks live.

    Parameters
    ----------
    folder : Path
        Made where it is not there.

    Returns
    -------
    int or None
        Descriptor of the open file that holds it, which the end of the process closes; None where
        the system or the file system has no locks.
    """
    try:
        import fcntl

        folder.mkdir(parents=True, exist_ok=True)
        mark = os.open(folder / _MARK, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o666)
    except (ImportError, OSError):
        return None
    try:
        fcntl.flock(mark, fcntl.LOCK_SH | fcntl.LOCK_NB)
        if time.time() - os.fstat(mark).st_mtime > _DAY_S:
            os.utime(mark)
    except OSError:
        os.close(mark)
        return None
    return mark


def remove_unused(root: Path, own: Callable[[], Collection[str]]) -> list[str]:
    """Remove the compiled kernels of other versions that were not used for long.

    Parameters
    ----------
    root : Path
        Folder of all compiled kernels.
    own : callable
        Gives the names of the folders of this version; asked only where something is old.

    Returns
    -------
    list of str
        Names of the folders that are gone.
    """
    oldest = time.time() - UNUSED_DAYS * _DAY_S
    with contextlib.suppress(OSError):
        old = [
            folder
            for folder in root.iterdir()
            if _NAMES.fullmatch(folder.name) and folder.is_dir() and _last_use(folder) < oldest
        ]
        kept = own() if old else ()
        gone = [folder.name for folder in old if folder.name not in kept and _removed(folder)]
        if gone:
            log.info(
                "%d folders of compiled kernels of other versions, not used for %d days, removed "
                "from %s", len(gone), UNUSED_DAYS, root,
            )  # fmt: skip
        return gone
    return []


def _last_use(folder: Path) -> float:
    """Newest time of a folder and its files; versions that mark no use are told by what was read.

    Where the disk notes no times of reading, those of writing count.
    """

    def times() -> Iterator[float]:
        yield folder.stat().st_mtime
        for path in folder.iterdir():
            found = path.stat()
            yield max(found.st_mtime, found.st_atime)

    try:
        return max(times())
    except OSError:  # another process removes it, or writes into it
        return time.time()


def _removed(folder: Path) -> bool:
    """Remove a folder unless a process holds it; a kill leaves it with an ending, for the next."""
    try:
        import fcntl

        with (folder / _MARK).open("ab") as mark:
            fcntl.flock(mark, fcntl.LOCK_EX | fcntl.LOCK_NB)
            unused = folder
            if folder.suffix != _ENDING:
                unused = folder.rename(folder.with_name(folder.name + _ENDING))
            shutil.rmtree(unused)
    except (ImportError, OSError):
        return False
    return True
