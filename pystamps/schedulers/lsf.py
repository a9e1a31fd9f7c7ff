"""IBM Spectrum LSF: ``bsub``, ``bjobs``, ``bkill``."""

from __future__ import annotations

import re

from pystamps.schedulers.job_request import JobRequest
from pystamps.schedulers.scheduler import QueueState, Scheduler, given_options

_AT_WORK = frozenset({"PEND", "RUN", "WAIT", "PROV", "PSUSP", "USUSP", "SSUSP", "UNKWN"})
_OVER = frozenset({"DONE", "EXIT", "ZOMBI"})


def _submit(request: JobRequest, output: str, script: str) -> list[str]:
    """Ask for so many slots on one host, and memory with its unit, whatever LSF counts in."""
    needs = "span[hosts=1]"
    limits = {"-W": str(request.minutes or ""), "-q": request.queue, "-P": request.project}
    if request.memory_mb:
        needs += f" rusage[mem={request.memory_mb}MB]"
        limits["-M"] = f"{request.memory_mb}MB"
    limits["-gpu"] = f"num={request.gpus}" if request.gpus else ""
    command = ["bsub", "-J", request.name, "-o", output, "-n", str(request.cores), "-R", needs]
    return [*command, *given_options(limits), *request.more, script]


def _number_in(said: str) -> str:
    """Read the number of a new job: ``Job <123> is submitted to queue <normal>.``"""
    found = re.search(r"Job <(\d+)> is submitted", said)
    return found[1] if found else ""


def _state_in(said: str) -> QueueState:
    """Read what ``bjobs -noheader -o stat`` says."""
    words = said.split()
    if "is not found" in said or (words and words[0] in _OVER):
        return "over"
    return "running" if words and words[0] in _AT_WORK else "no answer"


LSF = Scheduler(
    "lsf",
    _submit,
    _number_in,
    ("bjobs", "-noheader", "-o", "stat"),
    _state_in,
    "LSB_JOBID",
    "bkill",
)
