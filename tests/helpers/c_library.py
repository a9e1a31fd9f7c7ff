"""Sines and angles of single precision as the C library rounds them, which Octave uses."""

from __future__ import annotations

import ctypes
import ctypes.util
import platform
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

WHY = "the golden data were made with glibc before 2.41, whose atan2f is not rounded correctly"


def is_that_of_the_original() -> bool:
    """Tell whether this machine rounds as the one on which the golden data were made."""
    name, version = platform.libc_ver()
    return name == "glibc" and tuple(map(int, version.split(".")[:2])) < (2, 41)


def phasor(angle_rad: npt.NDArray[np.float32]) -> npt.NDArray[np.complex64]:
    """Give cosine and sine of each angle."""
    ph = np.empty(angle_rad.shape, np.complex64)
    ph.real, ph.imag = _of_each("cosf", angle_rad), _of_each("sinf", angle_rad)
    return ph


def angle(ph: npt.NDArray[np.complex64]) -> npt.NDArray[np.float32]:
    """Give the angle of each phasor."""
    return _of_each("atan2f", ph.imag, ph.real)


def _of_each(name: str, *values: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Call a function of the C library for every element."""
    function: Callable[..., Any] = getattr(ctypes.CDLL(ctypes.util.find_library("m")), name)
    function.argtypes = [ctypes.c_float] * len(values)  # type: ignore[attr-defined]
    function.restype = ctypes.c_float  # type: ignore[attr-defined]
    rows = zip(*(value.ravel().tolist() for value in values), strict=True)
    found = np.array([function(*row) for row in rows], np.float32)
    return found.reshape(values[0].shape)
