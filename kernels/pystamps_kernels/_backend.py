"""Which implementation of a kernel runs."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from typing import Any

log = logging.getLogger(__name__)

MODULES = {"python": "reference", "native": "cpu", "cuda": "cuda"}
"""Backend as users name it, and the module of the kernel that holds it."""


class BackendUnavailableError(Exception):
    """A backend was asked for that a kernel does not have or this machine cannot run."""


@dataclass(frozen=True, slots=True)
class KernelChoice:
    """Backends of all kernels of a run.

    Attributes
    ----------
    backend : str
        auto, python, native or cuda; for auto see :func:`automatic_backend`.
    overrides : mapping
        Kernel name to backend.
    threads : int
        Threads of a Numba kernel; 0 = all that Numba was given (NUMBA_NUM_THREADS, which the
        workflow sets to the threads of the job, or the cores of the machine).
    """

    backend: str = "auto"
    overrides: Mapping[str, str] = field(default_factory=dict)
    threads: int = 0

    def backend_of(self, kernel: str) -> str:
        """Give the backend of a kernel with ``auto`` resolved."""
        wanted = self.wanted_for(kernel)
        return automatic_backend(kernel)[0] if wanted == "auto" else wanted

    def wanted_for(self, kernel: str) -> str:
        """Give what the settings say for a kernel, which may be ``auto``."""
        return self.overrides.get(kernel, self.backend)


AUTO = KernelChoice()


def automatic_backend(kernel: str) -> tuple[str, str]:
    """Give the backend that ``auto`` means for a kernel, and why.

    Numba, because no kernel has a CUDA version; one that has will be asked here for a device
    and for the size of its work.
    """
    if "cuda" not in backends_of(kernel):
        return "native", "no CUDA version"
    return "native", "CUDA is used on request only"


@cache
def backends_of(kernel: str) -> tuple[str, ...]:
    """Give the backends that a kernel has on disk (whether or not this machine can run them)."""
    package = f"pystamps_kernels.{kernel}"
    return tuple(name for name, module in MODULES.items() if find_spec(f"{package}.{module}"))


def implementation(kernel: str, choice: KernelChoice) -> Callable[..., Any]:
    """Give the function of a kernel for the chosen backend.

    Raises
    ------
    BackendUnavailableError
        The kernel has no such backend, or it cannot run here.
    """
    backend = choice.backend_of(kernel)
    if backend not in MODULES:
        raise BackendUnavailableError(
            f"kernel {kernel}: unknown backend {backend!r}; one of auto, {', '.join(MODULES)}"
        )
    present = backends_of(kernel)
    if backend not in present:
        raise BackendUnavailableError(
            f"kernel {kernel} has no backend {backend!r}; it has {', '.join(present)}"
        )
    threads = _set_threads(choice.threads) if backend == "native" else 1
    why = automatic_backend(kernel)[1] if choice.wanted_for(kernel) == "auto" else "as set"
    _say(backend, threads, why)
    module = import_module(f"pystamps_kernels.{kernel}.{MODULES[backend]}")
    function: Callable[..., Any] = getattr(module, kernel)
    return function


def _set_threads(threads: int) -> int:
    """Give Numba the number of threads of this job; more than it was started with cannot be."""
    import numba

    most: int = numba.config.NUMBA_NUM_THREADS
    used = min(threads, most) if threads else most
    numba.set_num_threads(used)
    return used


@cache
def _say(backend: str, threads: int, why: str) -> None:
    """Log a choice the first time that it is made."""
    log.info("kernels: %s (%s), threads: %d", backend, why, threads)
