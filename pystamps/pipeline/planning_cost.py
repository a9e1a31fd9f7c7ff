"""What makes a plan of thousands of jobs cheaper without changing it.

The rules give what is Snakemake's: nothing here imports it.
"""

from __future__ import annotations

import gc
import inspect
from collections.abc import Callable
from functools import cache
from typing import Any, TypeVar

from pystamps.installation import snakemake_version

_Function = TypeVar("_Function", bound=Callable[..., Any])
TellParameters = Callable[[Callable[..., Any], Any], None]
"""``snakemake.common.overwrite_function_params``, by which a function says what it takes."""

_NEW_OBJECTS, _YOUNG, _OLD = 50_000, 20, 20
_ASKS_AGAIN_FROM, _ASKS_AGAIN_TO = (9, 17), (9, 27)
"""Versions of Snakemake that were seen to work out the same again for every job."""


def plan_cheaply(sourcecache: Any, resource: Any, tell: TellParameters) -> None:
    """Spare the Snakemake of this process work that changes nothing in its plan.

    It keeps two answers that it works out several times per job: the parameters of its function
    that evaluates a resource, and the parts of the place of a script. Other versions than those
    that were looked at are left as they are.

    Parameters
    ----------
    sourcecache : module
        ``snakemake.sourcecache``.
    resource : type
        ``snakemake.resources.Resource``.
    tell : callable
    """
    _collect_garbage_seldom()
    if _ASKS_AGAIN_FROM <= snakemake_version() <= _ASKS_AGAIN_TO:
        sourcecache.parse_uri = cache(sourcecache.parse_uri)
        known_to_snakemake(tell)(resource.evaluate)


def _collect_garbage_seldom() -> None:
    """Let the collector of this process look seldom at objects that live as long as the plan.

    Jobs and files of a plan are kept until the end; looking through them again and again takes a
    tenth of its time. What is garbage is still found, after so many new objects.
    """
    gc.freeze()
    gc.enable()  # a start may have put it off
    gc.set_threshold(_NEW_OBJECTS, _YOUNG, _OLD)


def known_to_snakemake(tell: TellParameters) -> Callable[[_Function], _Function]:
    """Give a decorator that tells Snakemake the parameters of a function of a rule.

    Snakemake asks for them several times per job, and Python works them out every time.
    """

    def told(function: _Function) -> _Function:
        tell(function, inspect.signature(function).parameters)
        return function

    return told
