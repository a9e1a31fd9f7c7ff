"""Kernels that are compiled while a run begins: what stages need and the cache lacks."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from importlib import import_module
from types import ModuleType

from pystamps.kernel_checks.compile_all import CompilingProcesses, progress_line
from pystamps_kernels import KERNELS, NATIVE, backends_of, registered


def kernels_of_loaded_stages() -> list[str]:
    """Names of the compiled kernels that the stages loaded so far can call, in their order."""
    loaded = [name for name in KERNELS if f"pystamps_kernels.{name}" in sys.modules]
    return [name for name in loaded if NATIVE.name in backends_of(name)]


def module_of(kernel: str) -> ModuleType:
    """Give the module of a kernel for Numba."""
    return import_module(f"pystamps_kernels.{kernel}.{NATIVE.module}")


def kernels_without_code(called: Iterable[str]) -> list[str]:
    """Give those of some kernels of which the cache has nothing, in the same order.

    What only some settings call is left to the jobs.
    """
    usual = [name for name in called if not registered(name).is_rare]
    if not usual:
        return []
    from pystamps_kernels.host.compile import has_compiled_code

    return [name for name in usual if not has_compiled_code(getattr(module_of(name), name))]


class CompilingAhead:
    """Processes that compile kernels beside the jobs, as many as a job may have threads.

    Parameters
    ----------
    names : list of str
    """

    def __init__(self, names: list[str]) -> None:
        """Start them."""
        self._done = 0
        self._processes = CompilingProcesses(names, int(os.environ["NUMBA_NUM_THREADS"]))
        print(
            f"compiling {len(names)} kernels for this machine; this happens once per version, and "
            "jobs that need one wait for it",
            file=sys.stderr,
            flush=True,
        )

    def fileno(self) -> int:
        """Give the file descriptor on which something is to be read when a kernel is ready."""
        return self._processes.fileno()

    def say_next(self) -> bool:
        """Say which kernel is ready; False where there is none more.

        Of a process that has ended early nobody has to know: the job compiles what is missing, and
        says what is wrong.
        """
        item = self._processes.next_ready()
        if item is None:
            return False
        self._done += 1
        said = progress_line(self._done, len(self._processes.names), item)
        print(f"       {said}", file=sys.stderr, flush=True)
        return True

    def leave(self) -> None:
        """Have nothing to do with them, as a fork."""
        self._processes.leave()

    def end(self) -> None:
        """End what still runs."""
        self._processes.end()
