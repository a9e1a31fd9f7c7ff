"""The hot loops of pySTAMPS: per kernel a NumPy reference, a Numba and a CUDA version."""

from pystamps_kernels._backend import AUTO, BackendUnavailableError, KernelChoice, backends_of
from pystamps_kernels._registry import KERNELS, REGISTRY, Kernel, registered

__all__ = [
    "AUTO",
    "KERNELS",
    "REGISTRY",
    "BackendUnavailableError",
    "Kernel",
    "KernelChoice",
    "backends_of",
    "registered",
]
