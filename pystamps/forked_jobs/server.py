"""The server of jobs: it imports what stages need, and forks for jobs.

    python -m pystamps.forked_jobs.server CHANNEL STAGE...

CHANNEL is the number of a socket over which connections of jobs come; where it is closed, the
server kills what still runs and ends. The stages are those that are planned: what they need is
loaded while nothing else is to be done. Kernels of them that are not compiled yet are then compiled
by processes side by side, beside the first jobs; a job that needs one waits for it.

A fork of a process with threads is not safe. So BLAS has one thread here (the executor starts the
server with the variables that say so), kernels have threads during a call only, no file is open but
for the socket, and before every fork the threads are counted: where there is a second one, the job
is refused, and the executor starts it as a process of its own.
"""

from __future__ import annotations

import ctypes
import dataclasses
import gc
import os
import selectors
import signal
import socket
import sys
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn

from pystamps.forked_jobs.compiling_ahead import (
    CompilingAhead,
    kernels_of_loaded_stages,
    kernels_without_code,
    module_of,
)
from pystamps.forked_jobs.job_process import JobProcess, end_fork
from pystamps.forked_jobs.orders import Connection, JobOrder, end_of, order_of
from pystamps.forked_jobs.spared_imports import spare_imports_of_stages
from pystamps.kernel_checks.compile_all import longest_first
from pystamps.stage_table import every_stage, stage_named

_GROUP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
"""They reach the jobs too, whose ends the server reports; it ends with its channel.

A job that Snakemake orders in the moment of a signal has no process yet that could get it, and
Snakemake would wait for it: it gets the signal from the server when it has one.
"""

_TASKS = Path("/proc/self/task")
_SET_DEATH_SIGNAL = 1
"""Of ``prctl``."""

_FIGURE = "figure_"
_OF_ALL = (
    *("pystamps.rulekit", "pystamps.pipeline.verified_inputs", "pystamps.config.checks"),
    *("psutil", "threadpoolctl", "xxhash"),
)
_OF_FIGURES = (
    *("pystamps.figures.draw", "h5py", "matplotlib.figure", "matplotlib.dates"),
    "matplotlib.backends.backend_agg",
)
_OF_STAGES = (
    *("pystamps.pipeline.replaying", "pystamps.processors.candidates"),
    "pystamps.processors.processor",
    *("scipy.io", "scipy.spatial", "h5py"),
)
"""What scripts and stages import when they run."""

_UNLOADABLE = (ImportError, OSError, MemoryError)
"""Why modules cannot be loaded. The job meets it again as a process of its own, and says it."""

_Handler = Callable[[int, FrameType | None], Any] | int | None


def serve_jobs(channel: socket.socket, stages: list[str]) -> NoReturn:
    """Have a fork do every job that is ordered, until the channel is closed.

    Parameters
    ----------
    channel : socket
    stages : list of str
        Stages whose modules are loaded ahead, in this order.
    """
    given = {number: signal.getsignal(number) for number in _GROUP_SIGNALS}
    server = _Server(channel, stages, given)
    for number, handler in given.items():
        if handler != signal.SIG_IGN:
            signal.signal(number, server.note_signal)
    _die_with_parent()
    spare_imports_of_stages()
    server.serve()
    os._exit(0)


@dataclass(slots=True)
class _Process:
    """A fork.

    Attributes
    ----------
    pid, descriptor : int
    channel : Connection
        Over which it says that its job has ended, and gets further ones.
    stages : set of str
        What had been loaded for, when it was forked.
    script : str
        Of its jobs; empty where it takes no more.
    job : Connection or None
        Of the job that it does; None while it waits.
    is_heard : bool
        The channel is open.
    """

    pid: int
    descriptor: int
    channel: Connection
    stages: set[str]
    script: str
    job: Connection | None
    is_heard: bool = True

    def leave(self) -> None:
        """Have nothing to do with it, as another fork."""
        os.close(self.descriptor)
        if self.is_heard:
            self.channel.close()
        if self.job is not None:
            self.job.close()


