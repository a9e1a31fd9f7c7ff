"""Folders that the console may touch: those given at its start, and what lies inside them."""

from __future__ import annotations

import stat
from collections.abc import Callable, Iterable
from pathlib import Path

from pystamps.errors import DatasetError, PystampsError


class OutsideRootsError(PystampsError):
    """A path is none that the console may touch."""


class Roots:
    """The folders given at the start of the console.

    Attributes
    ----------
    folders : tuple of Path
        Absolute, without links; none lies inside another one.
    """

    def __init__(self, given: Iterable[Path]) -> None:  # noqa: D107 - the class says it all
        found = []
        for path in given:
            if not path.is_dir():
                raise DatasetError(f"{path}: no such directory; give folders that hold data sets")
            found.append(path.resolve())
        different = set(found)
        inner = {path for path in different if different.intersection(path.parents)}
        self.folders = tuple(sorted(different - inner))

    def directory(self, text: str) -> Path:
        """Give the directory that a request names: absolute, inside a root, without links.

        Raises
        ------
        OutsideRootsError
            It is no such directory; nothing is told about what lies outside.
        """
        path = self._inside(text)
        if not _is_kind(path, stat.S_ISDIR):
            raise OutsideRootsError(f"{text}: no such directory below the folders of the console")
        return path

    def file_in(self, directory: Path, name: str) -> Path:
        """Give a regular file in a directory of :meth:`directory`, by its relative name.

        Raises
        ------
        OutsideRootsError
            There is no such file, or it is a link out of the directory.
        """
        path = self._inside(f"{directory}/{name}")
        if not path.is_relative_to(directory) or not _is_kind(path, stat.S_ISREG):
            raise OutsideRootsError(f"{name}: no such file in {directory}")
        return path

    def new_directory(self, parent: Path, name: str) -> Path:
        """Give the path of a directory that does not exist yet, in one of :meth:`directory`.

        Raises
        ------
        OutsideRootsError
            The name leads elsewhere, or exists.
        """
        path = self._inside(f"{parent}/{name}")
        if path.parent != parent or _is_kind(path, bool):
            raise OutsideRootsError(f"{parent}/{name}: exists already; choose another name")
        return path

    def _inside(self, text: str) -> Path:
        """Resolve a path; it has to lie inside a root as written, and again without its links."""
        refusal = OutsideRootsError(f"{text}: is not below the folders of the console")
        path = Path(text)
        if "\0" in text or ".." in path.parts or not self._holds(path):
            raise refusal
        try:
            resolved = path.resolve()
        except (OSError, ValueError, RuntimeError) as error:  # no UTF-8, a circle of links
            raise refusal from error
        if not self._holds(resolved):
            raise refusal
        return resolved

    def _holds(self, path: Path) -> bool:
        return any(path.is_relative_to(folder) for folder in self.folders)


def _is_kind(path: Path, test: Callable[[int], bool]) -> bool:
    """Test the mode of a file; nothing is of any kind where nothing can be looked at."""
    try:
        return test(path.stat().st_mode)
    except OSError:  # there is none, its name is too long, a folder above it is closed
        return False
