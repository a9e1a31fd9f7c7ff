"""Finding the raw export again: prepared trees hold paths of the machine that made them.

``rsc.txt``, ``pscphase.in`` and their relatives name files of the interferometric
processor. A data set that was moved must still load, hence the search by the end of the path.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pystamps.errors import ArtifactError
from pystamps.io.bounded_text import read_text_of_paths
from pystamps.io.folder_entries import absence_of, entry_named

_LONGEST_PATH = 4096


@dataclass(frozen=True, slots=True)
class RawPaths:
    """Where the files named in the text files of a data set can lie.

    Attributes
    ----------
    root : Path
        Root of the data set; relative paths are relative to it.
    raw_root : Path or None
        Folder of the raw export (setting ``runtime.raw_root``).
    """

    root: Path
    raw_root: Path | None = None

    def find(self, recorded: str) -> Path | None:
        """Give the file that a recorded path means, or None.

        The path is tried as it is (relative ones from the data set), then its longest end
        that exists under the raw folder, the data set and the folder of the data set.
        """
        for path in self._candidates(recorded):
            if path.is_file():
                return path
        # an export that was copied through a file system without upper and lower case
        other = (entry_named(path.parent, path.name) for path in self._candidates(recorded))
        return next((path for path in other if path.is_file()), None)

    def resolve(self, recorded: str, *, named_in: Path) -> Path:
        """Give the file that a recorded path means.

        Parameters
        ----------
        recorded : str
            Path as the text file has it.
        named_in : Path
            The text file, for the message.

        Raises
        ------
        ArtifactError
            No such file in any of the places.
        """
        found = self.find(recorded)
        if found is None:
            folders = ", ".join(str(folder) for folder in self._folders())
            raise ArtifactError(
                f"{named_in}: {recorded} does not exist, and no end of this path exists under "
                f"{folders}; set runtime.raw_root to the folder of the raw export"
            )
        return found

    def _folders(self) -> list[Path]:
        folders = [] if self.raw_root is None else [Path(self.raw_root)]
        return [*folders, self.root, self.root.parent]

    def _candidates(self, recorded: str) -> Iterator[Path]:
        name = recorded.strip().replace("\\", "/")
        yield Path(os.path.normpath(self.root / name))
        parts = [part for part in Path(name).parts if part not in ("/", "..", ".")]
        for start in range(len(parts)):
            for folder in self._folders():
                yield folder.joinpath(*parts[start:])


def read_path_list(path: Path) -> list[str]:
    """Give the non-empty lines of a text file that lists paths.

    Raises
    ------
    ArtifactError
        The file is missing, no text, or a line is longer than paths are.
    """
    if not path.is_file():
        raise ArtifactError(f"{path}: {absence_of(path)}; the preparation (stage 0) writes it")
    lines = [line.strip() for line in read_text_of_paths(path).splitlines()]
    for number, line in enumerate(lines, start=1):
        if len(line) > _LONGEST_PATH:
            raise ArtifactError(
                f"{path}: line {number} has {len(line)} characters, no path is so long; is it a "
                "list of paths?"
            )
    return [line for line in lines if line]
