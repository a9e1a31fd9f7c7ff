"""Rates of this machine, measured by bare loops: what the limits of the kernels stand on.

A limit says how long the work of a kernel takes at the least: its bytes at the bandwidth of a
copy, or its arithmetic at the peak of a loop of fused multiply-adds together with the sines,
arctangents and Fourier transforms that it cannot avoid at the rates of the fastest code at
hand, whichever is longer.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, fields

import numba
import numpy as np
import scipy.fft
from numba import njit, prange

from pystamps_kernels.host.elementary import arctangent, sine_cosine

WINDOW = 32
"""Side of the windows that are transformed."""

_SAMPLES = 1 << 24
_VALUES = 2048
_ROUNDS = 400
_WINDOWS = 256
_STEPS = 100_000


@dataclass(frozen=True, slots=True)
class Machine:
    """Measured rates for a number of threads.

    Attributes
    ----------
    bandwidth : float, bytes/s, read and written by a copy of arrays far larger than the cache
    arithmetic : float, fused multiply-adds/s, double
    trigonometry : float, sines with cosines/s, double
    arctangents : float, 1/s, double
    transforms : float, Fourier transforms of windows of 32 x 32/s, complex double
    chain : float, steps/s of a generator in which each step needs the one before (one thread)
    """

    bandwidth: float
    arithmetic: float
    trigonometry: float
    arctangents: float
    transforms: float
    chain: float

    def best(self, other: Machine) -> Machine:
        """Give the higher of each rate: the machine may have been busy for a moment."""
        return Machine(
            *(max(getattr(self, f.name), getattr(other, f.name)) for f in fields(Machine))
        )


@dataclass(frozen=True, slots=True)
class Work:
    """What a kernel has to do at the least, in the units of :class:`Machine`.

    Attributes
    ----------
    bandwidth : float, bytes
    arithmetic, trigonometry, arctangents, transforms, chain : float, counts
    """

    bandwidth: float = 0.0
    arithmetic: float = 0.0
    trigonometry: float = 0.0
    arctangents: float = 0.0
    transforms: float = 0.0
    chain: float = 0.0

    def __add__(self, other: Work) -> Work:
        """Give the work of both."""
        return Work(*(getattr(self, f.name) + getattr(other, f.name) for f in fields(Work)))

    def seconds(self, machine: Machine) -> float:
        """Give the limit: moving the data or computing, whichever takes longer."""
        each = {name: count / getattr(machine, name) for name, count in asdict(self).items()}
        moving = each.pop("bandwidth")
        return max(moving, sum(each.values()))


def measured(threads: int) -> Machine:
    """Measure the rates of this machine (ten seconds with the compilation).

    Arithmetic is measured on one thread and multiplied: cores compute side by side. A copy is
    measured on all threads, because they share the memory.
    """
    numba.set_num_threads(threads)
    source, target = np.ones(_SAMPLES), np.empty(_SAMPLES)
    values, out = np.linspace(-50, 50, _VALUES), np.empty(_VALUES)
    windows = np.ones((_WINDOWS, WINDOW, WINDOW), np.complex128)
    loops = threads * _ROUNDS * _VALUES
    copied = min(fastest(lambda: _copy(source, target)), fastest(lambda: np.copyto(target, source)))
    return Machine(
        bandwidth=16 * _SAMPLES / copied,
        arithmetic=32 * loops / fastest(lambda: _multiply_add(out, 1e-9)),
        trigonometry=loops / fastest(lambda: _sines(values, out)),
        arctangents=loops / fastest(lambda: _angles(values, out)),
        transforms=threads * _WINDOWS / fastest(lambda: scipy.fft.fft2(windows)),
        chain=_STEPS / fastest(lambda: _chain(_STEPS)),
    )


def fastest(call: Callable[[], object], *, repeats: int = 20) -> float:
    """Shortest time of a call in seconds."""
    call()
    times = []
    for _ in range(repeats):
        started = time.perf_counter()
        call()
        times.append(time.perf_counter() - started)
    return min(times)


@njit(parallel=True, nogil=True)
def _copy(source, target):
    for i in prange(source.size):
        target[i] = source[i]


@njit(nogil=True, fastmath={"contract"})
def _four(x, factor):
    x = x * factor + 1.0
    x = x * factor + 1.0
    x = x * factor + 1.0
    return x * factor + 1.0


@njit(nogil=True, fastmath={"contract"})
def _multiply_add(values, factor):
    """Four chains at a time, so that none waits for its own result."""
    part = values.size // 4
    a, b, c, d = (
        values[:part],
        values[part : 2 * part],
        values[2 * part : 3 * part],
        values[3 * part :],
    )
    for _round in range(8 * _ROUNDS):
        for i in range(part):
            w, x, y, z = (
                _four(a[i], factor),
                _four(b[i], factor),
                _four(c[i], factor),
                _four(d[i], factor),
            )
            a[i], b[i], c[i], d[i] = w, x, y, z


@njit(nogil=True)
def _sines(values, out):
    for _round in range(_ROUNDS):
        for i in range(values.size):
            s, c = sine_cosine(values[i])
            out[i] = s + c


@njit(nogil=True)
def _angles(values, out):
    for _round in range(_ROUNDS):
        for i in range(values.size):
            out[i] = arctangent(values[i], 0.7)


@njit(nogil=True)
def _chain(count):
    j, total = 1, 0
    for _ in range(count):
        j ^= (j << 13) & 0xFFFFFFFF
        j ^= j >> 17
        j ^= (j << 5) & 0xFFFFFFFF
        total += j
    return total
