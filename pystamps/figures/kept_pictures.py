"""Pictures that say what they were made of: whoever needs the same one again need not draw it."""

from __future__ import annotations

import hashlib
import json
import struct
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pystamps import __version__
from pystamps.io.dataset import discover_dataset
from pystamps.stage_table import ACCURATE, Stage, expanded, is_bookkeeping, stage_named

NOTE = "pystamps"
"""Name of the text in a PNG that says what the picture was made of."""

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_HEAD = struct.Struct(">I4s")
_CHECKSUM_BYTES = 4
_READS_MORE = "figure_assessment"
"""Figure that reads more than the inputs of its rule: optional results and settings."""
_OF_OTHER_FILES = "figure_run_times"
"""Figure of benchmark files; the inputs of its rule only say that everything has run."""
_SMALL = 1 << 16
"""Bytes of files of which the content counts, not the time: several jobs write parameters again."""


@dataclass(frozen=True, slots=True)
class KeptPicture:
    """A picture of the workflow that shows the results as they are.

    Attributes
    ----------
    content : bytes
        PNG.
    lines : tuple of str
        What was found while it was drawn.
    """

    content: bytes
    lines: tuple[str, ...]


def note_of_picture(
    stage: Stage, root: Path, stamps: Mapping[str, Any], lines: Sequence[str]
) -> str:
    """Give the text for a picture that is drawn now; empty for one that nobody can tell the age of.

    Parameters
    ----------
    stage : Stage
        Of the figure.
    root : Path
    stamps : mapping
        StaMPS parameters of the configuration.
    lines : sequence of str
        What was found while it was drawn.
    """
    if stage.name == _OF_OTHER_FILES:
        return ""
    return json.dumps({"made_of": _state(stage, root, stamps), "lines": list(lines)})


def kept_picture(
    name: str, root: Path, stamps: Mapping[str, Any], *, most: int
) -> KeptPicture | None:
    """Give the picture of a figure of the workflow, if it was drawn from the files of now.

    Parameters
    ----------
    name : str
        Of the figure.
    root : Path
    stamps : mapping
        StaMPS parameters of the configuration.
    most : int
        Bytes that it may have.

    Returns
    -------
    KeptPicture or None
        None where there is none, or it is larger, damaged, of another version, or made of files or
        settings that have changed since: by size and time, of small files by content.
    """
    stage = stage_named(f"figure_{name}")
    path = root / stage.outputs[0]
    if not path.is_file() or path.stat().st_size > most:
        return None
    content = path.read_bytes()
    try:
        note = json.loads(dict(_texts(content))[NOTE])
        if note["made_of"] != _state(stage, root, stamps):
            return None
        return KeptPicture(content, tuple(str(line) for line in note["lines"]))
    except (KeyError, TypeError, ValueError, struct.error):
        return None


def _state(stage: Stage, root: Path, stamps: Mapping[str, Any]) -> str:
    """Sum up what a figure is made of: files by size and time, settings, version."""
    patches = [patch.name for patch in discover_dataset(root).patches]
    of_pairs = stage.small_baselines.inputs if stage.small_baselines is not None else ()
    declared = {*expanded((*stage.inputs, *of_pairs), patches=patches, angle="")}
    names = declared
    if stage.name == _READS_MORE:
        of_modes = {name for made in ACCURATE for name in made.outputs}
        names = declared | ({path.name for path in root.glob("*.mat")} - of_modes)
    files = {
        name: _state_of_file(root / name, is_read=name in declared or is_bookkeeping(name))
        for name in names
        if (root / name).is_file()
    }
    of_all = {"version": __version__, "stamps": dict(stamps), "files": files}
    text = json.dumps(of_all, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def _state_of_file(path: Path, *, is_read: bool) -> tuple[int, int | str]:
    """Give the size of a file and when it was written; of a small one that is read its checksum."""
    state = path.stat()
    if state.st_size > _SMALL or not is_read:
        return state.st_size, state.st_mtime_ns
    return state.st_size, hashlib.sha256(path.read_bytes()).hexdigest()


def _texts(content: bytes) -> Iterator[tuple[str, str]]:
    """Give names and texts of a whole PNG.

    Raises
    ------
    ValueError, struct.error
        It is none, or a part of one.
    """
    if not content.startswith(_SIGNATURE):
        raise ValueError("no PNG")
    place, kind = len(_SIGNATURE), b""
    while kind != b"IEND":
        length, kind = _HEAD.unpack_from(content, place)
        place += _HEAD.size
        if kind == b"tEXt":
            name, _, text = content[place : place + length].partition(b"\0")
            yield name.decode("latin-1"), text.decode("latin-1")
        place += length + _CHECKSUM_BYTES
    if place > len(content):
        raise ValueError("a part of a PNG")
