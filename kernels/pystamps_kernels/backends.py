"""The backends: ways to run a kernel, and what sets one apart from the others.

A new backend is a record in ``BACKENDS``, and its module in the folder of every kernel that has it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from pystamps_kernels.device import gpu

AUTOMATIC = "auto"
"""Name, beside those of the backends, that leaves the choice to each kernel."""


def _nothing_missing() -> None:
    """Every machine can run it."""


def _one_thread(_wanted: int) -> int:
    return 1


@dataclass(frozen=True, slots=True)
class Backend:
    """A way to run kernels.

    Attributes
    ----------
    name : str
        As users name it.
    module : str
        Module in the folder of a kernel that holds it.
    meaning : str
        What it is, in words.
    problem : callable
        Says why this machine cannot run it; None when it can.
    use_threads : callable
        Takes the number of threads wanted (0 = all) and gives the number that kernels will use.
    is_device : bool
        Arrays must go to the memory of a device: worth while for large ones only.
    """

    name: str
    module: str
    meaning: str
    problem: Callable[[], str | None] = _nothing_missing
    use_threads: Callable[[int], int] = _one_thread
    is_device: bool = False


def _native_threads(wanted: int) -> int:
    """Give the kernels the number of threads of this job."""
    from pystamps_kernels.host.tasks import use_threads

    return use_threads(wanted)


def _device_problem() -> str | None:
    return gpu.device_problem()


PYTHON = Backend("python", "reference", "NumPy, written like the formula: the reference")
NATIVE = Backend("native", "cpu", "Numba on the processor", use_threads=_native_threads)
CUDA = Backend(
    "cuda", "cuda", "CUDA through CuPy on a GPU of NVIDIA", problem=_device_problem, is_device=True
)

BACKENDS = {backend.name: backend for backend in (PYTHON, NATIVE, CUDA)}
"""All backends by name, in the order of tables and messages."""


def backend_settings() -> tuple[str, ...]:
    """Give what a setting may say: the automatic choice and the backends."""
    return AUTOMATIC, *BACKENDS
