"""Time and memory of one kernel with all backends, in a process of its own."""

from __future__ import annotations

import math
import statistics
import time
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from importlib import import_module
from typing import Any

import numpy as np

from benchmarks.compilation import compilation
from benchmarks.counts import work_of
from benchmarks.machine import Machine, Work
from benchmarks.memory import peak_mb, reset_peak, resident_mb
from benchmarks.turns import Repeats, repeat_in_turns
from pystamps.kernel_checks.inputs import Arguments, typical
from pystamps_kernels import BACKENDS, PYTHON, KernelChoice, backends_of

WARM_UP = 64
"""Pixels of the call that compiles."""


@dataclass(frozen=True, slots=True)
class KernelRequest:
    """What to measure.

    Attributes
    ----------
    kernel : str
    sizes : tuple of int
        Ascending.
    backends : tuple of str
        Those that the kernel lacks are left out.
    interferograms, threads : int
    repeats : Repeats
        Of a backend at one size.
    longest, longest_python : float
        A backend, and the reference, is left out at sizes where one call would take longer.
    """

    kernel: str
    sizes: tuple[int, ...]
    backends: tuple[str, ...]
    interferograms: int = 30
    threads: int = 1
    repeats: Repeats = field(default_factory=Repeats)
    longest: float = 60.0
    longest_python: float = 5.0

    def is_short(self, backend: str, seconds: float) -> bool:
        """Tell whether a call is worth its time."""
        return seconds <= (self.longest_python if backend == PYTHON.name else self.longest)


@dataclass(frozen=True, slots=True)
class KernelTime:
    """What one backend needs at one size.

    Attributes
    ----------
    kernel, backend : str
    size, elements : int
        Pixels asked for; values that the kernel treats.
    median, fastest : float, s
    repeats : int
    compile_s : float
        Compilation for this machine, once; not part of the times.
    memory_mb : float
        Beyond the arguments: results and work space; NaN where the system does not say.
    limit : float, s
        NaN for backends that the limit does not speak of.
    """

    kernel: str
    backend: str
    size: int
    elements: int
    median: float
    fastest: float
    repeats: int
    compile_s: float
    memory_mb: float
    limit: float = math.nan

    @property
    def nanoseconds(self) -> float:
        """Time per element in ns."""
        return 1e9 * self.median / self.elements

    @property
    def ratio(self) -> float:
        """Time over limit."""
        return self.median / self.limit


@dataclass(slots=True)
class _Series:
    """Times of one backend while the sizes grow."""

    compile_s: float
    seconds_per_pixel: float = 0.0
    times: list[float] = field(default_factory=list)


def measure(request: KernelRequest) -> Iterator[tuple[KernelTime, Work]]:
    """Measure a kernel; the backends take turns, so that all see the same machine."""
    backends = [name for name in request.backends if name in backends_of(request.kernel)]
    small = typical(request.kernel, WARM_UP, request.interferograms)
    series = {name: _Series(_compiled(request, name, small)) for name in backends}
    for size in request.sizes:
        arguments = typical(request.kernel, size, request.interferograms)
        elements, work = work_of(request.kernel, arguments)
        used = {
            name: found
            for name, found in series.items()
            if request.is_short(name, found.seconds_per_pixel * size)
        }
        memory = {name: _first_call(request, name, arguments, used[name]) for name in used}
        repeat_in_turns(
            {name: found.times[0] for name, found in used.items()},
            lambda name: series[name].times.append(_timed(request, name, arguments)),  # noqa: B023
            request.repeats,
        )
        for name, found in used.items():
            times = found.times[1:] or found.times  # the first one touches new memory
            found.seconds_per_pixel = min(times) / size
            yield (
                KernelTime(
                    request.kernel, name, size, elements, statistics.median(times), min(times),
                    len(times), found.compile_s, memory[name],
                ),
                work,
            )  # fmt: skip


def _compiled(request: KernelRequest, backend: str, arguments: Arguments) -> float:
    """Call once on little data; give the seconds of compilation."""
    with compilation() as seconds:
        _timed(request, backend, arguments)
    return seconds()


def _first_call(
    request: KernelRequest, backend: str, arguments: Arguments, series: _Series
) -> float:
    """Call once; give the memory beyond the arguments."""
    known = reset_peak()
    before = resident_mb()
    series.times = [_timed(request, backend, arguments)]
    return peak_mb() - before if known else math.nan


def _timed(request: KernelRequest, backend: str, arguments: Arguments) -> float:
    """Seconds of one call, results on the host."""
    function = getattr(import_module(f"pystamps_kernels.{request.kernel}"), request.kernel)
    choice = KernelChoice(backend, threads=request.threads)
    with np.errstate(all="ignore"):
        started = time.perf_counter()
        function(**arguments, choice=choice)
        return time.perf_counter() - started


def measured_kernel(request: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Measure a kernel in this process, which must be a fresh one; give plain values."""
    values = dict(request) | {name: tuple(request[name]) for name in ("sizes", "backends")}
    values["repeats"] = Repeats(**values["repeats"])
    for found, work in measure(KernelRequest(**values)):
        yield as_record(found, work)


def as_record(found: KernelTime, work: Work) -> dict[str, Any]:
    """Give a measurement as plain values."""
    return asdict(found) | {"work": asdict(work)}


def from_record(record: dict[str, Any], rates: Machine) -> KernelTime:
    """Give back a measurement, with its limit if the backend is one of the processor."""
    values = dict(record)
    work = Work(**values.pop("work"))
    if not BACKENDS[values["backend"]].is_device:
        values["limit"] = work.seconds(rates)
    return KernelTime(**values)
