"""Parameter files of GAMMA and SNAP (``.par``, ``.base``): lines ``key: values units``."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

from pystamps.errors import ArtifactError
from pystamps.io.bounded_text import read_text_of_paths
from pystamps.io.folder_entries import absence_of
from pystamps.io.text_numbers import number_of_word


@dataclass(frozen=True, slots=True)
class ParFile:
    """Words after each key of a parameter file; a key matches as a whole, at the line's start."""

    path: Path
    words: dict[str, list[str]]

    def word(self, key: str) -> str | None:
        """Give the first word of an entry, or None when the key is absent."""
        words = self.words.get(key, [])
        return words[0] if words else None

    def number(self, key: str) -> float:
        """Give the number of an entry."""
        return self.numbers(key, 1)[0]

    def numbers(self, key: str, count: int) -> tuple[float, ...]:
        """Give the first ``count`` numbers of an entry.

        Raises
        ------
        ArtifactError
            The key is missing, or is not followed by that many numbers.
        """
        if key not in self.words:
            raise ArtifactError(f"{self.path}: key {key} is missing; export the stack again")
        words = self.words[key][:count]
        try:
            numbers = tuple(map(number_of_word, words))
        except ValueError:
            numbers = ()
        if len(numbers) != count or not all(map(math.isfinite, numbers)):
            raise ArtifactError(
                f"{self.path}: {key} is {' '.join(words)!r}, expected {count} number(s), finite"
            )
        return numbers


def read_par(path: Path) -> ParFile:
    """Read a parameter file; the first of several equal keys counts.

    Raises
    ------
    ArtifactError
        The file is missing.
    """
    if not path.is_file():
        raise ArtifactError(f"{path}: {absence_of(path)}")
    words: dict[str, list[str]] = {}
    for line in read_text_of_paths(path).splitlines():
        key, colon, values = line.partition(":")
        if colon:
            words.setdefault(key.strip(), values.split())
    return ParFile(path, words)
