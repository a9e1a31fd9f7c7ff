"""Commands of pySTAMPS that the console starts: processes of their own, one per data set."""

from __future__ import annotations

import json
import os
import shlex
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pystamps.errors import DatasetError, PystampsError
from pystamps.io.started_by import COMMAND_VARIABLE
from pystamps.pipeline.run_lock import holder_of_lock

_PATIENCE_S = ((signal.SIGINT, 60.0), (signal.SIGTERM, 10.0), (signal.SIGKILL, 5.0))
"""Signals that end a run, from gentle to hard, and how long each is given."""
_OUTPUT_BYTES = 8000
_CODE = "from pystamps.cli import main; main()"


@dataclass(frozen=True, slots=True)
class Child:
    """A command that the console has started on a data set.

    Attributes
    ----------
    command : str
        As people would type it.
    process : Popen
    output : Path
        What it writes for people.
    """

    command: str
    process: subprocess.Popen[bytes]
    output: Path

    @property
    def exit_code(self) -> int | None:
        """None while it goes on."""
        return self.process.poll()

    @property
    def text(self) -> str:
        """The end of what it has written."""
        return self.output.read_bytes()[-_OUTPUT_BYTES:].decode(errors="replace")


class Children:
    """The commands that the console has started.

    They have sessions of their own: the end of the console does not end them.

    Parameters
    ----------
    scratch : Path
        Folder for what they write.
    """

    def __init__(self, scratch: Path) -> None:  # noqa: D107 - the class says it all
        self._scratch = scratch
        self._of_root: dict[Path, Child] = {}
        self._starting = threading.Lock()

    def of(self, root: Path) -> Child | None:
        """Give the latest command on a data set."""
        return self._of_root.get(root)

    def start(self, root: Path, arguments: Sequence[str]) -> Child:
        """Start a command that changes a data set.

        Raises
        ------
        DatasetError
            Something else is changing it.
        """
        with self._starting:
            before = self._of_root.get(root)
            if before is not None and before.exit_code is None:
                raise DatasetError(f"{root}: {before.command} goes on; wait for its end or stop it")
            holder = holder_of_lock(root)
            if holder is not None:
                raise DatasetError(f"{root}: {holder.sentence}; wait for its end, or stop it")
            child = self._started(root, arguments)
            self._of_root[root] = child
            return child

    def _started(self, root: Path, arguments: Sequence[str]) -> Child:
        handle, name = tempfile.mkstemp(dir=self._scratch, suffix=".txt")
        with os.fdopen(handle, "wb") as output:
            process = subprocess.Popen(
                _command_of(arguments),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=root if root.is_dir() else root.parent,  # outlives the console
                env=_environment(arguments),
                start_new_session=True,
            )
        return Child(_typed(arguments), process, Path(name))

    def answer_of(self, arguments: Sequence[str], *, timeout_s: float) -> Any:
        """Run a command that changes nothing to its end, and give what it prints as JSON.

        Raises
        ------
        PystampsError
            It was refused, with its message; or it takes too long.
        """
        try:
            done = subprocess.run(
                _command_of(arguments),
                stdin=subprocess.DEVNULL,
                capture_output=True,
                cwd=self._scratch,
                env=_environment(arguments),
                timeout=timeout_s,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            words = f"takes longer than {timeout_s:.0f} s; run it in a terminal"
            raise PystampsError(f"{_typed(arguments)}: {words}") from error
        try:
            return json.loads(done.stdout)
        except ValueError as error:
            raise PystampsError(_message_of(done.stderr.decode(errors="replace"))) from error

    def stop(self, root: Path) -> str:
        """Begin to end what changes a data set, gently at first; say what is ended.

        Raises
        ------
        PystampsError
            Nothing runs, or it was not started so that it can be ended from here.
        """
        child = self._of_root.get(root)
        if child is not None and child.exit_code is None:
            pid, words = child.process.pid, child.command
        else:
            pid, words = _group_of_holder(root)
        threading.Thread(target=self._end_group, args=(pid, child), daemon=True).start()
        return words

    def _end_group(self, group: int, child: Child | None) -> None:
        """Send signals to a process group until nobody is left in it."""
        for number, patience in _PATIENCE_S:
            deadline = time.monotonic() + patience
            if not _signalled(group, number):
                return
            while time.monotonic() < deadline:
                time.sleep(0.2)
                if child is not None:
                    child.process.poll()  # a process that nobody has asked about stays in its group
                if not _signalled(group, 0):
                    return


def _group_of_holder(root: Path) -> tuple[int, str]:
    """Give the process group of the run that holds the lock, when it leads one of its own."""
    holder = holder_of_lock(root)
    if holder is None:
        raise DatasetError(f"{root}: nothing runs here")
    words = f"pystamps with pid {holder.pid} on {holder.host}"
    if holder.host != socket.gethostname() or not _leads_group(holder.pid):
        raise DatasetError(f"{root}: {words} was started elsewhere; stop it where it was started")
    return holder.pid, words


def _leads_group(pid: int) -> bool:
    """Tell whether a process of this account leads a group of its own, so that others are safe."""
    try:
        if pid <= 1 or os.getpgid(pid) != pid:
            return False
        os.kill(pid, 0)
    except (ProcessLookupError, PermissionError):
        return False
    return True


def _signalled(group: int, number: int) -> bool:
    """Send a signal to a process group; tell whether somebody is in it."""
    try:
        os.killpg(group, number)
    except (ProcessLookupError, PermissionError):
        return False
    return True


def _command_of(arguments: Sequence[str]) -> list[str]:
    return [sys.executable, "-c", _CODE, *arguments]


def _typed(arguments: Sequence[str]) -> str:
    return shlex.join(["pystamps", *arguments])


def _environment(arguments: Sequence[str]) -> dict[str, str]:
    """Give the environment of a command: nothing is imported from the folder it works in."""
    return os.environ | {COMMAND_VARIABLE: _typed(arguments), "PYTHONSAFEPATH": "1"}


def _message_of(written: str) -> str:
    """Give the message of a command that was refused: its line ``error:``, else its last lines."""
    lines = [line for line in written.splitlines() if line.strip()]
    errors = [line.removeprefix("error: ") for line in lines if line.startswith("error: ")]
    return errors[-1] if errors else "; ".join(lines[-3:]) or "ended without a word"
