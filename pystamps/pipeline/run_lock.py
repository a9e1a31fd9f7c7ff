"""One command at a time changes a data set: a lock that names its holder and ends with it.

The lock belongs to an open file: the operating system takes it away when the process ends, however
it ends. On file systems that hosts share, where such locks may hold for one host only, the holder
gives a sign of life beside it.
"""

from __future__ import annotations

import errno
import fcntl
import json
import logging
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from pystamps.errors import DatasetError
from pystamps.io.dataset import refuse_acting_name
from pystamps.io.own_places import open_own_file, own_folder, refuse_links
from pystamps.pipeline.file_systems import is_shared_with_hosts
from pystamps.pipeline.heartbeat import SILENT_S, seconds_since_sign_of_life, signs_of_life
from pystamps.pipeline.leftovers import SNAKEMAKE_LOCKS, clear_leftovers
from pystamps.pipeline.processes import ProcessMark, bare_snakemake_at, mark_of_this_process
from pystamps.pipeline.work_in_progress import work_in_progress

log = logging.getLogger(__name__)

LOCK_FILE = Path(".pystamps", "run.lock")
"""Relative to the root of the data set; the file stays, the lock on it does not."""

_PATIENCE_S = 0.3
_RUNS = ("run", "report", "figures")
_NO_LOCKS = (errno.ENOLCK, errno.ENOTSUP, errno.EOPNOTSUPP)
"""What a server says that knows no locks."""


@dataclass(frozen=True, slots=True)
class LockHolder:
    """Who changes a data set.

    Attributes
    ----------
    pid : int
    host : str
    started : str
        UTC, ISO 8601.
    activity : str
        What it does: "run", "stage 6", "prep".
    boot : str
    born : int
        As in :class:`~pystamps.pipeline.processes.ProcessMark`.
    """

    pid: int
    host: str
    started: str
    activity: str = ""
    boot: str = ""
    born: int = 0

    @property
    def sentence(self) -> str:
        """The holder in words."""
        doing = self.activity and f", {self.activity}"
        return f"running since {self.started}, pid {self.pid} on {self.host}{doing}"

    @property
    def mark(self) -> ProcessMark:
        """Its process."""
        return ProcessMark(self.pid, self.host, self.boot, self.born)


@contextmanager
def run_lock(root: Path, activity: str = "") -> Iterator[LockHolder]:
    """Hold the lock of a data set while a command changes it.

    Processes that this one starts do not inherit it. What killed commands have left is cleared
    first, and after an interrupt.

    Parameters
    ----------
    root : Path
    activity : str
        What the command does, for others who want to know.

    Raises
    ------
    DatasetError
        Another command holds it, or a Snakemake works there; the message says which, since when.
    """
    with held_lock(root, activity) as holder:
        _refuse_bare_snakemake(root)
        _clear(root)
        try:
            yield holder
        except KeyboardInterrupt:
            _clear(root)
            raise


@contextmanager
def held_lock(
    root: Path, activity: str, *, is_silent_one_broken: bool = False
) -> Iterator[LockHolder]:
    """Hold the lock alone: nothing is cleared, and a bare Snakemake is not looked for.

    Parameters
    ----------
    root, activity
        As for :func:`run_lock`.
    is_silent_one_broken : bool
        Take the place of a holder on another host that gives no sign of life.

    Raises
    ------
    DatasetError
    """
    path = root / LOCK_FILE
    is_new = not root.exists()
    refuse_acting_name(root.absolute())
    refuse_links(root)
    own_folder(root, LOCK_FILE.parent)
    is_shared = is_shared_with_hosts(path.parent)
    with _locked(root) as stream:
        if is_shared:
            _refuse_other_host(root, path, is_silent_one_broken=is_silent_one_broken)
        mark = mark_of_this_process()
        now = datetime.now(UTC).isoformat(timespec="seconds")
        holder = LockHolder(mark.pid, mark.host, now, activity, mark.boot, mark.born)
        stream.truncate(0)
        stream.write(json.dumps(asdict(holder)) + "\n")
        stream.flush()
        try:
            with signs_of_life(path, is_needed=is_shared):
                yield holder
        finally:
            stream.truncate(0)
            if is_new:
                _remove_made(root, path)


