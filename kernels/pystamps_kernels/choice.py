"""Which implementation of a kernel runs."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from pystamps_kernels.device import gpu
from pystamps_kernels.errors import BackendUnavailableError
from pystamps_kernels.registry import registered

log = logging.getLogger(__name__)

MODULES = {"python": "reference", "native": "cpu", "cuda": "cuda"}
"""Backend as users name it, and the module of the kernel that holds it."""


@dataclass(frozen=True, slots=True)
class KernelChoice:
    """Backends of all kernels of a run.

    Attributes
    ----------
    backend : str
        auto, python, native or cuda; for auto see :func:`automatic_backend`, for cuda
        :meth:`wanted_for`.
    overrides : mapping
        Kernel name to backend.
    threads : int
        Threads of a Numba kernel; 0 = all that Numba was given (NUMBA_NUM_THREADS, which the
        workflow sets to the threads of the job, or the cores of the machine).
    """

    backend: str = "auto"
    overrides: Mapping[str, str] = field(default_factory=dict)
    threads: int = 0

    def backend_of(self, kernel: str, size: int | None = None) -> str:
        """Give the backend of a kernel with ``auto`` resolved for a number of elements."""
        wanted = self.wanted_for(kernel)
        return automatic_backend(kernel, size)[0] if wanted == "auto" else wanted

    def wanted_for(self, kernel: str) -> str:
        """Give what the settings say for a kernel, which may be ``auto``.

        ``cuda`` for all means all that have a CUDA version; the others choose for themselves.
        """
        if kernel not in self.overrides and self.backend == "cuda":
            return "cuda" if "cuda" in backends_of(kernel) else "auto"
        return self.overrides.get(kernel, self.backend)

    def on_device(self, kernels: tuple[str, ...]) -> KernelChoice:
        """Take the CUDA version of some kernels whatever the size of their arrays."""
        return replace(self, overrides={**self.overrides, **dict.fromkeys(kernels, "cuda")})


AUTO = KernelChoice()


def automatic_backend(kernel: str, size: int | None = None) -> tuple[str, str]:
    """Give the backend that ``auto`` means for a kernel, and why.

    Parameters
    ----------
    kernel : str
    size : int, optional
        Elements of the first array; without it, as many as make a device worth while.
    """
    if "cuda" not in backends_of(kernel):
        return "native", "no CUDA version"
    if size is not None and size < registered(kernel).device_size:
        return "native", "too little work for a device"
    missing = gpu.problem()
    return ("native", missing) if missing else ("cuda", "a device and enough work")


def resident(choice: KernelChoice, kernels: tuple[str, ...], size: int, bytes_needed: int) -> bool:
    """Tell whether a stage should keep its arrays on the device from kernel to kernel.

    Parameters
    ----------
    choice : KernelChoice
    kernels : tuple of str
        All kernels that are to work on the arrays; each must be one of the device.
    size : int
        Elements of the largest array.
    bytes_needed : int
        Memory of the device that the arrays and the work space take.
    """
    if any(choice.backend_of(kernel, size) != "cuda" for kernel in kernels):
        return False
    for kernel in kernels:
        implementation(kernel, choice, size=size)
    return bytes_needed <= gpu.SHARE_OF_FREE_MEMORY * gpu.free_bytes()


@cache
def backends_of(kernel: str) -> tuple[str, ...]:
    """Give the backends that a kernel has on disk (whether or not this machine can run them)."""
    package = f"pystamps_kernels.{kernel}"
    return tuple(name for name, module in MODULES.items() if find_spec(f"{package}.{module}"))


def implementation(
    kernel: str, choice: KernelChoice, *, size: int | None = None
) -> Callable[..., Any]:
    """Give the function of a kernel for the chosen backend.

    Parameters
    ----------
    kernel : str
    choice : KernelChoice
    size : int, optional
        Elements of the first array, by which ``auto`` chooses.

    Raises
    ------
    BackendUnavailableError
        The kernel has no such backend, or it cannot run here.
    """
    backend = choice.backend_of(kernel, size)
    _check(kernel, backend)
    threads = _set_threads(choice.threads) if backend == "native" else 1
    is_automatic = choice.wanted_for(kernel) == "auto"
    _say(backend, threads, automatic_backend(kernel, size)[1] if is_automatic else "as set")
    module = import_module(f"pystamps_kernels.{kernel}.{MODULES[backend]}")
    function: Callable[..., Any] = getattr(module, kernel)
    return function


def _check(kernel: str, backend: str) -> None:
    """Refuse a backend that does not exist or cannot run here."""
    if backend not in MODULES:
        raise BackendUnavailableError(
            f"kernel {kernel}: unknown backend {backend!r}; one of auto, {', '.join(MODULES)}"
        )
    present = backends_of(kernel)
    if backend not in present:
        raise BackendUnavailableError(
            f"kernel {kernel} has no backend {backend!r}; it has {', '.join(present)}"
        )
    missing = gpu.problem() if backend == "cuda" else None
    if missing:
        raise BackendUnavailableError(
            f"kernel {kernel}: backend 'cuda' cannot run: {missing}; or set kernels.backend to "
            "auto or native"
        )


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
