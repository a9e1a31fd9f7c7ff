"""What a job notes about itself: that it runs, and why it failed; one small file per job.

A note is written when a job starts, replaced by the message when it fails, and taken away when it
succeeds. What a job leaves that is killed is the note that it runs, which its process tells apart
from one that still does. So the reason of a failure outlives the terminal, and bare Snakemake,
``pystamps run`` and ``pystamps stage`` leave the same.
"""

from __future__ import annotations

import dataclasses
import json
import logging
import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

from pystamps.io.atomic import temporary_beside
from pystamps.io.own_places import own_folder
from pystamps.pipeline.failures import (
    errors_of_machine,
    failure_in_words,
    is_lasting,
    stopped_in_words,
    unsent_in_words,
)
from pystamps.pipeline.provenance import moment

log = logging.getLogger(__name__)

NOTES = Path(".pystamps", "jobs")
"""Folder of the notes, relative to the root of the data set."""

_RESERVED_BYTES = 8192
"""Size of every note: that of a running job keeps room on a full disk for the reason."""
_MESSAGE_BYTES = 4000
_PROC = Path("/proc")
_BIRTH_FIELD = 19
"""Field of ``/proc/N/stat`` after the name of the program: start of the process."""


@dataclass(frozen=True, slots=True)
class JobNote:
    """What the last job of a stage noted about itself, unless it succeeded.

    Attributes
    ----------
    stage, patch : str
        Patch is empty for the merged data set.
    state : str
        running, failed (it said why), or stopped (it ended without a word: it was killed).
    message : str
        What went wrong and what to do; empty while it runs.
    log : str
        Log file, relative to the root where it lies there; empty if there is none.
    time : str
        When it started or failed; UTC, ISO 8601.
    host : str
    process, born : int
        Number of its process, and when that was born, in ticks of the system.
    fails_again : bool
        It failed, and neither more memory nor more time would help.
    """

    stage: str
    patch: str
    state: Literal["running", "failed", "stopped"]
    message: str = ""
    log: str = ""
    time: str = ""
    host: str = ""
    process: int = 0
    born: int = 0
    fails_again: bool = False


@contextmanager
def noted_job(root: Path, stage: str, patch: str, log_file: Path | None = None) -> Iterator[None]:
    """Keep the note of a job while the block runs it.

    Parameters
    ----------
    root : Path
        Root of the data set.
    stage : str
        Name in the stage table.
    patch : str
        Empty for the merged data set.
    log_file : Path, optional

    Raises
    ------
    PystampsError
        The disk is full, memory has run out, or a file may not be read or written.
    """
    path = root / note_path(stage, patch)
    note = _new_note(root, stage, patch, log_file)
    with errors_of_machine(root):
        own_folder(root, NOTES)
        _write_note(path, note)
    try:
        with errors_of_machine(root):
            yield
    except BaseException as error:
        note = dataclasses.replace(note, fails_again=is_lasting(error))
        _write_reason(path, note, failure_in_words(error, note.log))
        raise
    path.unlink(missing_ok=True)


def note_path(stage: str, patch: str) -> Path:
    """Give the file of a note, relative to the root."""
    return NOTES / f"{stage}{patch and '.'}{patch}.json"


def note_of(root: Path, stage: str, patch: str) -> JobNote | None:
    """Give what the last job of a stage noted; None when it has succeeded, or none has run.

    A job that is noted as running, but whose process is gone, was stopped.
    """
    try:
        found = JobNote(**json.loads((root / note_path(stage, patch)).read_bytes()))
    except (OSError, ValueError, TypeError):
        return None
    if found.state == "running" and not _is_alive(found):
        return dataclasses.replace(found, state="stopped", message=stopped_in_words("", found.log))
    return found


def notes_since(root: Path, time: str) -> list[JobNote]:
    """Give the notes of the jobs that have failed since a moment, in the order of their times."""
    try:
        names = sorted((root / NOTES).glob("*.json"))
    except OSError:
        return []
    keys = [path.name.removesuffix(".json").partition(".")[::2] for path in names]
    found = [note_of(root, stage, patch) for stage, patch in keys]
    failed = [note for note in found if note and note.state == "failed" and note.time >= time]
    return sorted(failed, key=lambda note: note.time)


def note_the_stop(root: Path, note: JobNote, signal: str) -> JobNote:
    """Write down that a job was stopped from outside, and by which signal; give that note."""
    message = stopped_in_words(signal, note.log)
    stopped = dataclasses.replace(note, state="stopped", message=message, time=moment(time.time()))
    path = root / note_path(note.stage, note.patch)
    try:
        own_folder(root, NOTES)
        _write_note(path, stopped)
    except OSError as error:
        log.warning("%s: %s; the reason is not kept", path, error.strerror)
    return stopped


def note_unsent_job(root: Path, stage: str, patch: str, *, log: str) -> None:
    """Write down that no scheduler has taken a job.

    Parameters
    ----------
    root : Path
        Root of the data set.
    stage, patch, log : str
        As in the note.
    """
    note = dataclasses.replace(_new_note(root, stage, patch, None), log=log, fails_again=True)
    with errors_of_machine(root):
        own_folder(root, NOTES)
    _write_reason(root / note_path(stage, patch), note, unsent_in_words())


def _new_note(root: Path, stage: str, patch: str, log_file: Path | None) -> JobNote:
    """Make the note of a job that starts in this process."""
    file = "" if log_file is None else str(log_file.resolve())
    if log_file is not None and log_file.resolve().is_relative_to(root.resolve()):
        file = str(log_file.resolve().relative_to(root.resolve()))
    now, process = moment(time.time()), os.getpid()
    born = _birth_of(process)
    return JobNote(stage, patch, "running", "", file, now, socket.gethostname(), process, born)


def _write_note(path: Path, note: JobNote) -> None:
    with temporary_beside(path) as temporary:
        temporary.write_bytes(_bytes_of(note))


def _bytes_of(note: JobNote) -> bytes:
    text = json.dumps(asdict(note), ensure_ascii=False)
    return text.encode(errors="replace").ljust(_RESERVED_BYTES - 1) + b"\n"


def _write_reason(path: Path, note: JobNote, message: str) -> None:
    """Put the reason of a failure in the place of the note that the job runs.

    Where the disk is full, that note has kept the room.
    """
    message = message.encode(errors="replace")[:_MESSAGE_BYTES].decode(errors="ignore")
    failed = dataclasses.replace(note, state="failed", message=message, time=moment(time.time()))
    try:
        _write_note(path, failed)
    except OSError as error:
        log.warning("%s: %s; written into the room that was kept for it", path, error.strerror)
        _write_over(path, _bytes_of(failed))


def _write_over(path: Path, content: bytes) -> None:
    """Replace the content of a file in its place; say so where even that fails."""
    try:
        with path.open("r+b") as stream:
            stream.write(content)
    except OSError as error:
        log.error("%s: the reason could not be noted (%s); it is above", path, error.strerror)


def _is_alive(note: JobNote) -> bool:
    """Tell whether the process of a note lives; of another machine that is not known."""
    if note.host != socket.gethostname():
        return True
    try:
        os.kill(note.process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # it lives, and is somebody else's
        return True
    return _birth_of(note.process) == note.born


def _birth_of(process: int) -> int:
    """Give when a process was born, in ticks of the system; 0 where nothing tells."""
    try:
        stat = (_PROC / str(process) / "stat").read_text()
    except OSError:
        return 0
    return int(stat.rpartition(")")[2].split()[_BIRTH_FIELD])
