"""``python -m pystamps.schedulers NAME submit SCRIPT``, ``... status NUMBER``: for the profiles."""

from __future__ import annotations

import sys
from pathlib import Path

from pystamps.errors import PystampsError
from pystamps.schedulers.commands import state_of_job, submit_job
from pystamps.schedulers.lsf import LSF
from pystamps.schedulers.pbs import PBS

_SCHEDULERS = {scheduler.name: scheduler for scheduler in (PBS, LSF)}
_USAGE = "usage: python -m pystamps.schedulers pbs|lsf submit SCRIPT | status NUMBER"
_WRONG_USAGE = 2


def answer_executor(arguments: list[str]) -> int:
    """Do what the executor of Snakemake asks for, in the folder in which it works."""
    match arguments:
        case [name, "submit" | "status" as action, *_, last] if name in _SCHEDULERS:
            scheduler, root = _SCHEDULERS[name], Path.cwd()
        case _:
            print(_USAGE, file=sys.stderr)
            return _WRONG_USAGE
    try:
        if action == "submit":
            print(submit_job(scheduler, Path(last), root=root))
        else:
            print(state_of_job(scheduler, last, root=root))
    except PystampsError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(answer_executor(sys.argv[1:]))
