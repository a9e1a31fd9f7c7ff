"""The CUDA runtime compiler (NVRTC), which needs no device: the one that CuPy uses."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from functools import cache
from importlib.util import find_spec
from pathlib import Path

ARCHITECTURE = "--gpu-architecture=compute_80"
"""A100 and later."""


def _library() -> Path | None:
    """Find the library in the package ``nvidia-cuda-nvrtc``."""
    package = find_spec("nvidia")
    for folder in package.submodule_search_locations or [] if package else []:
        found = sorted(Path(folder).glob("**/libnvrtc.so.*[0-9]"))
        if found:
            return found[0]
    return None


@cache
def runtime_compiler() -> Callable[[str, tuple[str, ...]], bytes] | None:
    """Give a function from source and options to PTX, or None where NVRTC is not installed."""
    path = _library()
    if path is None:
        return None
    nvrtc = ctypes.CDLL(str(path))

    def read(program: ctypes.c_void_p, size_of: str, get: str) -> bytes:
        size = ctypes.c_size_t()
        getattr(nvrtc, size_of)(program, ctypes.byref(size))
        text = ctypes.create_string_buffer(size.value)
        getattr(nvrtc, get)(program, text)
        return text.value

    def compiled(source: str, options: tuple[str, ...]) -> bytes:
        program = ctypes.c_void_p()
        created = nvrtc.nvrtcCreateProgram(
            ctypes.byref(program), source.encode(), b"kernel.cu", 0, None, None
        )
        assert created == 0, f"nvrtcCreateProgram gives {created}"
        given = [option.encode() for option in (*options, ARCHITECTURE)]
        code = nvrtc.nvrtcCompileProgram(
            program, len(given), (ctypes.c_char_p * len(given))(*given)
        )
        log = read(program, "nvrtcGetProgramLogSize", "nvrtcGetProgramLog")
        assert code == 0, log.decode()
        assert b"warning" not in log, log.decode()
        return read(program, "nvrtcGetPTXSize", "nvrtcGetPTX")

    return compiled
