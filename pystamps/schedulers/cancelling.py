"""Take jobs out of the queue that a run has left there.

Snakemake takes back the jobs that it knows of. While it asks for their states it has no list of
them, and of a job that is being sent it has no number yet.
"""

from __future__ import annotations

from pathlib import Path

from pystamps.schedulers.commands import JOB_FILES, SENT, said_by
from pystamps.schedulers.lsf import LSF
from pystamps.schedulers.pbs import PBS

SCHEDULERS = {scheduler.name: scheduler for scheduler in (PBS, LSF)}
"""All schedulers by name."""


def cancel_sent_jobs(root: Path) -> list[str]:
    """Cancel the jobs that were sent and whose end no run has seen.

    Parameters
    ----------
    root : Path
        The data set, whose lock the run holds: there are no jobs of others.

    Returns
    -------
    list of str
        Numbers of the jobs.

    Raises
    ------
    PystampsError
        The scheduler does not answer, or its command is gone.
    """
    numbers: dict[str, list[str]] = {}
    notes = sorted((root / JOB_FILES).glob(f"*{SENT}"))
    for note in notes:
        name, _, number = note.read_text().partition(" ")
        numbers.setdefault(name, []).append(number)
    for name, jobs in numbers.items():
        said_by(SCHEDULERS[name], [SCHEDULERS[name].cancel, *jobs])  # some have ended: no error
    for note in notes:
        note.unlink(missing_ok=True)
    return [number for jobs in numbers.values() for number in jobs]
