"""``python -m pystamps.schedulers NAME submit SCRIPT``, ``... status NUMBER``: for the profiles."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from pystamps.errors import PystampsError
from pystamps.schedulers.cancelling import SCHEDULERS, cancel_sent_jobs
from pystamps.schedulers.commands import state_of_job, submit_job

_USAGE = "usage: python -m pystamps.schedulers pbs|lsf submit SCRIPT | status NUMBER"
_WRONG_USAGE = 2


def answer_executor(arguments: list[str]) -> int:
    """Do what the executor of Snakemake asks for, in the folder in which it works."""
    match arguments:
        case [name, "submit" | "status" as action, *_, last] if name in SCHEDULERS:
            scheduler, root = SCHEDULERS[name], Path.cwd()
        case _:
            print(_USAGE, file=sys.stderr)
            return _WRONG_USAGE
    try:
        if action == "submit":
            _tell(submit_job(scheduler, Path(last), root=root), root)
        else:
            print(state_of_job(scheduler, last, root=root))
    except PystampsError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def _tell(number: str, root: Path) -> None:
    """Give the number of a new job to the run; nobody wants the job where that has ended."""
    try:
        print(number, flush=True)
    except BrokenPipeError:
        cancel_sent_jobs(root)
        # The interpreter flushes its buffer once more when it ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


if __name__ == "__main__":
    sys.exit(answer_executor(sys.argv[1:]))
