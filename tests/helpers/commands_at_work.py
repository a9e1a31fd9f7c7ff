"""Commands that run as people start them, what they have started, and what they leave behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from pystamps.resources import workflow_directory

SESSION = "PYSTAMPS_TEST_SESSION"
"""Variable by which everything that a command starts is found, whoever its parent is."""
PYSTAMPS = (sys.executable, "-c", "from pystamps.cli import main; main()")


def pystamps_command(*arguments: object) -> list[str]:
    """Give the command line of ``pystamps``."""
    return [*PYSTAMPS, *map(str, arguments)]


def bare_snakemake(root: Path, *arguments: str) -> list[str]:
    """Give the command line of Snakemake itself, as documented, on a data set."""
    command = [sys.executable, "-m", "snakemake", "--cores", "1", "--snakefile"]
    command += [str(workflow_directory() / "Snakefile"), "--config", f"dataset={root}"]
    return [*command, *arguments]


@dataclass(frozen=True, slots=True)
class CommandAtWork:
    """A command in a session of its own, whose temporary files lie in one folder."""

    process: subprocess.Popen[str]
    session: str
    temporary: Path

    def alive(self) -> list[str]:
        """Give the processes of the command that live, by their environment."""
        found = []
        for process in psutil.process_iter():
            with suppress(psutil.Error):
                is_ours = process.environ().get(SESSION) == self.session
                if is_ours and process.status() != psutil.STATUS_ZOMBIE:
                    found.append(" ".join(process.cmdline()))
        return found

    def left_after(self, seconds: float) -> list[str]:
        """Wait for the end of all processes; give those that live on after so many seconds."""
        deadline = time.monotonic() + seconds
        while (left := self.alive()) and time.monotonic() < deadline:
            time.sleep(0.05)
        return left

    def signal(self, number: signal.Signals, target: str) -> None:
        """Send a signal to the leader or to the group."""
        (os.kill if target == "leader" else os.killpg)(self.process.pid, number)

    def said(self) -> str:
        """Wait for the end; give what was said."""
        return self.process.communicate(timeout=600)[0]


@contextmanager
def command_at_work(command: list[str], folder: Path, **variables: str) -> Iterator[CommandAtWork]:
    """Start a command, with more variables; whatever is left of it is killed with the block."""
    temporary = folder / "temporary"
    temporary.mkdir(exist_ok=True)
    session = f"{folder}:{time.monotonic_ns()}"
    with subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env=os.environ | {"TMPDIR": str(temporary), SESSION: session, **variables},
        cwd=folder,
        start_new_session=True,
        text=True,
        errors="replace",
    ) as process:
        try:
            yield CommandAtWork(process, session, temporary)
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)


def run_to_the_end(
    command: list[str], folder: Path, **variables: str
) -> subprocess.CompletedProcess[str]:
    """Run a command as :func:`command_at_work` does; give what it said."""
    with command_at_work(command, folder, **variables) as at_work:
        said = at_work.said()
        return subprocess.CompletedProcess(command, at_work.process.returncode, said, "")


def garbage_of(root: Path) -> list[str]:
    """Give locks, temporary files and scratch that no finished command leaves."""
    patterns = (".snakemake/locks/*", ".snakemake/scripts/tmp*", "**/*.part", ".pystamps/previous",
                ".pystamps/stage0", ".pystamps/stage6/ifg_*", ".pystamps/stage6/resumable",
                ".snakemake/incomplete/*")  # fmt: skip
    return sorted(str(path.relative_to(root)) for name in patterns for path in root.glob(name))


NOT_RESULTS = {
    *(".snakemake", "logs", "benchmarks", "runs", "jobs", "provenance", "manifest.json"),
    *("stage6", "preparation.json"),
}
"""Parts of paths: records of when and how something ran, which differ between equal results."""


def results_of(root: Path) -> dict[str, bytes]:
    """Give the content of every file that is a result or an input."""
    return {
        str(name): path.read_bytes()
        for path in sorted(root.rglob("*"))
        for name in [path.relative_to(root)]
        if path.is_file() and path.suffix != ".lock" and not NOT_RESULTS.intersection(name.parts)
    }


def differences(found: dict[str, bytes], expected: dict[str, bytes]) -> list[str]:
    """Name the files that are in one tree only, or differ."""
    names = sorted(found.keys() | expected.keys())
    return [name for name in names if found.get(name) != expected.get(name)]
