"""Numbers and dates in text files, read fast and refused clearly."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np

from pystamps.arrays import Float64
from pystamps.dates import datenum
from pystamps.errors import ArtifactError


def find_near(patch: Path, name: str, *, levels: int = 2) -> Path | None:
    """Look for a file in the patch, then in the folders above it (``levels`` folders in all)."""
    folders = [patch, *patch.parents][:levels]
    return next((folder / name for folder in folders if (folder / name).is_file()), None)


def require_near(patch: Path, name: str) -> Path:
    """Give a file of the patch or of the data set.

    Raises
    ------
    ArtifactError
        In neither of them.
    """
    path = find_near(patch, name)
    if path is None:
        raise ArtifactError(
            f"{patch.parent / name}: file is missing (looked in {patch.name} too); "
            "the preparation (stage 0) writes it"
        )
    return path


def read_numbers(path: Path, *, count: int | None = None) -> Float64:
    """Read all numbers of a text file, separated by blanks and line ends.

    Parameters
    ----------
    path : Path
    count : int, optional
        Numbers expected.

    Returns
    -------
    ndarray of float64, shape (count,)

    Raises
    ------
    ArtifactError
        Missing file, a word that is no number, or another count.
    """
    numbers = parse_numbers(path, read_text_bytes(path))
    if count is not None and numbers.size != count:
        raise ArtifactError(f"{path}: found {numbers.size} numbers, expected {count}")
    return numbers


def read_text_bytes(path: Path) -> bytes:
    """Read a text file that the preparation writes, without blanks around it."""
    if not path.is_file():
        raise ArtifactError(f"{path}: file is missing; the preparation (stage 0) writes it")
    return path.read_bytes().strip()


def parse_numbers(path: Path, text: bytes) -> Float64:
    """Give the numbers of a text; ``path`` is for the message."""
    if not text:
        return np.zeros(0)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", DeprecationWarning)  # older NumPy only warns
            return np.fromstring(text, dtype=np.float64, sep=" ")
    except (ValueError, DeprecationWarning):
        raise ArtifactError(f"{path}: holds something that is not a number") from None


def read_integer(path: Path) -> int:
    """Read a text file with one positive whole number (``width.txt``)."""
    number = read_numbers(path, count=1)[0]
    if number < 1 or number != np.rint(number):
        raise ArtifactError(f"{path}: found {number:g}, expected a positive whole number")
    return int(number)


def read_dates(path: Path) -> Float64:
    """Read dates YYYYMMDD as MATLAB date numbers.

    Raises
    ------
    ArtifactError
        Missing file or something that is not a date.
    """
    words = read_text_bytes(path).decode(errors="replace").split()
    try:
        return np.array([datenum(word) for word in words], dtype=np.float64)
    except ValueError as error:
        raise ArtifactError(f"{path}: {error}") from None