class _Server:
    """Jobs that run, and stages that are still to be loaded."""

    def __init__(
        self, channel: socket.socket, stages: list[str], signals: dict[signal.Signals, _Handler]
    ) -> None:
        self._channel = channel
        self._ahead = stages
        self._signals = signals
        self._problems: dict[str, str] = {}
        self._processes: dict[int, _Process] = {}
        self._called: list[str] = []
        self._compiling: CompilingAhead | None = None
        self._told = 0
        self._blas: Any = None
        self._stages_of_blas = 0
        self._ready = selectors.DefaultSelector()
        self._ready.register(channel, selectors.EVENT_READ)

    def note_signal(self, number: int, _frame: FrameType | None) -> None:
        """Keep what the group has been told, for jobs that begin later."""
        self._told = number

    def serve(self) -> None:
        """Start jobs, report their ends, and load what comes next while nothing happens."""
        while True:
            happened = self._ready.select(0 if self._ahead else None)
            for key, _ in happened:
                if key.data is not None:
                    key.data()
                elif not self._start_next():
                    self._kill_all()
                    return
            if not happened:
                self._load(self._ahead.pop(0))
                if not self._ahead:
                    self._compile_ahead()

    def _start_next(self) -> bool:
        """Start the next job; False where the channel is closed."""
        said, descriptors, _, _ = socket.recv_fds(self._channel, 1, 1)
        if not said:
            return False
        connection = Connection(socket.socket(fileno=descriptors[0]))
        order = connection.receive()
        if order is None:
            connection.close()
        else:
            self._start(connection, order_of(order))
        return True

    def _start(self, connection: Connection, order: JobOrder) -> None:
        problem = self._load(order.stage)
        if not problem and self._hand_over(connection, order):
            return
        problem = problem or what_forbids_forks()
        if not problem:
            try:
                self._fork(connection, order)
                return
            except OSError as error:  # no process more, or no memory for one
                problem = f"it cannot fork: {error.strerror}"
        connection.send(refused=problem)
        connection.close()

    def _hand_over(self, connection: Connection, order: JobOrder) -> bool:
        """Give a job to a process that has done one of the same script, where one waits."""
        for process in [*self._processes.values()]:
            if process.job is not None or process.script != order.script:
                continue
            if self._told or order.stage not in process.stages:  # a fork has loaded more
                self._dismiss(process)
            elif process.channel.hand_over(connection, order):
                process.job = connection
                connection.send(pid=process.pid)
                return True
        return False

    def _fork(self, connection: Connection, order: JobOrder) -> None:
        server = os.getpid()
        self._find_blas()
        ours, its = map(Connection, socket.socketpair())
        # what comes while the fork still ignores signals as the server does waits until it does not
        signal.pthread_sigmask(signal.SIG_BLOCK, _GROUP_SIGNALS)
        try:
            pid = os.fork()
            if not pid:
                ours.close()
                self._become_job(connection, order, its, server)
        except OSError:
            ours.close()
            raise
        finally:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, _GROUP_SIGNALS)
            its.close()
        process = _Process(
            pid, os.pidfd_open(pid), ours, {*self._problems}, order.script, connection
        )
        self._processes[pid] = process
        self._ready.register(process.descriptor, selectors.EVENT_READ, partial(self._end, process))
        self._ready.register(ours, selectors.EVENT_READ, partial(self._hear, process))
        connection.send(pid=pid)
        if self._told:
            os.kill(pid, self._told)

    def _find_blas(self) -> None:
        """Look which libraries of BLAS there are, where stages were loaded since the last time.

        A job sets their threads; to look for them through all libraries took it 7 ms.
        """
        from threadpoolctl import ThreadpoolController

        if self._stages_of_blas != len(self._problems):
            self._blas = ThreadpoolController()
            self._stages_of_blas = len(self._problems)

    def _load(self, stage: str) -> str:
        """Load what a stage needs; say why that was not possible, or nothing.

        Other jobs run meanwhile, which would end with this process.
        """
        if stage not in self._problems:
            self._problems[stage] = ""
            try:
                _load_modules_of(stage)
            except _UNLOADABLE as error:
                self._problems[stage] = f"it could not load what {stage} needs: {error}"
            # kernels of the first stages first, because jobs wait for them
            new = {*kernels_of_loaded_stages()} - {*self._called}
            self._called += longest_first(sorted(new))
            gc.freeze()  # forks look at none of it, so that its pages stay shared
        return self._problems[stage]

    def _compile_ahead(self) -> None:
        """Let processes compile what the stages that are planned need and the cache lacks."""
        names = kernels_without_code(self._called)
        if names:
            self._compiling = CompilingAhead(names)
            self._ready.register(self._compiling, selectors.EVENT_READ, self._say_compiled)

    def _say_compiled(self) -> None:
        if self._compiling is not None and not self._compiling.say_next():
            self._ready.unregister(self._compiling)
            self._compiling.end()
            self._compiling = None

    def _hear(self, process: _Process) -> None:
        """Report the end of a job whose process says it, and whether that waits for the next."""
        said = process.channel.receive()
        if said is None or process.job is None:
            self._dismiss(process)
            return
        is_free = said.pop("is_free")
        process.job.send(**said)
        process.job.close()
        process.job = None
        if not is_free:
            self._dismiss(process)

    def _end(self, process: _Process) -> None:
        """Report the end of a job whose process has ended."""
        if process.is_heard and process.channel.has_said():
            self._hear(process)
        self._dismiss(process)
        self._ready.unregister(process.descriptor)
        os.close(process.descriptor)
        del self._processes[process.pid]
        _, status, usage = os.wait4(process.pid, 0)
        if process.job is not None:
            process.job.send(**dataclasses.asdict(end_of(status, usage)))
            process.job.close()

    def _dismiss(self, process: _Process) -> None:
        """Let a process take no further job: it ends."""
        if process.is_heard:
            process.is_heard, process.script = False, ""
            self._ready.unregister(process.channel)
            process.channel.close()

    def _kill_all(self) -> None:
        for pid in self._processes:
            os.kill(pid, signal.SIGKILL)
        for pid in self._processes:
            os.waitpid(pid, 0)
        if self._compiling is not None:
            self._compiling.end()

    def _become_job(
        self, connection: Connection, order: JobOrder, channel: Connection, server: int
    ) -> NoReturn:
        """Be the process of a job from here on."""
        try:
            gc.enable()
            for number, handler in self._signals.items():
                signal.signal(number, handler)
            signal.pthread_sigmask(signal.SIG_UNBLOCK, _GROUP_SIGNALS)
            self._ready.close()
            self._channel.close()
            if self._compiling is not None:
                self._compiling.leave()
            for other in self._processes.values():
                other.leave()
            _die_with_parent()
            if os.getppid() == server:
                JobProcess(channel, self._blas).do_jobs(connection, order)
        except BaseException:  # noqa: BLE001 - a signal: a process of its own would end like this
            traceback.print_exc()
        finally:
            end_fork(1)


def what_forbids_forks() -> str:
    """Say why this process must not fork; nothing when it may."""
    count = sum(1 for _ in _TASKS.iterdir())
    return "" if count == 1 else f"it has {count} threads"


def _load_modules_of(stage: str) -> None:
    """Import what the script of a stage and the stage itself use, and load its compiled kernels."""
    for name in (*_OF_ALL, *(_OF_FIGURES if stage.startswith(_FIGURE) else _OF_STAGES)):
        import_module(name)
    # grid and parts of stage 6 are rules, no stages: what they use is loaded with their script
    if not stage.startswith(_FIGURE) and stage in {known.name for known in every_stage()}:
        stage_named(stage).load()
    modules = [module_of(name) for name in kernels_of_loaded_stages()]
    if modules:
        import_module("pystamps.forked_jobs.kernels_ahead").load_ahead(modules)


def _die_with_parent() -> None:
    """Let the system kill this process when the one that has started it is gone."""
    ctypes.CDLL(None, use_errno=True).prctl(_SET_DEATH_SIGNAL, signal.SIGKILL, 0, 0, 0)


if __name__ == "__main__":
    serve_jobs(socket.socket(fileno=int(sys.argv[1])), sys.argv[2:])
