"""Compilation of kernels before jobs need them: each is called once on small arguments.

Processes side by side take the next kernel from one queue as soon as they are free. The queue is a
pipe with one byte per kernel: reading a byte takes it from all others.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from time import perf_counter

from pystamps.errors import PystampsError
from pystamps_kernels import KERNELS, NATIVE, KernelChoice, backends_of, registered

_CELLS = 64
"""Pixels, arcs or cells of the arguments: enough for every kernel, no work."""

MOST_PROCESSES = 4
"""All kernels together take six times as long as the longest one, which more would wait for."""

_PROGRAM = "pystamps.kernel_checks.compiling_process"


@dataclass(frozen=True, slots=True)
class CompiledKernel:
    """One kernel that is ready.

    Attributes
    ----------
    kernel : str
    seconds : float
        Wall time of its call; where its code was there already, that of loading it.
    """

    kernel: str
    seconds: float


def kernels_to_compile() -> tuple[str, ...]:
    """Names of the kernels that Numba compiles, those that take longest first."""
    return tuple(longest_first(name for name in KERNELS if NATIVE.name in backends_of(name)))


def longest_first(names: Iterable[str]) -> list[str]:
    """Give kernels in an order in which processes side by side are done early."""
    return sorted(names, key=lambda name: -registered(name).compile_s)


def compile_kernel(kernel: str) -> CompiledKernel:
    """Call a kernel once, so that its code lies in the cache; what is there is loaded.

    Arguments have the classes that the stages pass; what a stage passes in other classes, it
    compiles itself.
    """
    # what makes the arguments loads half of the stages
    from pystamps.kernel_checks.inputs import run_kernel, typical

    started = perf_counter()
    run_kernel(kernel, typical(kernel, _CELLS), KernelChoice(NATIVE.name))
    return CompiledKernel(kernel, perf_counter() - started)


def compile_kernels(
    names: Sequence[str], *, say: Callable[[str], None], processes: int = 1
) -> list[CompiledKernel]:
    """Compile kernels, by processes side by side.

    Parameters
    ----------
    names : sequence of str
    say : callable
        Told which kernel is ready, and how many of how many are.
    processes : int
        With one, this process compiles.

    Returns
    -------
    list of CompiledKernel
        In the order in which they were ready.

    Raises
    ------
    PystampsError
        A process has ended before its kernel was ready; what it has said is above.
    """
    found: list[CompiledKernel] = []
    with ExitStack() as stack:
        ready: Iterable[CompiledKernel] = map(compile_kernel, names)
        if processes > 1 and len(names) > 1:
            started = CompilingProcesses(names, processes)
            stack.callback(started.end)
            ready = iter(started.next_ready, None)
        for item in ready:
            found.append(item)
            say(progress_line(len(found), len(names), item))
    missing = sorted({*names} - {item.kernel for item in found})
    if missing:
        raise PystampsError(
            f"a process that compiles kernels has ended early, {', '.join(missing)} not ready; "
            f"what it has said is above; if it has said nothing, see the memory: each of the "
            f"{processes} processes takes about 400 MB"
        )
    return found


def progress_line(done: int, count: int, item: CompiledKernel) -> str:
    """Say how many kernels are ready."""
    return f"kernel {done} of {count} ready: {item.kernel} ({item.seconds:.1f} s)"


class CompilingProcesses:
    """Processes that compile kernels side by side.

    Where this process is gone, each ends after the kernel that it is at.

    Parameters
    ----------
    names : sequence of str
        In the order in which they are begun.
    processes : int

    Attributes
    ----------
    names : tuple of str
    """

    def __init__(self, names: Sequence[str], processes: int) -> None:
        """Start them."""
        self.names = tuple(names)
        queue, given = os.pipe()
        os.write(given, bytes(range(len(names))))
        os.close(given)
        results, said = os.pipe()
        self._results = os.fdopen(results, "rb", buffering=0)
        command = [sys.executable, "-m", _PROGRAM, *names]
        self._started = []
        try:
            for _ in range(min(processes, len(names), MOST_PROCESSES)):
                self._started.append(subprocess.Popen(command, stdin=queue, stdout=said))
        finally:
            os.close(queue)
            os.close(said)

    def fileno(self) -> int:
        """Give the file descriptor on which something is to be read when a kernel is ready."""
        return self._results.fileno()

    def next_ready(self) -> CompiledKernel | None:
        """Wait for the next kernel; None when all processes have ended."""
        line = self._results.readline()
        return CompiledKernel(**json.loads(line)) if line else None

    def leave(self) -> None:
        """Have nothing to do with them, as a fork of the process that has started them."""
        self._results.close()

    def end(self) -> None:
        """End what still runs."""
        for process in self._started:
            process.kill()
            process.wait()
        self._results.close()
