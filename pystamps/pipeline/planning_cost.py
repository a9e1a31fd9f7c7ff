"""What makes a plan of thousands of jobs cheaper without changing it."""

from __future__ import annotations

import gc
import inspect
from collections.abc import Callable
from typing import Any, TypeVar

_Function = TypeVar("_Function", bound=Callable[..., Any])

_NEW_OBJECTS, _YOUNG, _OLD = 50_000, 20, 20


def collect_garbage_seldom() -> None:
    """Let the collector of this process look seldom at objects that live as long as the plan.

    Jobs and files of a plan are kept until the end; looking through them again and again takes a
    tenth of its time. What is garbage is still found, after so many new objects.
    """
    gc.freeze()
    gc.set_threshold(_NEW_OBJECTS, _YOUNG, _OLD)


def with_known_signature(function: _Function) -> _Function:
    """Note the signature of a function of a rule at the function itself; give it back.

    Snakemake asks for it once and more per job, and Python works it out every time.
    """
    function.__signature__ = inspect.signature(function)  # type: ignore[attr-defined]
    return function
