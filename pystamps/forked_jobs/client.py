"""The side of Snakemake: it starts the server of jobs, and has jobs run by it."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.util import find_spec

from pystamps.errors import PystampsError
from pystamps.forked_jobs.orders import GO, Connection, JobEnd, JobOrder, line_of

FORKS_VARIABLE = "PYSTAMPS_FORKED_JOBS"
"""With the value 0 jobs of ``pystamps run`` are processes of their own."""

_STAGES_VARIABLE, _THREADS_VARIABLE = "PYSTAMPS_JOB_STAGES", "PYSTAMPS_JOB_THREADS"
_ONE_THREAD = dict.fromkeys(
    ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "GOTO_NUM_THREADS"), "1"
)
"""Variables that let BLAS start none; a fork sets its own number."""

_SERVER = "pystamps.forked_jobs.server"


class ForkRefusedError(Exception):
    """The server must not fork, and says why; nothing of the job has been done."""


def can_fork_jobs() -> bool:
    """Tell whether jobs can be forks here: on Linux, with what sets the threads of BLAS."""
    return sys.platform == "linux" and find_spec("threadpoolctl") is not None


def are_jobs_forked() -> bool:
    """Tell whether the jobs of runs are forks: where they can be, unless the variable forbids it.

    Raises
    ------
    PystampsError
        The variable has neither of its values.
    """
    said = os.environ.get(FORKS_VARIABLE, "1")
    if said not in ("0", "1"):
        raise PystampsError(
            f"{FORKS_VARIABLE} is {said!r}; expected 0 (a process for every job) or 1 (forks, "
            "where the system allows them)"
        )
    return said == "1" and can_fork_jobs()


def variables_of_server(stages: Sequence[str], *, most_threads: int) -> dict[str, str]:
    """Give the variables that :func:`server_of_variables` reads in another process."""
    return {_STAGES_VARIABLE: ",".join(stages), _THREADS_VARIABLE: str(most_threads)}


def server_of_variables(*, cores: int | None = None) -> JobServer | None:
    """Start the server that the variables of this process describe.

    Parameters
    ----------
    cores : int, optional
        What a job may have where the variables say nothing.

    Returns
    -------
    JobServer or None
        None where no stage is known to run and it is not known either that there are jobs
        (without ``cores``).
    """
    stages = os.environ.pop(_STAGES_VARIABLE, "")
    if not stages and cores is None:
        return None
    most_threads = int(os.environ.pop(_THREADS_VARIABLE, cores or 1))
    return JobServer(stages.split(",") if stages else (), most_threads=most_threads)


class JobServer:
    """A server of jobs, which ends with this process; many threads may have jobs run at a time.

    Parameters
    ----------
    stages : sequence of str
        Whose modules it loads ahead.
    most_threads : int
        That a job may have.
    """

    def __init__(self, stages: Sequence[str], *, most_threads: int) -> None:
        """Start it."""
        self._channel, its = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with its:
            self._process = subprocess.Popen(
                [sys.executable, "-m", _SERVER, str(its.fileno()), *stages],
                stdin=subprocess.DEVNULL,
                pass_fds=[its.fileno()],
                env=os.environ | _ONE_THREAD | {"NUMBA_NUM_THREADS": str(most_threads)},
            )

    @contextmanager
    def running(self, order: JobOrder) -> Iterator[RunningJob]:
        """Have a job run; it waits for :meth:`RunningJob.end` to begin.

        Raises
        ------
        ForkRefusedError
        """
        ours, its = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        connection = Connection(ours)
        try:
            with its:
                self._hand_over(its)
            connection.send_bytes(line_of(order))
            said = connection.receive() or {"refused": "it has ended"}
            if "refused" in said:
                raise ForkRefusedError(said["refused"])
            yield RunningJob(connection, said["pid"])
        finally:
            connection.close()

    def close(self) -> None:
        """End the server, and what still runs."""
        self._channel.close()
        self._process.wait()

    def _hand_over(self, end: socket.socket) -> None:
        try:
            socket.send_fds(self._channel, [b"j"], [end.fileno()])
        except (BrokenPipeError, ConnectionResetError):
            raise ForkRefusedError("it has ended") from None


class RunningJob:
    """A job that has a process.

    Attributes
    ----------
    pid : int
    """

    def __init__(self, connection: Connection, pid: int) -> None:  # noqa: D107
        self._connection = connection
        self.pid = pid

    def end(self) -> JobEnd | None:
        """Let it begin, and wait for its end; None where the server has ended before."""
        self._connection.send_bytes(GO)
        said = self._connection.receive()
        return None if said is None else JobEnd(**said)
