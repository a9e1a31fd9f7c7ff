"""Folders for temporary files that are known for ours when their process has been killed."""

from __future__ import annotations

import os
import re
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from pystamps.io.own_places import remove_own_folder
from pystamps.pipeline.processes import ProcessMark, boot_mark, mark_of_this_process

_NAME = re.compile(r"pystamps-(\d+)\.(\d+)\.(\w+)-\w+")


@contextmanager
def scratch_folder() -> Iterator[Path]:
    """Give a new folder for temporary files; its name says to which process it belongs."""
    beginning = Path(scratch_beginning())
    with tempfile.TemporaryDirectory(prefix=beginning.name, dir=beginning.parent) as folder:
        yield Path(folder).resolve()


def scratch_beginning() -> str:
    """Give how the paths of the folders of this process begin."""
    mark = mark_of_this_process()
    return str(Path(tempfile.gettempdir(), f"pystamps-{mark.pid}.{mark.born}.{mark.boot}-"))


def _place_of_scratch() -> Path:
    """Give where such folders lie.

    :func:`tempfile.gettempdir` finds it by writing a file to it, in every command at the moment in
    which its lock appears: a kill would leave that file.
    """
    if tempfile.tempdir is not None:
        return Path(os.fsdecode(tempfile.tempdir))
    named = filter(None, map(os.environ.get, ("TMPDIR", "TEMP", "TMP")))
    places = (Path(name).absolute() for name in (*named, "/tmp", "/var/tmp", "/usr/tmp"))
    usable = (place for place in places if place.is_dir() and os.access(place, os.W_OK | os.X_OK))
    return next(usable, Path.cwd())


def remove_abandoned_scratch() -> list[Path]:
    """Remove folders of killed processes of this user and this host; give those removed."""
    removed = []
    for folder in _place_of_scratch().glob("pystamps-*"):
        found = _NAME.fullmatch(folder.name)
        if found is None or found[3] != boot_mark() or folder.is_symlink():
            continue
        mark = ProcessMark(int(found[1]), socket.gethostname(), found[3], int(found[2]))
        with suppress(OSError):  # another command clears it just now
            if not mark.is_alive and folder.stat().st_uid == os.getuid():
                remove_own_folder(folder.parent, folder.name)
                removed.append(folder)
    return removed
