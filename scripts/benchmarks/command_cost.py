"""What a command costs: processor time and memory, and the unit that machines are compared by."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from benchmarks.child import CHECKOUT, BenchmarkError, import_path

PYSTAMPS = (sys.executable, "-m", "pystamps")

_OF_UNIT = (sys.executable, "-c", "import numba, scipy.spatial")
_STARTER = (
    "import resource, subprocess, sys; code = subprocess.call(sys.argv[1:], stdout=sys.stderr); "
    "used = resource.getrusage(resource.RUSAGE_CHILDREN); "
    "print(used.ru_utime + used.ru_stime, used.ru_maxrss); sys.exit(code)"
)


@dataclass(frozen=True, slots=True)
class Cost:
    """Processor seconds of a command and its children, and the largest of them in memory."""

    seconds: float
    peak_mb: float


def cost_of(command: list[str], folder: Path, *, checkout: Path = CHECKOUT) -> Cost:
    """Run a command to its end; it has to end well.

    A small process starts it: what a process starts counts the memory of its parent as its own.

    Parameters
    ----------
    command : list of str
    folder : Path
        Where it runs.
    checkout : Path, optional
        Whose code runs.

    Raises
    ------
    BenchmarkError
        It fails.
    """
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", _STARTER, *command],
        cwd=folder, env=os.environ | import_path(checkout), capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    if done.returncode:
        last = "\n".join((done.stdout + done.stderr).splitlines()[-5:])
        raise BenchmarkError(f"{' '.join(command)} ended with {done.returncode}: {last}")
    seconds, kilobytes = done.stdout.splitlines()[-1].split()
    return Cost(float(seconds), float(kilobytes) / 1024)


def unit_seconds(folder: Path) -> float:
    """Give the processor time of two imports: other times are given as multiples of it."""
    return cost_of([*_OF_UNIT], folder).seconds
