"""OpenPBS and PBS Professional: ``qsub``, ``qstat``, ``qdel``."""

from __future__ import annotations

import re

from pystamps.schedulers.job_request import JobRequest
from pystamps.schedulers.scheduler import QueueState, Scheduler, given_options

_MINUTES = 60
_AT_WORK = frozenset("BEHMQRSTUW")
"""States of a job that waits, works, is held, moved or suspended, or ends just now."""
_GONE = r"unknown job|job has finished|no such job"
"""What qstat says of a job that has left the queue."""


def _submit(request: JobRequest, output: str, script: str) -> list[str]:
    """Ask for one node with so many processors and memory; environment and output go along."""
    parts = ["select=1", f"ncpus={request.cores}"]
    parts += [f"mem={request.memory_mb}mb"] if request.memory_mb else []
    parts += [f"ngpus={request.gpus}"] if request.gpus else []
    hours, minutes = divmod(request.minutes, _MINUTES)
    limits = [f"walltime={hours:02}:{minutes:02}:00"] if request.minutes else []
    needs = ",".join([":".join(parts), *limits])  # of two options -l, Slurm's qsub takes the last
    command = ["qsub", "-V", "-j", "oe", "-o", output, "-N", request.name, "-l", needs]
    command += given_options({"-q": request.queue, "-A": request.project})
    return [*command, *request.more, script]


def _number_in(said: str) -> str:
    """Read the number of a new job: ``123.server``, in the last line."""
    found = re.findall(r"^\s*(\d+(?:\[\])?(?:\.[\w.-]+)?)\s*$", said, re.MULTILINE)
    return found[-1] if found else ""


def _state_in(said: str) -> QueueState:
    """Read ``job_state`` of ``qstat -f``."""
    found = re.search(r"^\s*job_state\s*=\s*(\w)", said, re.MULTILINE)
    if found is None:
        return "over" if re.search(_GONE, said, re.IGNORECASE) else "no answer"
    return "running" if found[1] in _AT_WORK else "over"


PBS = Scheduler("pbs", _submit, _number_in, ("qstat", "-f"), _state_in, "PBS_JOBID", "qdel")