@contextmanager
def _locked(root: Path) -> Iterator[IO[str]]:
    """Open the file with its lock; one that was removed meanwhile is opened anew."""
    path = root / LOCK_FILE
    while True:
        try:
            stream = open_own_file(root, LOCK_FILE, "a+")
        except FileNotFoundError:  # who had it before has just taken the new folder away
            continue
        with stream:
            if not _is_locked(stream):
                other = _read_holder(path)
                words = _words_of(root, other) if other else "another command is just starting"
                raise DatasetError(
                    f"{root}: {words}; wait for its end, or end it: pystamps stop -d {root}"
                )
            if _is_file_of(path, stream):
                yield stream
                return


def _is_file_of(path: Path, stream: IO[str]) -> bool:
    """Tell whether an open file still has its name."""
    try:
        return os.path.samestat(path.stat(), os.fstat(stream.fileno()))
    except FileNotFoundError:
        return False


def _words_of(root: Path, holder: LockHolder) -> str:
    """Name a holder; of a run, also what it is working on."""
    work = work_in_progress(root) if holder.activity in _RUNS else ""
    return holder.sentence + (work and f", {work}")


def _remove_made(root: Path, path: Path) -> None:
    """Take the file away from a new folder, and folders in which nothing was made."""
    path.unlink()
    for folder in (path.parent, root):
        try:
            folder.rmdir()
        except OSError as error:
            if error.errno not in (errno.ENOTEMPTY, errno.EEXIST, errno.ENOENT):
                raise


def _clear(root: Path) -> None:
    """Clear what killed commands have left, and say so in the log."""
    cleared = clear_leftovers(root, is_local=not is_shared_with_hosts(root))
    if cleared:
        log.info("%s: cleared what a killed command has left: %s", root, ", ".join(cleared))


def _refuse_bare_snakemake(root: Path) -> None:
    """Refuse to work beside a Snakemake that somebody has started by hand."""
    if any((root / SNAKEMAKE_LOCKS).glob("*.lock")):
        found = bare_snakemake_at(root)
        if found:
            raise DatasetError(
                f"{root}: snakemake itself works here {found}; wait for its end, or stop it"
            )


def _refuse_other_host(root: Path, path: Path, *, is_silent_one_broken: bool) -> None:
    """Refuse where a holder on another host may live, whose lock is not seen here."""
    other = _read_holder(path)
    if other is None or other.mark.is_here:
        return
    silent = seconds_since_sign_of_life(path)
    if silent < SILENT_S:
        raise DatasetError(
            f"{root}: {other.sentence}, last sign of life {silent:.0f} s ago; wait for its end, "
            f"or end it there: pystamps stop -d {root}"
        )
    if not is_silent_one_broken:
        raise DatasetError(
            f"{root}: {other.sentence}, no sign of life for {silent / 60:.0f} min: it is probably "
            f"dead; if so, remove its lock: pystamps unlock -d {root}"
        )


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
        except OSError as error:
            if error.errno not in _NO_LOCKS:
                raise
            return True  # signs of life have to do
        else:
            return True


def holder_of_lock(root: Path) -> LockHolder | None:
    """Give who holds the lock of a data set, None when nobody does; changes nothing."""
    path = root / LOCK_FILE
    try:
        stream = path.open()
    except FileNotFoundError:
        return None
    with stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return _read_holder(path)
    other = _read_holder(path)
    if other is None or other.mark.is_here or not is_shared_with_hosts(path):
        return None
    return other if seconds_since_sign_of_life(path) < SILENT_S else None


def _read_holder(path: Path) -> LockHolder | None:
    """Read what the holder has written; None when it has written nothing of the kind yet."""
    try:
        found = json.loads(path.read_text())
        return LockHolder(
            int(found["pid"]), str(found["host"]), str(found["started"]),
            str(found.get("activity", "")), str(found.get("boot", "")), int(found.get("born", 0)),
        )  # fmt: skip
    except (ValueError, TypeError, KeyError, FileNotFoundError):
        return None
