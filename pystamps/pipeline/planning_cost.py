"""What makes planning and starting thousands of jobs cheaper and smaller without changing either.

The rules give what is Snakemake's: nothing here imports it.
"""

from __future__ import annotations

import gc
import inspect
import math
import threading
import time
from collections.abc import Callable, Iterable
from functools import cache
from typing import Any, TypeVar

from pystamps.installation import snakemake_version

_Function = TypeVar("_Function", bound=Callable[..., Any])
TellParameters = Callable[[Callable[..., Any], Any], None]
"""``snakemake.common.overwrite_function_params``, by which a function says what it takes."""

_NEW_OBJECTS, _YOUNG, _OLD = 50_000, 20, 20
_ASKS_AGAIN_FROM, _ASKS_AGAIN_TO = (9, 17), (9, 27)
"""Versions of Snakemake that were seen to work out the same again for every job."""


def plan_cheaply(sourcecache: Any, resource: Any, scheduler: Any, tell: TellParameters) -> None:
    """Spare the Snakemake of this process work that changes nothing in what it does.

    It keeps two answers that it works out several times per job: the parameters of its function
    that evaluates a resource, and the parts of the place of a script. It looks for jobs to start
    when something has happened and once per second, not as often per second as something has
    happened before, and asks for the size of a file that a job waits to read once. Other versions
    than those that were looked at are left as they are.

    Parameters
    ----------
    sourcecache : module
        ``snakemake.sourcecache``.
    resource : type
        ``snakemake.resources.Resource``.
    scheduler : type
        ``snakemake.scheduling.job_scheduler.JobScheduler``.
    tell : callable
    """
    _collect_garbage_seldom()
    if _ASKS_AGAIN_FROM <= snakemake_version() <= _ASKS_AGAIN_TO:
        sourcecache.parse_uri = cache(sourcecache.parse_uri)
        known_to_snakemake(tell)(resource.evaluate)
        scheduler._schedule_reevalutation = _look_again_once
        scheduler.update_input_sizes = _ask_sizes_once


def plan_in_less_memory(job: Any, guard: Any) -> None:
    """Spare the Snakemake of this process memory that holds nothing a plan needs.

    Every list of files, wildcards, settings and resources of a job has two objects that refuse
    ``index`` and ``sort``; one of each does for all lists. And the age of the outputs of a job is
    asked one file after the other, not with a task per file of all jobs at the same time, which
    takes 4 MB of the peak with 1 000 patches. Other versions than those that were looked at are
    left as they are.

    Parameters
    ----------
    job : type
        ``snakemake.jobs.Job``.
    guard : type
        ``AttributeGuard``, which lies in other modules from version to version.
    """
    if _ASKS_AGAIN_FROM <= snakemake_version() <= _ASKS_AGAIN_TO:
        guard.__new__ = _one_for_each_name
        job.output_mintime = _asked_in_turn(job.output_mintime)


def _one_for_each_name(guard: type, name: str | None = None) -> Any:
    """Give the object of a class that there is for a name; copies are made without one."""
    return object.__new__(guard) if name is None else _only_object(guard, name)


@cache
def _only_object(kind: type, name: str) -> Any:
    return object.__new__(kind)


def _asked_in_turn(at_once: property) -> property:
    """Give the property of a job that is the age of its oldest output, in place of Snakemake's.

    That one asks at once for all files, which saves time where they lie in a remote storage.
    """

    async def oldest(job: Any) -> float | None:
        if any(file.is_storage for file in job.output):
            return await at_once.__get__(job)  # type: ignore[no-any-return]
        files = (*job.output, job.benchmark) if job.benchmark else job.output
        ages = [(await file.mtime()).local_or_storage() for file in files if await file.exists()]
        return min(ages, default=None)

    return property(oldest)


def _look_again_once(scheduler: Any, delay_s: float) -> None:
    """Let a scheduler look for jobs again after a while, unless it will do so before anyway.

    In place of ``JobScheduler._schedule_reevalutation``, which starts a thread for each request:
    whenever the scheduler has looked for jobs it asks to look again a second later, because of its
    limit of jobs per second, so that every event of a run had it look once more in each second
    that followed, through all jobs that are ready. A run does not wait for the thread at its end.
    """
    due = time.monotonic() + delay_s
    if getattr(scheduler, "_looks_again_at", math.inf) <= due:
        return

    def look() -> None:
        scheduler._looks_again_at = math.inf
        scheduler._open_jobs.release()

    scheduler._looks_again_at = due
    timer = threading.Timer(delay_s, look)
    timer.daemon = True
    timer.start()


async def _ask_sizes_once(scheduler: Any, jobs: Iterable[Any]) -> None:
    """Note the sizes of the files that jobs read which are ready, by which it chooses among them.

    In place of ``JobScheduler.update_input_sizes``, which asks for all of them again at each look:
    a thousand jobs that are ready, ten thousand files whenever one of them begins or ends. A file
    does not change while a job waits to read it.
    """
    known, sizes = scheduler._input_sizes, {}
    for path in {path for job in jobs for path in job.input}:
        if path in known:
            sizes[path] = known[path]
        else:
            sizes[path] = await path.size() if await path.exists() else None
    scheduler._input_sizes = sizes


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
