"""CUDA C++ compiled with the compiler of the machine and run thread by thread.

Launches check what a device does not tell: classes of the arguments, values written beside an
array, threads that miss a barrier, and results that depend on the order of threads and blocks.
"""

from __future__ import annotations

import ctypes
import hashlib
import re
import shutil
import subprocess
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

HEADER = Path(__file__).with_name("cuda_emulator.h")
COMPILER = shutil.which("g++") or shutil.which("clang++")
OPTIONS = ("-std=c++17", "-O2", "-ffp-contract=off", "-fno-strict-aliasing", "-shared", "-fPIC")
_ENTRY = re.compile(r'extern "C" __global__ void (?:__launch_bounds__\(\w+\) )?(\w+)\s*\(')
_DYNAMIC = re.compile(r"extern __shared__ ([\w ]+?)\s*(\w+)\[\];")
_GUARD = 4096
_MARK = 0xA5


@cache
def compiled(source: str) -> ctypes.CDLL:
    """Compile a program to a library with one function ``run_NAME`` per kernel."""
    body = _DYNAMIC.sub(r"\1 *\2 = (\1 *)emulator::shared_memory;", source)
    entries = "\n".join(
        f'extern "C" int run_{name}(void **v, const int *k, int c, long long b, int t, '
        f"long long s, int w) {{ return emulator::launch({name}, v, k, c, b, t, s, w); }}"
        for name in _ENTRY.findall(source)
    )
    has_barriers = int("__syncthreads" in source)
    text = f"#define HAS_BARRIERS {has_barriers}\n{HEADER.read_text()}\n{body}\n{entries}\n"
    folder = Path(tempfile.mkdtemp(prefix="cuda-emulator-"))
    try:
        file = folder / f"{hashlib.sha256(text.encode()).hexdigest()[:16]}.cpp"
        file.write_text(text)
        library = file.with_suffix(".so")
        done = subprocess.run(
            [str(COMPILER), *OPTIONS, str(file), "-o", str(library)],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return ctypes.CDLL(str(library))
    finally:
        shutil.rmtree(folder)


class Arguments:
    """Arguments of a launch: copies of the arrays between guards, and the numbers."""

    def __init__(self, values: tuple[Any, ...]) -> None:
        self.values = values
        self.buffers = [self._guarded(v) if isinstance(v, np.ndarray) else None for v in values]
        self.kinds = (ctypes.c_int * len(values))(*(self._kind(v) for v in values))
        self.cells = [
            np.array([buffer.ctypes.data + _GUARD], np.uintp)
            if buffer is not None
            else np.array([v])
            for v, buffer in zip(values, self.buffers, strict=True)
        ]
        self.pointers = (ctypes.c_void_p * len(values))(*(c.ctypes.data for c in self.cells))

    @staticmethod
    def _kind(value: Any) -> int:
        if isinstance(value, np.ndarray):
            return 1000 + value.itemsize
        assert isinstance(value, np.generic), f"{value!r}: numbers need a class, e.g. np.int64"
        return (100 if isinstance(value, np.floating) else 0) + value.itemsize

    @staticmethod
    def _guarded(array: np.ndarray) -> np.ndarray:
        assert array.flags.c_contiguous, "arrays of a launch must be contiguous"
        buffer = np.full(array.nbytes + 2 * _GUARD, _MARK, np.uint8)
        buffer[_GUARD : _GUARD + array.nbytes] = array.reshape(-1).view(np.uint8)
        return buffer

    def results(self, name: str) -> list[np.ndarray | None]:
        """Give the arrays after the launch; the guards must be untouched."""
        for number, buffer in enumerate(self.buffers, 1):
            if buffer is not None:
                beside = np.concatenate([buffer[:_GUARD], buffer[-_GUARD:]])
                assert (beside == _MARK).all(), f"{name}: writes beside its argument {number}"
        return [None if b is None else b[_GUARD:-_GUARD] for b in self.buffers]


def launch(
    source: str, name: str, values: tuple[Any, ...], *, blocks: int, threads: int, shared_bytes: int
) -> None:
    """Run a kernel on host arrays, forwards and backwards; both must give the same bits."""
    assert 1 <= blocks < 2**31, f"{blocks=}"
    assert 1 <= threads <= 1024, f"{threads=}"
    run = getattr(compiled(source), f"run_{name}")
    outcomes = []
    for backwards in (0, 1):
        arguments = Arguments(values)
        code = run(
            arguments.pointers, arguments.kinds, len(values),
            ctypes.c_longlong(blocks), threads, ctypes.c_longlong(shared_bytes), backwards,
        )  # fmt: skip
        assert code != -1, f"{name}: not all threads of a block meet at a barrier"
        assert code != 1000, f"{name}: {len(values)} arguments, the source wants another number"
        assert code == 0, f"{name}: argument {code} has another class in the source"
        outcomes.append(arguments.results(name))
    for number, (value, *both) in enumerate(zip(values, *outcomes, strict=True), 1):
        if isinstance(value, np.ndarray):
            assert np.array_equal(*both), f"{name}: argument {number} depends on the thread order"
            value.reshape(-1).view(np.uint8)[:] = both[0]
