"""Executor plugin of Snakemake: forks of a process that is ready do the jobs on this machine.

``pystamps run`` starts Snakemake with it and a server of jobs (:mod:`pystamps.forked_jobs`). Who
calls ``snakemake`` directly may have it with ``--executor pystamps`` and this folder's parent on
PYTHONPATH: the server is started with the first job then.
"""

from __future__ import annotations

import os
import signal
import subprocess
from concurrent.futures import Future
from pathlib import Path
from typing import Any

from snakemake.benchmark import BenchmarkRecord, benchmarked, write_benchmark_records
from snakemake.exceptions import WorkflowError
from snakemake.executors.local import Executor as LocalExecutor
from snakemake.executors.local import common_settings as common_settings
from snakemake.executors.local import run_wrapper

from pystamps.forked_jobs import ready_server
from pystamps.forked_jobs.client import (
    ForkRefusedError,
    JobServer,
    can_fork_jobs,
    server_of_variables,
)
from pystamps.forked_jobs.orders import JobEnd, JobOrder

_THREADS = (
    *("OMP_NUM_THREADS", "GOTO_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"),
    *("VECLIB_MAXIMUM_THREADS", "NUMEXPR_NUM_THREADS"),
)
_FOLDERS = ("TMPDIR", "TMP", "TEMPDIR", "TEMP")
"""Variables that Snakemake gives to the process of a script."""


class Executor(LocalExecutor):  # type: ignore[misc]
    """Runs the scripts of rules in forks, and all else as Snakemake does."""

    def __post_init__(self) -> None:
        """Take the server that runs, or start one."""
        super().__post_init__()
        self._server = ready_server.SERVER
        if self._server is None and can_fork_jobs():
            self._server = server_of_variables(cores=self.cores)

    def run_single_job(self, job: Any) -> Future[None]:
        """Run a job in a thread that waits for its fork."""
        server = self._server
        if server is None or not self._is_plain_script(job):
            return super().run_single_job(job)  # type: ignore[no-any-return]
        plain = self.job_args_and_prepare(job)
        future: Future[None] = self.pool.submit(
            self.cached_or_run, job, self._run_forked, server, job, plain
        )
        return future

    def shutdown(self) -> None:
        """End the server when all jobs have ended."""
        super().shutdown()
        if self._server is not None:
            self._server.close()

    def _is_plain_script(self, job: Any) -> bool:
        """Tell whether a job is a Python script in the environment of this process."""
        deployment = self.workflow.deployment_settings.deployment_method
        name = str(job.rule.script or "")
        return name.endswith(".py") and not (
            deployment or job.is_shadow or (job.benchmark_repeats or 1) > 1
        )

    def _run_forked(self, server: JobServer, job: Any, plain: tuple[Any, ...]) -> None:
        """Run a job in a fork; as a process of its own where the server must not fork."""
        record = BenchmarkRecord() if job.benchmark else None
        try:
            end = _end_of(server, job, record)
        except ForkRefusedError as error:
            self.logger.warning(f"{job.rule.name} starts as a process of its own: {error}")
            run_wrapper(*plain)
            return
        if end is None or end.status:
            status = -signal.SIGKILL if end is None else end.status
            raise WorkflowError(str(subprocess.CalledProcessError(status, job.rule.name)))
        if record is not None:
            _write_benchmark(job, record, end)


def _end_of(server: JobServer, job: Any, record: Any) -> JobEnd | None:
    """Have a job run, and sample its process where it has a benchmark."""
    with server.running(_order_of(job)) as running:
        if record is None:
            return running.end()
        with benchmarked(running.pid, record):
            read, written = record.io_in or 0.0, record.io_out or 0.0  # of jobs that it did before
            end = running.end()
        record.io_in = max(0.0, (record.io_in or 0.0) - read)
        record.io_out = max(0.0, (record.io_out or 0.0) - written)
        return end


def _order_of(job: Any) -> JobOrder:
    """Say what a job is, as Snakemake tells it to a script."""
    script = job.rule.basedir.join(job.rule.script).get_path_or_uri(secret_free=True)
    temporary = job.resources.get("tmpdir")
    return JobOrder(
        script=str(Path(script).resolve()),
        folder=str(Path.cwd()),
        log=[str(path) for path in job.log],
        output=[str(path) for path in job.output],
        wildcards=dict(job.wildcards_dict),
        threads=job.threads,
        config=job.rule.run_func.__globals__["config"],
        environment=os.environ
        | dict.fromkeys(_THREADS, str(job.threads))
        | (dict.fromkeys(_FOLDERS, temporary) if temporary else {}),
    )


def _write_benchmark(job: Any, record: Any, end: JobEnd) -> None:
    """Write the benchmark of a job, as Snakemake does, with what the system has counted.

    Its samples of a short job are few: the system knows the peak of the process and its time.
    """
    record.max_rss = max(record.max_rss or 0.0, end.peak_memory_mb)
    record.cpu_time, record.cpu_usage = end.processor_s, 100 * end.processor_s
    record.data_collected = True
    record.jobid, record.rule_name, record.threads = job.jobid, job.rule.name, job.threads
    record.wildcards, record.params, record.resources = job.wildcards, job.params, job.resources
    record.input = job.input
    write_benchmark_records([record], str(job.benchmark), False)
