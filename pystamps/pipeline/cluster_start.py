"""What a run on a cluster does before its first job: asks Slurm, and watches for failed jobs."""

from __future__ import annotations

import hashlib
import inspect
import logging
import signal
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from pystamps.pipeline.failed_jobs import FailedJobs
from pystamps.pipeline.slurm_submission import SlurmNeeds, refuse_what_slurm_refuses
from pystamps_kernels import registered

SLURM = "slurm"
"""Name of the executor of Snakemake."""

COMPILE_RULE = "compile_kernels"
"""Rule whose job compiles the kernels before others need them."""

COMPILER_THREADS = 4
"""Of that job: so many processes compile side by side."""

_COMPILER_MB, _COMPILING_PROCESS_MB, _COMPILER_MINUTES = 500, 700, 20
"""Of that job, which waits for the processes, of each of these, and of all: generously."""


def start_on_cluster(workflow: Any, logger: logging.Logger, root: Path) -> None:
    """Prepare a run whose jobs a scheduler starts; nothing where this machine runs them.

    Parameters
    ----------
    workflow : snakemake.workflow.Workflow
        When all its jobs are known.
    logger : logging.Logger
        Snakemake's own.
    root : Path
        Root of the data set.

    Raises
    ------
    PystampsError
        Slurm would not start some job.
    """
    if workflow.local_exec:
        return

    def end_retries() -> None:
        workflow.execution_settings.retries = 0

    signal.signal(signal.SIGTERM, signal.default_int_handler)  # Snakemake would let jobs go on
    logger.addFilter(FailedJobs(root, end_retries))
    if workflow.executor_plugin.name == SLURM:
        refuse_what_slurm_refuses(needs_of_jobs(workflow.dag, workflow.dag.needrun_jobs()))


def compiler_memory_mb(_: Any, threads: int, attempt: int) -> int:
    """Give the memory of a job that compiles all kernels; more when it is sent again."""
    return attempt * (_COMPILER_MB + threads * _COMPILING_PROCESS_MB)


def compiler_minutes(_: Any, attempt: int) -> int:
    """Give the time of a job that compiles all kernels; more when it is sent again."""
    return attempt * _COMPILER_MINUTES


def sources_of_kernels() -> str:
    """Give a digest of the sources of all kernels: where it changes, they are compiled again."""
    folder = Path(inspect.getfile(registered)).parent
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*.py")):
        digest.update(str(path.relative_to(folder)).encode() + path.read_bytes())
    return digest.hexdigest()[:16]


def needs_of_jobs(dag: Any, jobs: Iterable[Any]) -> Iterator[SlurmNeeds]:
    """Give what jobs ask a scheduler for, a group of jobs once.

    Parameters
    ----------
    dag : snakemake.dag.DAG
    jobs : iterable of snakemake.jobs.Job
        Those that are to run.
    """
    seen = set()
    for job in jobs:
        sent = dag.get_job_group(job) or job
        if id(sent) not in seen and not job.is_local:
            seen.add(id(sent))
            patch = job.wildcards_dict.get("patch", "")
            name = sent.groupid if sent is not job else f"{job.rule.name} {patch}".strip()
            yield SlurmNeeds.of(name, dict(sent.resources.items()))
