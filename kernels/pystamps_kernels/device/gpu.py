"""Running kernels on a CUDA device through CuPy: device, programs, transfers, memory.

A ``cuda.py`` takes arrays of the host or of the device and gives results on the side of its
first argument, so that a stage can upload once, call kernel after kernel and download once.
CuPy is imported here only, and only when a kernel is to run on a device.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from pystamps_kernels.compile_cache_place import cache_root, place_problem
from pystamps_kernels.errors import DeviceMemoryError

log = logging.getLogger(__name__)

OPTIONS = ("--std=c++17", "--fmad=false")
"""Products and sums are rounded one by one, as on the CPU: indices chosen by comparison agree."""

SHARE_OF_FREE_MEMORY = 0.5
"""Blocks are cut so that they take this part of the memory that is free."""


@dataclass(frozen=True, slots=True)
class Program:
    """CUDA C++ source of kernels, compiled when it is first launched.

    Attributes
    ----------
    files : tuple of str
        Paths relative to ``pystamps_kernels``, one after the other.
    defines : tuple of (str, str)
        Names that the preprocessor replaces, such as the class of an array.
    """

    files: tuple[str, ...]
    defines: tuple[tuple[str, str], ...] = ()

    def source(self) -> str:
        """Give the whole text."""
        folder = Path(__file__).parent.parent
        lines = [f"#define {name} {value}" for name, value in self.defines]
        texts = [(folder / file).read_text(encoding="utf-8") for file in self.files]
        return "\n".join([*lines, *texts])


def arrays() -> Any:
    """Give the module of device arrays, CuPy."""
    _keep_programs_in_private_place()
    import cupy

    return cupy


@cache
def _keep_programs_in_private_place() -> None:
    """Let CuPy keep compiled programs where nobody else can write, or in memory."""
    root = cache_root()
    given = os.environ.get("CUPY_CACHE_DIR")
    if given and Path(given).is_dir() and place_problem(Path(given)) is None:
        return
    if given:
        log.warning("CUPY_CACHE_DIR: %s is no folder that is yours alone; it is not used", given)
    if root is None:
        os.environ["CUPY_CACHE_IN_MEMORY"] = "1"
    else:
        os.environ["CUPY_CACHE_DIR"] = str(root / "cupy")


@cache
def device_problem() -> str | None:
    """Say why no kernel can run on a CUDA device here; None when one can."""
    if find_spec("cupy") is None:
        return "CuPy is not installed; pip install 'pystamps-flow[cuda12]' (or cuda13)"
    runtime = arrays().cuda.runtime
    try:
        count = runtime.getDeviceCount()
    except runtime.CUDARuntimeError as error:
        return f"no CUDA device can be used: {error}"
    return None if count else "this machine has no CUDA device"


def launch(
    program: Program, name: str, *arguments: Any, blocks: int, threads: int, shared_bytes: int = 0
) -> None:
    """Start a function of a program.

    Parameters
    ----------
    program : Program
    name : str
        An ``extern "C" __global__`` function.
    *arguments
        Contiguous device arrays and NumPy scalars of exactly the classes of the source.
    blocks, threads : int
        One-dimensional grid; nothing is started for 0 blocks.
    shared_bytes : int, optional
        Shared memory of a block that the launch sizes.
    """
    if blocks:
        function = _function(program, name)
        if shared_bytes > 32 * 1024:  # more than 48 KiB, the source's own included, on request
            function.max_dynamic_shared_size_bytes = shared_bytes
        function((blocks,), (threads,), arguments, shared_mem=shared_bytes)


@cache
def _function(program: Program, name: str) -> Any:
    return arrays().RawModule(code=program.source(), options=OPTIONS).get_function(name)


def is_on_device(array: Any) -> bool:
    """Tell whether an array lies in the memory of a device."""
    return not isinstance(array, np.ndarray)


def to_device(array: Any, dtype: Any = None) -> Any:
    """Give a contiguous copy of an array on the device, or itself if it is one already."""
    return arrays().ascontiguousarray(arrays().asarray(array, dtype))


def to_host(array: Any) -> Any:
    """Give a copy of a device array on the host; an array of the host itself."""
    return arrays().asnumpy(array) if is_on_device(array) else array


def empty(like: Any, shape: tuple[int, ...], dtype: Any) -> Any:
    """Give an array without values on the side, host or device, where another one lies."""
    return (arrays() if is_on_device(like) else np).empty(shape, dtype)


def empty_like(array: Any) -> Any:
    """Give an array without values of the same shape, class and side."""
    return empty(array, array.shape, array.dtype)


def store_rows(target: Any, rows: Any, values: Any) -> None:
    """Copy a result on the device to rows of an array of either side."""
    target[rows] = values if is_on_device(target) else to_host(values)


def contiguous(array: Any, dtype: Any = None) -> Any:
    """Give an array of host or device in row-major order and of a class, copied if need be."""
    array = array if dtype is None else array.astype(dtype, copy=False)
    return array if array.flags.c_contiguous else array.copy(order="C")


def in_blocks(count: int, bytes_each: int, run: Callable[[slice], None]) -> None:
    """Call ``run`` with block after block of rows, each small enough for the device.

    Parameters
    ----------
    count : int
        Number of rows.
    bytes_each : int
        Memory of the device that one row takes, work space included.
    run : callable
        Uploads, computes and stores a block; it must be able to run again after it ran out of
        memory.

    Raises
    ------
    DeviceMemoryError
        A single row does not fit.
    """
    size = max(1, int(SHARE_OF_FREE_MEMORY * free_bytes()) // max(1, bytes_each))
    first = 0
    while first < count:
        rows = slice(first, min(first + size, count))
        try:
            run(rows)
        except arrays().cuda.memory.OutOfMemoryError as error:
            if size == 1:
                raise DeviceMemoryError(
                    f"the device has too little free memory for one block: {error}; end other "
                    "programs that use it, or set kernels.backend: native"
                ) from error
            size = max(1, min(size, count) // 2)
            arrays().get_default_memory_pool().free_all_blocks()
            log.warning("device memory is short: going on with blocks of %d", size)
            continue
        first = rows.stop


def free_bytes() -> int:
    """Memory of the device that can be had: free, and kept by CuPy for later use."""
    free, _total = arrays().cuda.runtime.memGetInfo()
    return int(free) + int(arrays().get_default_memory_pool().free_bytes())


def describe_device() -> str:
    """Name the device, its memory and the versions, or say why there is none."""
    missing = device_problem()
    if missing:
        return f"none: {missing}"
    runtime = arrays().cuda.runtime
    properties = runtime.getDeviceProperties(runtime.getDevice())
    return (
        f"{properties['name'].decode()}, {properties['totalGlobalMem'] / 2**30:.0f} GiB, "
        f"compute capability {properties['major']}.{properties['minor']}, "
        f"driver {runtime.driverGetVersion()}, runtime {runtime.runtimeGetVersion()}, "
        f"CuPy {arrays().__version__}"
    )
