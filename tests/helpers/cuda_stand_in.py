"""A stand-in for CuPy: NumPy behind arrays that behave as if they lay on a device.

Its arrays refuse what CuPy's refuse: to be mixed with arrays of NumPy, and to become one unasked.
Programs run in the emulator. Transfers are counted, and memory can be made scarce.
"""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
from cuda_emulator import launch
from numpy.lib.mixins import NDArrayOperatorsMixin

ABSENT = {
    "apply_along_axis",
    "block",
    "frompyfunc",
    "histogram_bin_edges",
    "insert",
    "ma",
    "memmap",
}
ABSENT |= {"nanpercentile", "nanquantile", "nditer", "spacing", "unstack", "vecdot", "vectorize"}
"""Names of NumPy that CuPy 14 does not have, or has in another sense."""


class OutOfMemoryError(MemoryError):
    """As CuPy's: the memory of the device is used up."""


class DeviceArray(NDArrayOperatorsMixin):
    """An array that only the stand-in may look into."""

    __array_priority__ = 100

    def __init__(self, host: np.ndarray) -> None:
        self._host = host

    def __array__(self, *_: Any, **__: Any) -> np.ndarray:
        raise TypeError("a device array does not become a NumPy array unasked; use asnumpy")

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **keywords: Any) -> Any:
        return _wrapped(getattr(ufunc, method)(*_opened(inputs), **_opened(keywords)))

    def __array_function__(self, function: Any, types: Any, args: Any, keywords: Any) -> Any:
        assert function.__name__ not in ABSENT, f"CuPy has no {function.__name__}"
        return _wrapped(function(*_opened(args), **_opened(keywords)))

    def __getitem__(self, index: Any) -> DeviceArray:
        return _wrapped(self._host[_opened(index)])

    def __setitem__(self, index: Any, value: Any) -> None:
        self._host[_opened(index)] = _opened(value)

    def __len__(self) -> int:
        return len(self._host)

    def __bool__(self) -> bool:
        return bool(self._host)

    def __int__(self) -> int:
        return int(self._host)

    def __index__(self) -> int:
        return self._host.__index__()

    def __float__(self) -> float:
        return float(self._host)

    def __complex__(self) -> complex:
        return complex(self._host)

    def __repr__(self) -> str:
        return f"DeviceArray({self._host!r})"

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") or name == "_host":
            raise AttributeError(name)
        value = getattr(self._host, name)
        if isinstance(value, np.ndarray):
            return DeviceArray(value)
        return _on_device(value) if callable(value) else value

    def __setattr__(self, name: str, value: Any) -> None:
        if name == "_host":
            object.__setattr__(self, name, value)
        else:
            setattr(self._host, name, _opened(value))


def _opened(value: Any) -> Any:
    """Replace device arrays by the arrays behind them; refuse arrays of NumPy."""
    if isinstance(value, DeviceArray):
        return value._host
    if isinstance(value, np.ndarray):
        raise TypeError(f"an array of NumPy among device arrays, shape {value.shape}")
    if isinstance(value, tuple | list):
        return type(value)(_opened(item) for item in value)
    if isinstance(value, dict):
        return {key: _opened(item) for key, item in value.items()}
    return value


def _wrapped(value: Any) -> Any:
    """Put results on the device; numbers become arrays without axes, as CuPy's do."""
    if isinstance(value, np.ndarray):
        return DeviceArray(value)
    if isinstance(value, np.generic):
        return DeviceArray(np.asarray(value))
    if isinstance(value, tuple):
        fields = [_wrapped(item) for item in value]
        return type(value)(*fields) if hasattr(value, "_fields") else tuple(fields)
    return [_wrapped(item) for item in value] if isinstance(value, list) else value


def _on_device(function: Callable[..., Any]) -> Callable[..., Any]:
    def call(*args: Any, **keywords: Any) -> Any:
        return _wrapped(function(*_opened(args), **_opened(keywords)))

    return call


