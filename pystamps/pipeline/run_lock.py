"""One run per data set: a lock that names its holder and ends with the holder's process."""

from __future__ import annotations

import fcntl
import json
import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from pystamps.errors import DatasetError

LOCK_FILE = Path(".pystamps", "run.lock")
"""Relative to the root of the data set; the file stays, the lock on it does not."""

_PATIENCE_S = 0.3


@dataclass(frozen=True, slots=True)
class LockHolder:
    """Who runs stages on a data set.

    Attributes
    ----------
    pid : int
    host : str
    started : str
        UTC, ISO 8601.
    """

    pid: int
    host: str
    started: str

    @property
    def sentence(self) -> str:
        """The holder in words."""
        return f"running since {self.started}, pid {self.pid} on {self.host}"


@contextmanager
def run_lock(root: Path) -> Iterator[LockHolder]:
    """Hold the lock of a data set while a run changes it.

    The lock belongs to the open file: the operating system takes it away when the process ends,
    however it ends. Processes that this one starts do not inherit it.

    Raises
    ------
    DatasetError
        Another run holds it; the message says which, and since when.
    """
    path = root / LOCK_FILE
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+") as stream:
        if not _is_locked(stream):
            other = _read_holder(path)
            words = other.sentence if other else "another run is just starting"
            raise DatasetError(f"{root}: {words}; wait for its end, or stop it")
        holder = LockHolder(
            os.getpid(), socket.gethostname(), datetime.now(UTC).isoformat(timespec="seconds")
        )
        stream.truncate(0)
        stream.write(json.dumps(asdict(holder)) + "\n")
        stream.flush()
        try:
            yield holder
        finally:
            stream.truncate(0)


def _is_locked(stream: IO[str]) -> bool:
    """Take the lock; readers hold it for an instant, so that one refusal is none."""
    deadline = time.monotonic() + _PATIENCE_S
    while True:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline:
                return False
            time.sleep(_PATIENCE_S / 10)
        else:
            return True


def holder_of_lock(root: Path) -> LockHolder | None:
    """Give who holds the lock of a data set, None when nobody does; changes nothing."""
    path = root / LOCK_FILE
    if not path.is_file():
        return None
    with path.open() as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return _read_holder(path)
    return None


def _read_holder(path: Path) -> LockHolder | None:
    """Read what the holder has written; None when it has written nothing of the kind yet."""
    try:
        found = json.loads(path.read_text())
        return LockHolder(int(found["pid"]), str(found["host"]), str(found["started"]))
    except (ValueError, TypeError, KeyError):
        return None
