"""Text files and paths: line ends, blanks, lengths."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from pystamps.findings import Code, Finding, first_few, read_or_finding

WINDOWS_TEXT = Code(
    "windows-text",
    "warning",
    "a text file has Windows line ends or a byte-order mark",
    "pySTAMPS reads it. The scripts of StaMPS take the carriage return for part of the last word: "
    "files are then not found, numbers not read.",
    "convert it (dos2unix) when StaMPS is to read it too",
)
BLANK_IN_PATH = Code(
    "path-with-blank",
    "warning",
    "a path contains a blank",
    "pySTAMPS copes. StaMPS splits its lists at blanks and counts one file as two.",
    "rename the folder when StaMPS is to read the data set too",
)
LONG_PATH = Code(
    "path-long",
    "warning",
    "a path is longer than 255 characters",
    "pySTAMPS copes. The C programs of StaMPS cut it off, or crash.",
    "move the data up when StaMPS is to read them too",
)

_LONGEST_PATH = 255
_LARGEST_TEXT = 1 << 22
_BYTE_ORDER_MARKS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")
_UTF16_MARKS = _BYTE_ORDER_MARKS[1:]

TEXT_ENCODING = Code(
    "text-encoding",
    "error",
    "a text file is stored in two bytes per character",
    "Editors and shells of Windows write UTF-16. Neither StaMPS nor pySTAMPS reads it.",
    "store it as plain text (UTF-8 or ASCII)",
)


def text_files(paths: Iterable[Path]) -> Iterator[Finding]:
    """Check the line ends of text files that exist."""
    for path in paths:
        if not path.is_file():
            continue
        head = read_or_finding(_head, path)
        if isinstance(head, Finding):
            yield head
        elif head.startswith(_UTF16_MARKS):
            yield TEXT_ENCODING.at(path, "UTF-16", expected="UTF-8 or ASCII")
        elif head.startswith(_BYTE_ORDER_MARKS):
            yield WINDOWS_TEXT.at(path, "a byte-order mark", expected="plain text")
        elif b"\r" in head:
            yield WINDOWS_TEXT.at(path, "carriage returns", expected="line feeds only")


def _head(path: Path) -> bytes:
    with path.open("rb") as stream:
        return stream.read(_LARGEST_TEXT)


def paths_of(where: Path, paths: Iterable[str]) -> Iterator[Finding]:
    """Check paths for blanks and length; one finding of each kind."""
    paths = list(paths)
    blank = [path for path in paths if " " in path.strip() or "\t" in path.strip()]
    if blank:
        yield BLANK_IN_PATH.at(where, first_few(blank, 2))
    long = [path for path in paths if len(path) > _LONGEST_PATH]
    if long:
        yield LONG_PATH.at(where, f"{max(map(len, long))} characters", expected="255 at most")
