"""Submit a job, say whether it has ended and how: what ``cluster-generic`` of Snakemake asks for.

A job writes its exit code into a file of its own when it ends, so that no history of the scheduler
is needed. What has left the queue without that file was ended from outside.
"""

from __future__ import annotations

import logging
import shlex
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Literal

from pystamps.errors import PystampsError
from pystamps.io.own_places import own_folder
from pystamps.schedulers.job_request import request_of_script
from pystamps.schedulers.scheduler import Scheduler

log = logging.getLogger(__name__)

JOB_FILES = Path(".pystamps", "cluster")
"""Folder of scripts, outputs and exit codes of the jobs, in the data set."""

JobState = Literal["running", "success", "failed"]

SENT = ".sent"
"""Suffix of the notes of jobs whose end is not known yet."""

_SECONDS_TO_ANSWER = 60.0
_SECONDS_OF_FILES = 10.0
"""What a shared file system is given to show a file that a job has written on another node."""
_PAUSE_S = 0.5


def submit_job(scheduler: Scheduler, script: Path, *, root: Path) -> str:
    """Submit a job, and give its number.

    Parameters
    ----------
    scheduler : Scheduler
    script : Path
        As Snakemake has written it.
    root : Path
        Folder in which Snakemake works: the data set.

    Raises
    ------
    PystampsError
        The scheduler has refused it, does not answer, or is not there: its words.
    """
    request = request_of_script(script)
    folder = own_folder(root, JOB_FILES)
    own_script = folder / f"{script.stem}.sh"
    own_script.write_text(_with_exit_code(scheduler, script.absolute(), folder.absolute()))
    own_script.chmod(0o755)
    output = str(folder.absolute() / f"{script.stem}.out")
    done = said_by(scheduler, scheduler.submit(request, output, str(own_script.absolute())))
    said = " ".join(f"{done.stderr} {done.stdout}".split())
    if done.returncode != 0:
        raise PystampsError(
            f"{scheduler.name} has refused {request.name} ({request.cores} CPUs, "
            f"{request.memory_mb} MB, {request.minutes} minutes): {said}; name a queue and a "
            "project that you may use (--default-resources queue=NAME project=NAME), or lower "
            "cores, set-threads or group-components in the profile"
        )
    number = scheduler.number_in(done.stdout)
    if not number:
        raise PystampsError(f"{scheduler.name} gave no number for {request.name}: {said}")
    note_of_sent(folder, number).write_text(f"{scheduler.name} {number}")
    return number


def state_of_job(
    scheduler: Scheduler,
    number: str,
    *,
    root: Path,
    pause: Callable[[float], None] = time.sleep,
) -> JobState:
    """Say whether a job goes on, or how it has ended.

    Parameters
    ----------
    scheduler : Scheduler
    number : str
    root : Path
        As for :func:`submit_job`.
    pause : callable
        Waits so many seconds.

    Returns
    -------
    str
        A scheduler that does not know is asked again: running.
    """
    code_file = root / JOB_FILES / f"{_file_name(number)}.exit"
    sent = note_of_sent(root / JOB_FILES, number)
    found = _ended(code_file)
    if found is not None:
        sent.unlink(missing_ok=True)
        return found
    done = said_by(scheduler, [*scheduler.ask, number])
    said = f"{done.stdout}\n{done.stderr}"
    state = scheduler.state_in(said)
    if state == "no answer":  # a server that is away for a moment has ended no job
        log.warning("%s says nothing of job %s: %s", scheduler.name, number, " ".join(said.split()))
    if state != "over":
        return "running"
    sent.unlink(missing_ok=True)
    for _ in range(int(_SECONDS_OF_FILES / _PAUSE_S)):  # it has just ended, or was ended
        found = _ended(code_file)
        if found is not None:
            return found
        pause(_PAUSE_S)
    return "failed"


def note_of_sent(folder: Path, number: str) -> Path:
    """Give the file that names scheduler and number of a job; it goes when its end is known."""
    return folder / f"{_file_name(number)}{SENT}"


def _with_exit_code(scheduler: Scheduler, script: Path, folder: Path) -> str:
    """Give a script that runs another one and keeps its exit code under the number of the job."""
    place = shlex.quote(str(folder))
    return (
        "#!/bin/sh\n"
        f"sh {shlex.quote(str(script))}\n"
        "code=$?\n"
        f'number=$(printf %s "${scheduler.number_variable}" | tr -c "A-Za-z0-9" _)\n'
        f'echo $code > {place}/"$number".part && mv {place}/"$number".part {place}/"$number".exit\n'
        "exit $code\n"
    )


def _file_name(number: str) -> str:
    """Give the name that the script of a job makes of its number."""
    return "".join(sign if sign.isascii() and sign.isalnum() else "_" for sign in number)


def _ended(code_file: Path) -> JobState | None:
    """Read how a job has ended; None where it has not said so yet."""
    try:
        text = code_file.read_text().strip()
    except FileNotFoundError:
        return None
    return "success" if text == "0" else "failed"


def said_by(scheduler: Scheduler, command: list[str]) -> subprocess.CompletedProcess[str]:
    """Run a command of the scheduler."""
    try:
        return subprocess.run(
            command, capture_output=True, text=True, check=False, timeout=_SECONDS_TO_ANSWER
        )
    except FileNotFoundError:
        raise PystampsError(
            f"there is no {command[0]} on PATH; start the run on a node that may submit jobs of "
            f"{scheduler.name}"
        ) from None
    except subprocess.TimeoutExpired:
        raise PystampsError(
            f"{command[0]} does not answer within {_SECONDS_TO_ANSWER:.0f} seconds"
        ) from None
