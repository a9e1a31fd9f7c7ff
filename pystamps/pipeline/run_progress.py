"""How far a run is: jobs done of jobs planned, each with the weight of its expected time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pystamps.pipeline.driver import jobs_of_events


@dataclass(frozen=True, slots=True)
class RunProgress:
    """How far a run is.

    Attributes
    ----------
    done, failed, planned : int
        Jobs; ``planned`` is 0 until Snakemake has made its plan.
    percent : float
        Of the expected work, 0 to 100.
    jobs_per_minute : float
        0 until a job is done.
    seconds_left : float or None
        At the rate so far; None until a job is done.
    """

    done: int = 0
    failed: int = 0
    planned: int = 0
    percent: float = 0.0
    jobs_per_minute: float = 0.0
    seconds_left: float | None = None


def progress_of_run(
    events: Sequence[dict[str, Any]], job_seconds: Mapping[str, float], *, now: float
) -> RunProgress:
    """Say how far a run is.

    Parameters
    ----------
    events : sequence of dict
        Of Snakemake, as they were written.
    job_seconds : mapping
        Expected time of a job by rule; others weigh nothing.
    now : float
        Seconds since the epoch.
    """
    plans = [event["stats"] for event in events if event["event"] == "run_info"]
    if not plans:
        return RunProgress()
    counts = {rule: count for rule, count in plans[-1].items() if rule != "total"}
    jobs = jobs_of_events(events)
    done = [job for job in jobs if job.status == "completed"]
    planned_work = sum(count * job_seconds.get(rule, 0.0) for rule, count in counts.items())
    done_work = sum(job_seconds.get(job.rule, 0.0) for job in done)
    seconds = now - events[0]["time"]
    is_begun = done_work > 0 and seconds > 0
    return RunProgress(
        done=len(done),
        failed=sum(job.status == "failed" for job in jobs),
        planned=sum(counts.values()),
        percent=100 * done_work / planned_work if planned_work else 0.0,
        jobs_per_minute=60 * len(done) / seconds if is_begun else 0.0,
        seconds_left=seconds * (planned_work - done_work) / done_work if is_begun else None,
    )