class StandIn:
    """What takes the place of the module ``cupy``.

    Attributes
    ----------
    uploads, downloads : list of int
        Sizes in bytes of the transfers so far.
    launches : list of str
        Names of the kernels started.
    free : int
        Memory of the device in bytes; single arrays above it raise OutOfMemoryError.
    """

    __version__ = "stand-in"
    ndarray = DeviceArray

    def __init__(self) -> None:
        self.uploads: list[int] = []
        self.downloads: list[int] = []
        self.launches: list[str] = []
        self.free = 1 << 40
        properties = {"name": b"stand-in", "totalGlobalMem": 1 << 30, "major": 9, "minor": 0}
        self.cuda = SimpleNamespace(
            memory=SimpleNamespace(OutOfMemoryError=OutOfMemoryError),
            runtime=SimpleNamespace(
                CUDARuntimeError=RuntimeError,
                getDeviceCount=lambda: 1,
                getDevice=lambda: 0,
                getDeviceProperties=lambda _: properties,
                driverGetVersion=lambda: 0,
                runtimeGetVersion=lambda: 0,
                memGetInfo=lambda: (self.free, self.free),
            ),
        )
        self.fft = SimpleNamespace(
            **{name: _on_device(getattr(np.fft, name)) for name in ("fft", "ifft", "fft2", "ifft2")}
        )
        self.linalg = SimpleNamespace(
            **{
                name: _on_device(getattr(np.linalg, name))
                for name in ("inv", "norm", "pinv", "solve")
            }
        )

    def __getattr__(self, name: str) -> Any:
        if name in ABSENT:
            raise AttributeError(f"CuPy has no {name}")
        value = getattr(np, name)
        if isinstance(value, type) or not callable(value):
            return value
        return self._allocating(_on_device(value))

    def _allocating(self, function: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **keywords: Any) -> Any:
            return self._fitting(function(*args, **keywords))

        return call

    def _fitting(self, result: Any) -> Any:
        if isinstance(result, DeviceArray) and result.nbytes > self.free:
            raise OutOfMemoryError(f"{result.nbytes} bytes of {self.free}")
        return result

    def asarray(self, array: Any, dtype: Any = None) -> DeviceArray:
        """Upload an array of the host, or give a device array as it is."""
        if isinstance(array, DeviceArray):
            return DeviceArray(np.asarray(array._host, dtype))
        host = np.array(array, dtype)
        self.uploads.append(host.nbytes)
        return self._fitting(DeviceArray(host))

    array = asarray

    def asnumpy(self, array: DeviceArray) -> np.ndarray:
        """Download a device array."""
        self.downloads.append(array._host.nbytes)
        return array._host.copy()

    def get_default_memory_pool(self) -> Any:
        """Give a pool that keeps nothing."""
        return SimpleNamespace(free_all_blocks=lambda: None, free_bytes=lambda: 0)

    def RawModule(self, *, code: str, options: tuple[str, ...]) -> Any:
        """Compile a program for the emulator."""
        assert "--fmad=false" in options
        return SimpleNamespace(get_function=lambda name: _Kernel(self, code, name))


class _Kernel:
    """A compiled kernel, started as CuPy's are."""

    def __init__(self, module: StandIn, code: str, name: str) -> None:
        self.module, self.code, self.name = module, code, name
        self.max_dynamic_shared_size_bytes = 48 * 1024

    def __call__(
        self, grid: tuple[int], block: tuple[int], args: tuple[Any, ...], *, shared_mem: int = 0
    ) -> None:
        assert shared_mem <= min(self.max_dynamic_shared_size_bytes, 99 * 1024), f"{shared_mem=}"
        self.module.launches.append(self.name)
        for value in args:
            assert not isinstance(value, np.ndarray), "an array of the host in a launch"
        values = tuple(value._host if isinstance(value, DeviceArray) else value for value in args)
        launch(
            self.code, self.name, values, blocks=grid[0], threads=block[0], shared_bytes=shared_mem
        )
