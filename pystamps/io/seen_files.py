"""What lies in the folders of a data set at one moment: every folder is looked at once."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import NamedTuple


class SeenFile(NamedTuple):
    """A file as it was seen, and what a link in its place leads to; a tuple, for there are many.

    Attributes
    ----------
    modified_s : float
        When it was modified, in seconds since the epoch: a link has a time of its own.
    newest_s : float
        The later one of its time and of that of the file that it leads to.
    bytes : int
    modified_ns, changed_ns : int
        Times of the file itself, in nanoseconds: of its content, and of its inode.
    """

    modified_s: float
    newest_s: float
    bytes: int
    modified_ns: int
    changed_ns: int

    @property
    def state(self) -> tuple[int, int, int]:
        """Size and times, as :class:`~pystamps.io.checksums.FileState` notes them."""
        return self[2:]


class SeenFiles:
    """Files of a data set as they lie there when their folder is first asked about.

    Asking for thousands of files one by one takes several times as long. Nothing that happens
    afterwards is seen: use one of these for one answer, and forget it.

    Parameters
    ----------
    root : Path
    """

    def __init__(self, root: Path) -> None:
        """Look at nothing yet."""
        self._root = root
        self._folders: dict[str, dict[str, os.DirEntry[str]]] = {}
        self._files: dict[str, SeenFile | None] = {}

    def is_file(self, name: str) -> bool:
        """Tell whether a file, or a link to one, has a name relative to the root."""
        if name in self._files:
            return self._files[name] is not None
        entry = self._entry(name)
        return entry is not None and entry.is_file()

    def is_anything(self, name: str) -> bool:
        """Tell whether anything has that name, a link to nothing too."""
        return self._entry(name) is not None

    def leads_to_anything(self, name: str) -> bool:
        """Tell whether anything has that name, and no link to nothing."""
        entry = self._entry(name)
        return entry is not None and (not entry.is_symlink() or Path(entry.path).exists())

    def file(self, name: str) -> SeenFile | None:
        """Give what is known about a file; None for everything that is none.

        Raises
        ------
        OSError
            It has gone meanwhile, or may not be looked at.
        """
        if name not in self._files:
            entry = self._entry(name)
            self._files[name] = None if entry is None else _seen_file(entry)
        return self._files[name]

    def _entry(self, name: str) -> os.DirEntry[str] | None:
        folder, _, base = name.rpartition("/")
        entries = self._folders.get(folder)
        if entries is None:
            entries = self._folders[folder] = _seen_in(self._root / folder)
        return entries.get(base)


def _seen_file(entry: os.DirEntry[str]) -> SeenFile | None:
    own = target = entry.stat(follow_symlinks=False)
    if stat.S_ISLNK(own.st_mode):
        target = entry.stat()
    if not stat.S_ISREG(target.st_mode):
        return None
    newest_s = max(own.st_mtime, target.st_mtime)
    times = (target.st_mtime_ns, target.st_ctime_ns)
    return SeenFile._make((own.st_mtime, newest_s, target.st_size, *times))


def _seen_in(folder: Path) -> dict[str, os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return {entry.name: entry for entry in entries}
    except (FileNotFoundError, NotADirectoryError):
        return {}
