"""Runs the jobs of an audit side by side and puts their rows together."""

from __future__ import annotations

import logging
import multiprocessing
import tempfile
import time
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

from pystamps.audit.contract import OracleContract
from pystamps.audit.execution import AuditBench, MeasuredRow
from pystamps.audit.jobs import (
    AuditJob,
    AuditTrees,
    check_trees,
    planned_audit,
    unlisted_variants,
)
from pystamps.audit.manifest import AuditCase, AuditManifest
from pystamps.audit.outcome import judged_rows
from pystamps.audit.report import AuditReport
from pystamps.errors import PystampsError

Announce = Callable[[str], None]


def run_audit(
    manifest: AuditManifest,
    contract: OracleContract,
    trees: AuditTrees,
    *,
    chosen: Collection[AuditCase],
    workers: int,
    announce: Announce,
) -> AuditReport:
    """Run and compare some cases of the manifest.

    Parameters
    ----------
    manifest : AuditManifest
    contract : OracleContract
    trees : AuditTrees
    chosen : collection of AuditCase
    workers : int
        Processes that work side by side.
    announce : callable
        Told a line about every piece of work that has ended.

    Raises
    ------
    DatasetError
        There is nothing to compare with.
    """
    check_trees(manifest, trees)
    started = time.monotonic()
    plan = planned_audit(manifest, trees, chosen)
    with tempfile.TemporaryDirectory(prefix="pystamps-audit-") as scratch:
        bench = AuditBench(trees, contract, manifest, Path(scratch))
        measured = run_audit_jobs(plan.jobs, bench, workers=workers, announce=announce)
    rows = judged_rows(measured, plan.not_run, manifest)
    unlisted = unlisted_variants(manifest, trees.golden) if trees.golden else []
    return AuditReport(
        manifest,
        "full" if trees.golden else "compact",
        rows,
        tuple(unlisted),
        time.monotonic() - started,
    )


def run_audit_jobs(
    jobs: Sequence[AuditJob], bench: AuditBench, *, workers: int, announce: Announce
) -> list[MeasuredRow]:
    """Run jobs in processes; options start when their data set is finished.

    Parameters
    ----------
    jobs : sequence of AuditJob
    bench : AuditBench
    workers : int
        Processes; 1: in this process.
    announce : callable
        Told a line about every job that has ended.

    Returns
    -------
    list of MeasuredRow
    """
    progress = _AuditProgress(sum(job.work for job in jobs), announce)
    if workers == 1:
        return [row for job in jobs for row in progress.after(job, bench.run_job(job))]
    measured: list[MeasuredRow] = []
    context = multiprocessing.get_context("spawn")  # compiled loops do not survive a fork
    with ProcessPoolExecutor(workers, context, _keep_quiet) as pool:
        waiting, running = list(jobs), dict[Future[list[MeasuredRow]], AuditJob]()
        finished: set[str] = set()
        while waiting or running:
            for job in [job for job in waiting if _may_start(job, finished)]:
                if len(running) == workers:
                    break
                waiting.remove(job)
                running[pool.submit(bench.run_job, job)] = job
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                job = running.pop(future)
                measured += progress.after(job, rows_of_job(job, future))
                finished |= {job.case.dataset} if job.kind == "whole" else set()
    return measured


def _keep_quiet() -> None:
    """Let stages say in the processes of a pool what has gone wrong, and nothing else."""
    logging.getLogger("pystamps").setLevel(logging.ERROR)


def _may_start(job: AuditJob, finished: Collection[str]) -> bool:
    """Tell whether the tree that a job begins with is there."""
    return job.kind != "option" or job.case.dataset in finished


def rows_of_job(job: AuditJob, future: Future[list[MeasuredRow]]) -> list[MeasuredRow]:
    """Give the rows of a job; one that broke off says why in all its rows.

    Raises
    ------
    PystampsError
        Its process was killed, and with it all others.
    """
    error = future.exception()
    if error is None:
        return future.result()
    if isinstance(error, BrokenProcessPool):
        raise PystampsError(
            f"{job.label}: its process was killed, probably for lack of memory; "
            "run the audit with --jobs 1"
        ) from error
    text = f"{type(error).__name__}: {error}"
    return [MeasuredRow(row, error=text) for row in job.rows]


class _AuditProgress:
    """Percent done and time left, by the work that jobs are thought to be."""

    def __init__(self, total: float, announce: Announce) -> None:
        self._total, self._done = total, 0.0
        self._announce, self._started = announce, time.monotonic()

    def after(self, job: AuditJob, rows: list[MeasuredRow]) -> list[MeasuredRow]:
        """Say that a job has ended; give its rows."""
        self._done += job.work
        share = self._done / self._total
        left = (time.monotonic() - self._started) * (1 - share) / share
        minutes, seconds = divmod(round(left), 60)
        self._announce(f"{100 * share:3.0f} %, {minutes}:{seconds:02d} left: {job.label}")
        return rows
