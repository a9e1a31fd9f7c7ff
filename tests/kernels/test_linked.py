"""Functions that compiled functions call: linked, without machine code of their own."""

from __future__ import annotations

import numba
import pytest
from numba import types

from pystamps_kernels.host import compile as compiling
from pystamps_kernels.host.linked import KernelFunction


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path))


def half(x):
    if x < 0:
        raise ValueError("below zero")
    return x / 2


def compiled_pair() -> tuple[KernelFunction, KernelFunction]:
    """Give a function and one that calls it, new each time."""
    inner = compiling.compiled(half)

    def outer(x):
        return 1.0 + inner(x)

    return inner, compiling.compiled(outer)


def test_what_compiled_code_calls_is_linked_and_has_no_machine_code():
    inner, outer = compiled_pair()
    assert outer(3.0) == 2.5
    assert not inner.signatures
    (made,) = inner.linked.overloads.values()
    assert made.library.get_pointer_to_function(made.fndesc.llvm_func_name) == 0


def test_what_it_raises_is_raised():
    _, outer = compiled_pair()
    with pytest.raises(ValueError, match="below zero"):
        outer(-1.0)


def test_python_may_call_it_too():
    inner, outer = compiled_pair()
    assert (outer(3.0), inner(3.0), outer(5.0)) == (2.5, 1.5, 3.5)


def test_it_is_kept_and_linked_again_without_being_compiled():
    inner, outer = compiled_pair()
    assert outer(3.0) == 2.5
    inner, outer = compiled_pair()
    inner.linked.compile((types.float64,))
    assert sum(inner.linked.stats.cache_hits.values()) == 1
    assert numba.njit(outer.py_func)(3.0) == 2.5
