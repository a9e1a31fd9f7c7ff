"""Functions that compiled functions call: code for linking, without machine code of their own.

Numba makes of every function what Python could call: a wrapper that takes the arguments apart, and
machine code. What calls it in a kernel links its LLVM code instead and is optimised and written
out as a whole, and so again at each level. So of a function that another compiled one calls only
the LLVM code is made here, optimised as Numba does it. Called from Python, the same function is
compiled as usual.

This uses internals of Numba, as its cache does; the bounds in ``pyproject.toml`` keep to versions
that have them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import Any

from numba import types
from numba.core.caching import CompileResultCacheImpl, FunctionCache
from numba.core.codegen import JITCodeLibrary
from numba.core.compiler import Compiler
from numba.core.registry import CPUDispatcher

Function = Callable[..., Any]


class _CodegenWithoutAddresses:
    """What makes the code of a library of which no part has an address."""

    def __init__(self, codegen: Any) -> None:
        self._codegen = codegen

    def __getattr__(self, name: str) -> Any:
        return getattr(self._codegen, name)

    def set_env(self, name: str, environment: Any) -> None:
        """Leave it to the function that Python calls, in whose code the name has an address."""


class LinkedLibrary(JITCodeLibrary):  # type: ignore[misc]
    """Optimised LLVM code that goes into other libraries and to no execution engine."""

    @property
    def codegen(self) -> _CodegenWithoutAddresses:
        """What makes its code."""
        return _CodegenWithoutAddresses(self._codegen)

    def _finalize_final_module(self) -> None:
        self._finalize_dynamic_globals()
        self._verify_declare_only_symbols()
        self._finalized = True

    def get_pointer_to_function(self, name: str) -> int:
        """Give the address of a function: none has one."""
        self._ensure_finalized()
        return 0

    def serialize_using_object_code(self) -> tuple[str, str, bytes]:
        """Give what the cache keeps."""
        kept: tuple[str, str, bytes] = self.serialize_using_bitcode()
        return kept


class _Compiler(Compiler):  # type: ignore[misc]
    """Numba's compiler, into such a library."""

    def define_pipelines(self) -> Any:
        """Give the passes; Numba asks for them when it knows the function."""
        codegen = self.state.targetctx.codegen()
        self.state.library = LinkedLibrary(codegen, self.state.func_id.func_qualname)
        return super().define_pipelines()


class LinkedCodeCache(CompileResultCacheImpl):  # type: ignore[misc]
    """How the cache of such functions reads what it has kept."""

    def rebuild(self, target_context: Any, payload: Any) -> Any:
        """Give the compiled function back."""
        with _libraries_for_linking(target_context.codegen()):
            return super().rebuild(target_context, payload)


@contextmanager
def _libraries_for_linking(codegen: Any) -> Iterator[None]:
    """Let Numba make libraries for linking, in this thread: it holds the lock of the compiler."""
    codegen._library_class = LinkedLibrary
    try:
        yield
    finally:
        del codegen._library_class


class KernelFunction(CPUDispatcher):  # type: ignore[misc]
    """A compiled function that Python calls, and the same for linking where compiled code calls it.

    Parameters
    ----------
    function : callable
    options : dict
        Those of Numba's decorator.
    cache_of : callable or None
        Makes Numba's cache of a function from it and from whether its code is for linking; None =
        nothing is kept.
    """

    def __init__(
        self,
        function: Function,
        options: dict[str, Any],
        cache_of: Callable[[Function, bool], FunctionCache] | None = None,
    ) -> None:
        """Compile nothing yet."""
        super().__init__(function, targetoptions=options)
        self._cache_of = cache_of
        if cache_of:
            self._cache = cache_of(function, False)

    @cached_property
    def linked(self) -> CPUDispatcher:
        """The function as compiled code calls it."""
        options = self.targetoptions | {"no_cpython_wrapper": True}
        linked = CPUDispatcher(self.py_func, targetoptions=options, pipeline_class=_Compiler)
        if self._cache_of:
            linked._cache = self._cache_of(self.py_func, True)
        return linked

    @property
    def _numba_type_(self) -> types.Dispatcher:
        """What stands for it in the code of other functions."""
        return types.Dispatcher(self.linked)

    def add_overload(self, compiled: Any) -> None:
        """Take a new version, and let Numba's objects be found from the code linked to it."""
        for environment in compiled._find_referenced_environments():
            compiled.library.codegen.set_env(environment.env_name, environment)
        super().add_overload(compiled)
