"""Compilation of kernels with Numba, and the cache on disk that all jobs share.

Numba finds out that a cached function is stale from its own source file alone. Kernels call
functions of the modules beside this one, so the cache of a kernel lies in a folder whose name
is a hash of its sources and of these modules. Numba's index of a cached
function is not safe when several jobs add to it at once, hence the lock; it also lets one job
compile while the others wait and then load.
"""

from __future__ import annotations

import contextlib
import glob
import hashlib
import inspect
import logging
import threading
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from types import FunctionType
from typing import IO, Any, overload

import numba
from numba import prange as prange
from numba.core.caching import FunctionCache
from numba.core.dispatcher import Dispatcher

from pystamps_kernels.compile_cache_place import cache_root
from pystamps_kernels.waiting import time_spent_waiting

log = logging.getLogger(__name__)
Function = Callable[..., Any]

NOT_COMPILED = "cuda.py"
"""Module of a kernel whose changes leave compiled code as it is."""

_config_lock = threading.Lock()


@overload
def compiled(function: Function) -> Function: ...
@overload
def compiled(*, parallel: bool) -> Callable[[Function], Function]: ...


def compiled(
    function: Function | None = None, *, parallel: bool = False
) -> Function | Callable[[Function], Function]:
    """Compile a function on its first call, as all kernels are compiled.

    Parameters
    ----------
    function : callable
    parallel : bool
        Share its ``prange`` loops among threads.

    Notes
    -----
    Never ``fastmath``: sums keep their order and NaN its meaning, so results are the same on
    every machine and for every number of threads. Division by zero gives what NumPy gives.
    """
    if function is None:
        return lambda f: _compiled(f, parallel)
    return _compiled(function, parallel)


def inlined(function: Function) -> Function:
    """Mark a short function that is copied into the compiled functions that call it."""
    marked: Function = numba.njit(inline="always")(function)
    return marked


def _compiled(function: Function, parallel: bool) -> Function:
    dispatcher = numba.njit(
        parallel=parallel, nogil=True, error_model="numpy", no_cfunc_wrapper=True
    )(function)
    if not numba.config.DISABLE_JIT:
        folder = cache_folder(Path(inspect.getfile(function)))
        if folder is not None:
            dispatcher._cache = _cache_of(function, folder)
    return dispatcher  # type: ignore[no-any-return]


def cache_folder(source: Path) -> Path | None:
    """Give the cache folder of a source file; None = nothing can be written."""
    root = cache_root()
    return root / source_stamp(source) if root else None


def has_compiled_code(function: Function) -> bool:
    """Tell whether the cache has code of a compiled function, or of one that a plain one calls."""
    if isinstance(function, Dispatcher):
        cache = getattr(function, "_cache", None)
        return isinstance(cache, _SharedCache) and cache.has_code()
    return any(map(has_compiled_code, _functions_called(function)))


def _functions_called(function: Function) -> Iterator[Function]:
    """Functions of a module that a plain function of it names; most kernels have one such layer."""
    for name in function.__code__.co_names:
        called = function.__globals__.get(name)
        if isinstance(called, Dispatcher | FunctionType) and called is not function:
            yield called


@cache
def source_stamp(source: Path) -> str:
    """Hash of the sources that a compiled function of a file can contain."""
    digest = hashlib.sha256()
    for path in sorted({*Path(__file__).parent.glob("*.py"), *source.parent.glob("*.py")}):
        if path.name != NOT_COMPILED:
            digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()[:16]


class _SharedCache(FunctionCache):  # type: ignore[misc]
    """Numba's cache of one function, with a lock from the miss to the save."""

    _lock: IO[bytes] | None = None

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        """Load a compiled function; None = the caller compiles and then saves."""
        self._release()  # a compilation that failed saved nothing
        found = super().load_overload(sig, target_context)
        if found is None:
            self._lock = _locked(Path(self.cache_path), self._impl.filename_base)
            found = super().load_overload(sig, target_context)
            if found is None:
                say_compiling(str(cache_root()))
            else:
                self._release()
        return found

    def has_code(self) -> bool:
        """Tell whether code of some signature is on disk."""
        name = glob.escape(self._impl.filename_base)
        return any(Path(self.cache_path).glob(f"{name}.*.nbc"))

    def save_overload(self, sig: Any, data: Any) -> None:
        """Save a compiled function and let others load it."""
        try:
            super().save_overload(sig, data)
        finally:
            self._release()

    def _release(self) -> None:
        if self._lock is not None:
            self._lock.close()
            self._lock = None


def _cache_of(function: Function, folder: Path) -> _SharedCache:
    """Make the cache of a function; Numba takes the folder from its configuration."""
    with _config_lock, _numba_cache_directory(folder):
        return _SharedCache(function)


@contextlib.contextmanager
def _numba_cache_directory(folder: Path) -> Iterator[None]:
    before = numba.config.CACHE_DIR
    numba.config.CACHE_DIR = str(folder)
    try:
        yield
    finally:
        numba.config.CACHE_DIR = before


def _locked(folder: Path, name: str) -> IO[bytes] | None:
    """Wait for the lock of a cached function; None where the file system has no locks."""
    try:
        import fcntl

        folder.mkdir(parents=True, exist_ok=True)
        lock = (folder / f"{name}.lock").open("ab")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say_waiting()
            with time_spent_waiting():
                fcntl.flock(lock, fcntl.LOCK_EX)
    except (ImportError, OSError):
        return None
    return lock


@cache
def say_waiting() -> None:
    """Say once per process that it waits for what another one compiles."""
    log.info(
        "another job compiles kernels that this one needs; it waits, and does not count that time"
    )


@cache
def say_compiling(place: str) -> None:
    """Say once per process that it compiles."""
    log.info(
        "compiling kernels for this machine; this happens once per version, takes up to a "
        "minute, and is kept in %s",
        place,
    )
