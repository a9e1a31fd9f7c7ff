"""Which implementation of a kernel runs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from importlib.util import find_spec
from typing import Any

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
        auto, python, native or cuda; auto takes Numba.
    overrides : mapping
        Kernel name to backend.
    threads : int
        Threads of a Numba kernel; 0 = all that Numba was given.
    """

    backend: str = "auto"
    overrides: Mapping[str, str] = field(default_factory=dict)
    threads: int = 0

    def backend_of(self, kernel: str) -> str:
        """Give the backend of a kernel with ``auto`` resolved."""
        wanted = self.overrides.get(kernel, self.backend)
        return "native" if wanted == "auto" else wanted


AUTO = KernelChoice()


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
    if backend == "native":
        _set_threads(choice.threads)
    module = import_module(f"pystamps_kernels.{kernel}.{MODULES[backend]}")
    function: Callable[..., Any] = getattr(module, kernel)
    return function


def _set_threads(threads: int) -> None:
    """Give Numba the number of threads of this job (Snakemake sets OMP_NUM_THREADS only)."""
    import numba

    numba.set_num_threads(
        min(threads, numba.config.NUMBA_NUM_THREADS) if threads else numba.config.NUMBA_NUM_THREADS
    )
