"""Compiled kernels that are loaded ahead, by a process that goes on to fork."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any

from numba.core.caching import FunctionCache
from numba.core.registry import cpu_target

from pystamps_kernels.host.linked import KernelFunction

_looked_at: set[ModuleType] = set()


def load_ahead(modules: Iterable[ModuleType]) -> None:
    """Load what the cache holds of the functions of some modules that Python calls.

    What is not in the cache is compiled by whoever calls it first. Loading starts no thread. Of a
    module that it has looked at before, it loads nothing.

    Parameters
    ----------
    modules : iterable of module
        Of kernels (``cpu.py``).
    """
    new = [module for module in modules if module not in _looked_at]
    if not new:
        return
    _looked_at.update(new)
    with _context_brought_up_to_date():
        for function in _kernel_functions(new):
            for signature in _signatures_on_disk(function):
                function.compile(signature)


@contextmanager
def _context_brought_up_to_date() -> Iterator[None]:
    """Bring what Numba knows of types and functions up to date once, not before every function.

    Inside the block nothing is added to it: loading takes compiled code as it is.
    """
    context = cpu_target.target_context
    context.refresh()
    context.refresh = lambda: None
    try:
        yield
    finally:
        del context.refresh


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
