"""Files of ISCE under their names of before and since version 2.4 (``reference``, ``secondary``).

StaMPS reads the earlier names. Both are taken; both with different content are refused.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from pystamps.errors import ArtifactError
from pystamps.findings import Code, Finding, value_or_finding
from pystamps.io.folder_entries import entry_named
from pystamps.io.text_numbers import find_near, read_text_bytes, require_near

BOTH_NAMES = Code(
    "both-names",
    "error",
    "a file of ISCE is there under its old and its new name, and they differ",
    "Versions before 2.4 wrote master/, slave.slc and master_day.1.in, later ones reference/, "
    "secondary.slc and reference_day.1.in. Files of two runs are mixed: nothing says which of them "
    "belongs to the others.",
    "keep the files of one run",
)

REFERENCE_DAYS = ("master_day.1.in", "reference_day.1.in")
"""Date of the reference image, as StaMPS and as ISCE since 2.4 call the file."""
REFERENCE_IMAGES = ("master/master.slc", "reference/reference.slc")
REFERENCE_BASELINES = ("master/baseline", "reference/baseline")
REFERENCE_SETTINGS = ("slc_stack_master", "slc_stack_reference")
"""Keys of ``input_file``."""
SECONDARY_IMAGES = ("slave.slc", "secondary.slc")

_PLACES, _PIECE = 16, 1 << 16


def reference_day_file(patch: Path) -> Path:
    """Give the text file of a data set that says the date of the reference image.

    Raises
    ------
    ArtifactError
        There is none, or there are two that name different dates.
    """
    found = [path for name in REFERENCE_DAYS if (path := find_near(patch, name)) is not None]
    if not found:
        return require_near(patch, REFERENCE_DAYS[0])
    texts = [read_text_bytes(path).split() for path in found]
    if len(found) > 1 and texts[0] != texts[1]:
        days = [b" ".join(words).decode(errors="replace") for words in texts]
        raise ArtifactError(
            f"{found[0]}: holds {days[0]!r}, but {found[1].name} beside it {days[1]!r}; keep the "
            "right one"
        )
    return found[0]


def differing_names(folder: Path, names: Sequence[str]) -> Iterator[Finding]:
    """Report files that are there under several names with different content.

    Of large files some pieces are compared.
    """
    paths = [path for name in names if (path := entry_named(folder, name)).is_file()]
    pieces = [value_or_finding(path, _pieces, path) for path in paths]
    for path, found in zip(paths[1:], pieces[1:], strict=True):
        if isinstance(found, Finding):
            yield found
        elif found != pieces[0] and not isinstance(pieces[0], Finding):
            yield BOTH_NAMES.at(
                path,
                f"other content than {paths[0].relative_to(folder)} beside it",
                expected="one of them, or the same",
            )


def _pieces(path: Path) -> tuple[int, list[bytes]]:
    """Give the size of a file and some of its bytes at evenly spaced places."""
    size = path.stat().st_size
    found = []
    with path.open("rb") as stream:
        for k in range(_PLACES):
            stream.seek(max(0, size - _PIECE) * k // (_PLACES - 1))
            found.append(stream.read(_PIECE))
    return size, found
