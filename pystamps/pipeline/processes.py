"""Which process it is, across hosts, containers and restarts, and whether it still lives.

``psutil`` is loaded where it is asked: every command comes by here, and few ask.
"""

from __future__ import annotations

import os
import socket
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

_BOOT = Path("/proc/sys/kernel/random/boot_id")
_NAMESPACE = Path("/proc/self/ns/pid")
_SNAKEMAKE = {"snakemake", "pystamps.forked_jobs.snakemake_beside", "pystamps.forked_jobs.server"}
"""Programs, or modules of Python, that work in a data set; jobs are forks of the last."""
_TOLERANCE_S = 2
"""Births are computed from a clock that may be set."""


def usable_cores() -> int:
    """Give the number of cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@dataclass(frozen=True, slots=True)
class ProcessMark:
    """What tells a process from all others.

    Attributes
    ----------
    pid : int
    host : str
    boot : str
        The start of the system, and in which container; numbers of processes are compared within
        one only.
    born : int
        Seconds since the epoch.
    """

    pid: int
    host: str
    boot: str
    born: int

    @property
    def is_here(self) -> bool:
        """Whether the process belongs to this host, this start of it, this container."""
        return (self.host, self.boot) == (socket.gethostname(), boot_mark())

    @property
    def is_alive(self) -> bool:
        """Whether a process of here lives; one that only its parent has not heard of does not."""
        import psutil

        try:
            process = psutil.Process(self.pid)
            is_dead = process.status() == psutil.STATUS_ZOMBIE
            return not is_dead and abs(process.create_time() - self.born) <= _TOLERANCE_S
        except psutil.NoSuchProcess:
            return False


def mark_of_this_process() -> ProcessMark:
    """Give the mark of this process."""
    import psutil

    pid = os.getpid()
    return ProcessMark(
        pid, socket.gethostname(), boot_mark(), int(psutil.Process(pid).create_time())
    )


@cache
def boot_mark() -> str:
    """Give what changes when the system starts anew, and between containers."""
    boot = _BOOT.read_text()[:8] if _BOOT.is_file() else _boot_time()
    namespace = str(_NAMESPACE.readlink()) if _NAMESPACE.is_symlink() else ""
    return boot + "".join(sign for sign in namespace if sign.isdigit())


def _boot_time() -> str:
    import psutil

    return str(int(psutil.boot_time()))


def bare_snakemake_at(root: Path) -> str:
    """Give in words the Snakemake that works in a folder, beside those of pySTAMPS; else nothing.

    It is seen in this container of this host only, and where its user may be looked at.
    """
    import psutil

    place = root.resolve()
    for process in psutil.process_iter():
        with suppress(psutil.Error, OSError):
            if _is_snakemake(process.cmdline()) and Path(process.cwd()) == place:
                began = datetime.fromtimestamp(process.create_time(), tz=UTC)
                return f"since {began.isoformat(timespec='seconds')}, pid {process.pid}"
    return ""


def _is_snakemake(command: list[str]) -> bool:
    """Tell whether a command line is that of Snakemake and not of a guard or of a job."""
    names = [Path(word).name for word in command[:3]]
    return bool(_SNAKEMAKE.intersection(names)) and "child_guard.py" not in " ".join(command)
