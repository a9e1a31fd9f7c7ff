"""Numbers and dates in text files, read fast and refused clearly."""

from __future__ import annotations

import re
import warnings
from pathlib import Path

import numpy as np

from pystamps.arrays import Float64
from pystamps.dates import datenum
from pystamps.errors import ArtifactError
from pystamps.io.folder_entries import absence_of, dangling_target

_FORTRAN = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)[dD][-+]?\d+")


def find_near(patch: Path, name: str, *, levels: int = 2) -> Path | None:
    """Look for a file in the patch, then in the folders above it (``levels`` folders in all)."""
    folders = [patch, *patch.parents][:levels]
    return next((folder / name for folder in folders if (folder / name).is_file()), None)


def number_of_word(word: str) -> float:
    """Give the number of a word; programs in Fortran write its exponent with a D (``1.0D+02``).

    Raises
    ------
    ValueError
        It is no number.
    """
    if "_" in word:  # digits in groups, as Python takes them, are nobody's export
        raise ValueError(f"could not convert string to float: {word!r}")
    try:
        return float(word)
    except ValueError:
        if _FORTRAN.fullmatch(word) is None:
            raise
        return float(word.lower().replace("d", "e"))


def require_near(patch: Path, name: str) -> Path:
    """Give a file of the patch or of the data set.

    Raises
    ------
    ArtifactError
        In neither of them.
    """
    path = find_near(patch, name)
    if path is None:
        for link in (patch / name, patch.parent / name):
            if dangling_target(link) is not None:
                raise ArtifactError(f"{link}: {absence_of(link)}")
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
        raise ArtifactError(f"{path}: {absence_of(path)}; the preparation (stage 0) writes it")
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
        return _numbers_of_words(path, text.decode(errors="replace").split())


def _numbers_of_words(path: Path, words: list[str]) -> Float64:
    """Give numbers one by one, which also knows the exponents of Fortran."""
    numbers = np.empty(len(words))
    for k, word in enumerate(words):
        try:
            numbers[k] = number_of_word(word)
        except ValueError:
            raise ArtifactError(
                f"{path}: holds something that is not a number ({word[:40]!r}, the {k + 1}. word)"
            ) from None
    return numbers


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
