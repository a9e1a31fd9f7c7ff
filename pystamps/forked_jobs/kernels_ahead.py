"""Compiled kernels that are loaded ahead, by a process that goes on to fork."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from types import ModuleType
from typing import Any

from numba.core.caching import FunctionCache

from pystamps_kernels.host.linked import KernelFunction


def load_ahead(modules: Iterable[ModuleType]) -> None:
    """Load what the cache holds of the functions of some modules that Python calls.

    What is not in the cache is compiled by whoever calls it first. Loading starts no thread.

    Parameters
    ----------
    modules : iterable of module
        Of kernels (``cpu.py``).
    """
    for function in _kernel_functions(modules):
        for signature in _signatures_on_disk(function):
            function.compile(signature)


def _signatures_on_disk(function: KernelFunction) -> list[Any]:
    """Give the signatures of a function whose code lies in the cache, for this processor."""
    cache = function._cache
    if not isinstance(cache, FunctionCache):
        return []
    _, *ours = cache._index_key(None, function.targetctx.codegen())
    return [sig for sig, *made_for in cache._cache_file._load_index() if made_for == ours]


def _kernel_functions(modules: Iterable[ModuleType]) -> Iterator[KernelFunction]:
    for module in modules:
        for found in vars(module).values():
            if isinstance(found, KernelFunction):
                yield found
