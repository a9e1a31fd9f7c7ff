"""The process of a job, a fork of the server. While it stays small it takes further jobs.

A fork costs as much as a small job computes: its pages are copied as they are used. So a script
that leaves nothing behind may give its process back (:func:`pystamps.rulekit.end_job_process`), and
the server hands it the next job of that script. What such a job is told, its log, its processor
time and its peak of memory are its own; a process that has grown, has started a program, has
threads of its own or a device takes no more jobs.
"""

from __future__ import annotations

import dataclasses
import gc
import logging
import os
import resource
import runpy
import sys
import tempfile
import threading
import traceback
import warnings
from ctypes import CDLL
from pathlib import Path
from typing import Any, NoReturn

from pystamps.ending import end_at_once
from pystamps.forked_jobs.orders import GO, Connection, JobEnd, JobOrder, ProcessIsFree

_OWN_AND_OF_PROGRAMS = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
_SET_NAME = 15
"""Of ``prctl``."""
_KERNEL_THREADS = "pystamps_kernels.host.tasks"
_DEVICE = "cupy"
_SAID_ONCE = (
    ("pystamps_kernels.choice", "_say"),
    ("pystamps_kernels.host.compile", "say_waiting"),
    ("pystamps_kernels.host.compile", "say_compiling"),
)
"""What a process says once, and each job in its log."""
_MOST_GROWN_MB = 64.0
"""By which a process may have grown that takes another job: what it keeps is in the next peak."""
_MEMORY_MARKS = Path("/proc/self/clear_refs")
_FORGET_PEAK = "5"


class JobProcess:
    """This process, which is a fork of the server.

    Parameters
    ----------
    server : Connection
        Over which the server hears of ends, and hands further jobs over.
    blas : threadpoolctl.ThreadpoolController
    """

    def __init__(self, server: Connection, blas: Any) -> None:
        """Note how large the server is."""
        self._server = server
        self._blas = blas
        self._environment = dict(os.environ)
        self._size_mb = _peak_mb(resource.RUSAGE_SELF)

    def do_jobs(self, connection: Connection, order: JobOrder) -> NoReturn:
        """Do a job, and those that come after it."""
        is_free = True
        while is_free:
            before_s = _processor_s()
            if connection.receive_bytes() != GO:
                end_fork(1)
            connection.close()
            self._do(order)
            end = JobEnd(0, _processor_s() - before_s, max(map(_peak_mb, _OWN_AND_OF_PROGRAMS)))
            is_free = self._can_take_more(end)
            self._server.send(**dataclasses.asdict(end), is_free=is_free)
            if is_free:
                connection, order = self._next()
        end_at_once()

    def _do(self, order: JobOrder) -> None:
        """Run a script; return where it has given the process back, else end as it does."""
        status = 1
        try:
            with warnings.catch_warnings():  # what a job has warned of, the next one says too
                self._run(order)
            status = 0
        except ProcessIsFree:
            return
        except SystemExit as error:
            status = _exit_code(error)
        except BaseException:  # noqa: BLE001 - a process of its own would end like this
            traceback.print_exc()
        end_fork(status)

    def _run(self, order: JobOrder) -> None:
        tempfile.tempdir = None  # it was that of the server
        os.environ.clear()
        os.environ.update(self._environment | order.environment)
        os.chdir(order.folder)
        _name_process(order.stage)
        self._blas.limit(limits=order.threads, user_api="blas")
        if _KERNEL_THREADS in sys.modules:
            sys.modules[_KERNEL_THREADS].use_threads(order.threads)
        try:
            runpy.run_path(order.script, init_globals={"snakemake": order}, run_name="__main__")
        finally:
            logging.captureWarnings(capture=False)

    def _can_take_more(self, end: JobEnd) -> bool:
        """Tell whether this process is as good for the next job as a fork, and make it so."""
        if (
            end.peak_memory_mb > self._size_mb + _MOST_GROWN_MB
            or _peak_mb(resource.RUSAGE_CHILDREN)
            or threading.active_count() > 1
            or _DEVICE in sys.modules
        ):
            return False
        for handler in [*logging.root.handlers]:
            logging.root.removeHandler(handler)
            handler.close()
        for module, name in _SAID_ONCE:
            if module in sys.modules:
                getattr(sys.modules[module], name).cache_clear()
        gc.collect()
        try:
            _MEMORY_MARKS.write_text(_FORGET_PEAK)
        except OSError:
            return False
        return True

    def _next(self) -> tuple[Connection, JobOrder]:
        """Wait for a job; end where the server has none more, or with a signal."""
        try:
            job = self._server.take_over()
        except KeyboardInterrupt:
            end_fork(1)
        if job is None:
            end_at_once()
        return job


def end_fork(status: int) -> NoReturn:
    """End a fork: what is said is written out; what it has from the server is left alone."""
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    os._exit(status)


def _processor_s() -> float:
    """Give the processor time of this process and of the programs that it has waited for."""
    used = [resource.getrusage(who) for who in _OWN_AND_OF_PROGRAMS]
    return sum(usage.ru_utime + usage.ru_stime for usage in used)


def _peak_mb(who: int) -> float:
    return resource.getrusage(who).ru_maxrss / 1024


def _exit_code(error: SystemExit) -> int:
    """Give the exit code that Python gives for it."""
    if error.code is None or isinstance(error.code, int):
        return error.code or 0
    print(error.code, file=sys.stderr)
    return 1


def _name_process(stage: str) -> None:
    """Show the stage where processes are listed (``top``, ``ps -c``)."""
    CDLL(None).prctl(_SET_NAME, stage.encode(), 0, 0, 0)
