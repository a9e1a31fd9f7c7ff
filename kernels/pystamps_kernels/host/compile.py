"""Compilation of kernels with Numba, and the cache on disk that all jobs share.

Numba finds out that a cached function is stale from its own source file alone, and keeps its code
under the path of that file. Kernels call functions of the modules beside this one, so the cache of
a kernel lies in a folder whose name is a hash of what its code is made from: its sources, these
modules, and the versions and settings of what compiles them. Where they were installed does not
count, so installations of one version share their code; Numba's index tells processors apart.
That index is not safe when several jobs add to it at once, hence the lock; it also lets one job
compile while the others wait and then load.
"""

from __future__ import annotations

import glob
import hashlib
import inspect
import logging
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from types import FunctionType
from typing import IO, Any

import llvmlite
import numba
import numpy as np
from numba.core.caching import CompileResultCacheImpl, FunctionCache
from numba.core.dispatcher import Dispatcher

from pystamps_kernels.compile_cache_age import hold, remove_unused
from pystamps_kernels.compile_cache_place import cache_root
from pystamps_kernels.host.linked import Function, KernelFunction, LinkedCodeCache
from pystamps_kernels.waiting import time_spent_waiting

log = logging.getLogger(__name__)

NOT_COMPILED = "cuda.py"
"""Module of a kernel whose changes leave compiled code as it is."""

_SETTINGS = ("OPT", "LOOP_VECTORIZE", "SLP_VECTORIZE", "BOUNDSCHECK", "DEBUGINFO_DEFAULT")
"""Settings of Numba that change the code it makes."""

_OPTIONS = {
    "nopython": True,
    "nogil": True,
    "error_model": "numpy",
    "boundscheck": None,  # as NUMBA_BOUNDSCHECK says
    "no_cfunc_wrapper": True,
}


def compiled(function: Function) -> Function:
    """Compile a function on its first call, as all kernels are compiled.

    Parameters
    ----------
    function : callable

    Notes
    -----
    Never ``fastmath``: sums keep their order and NaN its meaning, so results are the same on
    every machine and for every number of threads. Division by zero gives what NumPy gives.
    """
    if numba.config.DISABLE_JIT:
        return function
    is_kept = cache_folder(Path(inspect.getfile(function))) is not None
    return KernelFunction(function, _OPTIONS, _cache_of if is_kept else None)


def compile_for(function: Function, *arguments: Any) -> None:
    """Have a compiled function ready for arguments, before several threads call it."""
    if isinstance(function, KernelFunction):
        function.compile(tuple(map(function.typeof_pyval, arguments)))


def inlined(function: Function) -> Function:
    """Mark a short function that is copied into the compiled functions that call it."""
    marked: Function = numba.njit(inline="always")(function)
    return marked


def cache_folder(source: Path) -> Path | None:
    """Give the folder of the compiled code of a source file; None = nothing can be written."""
    root = cache_root()
    return root / content_stamp(source) if root else None


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
def content_stamp(source: Path) -> str:
    """Hash of what compiled functions of a file are made from, wherever it lies."""
    digest = hashlib.sha256(repr(_compiler()).encode())
    for path in sorted(
        {*Path(__file__).parent.glob("*.py"), *source.parent.glob("*.py")},
        key=lambda path: (path.parent.name, path.name),
    ):
        if path.name != NOT_COMPILED:
            digest.update(f"{path.parent.name}/{path.name}".encode() + path.read_bytes())
    return digest.hexdigest()[:16]


def own_folders() -> set[str]:
    """Give the names of the folders of all kernels as they are compiled here."""
    sources = Path(__file__).parent.parent.glob("*/*.py")
    return {content_stamp(source) for source in sources}


@cache
def _remove_unused_code() -> None:
    """Make room, once per process that compiles."""
    if root := cache_root():
        remove_unused(root, own_folders)


@cache
def _compiler() -> tuple[object, ...]:
    """Versions and settings of what makes code from source; the processor is in Numba's index."""
    versions = (sys.version, numba.__version__, llvmlite.__version__, np.__version__)
    return (*versions, *(getattr(numba.config, name, None) for name in _SETTINGS))


class _FolderOfContent:
    """Where Numba keeps the code of a function: it asks for a place, and a stamp of the sources."""

    def __init__(self, function: Function, source: str) -> None:
        self._py_file = source  # warnings of Numba name it
        self._line = function.__code__.co_firstlineno

    @classmethod
    def from_function(cls, py_func: Function, py_file: str) -> _FolderOfContent:
        """Give the place of a function; Numba calls it so."""
        return cls(py_func, py_file)

    def ensure_cache_path(self) -> None:
        """Make the folder."""
        Path(self.get_cache_path()).mkdir(parents=True, exist_ok=True)

    def get_cache_path(self) -> str:
        """Give the folder."""
        return str(cache_folder(Path(self._py_file)))

    def get_source_stamp(self) -> str:
        """Give what the index has to name; the folder says it too."""
        return content_stamp(Path(self._py_file))

    def get_disambiguator(self) -> str:
        """Tell functions of one name in one file apart."""
        return str(self._line)


class _LinkedFolderOfContent(_FolderOfContent):
    """The same for a function as other compiled functions call it."""

    def get_disambiguator(self) -> str:
        """Tell it from the function that Python calls."""
        return f"{self._line}linked"


class _CodeByContent(CompileResultCacheImpl):  # type: ignore[misc]
    """Compiled functions as Numba writes them, in folders of their content."""

    _locator_classes = (_FolderOfContent,)


class _LinkedCodeByContent(LinkedCodeCache):
    """The same for what other compiled functions link."""

    _locator_classes = (_LinkedFolderOfContent,)


class _SharedCache(FunctionCache):  # type: ignore[misc]
    """Numba's cache of one function, with a lock from the miss to the save."""

    _impl_class = _CodeByContent
    _lock: IO[bytes] | None = None

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        """Load a compiled function; None = the caller compiles and then saves."""
        self._release()  # a compilation that failed saved nothing
        hold(Path(self.cache_path))
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
        _remove_unused_code()

    def _release(self) -> None:
        if self._lock is not None:
            self._lock.close()
            self._lock = None


class _SharedLinkedCache(_SharedCache):
    """The same for a function as other compiled functions call it."""

    _impl_class = _LinkedCodeByContent


def _cache_of(function: Function, is_linked: bool) -> _SharedCache:
    return _SharedLinkedCache(function) if is_linked else _SharedCache(function)


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
