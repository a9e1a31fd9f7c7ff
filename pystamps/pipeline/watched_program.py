"""External programs that are run to their end, and ended where they fall silent."""

from __future__ import annotations

import os
import selectors
import signal
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from pystamps.errors import ExternalProgramError
from pystamps.io.own_places import new_own_file
from pystamps.pipeline.guarded_groups import GuardedGroups

_LONGEST_TICK_S = 1.0
_CHUNK = 1 << 16
_LONGEST_LOG = 1 << 22
_LONGEST_LAST_WORDS = 200


def run_watched(
    groups: GuardedGroups,
    command: Sequence[str],
    *,
    folder: Path,
    log_path: Path,
    silence_minutes: float,
) -> None:
    """Run a program to its end; it and all that it has started are gone afterwards.

    Parameters
    ----------
    groups : GuardedGroups
        Their guard ends it where this process is killed.
    command : sequence of str
    folder : Path
        Working directory.
    log_path : Path
        Gets what the program says but for counters, which a carriage return wipes out.
    silence_minutes : float
        The program is ended when it has said nothing for so long, counters included; 0 = never.
        Time in which this process is stopped (Ctrl-Z, a laptop that sleeps) does not count.

    Raises
    ------
    ExternalProgramError
        It ended with another status than 0, by a signal, or fell silent; its last words are named.
    """
    with new_own_file(log_path) as stream:
        log = _Log(stream)
        with _spoken(groups, command, folder) as (process, words):
            _follow(process, words, log, 60 * silence_minutes)
            status = process.wait()
        log.finish()
    if status:
        last = f" ({log.last_line})" if log.last_line else ""
        raise ExternalProgramError(f"{_ending(status)}{last}")


@contextmanager
def _spoken(
    groups: GuardedGroups, command: Sequence[str], folder: Path
) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    """Start a program; give it, and the end of a pipe that carries what it says."""
    words, said = os.pipe()
    try:
        with groups.running(command, folder=folder, output=said) as process:
            os.close(said)
            said = -1
            yield process, words
    finally:
        for end in (words, said):
            if end >= 0:
                os.close(end)


def _follow(process: subprocess.Popen[bytes], words: int, log: _Log, seconds: float) -> None:
    """Log what a program says until it ends.

    Raises
    ------
    ExternalProgramError
        It has said nothing for so many seconds (0 = any number).
    """
    tick = min(_LONGEST_TICK_S, seconds / 4) if seconds else _LONGEST_TICK_S
    silent, is_open = 0.0, True
    with selectors.DefaultSelector() as ready:
        ready.register(words, selectors.EVENT_READ)
        while is_open or process.poll() is None:
            if is_open and ready.select(tick):
                chunk = os.read(words, _CHUNK)
                is_open = bool(chunk)
                log.add(chunk)
                silent = 0.0
                continue
            if process.poll() is not None:
                return
            if not is_open:
                _wait(process, tick)
            silent += tick  # not the clock: it goes on while this process is stopped
            if seconds and silent >= seconds:
                last = f' after "{log.last_line}"' if log.last_line else ""
                raise ExternalProgramError(
                    f"it said nothing for {seconds / 60:g} minutes{last} and was ended "
                    "(runtime.tool_silence_minutes)"
                )


def _wait(process: subprocess.Popen[bytes], seconds: float) -> None:
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        return


def _ending(status: int) -> str:
    """Say how a program ended."""
    if status > 0:
        return f"exit status {status}"
    try:
        name = signal.Signals(-status).name
    except ValueError:
        name = "unknown"
    memory = "; memory may have run out" if -status == signal.SIGKILL else ""
    return f"ended by signal {-status}, {name}{memory}"


class _Log:
    """What a program has said, without what a carriage return wipes out, up to a size."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self._line = b""
        self._n_written = 0
        self.last_line = ""

    def add(self, chunk: bytes) -> None:
        """Add what the program has just said."""
        *lines, rest = (self._line + chunk).split(b"\n")
        for line in lines:
            self._write(line)
        self._line = rest[rest.rfind(b"\r") + 1 :]
        if len(self._line) > _CHUNK:
            self.finish()

    def finish(self) -> None:
        """Write what no end of line has followed."""
        if self._line:
            self._write(self._line)
        self._line = b""

    def _write(self, line: bytes) -> None:
        shown = line[line.rstrip(b"\r").rfind(b"\r") + 1 :].rstrip(b"\r")
        if shown.strip():
            self.last_line = shown.decode(errors="replace").strip()[:_LONGEST_LAST_WORDS]
        if self._n_written < _LONGEST_LOG:
            self._n_written += self._stream.write(shown + b"\n")
        self._stream.flush()
