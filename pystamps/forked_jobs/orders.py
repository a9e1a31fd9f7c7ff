"""What Snakemake's executor and the server of jobs say to each other.

The executor opens a connection for every job and hands its other end to the server. On it go, as
lines of JSON: the order; ``pid`` of the process that does it, or why there is none; ``go`` from the
executor, which may look at the process from its beginning; and how the job has ended. A connection
that closes before is an end too.
"""

from __future__ import annotations

import dataclasses
import json
import os
import select
import socket
from dataclasses import dataclass
from pathlib import Path
from typing import Any

GO = b"go\n"
_CHUNK = 1 << 16
_CONNECTION = b"j"
"""What goes with the connection of a job from one process to another."""


class ProcessIsFree(BaseException):
    """Raised by a script that leaves nothing in its process, which may take the next job."""


@dataclass(frozen=True, slots=True)
class JobOrder:
    """A job as its script sees it: the names are those of Snakemake's object of scripts.

    Attributes
    ----------
    script : str
        Python script of the rule.
    folder : str
        In which it works.
    log, output : list of str
        Files, relative to the folder.
    wildcards : dict of str to str
    threads : int
    config : dict
        Configuration of the rules.
    environment : dict of str to str
        Variables of the process, and of the programs that it starts.
    """

    script: str
    folder: str
    log: list[str]
    output: list[str]
    wildcards: dict[str, str]
    threads: int
    config: dict[str, Any]
    environment: dict[str, str]

    @property
    def stage(self) -> str:
        """Name of the stage, which its log file has."""
        return Path(self.log[0]).stem


@dataclass(frozen=True, slots=True)
class JobEnd:
    """How a job has ended.

    Attributes
    ----------
    status : int
        Exit code, or the signal that has ended it, negative.
    processor_s : float
        Processor time of the process and of the programs that it has waited for.
    peak_memory_mb : float
        Largest resident set of one of these processes, exact.
    """

    status: int
    processor_s: float = 0.0
    peak_memory_mb: float = 0.0


class Connection:
    """One end of the connection of a job: lines of JSON in both directions."""

    def __init__(self, end: socket.socket) -> None:  # noqa: D107 - the class says it
        self._end = end
        self._rest = b""

    def fileno(self) -> int:
        """Give its file descriptor."""
        return self._end.fileno()

    def send(self, **said: Any) -> None:
        """Send one line; nothing where the other side has gone."""
        self.send_bytes(json.dumps(said).encode() + b"\n")

    def send_bytes(self, line: bytes) -> None:
        """Send a line as it is; nothing where the other side has gone."""
        try:
            self._end.sendall(line)
        except (BrokenPipeError, ConnectionResetError):
            return

    def receive(self) -> dict[str, Any] | None:
        """Wait for a line; None where the other side has gone."""
        line = self.receive_bytes()
        found: dict[str, Any] | None = None if line is None else json.loads(line)
        return found

    def receive_bytes(self) -> bytes | None:
        """Wait for a line as it is; None where the other side has gone."""
        while b"\n" not in self._rest:
            try:
                chunk = self._end.recv(_CHUNK)
            except ConnectionResetError:
                return None
            if not chunk:
                return None
            self._rest += chunk
        line, _, self._rest = self._rest.partition(b"\n")
        return line + b"\n"

    def has_said(self) -> bool:
        """Tell whether there is something to receive."""
        return bool(self._rest or select.select([self._end], [], [], 0)[0])

    def hand_over(self, connection: Connection, order: JobOrder) -> bool:
        """Give a job and its connection to the process on the other side; False = it has gone."""
        try:
            socket.send_fds(self._end, [_CONNECTION], [connection.fileno()])
            self._end.sendall(line_of(order))
        except (BrokenPipeError, ConnectionResetError):
            return False
        return True

    def take_over(self) -> tuple[Connection, JobOrder] | None:
        """Wait for such a job; None where the other side has gone."""
        _, descriptors, _, _ = socket.recv_fds(self._end, len(_CONNECTION), 1)
        said = self.receive() if descriptors else None
        if said is None:
            return None
        return Connection(socket.socket(fileno=descriptors[0])), order_of(said)

    def close(self) -> None:
        """Close it; the other side reads its end."""
        self._end.close()


def order_of(said: dict[str, Any]) -> JobOrder:
    """Give the order that a line holds."""
    return JobOrder(**said)


def line_of(order: JobOrder) -> bytes:
    """Give an order as a line."""
    return json.dumps(dataclasses.asdict(order)).encode() + b"\n"


def end_of(status: int, usage: Any) -> JobEnd:
    """Give the end of a job from what the system says about its process (``os.wait4``)."""
    processor_s = usage.ru_utime + usage.ru_stime
    return JobEnd(os.waitstatus_to_exitcode(status), processor_s, usage.ru_maxrss / 1024)
