"""Which implementation of a kernel runs."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from pystamps_kernels.backends import AUTOMATIC, BACKENDS, CUDA, NATIVE, Backend, backend_settings
from pystamps_kernels.device import gpu
from pystamps_kernels.errors import BackendUnavailableError
from pystamps_kernels.registry import registered

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class KernelChoice:
    """Backends of all kernels of a run.

    Attributes
    ----------
    backend : str
        One of :func:`backend_settings`; for auto see :func:`automatic_backend`, for a device
        :meth:`wanted_for`.
    overrides : mapping
        Kernel name to backend.
    threads : int
        Threads of a Numba kernel; 0 = all that Numba was given (NUMBA_NUM_THREADS, which the
        workflow sets to the threads of the job, or the cores of the machine).
    """

    backend: str = AUTOMATIC
    overrides: Mapping[str, str] = field(default_factory=dict)
    threads: int = 0

    def backend_of(self, kernel: str, size: int | None = None) -> str:
        """Give the backend of a kernel with ``auto`` resolved for a number of elements."""
        wanted = self.wanted_for(kernel)
        return automatic_backend(kernel, size)[0] if wanted == AUTOMATIC else wanted

    def wanted_for(self, kernel: str) -> str:
        """Give what the settings say for a kernel, which may be ``auto``.

        A device for all means all that have a version for it; the others choose for themselves.
        """
        if kernel in self.overrides:
            return self.overrides[kernel]
        if _is_device(self.backend) and self.backend not in backends_of(kernel):
            return AUTOMATIC
        return self.backend

    def names_a_device(self) -> bool:
        """Tell whether the settings say that some kernel shall run on a device."""
        return any(map(_is_device, (self.backend, *self.overrides.values())))

    def on_device(self, kernels: tuple[str, ...]) -> KernelChoice:
        """Take the CUDA version of some kernels whatever the size of their arrays."""
        return replace(self, overrides={**self.overrides, **dict.fromkeys(kernels, CUDA.name)})


AUTO = KernelChoice()


def automatic_backend(kernel: str, size: int | None = None) -> tuple[str, str]:
    """Give the backend that ``auto`` means for a kernel, and why.

    Parameters
    ----------
    kernel : str
    size : int, optional
        Elements of the first array; without it, as many as make a device worth while.
    """
    why = "no CUDA version"
    for name in filter(_is_device, backends_of(kernel)):
        if size is not None and size < registered(kernel).device_size:
            return NATIVE.name, "too little work for a device"
        missing = BACKENDS[name].problem()
        if missing is None:
            return name, "a device and enough work"
        why = missing
    return NATIVE.name, why


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
    if any(choice.backend_of(kernel, size) != CUDA.name for kernel in kernels):
        return False
    for kernel in kernels:
        implementation(kernel, choice, size=size)
    return bytes_needed <= gpu.SHARE_OF_FREE_MEMORY * gpu.free_bytes()


@cache
def backends_of(kernel: str) -> tuple[str, ...]:
    """Give the backends that a kernel has on disk (whether or not this machine can run them)."""
    package = f"pystamps_kernels.{kernel}"
    return tuple(b.name for b in BACKENDS.values() if find_spec(f"{package}.{b.module}"))


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
    backend = _usable(kernel, choice.backend_of(kernel, size))
    threads = backend.use_threads(choice.threads)
    is_automatic = choice.wanted_for(kernel) == AUTOMATIC
    _say(backend.name, threads, automatic_backend(kernel, size)[1] if is_automatic else "as set")
    for notes in _NOTES:
        notes[kernel] = backend.name
    return function_of(kernel, backend)


_NOTES: list[dict[str, str]] = []


@contextmanager
def noted_backends() -> Iterator[dict[str, str]]:
    """Note inside the block which backend runs for each kernel (the last, where they differ)."""
    notes: dict[str, str] = {}
    _NOTES.append(notes)
    try:
        yield notes
    finally:
        _NOTES.pop()


def function_of(kernel: str, backend: Backend) -> Callable[..., Any]:
    """Give the function of a kernel that a backend has, whether or not it can run here."""
    module = import_module(f"pystamps_kernels.{kernel}.{backend.module}")
    function: Callable[..., Any] = getattr(module, kernel)
    return function


def _is_device(name: str) -> bool:
    return name in BACKENDS and BACKENDS[name].is_device


def _usable(kernel: str, name: str) -> Backend:
    """Give a backend of a kernel; refuse one that does not exist or cannot run here."""
    if name not in BACKENDS:
        raise BackendUnavailableError(
            f"kernel {kernel}: unknown backend {name!r}; one of {', '.join(backend_settings())}"
        )
    present = backends_of(kernel)
    if name not in present:
        raise BackendUnavailableError(
            f"kernel {kernel} has no backend {name!r}; it has {', '.join(present)}"
        )
    missing = BACKENDS[name].problem()
    if missing:
        raise BackendUnavailableError(
            f"kernel {kernel}: backend {name!r} cannot run: {missing}; or set kernels.backend to "
            f"{AUTOMATIC} or {NATIVE.name}"
        )
    return BACKENDS[name]


@cache
def _say(backend: str, threads: int, why: str) -> None:
    """Log a choice the first time that it is made."""
    log.info("kernels: %s (%s), threads: %d", backend, why, threads)
