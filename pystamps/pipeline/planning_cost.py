"""What makes a plan of thousands of jobs cheaper without changing it."""

from __future__ import annotations

import gc
import inspect
from collections.abc import Callable
from functools import cache
from typing import Any, TypeVar

from pystamps.installation import snakemake_version

_Function = TypeVar("_Function", bound=Callable[..., Any])

_NEW_OBJECTS, _YOUNG, _OLD = 50_000, 20, 20
_ASKS_AGAIN_FROM, _ASKS_AGAIN_TO = (9, 17), (9, 27)
"""Versions of Snakemake that were seen to work out the same again for every job."""


def plan_cheaply() -> None:
    """Spare the Snakemake of this process work that changes nothing in its plan."""
    _collect_garbage_seldom()
    if _ASKS_AGAIN_FROM <= snakemake_version() <= _ASKS_AGAIN_TO:
        _remember_what_is_asked_again()


def _collect_garbage_seldom() -> None:
    """Let the collector of this process look seldom at objects that live as long as the plan.

    Jobs and files of a plan are kept until the end; looking through them again and again takes a
    tenth of its time. What is garbage is still found, after so many new objects.
    """
    gc.freeze()
    gc.set_threshold(_NEW_OBJECTS, _YOUNG, _OLD)


def _remember_what_is_asked_again() -> None:
    """Let Snakemake keep two answers that it works out several times per job.

    The parameters of its function that evaluates a resource, and the parts of the place of a
    script: of a dry run of a thousand patches these are a tenth.
    """
    from snakemake import sourcecache
    from snakemake.resources import Resource

    sourcecache.parse_uri = cache(sourcecache.parse_uri)
    with_known_parameters(Resource.evaluate)


def with_known_parameters(function: _Function) -> _Function:
    """Tell Snakemake the parameters of a function of a rule; give it back.

    Snakemake asks for them several times per job, and Python works them out every time.
    """
    from snakemake.common import overwrite_function_params

    overwrite_function_params(function, inspect.signature(function).parameters)
    return function
