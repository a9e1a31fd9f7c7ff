"""Compiled kernels that are loaded ahead, by a process that goes on to fork.

Loading a function with ``prange`` loops makes Numba start its threads, and a process with threads
must not fork. Here it is loaded without them: Numba chooses its threading layer and tells LLVM
where that is, but starts nothing; the threads start in the fork, when it sets their number.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any

from numba.core.caching import FunctionCache
from numba.core.dispatcher import Dispatcher
from numba.np.ufunc import parallel

log = logging.getLogger(__name__)
_NEEDED = ("CFUNCTYPE", "_is_initialized", "_launch_threads")
"""What Numba's module of threads is expected to have."""


def load_ahead(modules: Iterable[ModuleType]) -> None:
    """Load what the cache holds of the functions with threads of some modules.

    They are the ones that Python calls, and hold most of the code. What is not in the cache is
    compiled by whoever calls it first.

    Parameters
    ----------
    modules : iterable of module
        Of kernels (``cpu.py``).
    """
    if not all(hasattr(parallel, name) for name in _NEEDED):
        log.info("this version of Numba starts threads in another way: kernels are loaded by jobs")
        return
    with _no_threads():
        for function in _functions_with_threads(modules):
            for signature in _signatures_on_disk(function):
                function.compile(signature)


def _signatures_on_disk(function: Dispatcher) -> list[Any]:
    """Give the signatures of a function whose code lies in the cache, for this processor."""
    cache = getattr(function, "_cache", None)
    if not isinstance(cache, FunctionCache):
        return []
    _, *ours = cache._index_key(None, function.targetctx.codegen())
    return [sig for sig, *made_for in cache._cache_file._load_index() if made_for == ours]


def _functions_with_threads(modules: Iterable[ModuleType]) -> Iterator[Dispatcher]:
    for module in modules:
        for found in vars(module).values():
            if isinstance(found, Dispatcher) and found.targetoptions.get("parallel"):
                yield found


@contextmanager
def _no_threads() -> Iterator[None]:
    """Let Numba take its threads for started; once the block is over, they are not.

    What it calls through C then, for that and to set their number, does nothing.
    """
    if parallel._is_initialized:
        yield
        return
    functions_of_c = parallel.CFUNCTYPE
    parallel.CFUNCTYPE = _that_do_nothing
    try:
        parallel._launch_threads()
        parallel.CFUNCTYPE = functions_of_c
        yield
    finally:
        parallel.CFUNCTYPE = functions_of_c
        parallel._is_initialized = False


def _that_do_nothing(*_types: Any) -> Any:
    return lambda _address: lambda *_arguments: 0
