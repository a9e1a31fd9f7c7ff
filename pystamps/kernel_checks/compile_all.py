"""Compilation of all kernels before jobs need them: each is called once on small arguments."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from time import perf_counter

from pystamps.kernel_checks.inputs import run_kernel, typical
from pystamps_kernels import KERNELS, NATIVE, KernelChoice, backends_of

_CELLS = 64
"""Pixels, arcs or cells of the arguments: enough for every kernel, no work."""


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
    """Names of the kernels that Numba compiles, in the order of the registry."""
    return tuple(kernel for kernel in KERNELS if NATIVE.name in backends_of(kernel))


def compile_kernels(names: Sequence[str], *, say: Callable[[str], None]) -> list[CompiledKernel]:
    """Call every kernel once, so that its code lies in the cache; what is there is loaded.

    Parameters
    ----------
    names : sequence of str
    say : callable
        Told which kernel is next, and of how many.

    Returns
    -------
    list of CompiledKernel
        In the order of ``names``. Arguments have the classes that the stages pass; what a stage
        passes in other classes, it compiles itself.
    """
    found = []
    for number, kernel in enumerate(names, 1):
        say(f"kernel {number} of {len(names)}: {kernel}")
        started = perf_counter()
        run_kernel(kernel, typical(kernel, _CELLS), KernelChoice(NATIVE.name))
        found.append(CompiledKernel(kernel, perf_counter() - started))
    return found
