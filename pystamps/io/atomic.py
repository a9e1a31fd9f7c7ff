"""Files that appear complete or not at all: unique temporary names, then renaming."""

from __future__ import annotations

import glob
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

STALE_AFTER_S = 24 * 3600
"""Temporary files older than this belong to killed jobs."""


def temporary_name(path: Path) -> Path:
    """Give a hidden, unique name in the same directory: ``.pm1.mat.<process>-<random>.part``."""
    return path.with_name(f".{path.name}.{os.getpid()}-{os.urandom(4).hex()}.part")


@contextmanager
def temporary_beside(path: Path) -> Iterator[Path]:
    """Give a temporary name in the directory of ``path``; rename it on success, else delete it.

    Writers of the same file do not disturb each other: the last one to finish wins. What a
    killed job left behind is deleted by the next writer of that file, after a day.
    """
    remove_stale_temporaries(path)
    temporary = temporary_name(path)
    try:
        yield temporary
        temporary.replace(path)
    except OSError as error:  # people know the file, not its temporary name
        if error.errno is not None and error.filename in (None, temporary, str(temporary)):
            error.filename, error.filename2 = str(path), None
        raise
    finally:
        temporary.unlink(missing_ok=True)


def remove_stale_temporaries(path: Path) -> None:
    """Delete temporary files of ``path`` that no job has touched for a day."""
    oldest = time.time() - STALE_AFTER_S
    for leftover in path.parent.glob(f".{glob.escape(path.name)}.*.part"):
        with suppress(FileNotFoundError):  # another writer was quicker
            if leftover.stat().st_mtime < oldest:
                leftover.unlink()


def flush_to_disk(path: Path) -> None:
    """See that a file, or the names in a folder, outlive a failure of the power.

    Raises
    ------
    OSError
        The disk is full, which some file systems find out only now, or it is damaged.
    """
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
