"""Run the backends of a kernel on the same inputs and measure how far they differ."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from pystamps.arrays import Array
from pystamps.kernel_checks.cases import Case, cases
from pystamps.kernel_checks.inputs import run_kernel
from pystamps.kernel_checks.ties import UNDECIDED, tied_rows
from pystamps_kernels import BACKENDS, PYTHON, KernelChoice, backends_of, registered
from pystamps_kernels.registry import Output


@dataclass(frozen=True, slots=True)
class KernelDifference:
    """The largest difference of one result of a backend from the reference.

    Attributes
    ----------
    kernel, backend, output : str
    cases : int
        Inputs compared.
    largest : float
        In the unit of the result; infinite where one is NaN and the other is not, or where
        class or shape differ.
    tolerance : float
        That of the input with the largest ratio of difference to tolerance.
    worst : str
        The input with that ratio.
    is_equal : bool
        No difference exceeds its tolerance.
    """

    kernel: str
    backend: str
    output: str
    cases: int
    largest: float
    tolerance: float
    worst: str
    is_equal: bool


def compare(kernel: str, backend: str, *, threads: int = 0) -> list[KernelDifference]:
    """Compare a backend with the reference on all inputs of :func:`cases`.

    Parameters
    ----------
    kernel : str
    backend : str
        Any but the reference.
    threads : int

    Returns
    -------
    list of KernelDifference
        One per result of the kernel.

    Raises
    ------
    BackendUnavailableError
        The backend cannot run here.
    """
    return _largest(kernel, backend, threads, cases(kernel))


def backends_here(kernel: str) -> tuple[str, ...]:
    """Give the backends of a kernel beside the reference that this machine can run."""
    return tuple(
        backend
        for backend in backends_of(kernel)
        if backend != PYTHON.name and BACKENDS[backend].problem() is None
    )


def difference(found: Array, reference: Array) -> float:
    """Largest difference of two arrays; NaN and infinite values must be at the same places."""
    if found.shape != reference.shape or found.dtype != reference.dtype:
        return np.inf
    if found.dtype == np.bool_:
        return float((found != reference).any())
    differs = _as_reals(found) != _as_reals(reference)
    a, b = _as_reals(found)[differs], _as_reals(reference)[differs]
    both_nan = np.isnan(a) & np.isnan(b)
    a, b = a[~both_nan], b[~both_nan]
    if not (np.isfinite(a) & np.isfinite(b)).all():
        return np.inf
    return float(np.abs(a - b).max(initial=0.0))


def allowed(output: Output, reference: Array) -> float:
    """Largest difference that the registry allows for a result like this one."""
    values = np.abs(_as_reals(reference)) if output.relative else np.zeros(0)
    largest = float(values[np.isfinite(values)].max(initial=0.0))
    return output.absolute + output.relative * largest


def _as_reals(values: Array) -> Array:
    """Give real and imaginary parts in double, integers as they are."""
    if np.iscomplexobj(values):
        wide = np.ascontiguousarray(values, dtype=np.complex128)
        return wide.view(np.float64)
    return values if values.dtype.kind in "iu" else values.astype(np.float64)


def _largest(
    kernel: str, backend: str, threads: int, inputs: Iterable[Case]
) -> list[KernelDifference]:
    outputs = registered(kernel).outputs
    worst = [KernelDifference(kernel, backend, o.name, 0, 0.0, 0.0, "", True) for o in outputs]
    for count, (label, pairs) in enumerate(_results(kernel, backend, threads, inputs), 1):
        for at, (output, (found, reference)) in enumerate(zip(outputs, pairs, strict=True)):
            largest, tolerance = difference(found, reference), allowed(output, reference)
            before = worst[at]
            new = KernelDifference(
                kernel, backend, output.name, count, largest, tolerance, label,
                before.is_equal and largest <= tolerance,
            )  # fmt: skip
            keep = count > 1 and _share(before) >= _share(new)
            worst[at] = KernelDifference(
                kernel, backend, output.name, count, *_numbers(before if keep else new),
                new.is_equal,
            )  # fmt: skip
    return worst


def _numbers(found: KernelDifference) -> tuple[float, float, str]:
    return found.largest, found.tolerance, found.worst


def _share(found: KernelDifference) -> float:
    """KernelDifference as a share of its tolerance."""
    return found.largest / max(found.tolerance, np.finfo(np.float64).tiny)


def _results(
    kernel: str, backend: str, threads: int, inputs: Iterable[Case]
) -> Iterator[tuple[str, list[tuple[Array, Array]]]]:
    for label, arguments in inputs:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")  # adversarial inputs overflow on purpose
            reference = run_kernel(kernel, arguments, KernelChoice(PYTHON.name))
            found = run_kernel(kernel, arguments, KernelChoice(backend, threads=threads))
        pairs = list(zip(found, reference, strict=True))
        tied = tied_rows(kernel, arguments)
        if tied.any():
            for at, output in enumerate(registered(kernel).outputs):
                if output.name in UNDECIDED:
                    pairs[at] = pairs[at][0][~tied], pairs[at][1][~tied]
        yield label, pairs
