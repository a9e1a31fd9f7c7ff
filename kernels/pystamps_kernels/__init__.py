"""The hot loops of pySTAMPS: per kernel a NumPy reference, a Numba and a CUDA version.

``README.md`` beside this file says what lies where and which way imports go.
"""

from pystamps_kernels.backends import BACKENDS, NATIVE, PYTHON, Backend, backend_settings
from pystamps_kernels.choice import (
    AUTO,
    KernelChoice,
    backends_of,
    function_of,
    noted_backends,
    resident,
)
from pystamps_kernels.device.gpu import to_device, to_host
from pystamps_kernels.errors import BackendUnavailableError, DeviceMemoryError
from pystamps_kernels.registry import KERNELS, REGISTRY, Kernel, registered
from pystamps_kernels.waiting import seconds_waited

__all__ = [
    "AUTO",
    "BACKENDS",
    "KERNELS",
    "NATIVE",
    "PYTHON",
    "REGISTRY",
    "Backend",
    "BackendUnavailableError",
    "DeviceMemoryError",
    "Kernel",
    "KernelChoice",
    "backend_settings",
    "backends_of",
    "function_of",
    "noted_backends",
    "registered",
    "resident",
    "seconds_waited",
    "to_device",
    "to_host",
]
