"""What was changed in the parameter files of a data set: by whom, when, with which command.

A line of JSON per change is added to ``.pystamps/parameters.jsonl`` by the one place that writes
these files (:mod:`pystamps.parameters.files`). A change that something else makes, such as
``setparm`` in MATLAB, has no line.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from pystamps import __version__
from pystamps.errors import ArtifactError
from pystamps.io.bounded_text import read_bounded
from pystamps.io.own_places import open_own_file
from pystamps.io.started_by import command_line, user_name

log = logging.getLogger(__name__)

VALUE_HISTORY = Path(".pystamps", "parameters.jsonl")
"""Relative to the root of the data set."""


@dataclass(frozen=True, slots=True)
class KeptValue:
    """One change of a parameter file.

    Attributes
    ----------
    time : str
        UTC, ISO 8601.
    user, host, command, version : str
        Who has changed it, where, with which command of which version of pySTAMPS.
    file : str
        Relative to the root.
    name, old, new : str
        StaMPS name, and values as people write them; empty = not in the file.
    """

    time: str
    user: str
    host: str
    command: str
    version: str
    file: str
    name: str
    old: str
    new: str


def note_kept_values(root: Path, path: Path, changes: Mapping[str, tuple[str, str]]) -> None:
    """Add the changes of a file to the history, as one piece.

    The values are kept whatever happens here: where the history cannot be written, a warning says
    so.

    Parameters
    ----------
    root : Path
    path : Path
        File that was changed.
    changes : mapping of str to tuple of two str
        By StaMPS name, the values before and after.
    """
    import socket  # values are shown more often than changed

    now = datetime.now(UTC).isoformat(timespec="seconds")
    known = (now, user_name(), socket.gethostname(), command_line(), __version__)
    file = path.relative_to(root).as_posix()
    lines = [
        json.dumps(asdict(KeptValue(*known, file, name, old, new)))
        for name, (old, new) in changes.items()
        if old != new
    ]
    if not lines:
        return
    try:
        with open_own_file(root, VALUE_HISTORY, "a") as stream:
            stream.write("\n".join(lines) + "\n")
    except OSError as error:
        log.warning("%s: %s; the change is not noted", root / VALUE_HISTORY, error.strerror)


def kept_values(root: Path) -> list[KeptValue]:
    """Give the changes of a data set in their order; none where nothing was noted.

    Raises
    ------
    ArtifactError
        A line of the history is none.
    """
    path = root / VALUE_HISTORY
    if not path.is_file():
        return []
    found = []
    for number, line in enumerate(read_bounded(path).splitlines(), start=1):
        try:
            entry = KeptValue(**json.loads(line))
            is_text = all(isinstance(value, str) for value in asdict(entry).values())
        except (ValueError, TypeError):
            is_text = False
        if not is_text:
            raise ArtifactError(
                f"{path}: line {number} is no change of a parameter; take that line out"
            )
        found.append(entry)
    return found
