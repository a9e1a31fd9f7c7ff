"""Stand-ins for ``qsub``, ``qstat``, ``qdel`` and ``bsub``, ``bjobs``, ``bkill``: jobs run here.

They print what the real programs print, refuse the queue ``nowhere``, and forget a job when it has
ended, as a PBS without history does. Every call is kept in ``calls.jsonl`` beside them.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

NAMES = ("qsub", "qstat", "qdel", "bsub", "bjobs", "bkill")
QUEUE = {"qsub": "-q", "bsub": "-q"}


def install(folder: Path) -> dict[str, str]:
    """Write the programs into a folder; give an environment that finds them."""
    folder.mkdir(parents=True)
    for name in NAMES:
        program = folder / name
        program.write_text(f'#!/bin/sh\nexec {sys.executable} {__file__} {folder} {name} "$@"\n')
        program.chmod(0o755)
    return os.environ | {"PATH": f"{folder}{os.pathsep}{os.environ['PATH']}"}


def calls_in(folder: Path) -> list[list[str]]:
    """Give all calls so far, the name of the program first."""
    file = folder / "calls.jsonl"
    return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []


def jobs_alive(folder: Path) -> list[str]:
    """Give the numbers of the jobs that still work."""
    return [path.stem for path in folder.glob("*.job") if is_alive(folder, path.stem)]


def is_alive(folder: Path, number: str) -> bool:
    try:
        group = int((folder / f"{number}.job").read_text())
        stat = Path("/proc", str(group), "stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False
    return stat.rpartition(")")[2].split()[0] != "Z"


def submit(folder: Path, name: str, arguments: list[str]) -> int:
    """Start the script, which is the last argument, in a process group of its own."""
    if "nowhere" in arguments:
        refused = {
            "qsub": "qsub: Unknown queue",
            "bsub": "nowhere: No such queue. Job not submitted.",
        }
        print(refused[name], file=sys.stderr)
        return 170
    number = str(1 + len(list(folder.glob("*.job"))))
    identity = f"{number}.stub" if name == "qsub" else number
    variable = {"qsub": "PBS_JOBID", "bsub": "LSB_JOBID"}[name]
    output = arguments[arguments.index("-o") + 1]
    with Path(output).open("wb") as stream:
        child = subprocess.Popen(
            ["/bin/sh", arguments[-1]], stdin=subprocess.DEVNULL, stdout=stream, stderr=stream,
            start_new_session=True, env=os.environ | {variable: identity},
        )  # fmt: skip
    (folder / f"{number}.job").write_text(str(child.pid))
    print(identity if name == "qsub" else f"Job <{number}> is submitted to default queue <normal>.")
    return 0


def show(folder: Path, name: str, identity: str) -> int:
    number = identity.partition(".")[0]
    if is_alive(folder, number):
        print(f"Job Id: {identity}\n    job_state = R" if name == "qstat" else "RUN")
        return 0
    gone = {
        "qstat": f"qstat: {identity} Job has finished, use -x or -H to obtain historical job "
        "information",
        "bjobs": f"Job <{identity}> is not found",
    }
    print(gone[name], file=sys.stderr)
    return {"qstat": 35, "bjobs": 255}[name]


def end(folder: Path, identities: list[str]) -> int:
    for identity in identities:
        number = identity.partition(".")[0]
        if is_alive(folder, number):
            os.killpg(int((folder / f"{number}.job").read_text()), signal.SIGKILL)
    return 0


def main(folder: Path, name: str, arguments: list[str]) -> int:
    call: list[Any] = [name, *arguments]
    with (folder / "calls.jsonl").open("a") as stream:
        stream.write(json.dumps(call) + "\n")
    if name in ("qsub", "bsub"):
        return submit(folder, name, arguments)
    if name in ("qstat", "bjobs"):
        return show(folder, name, arguments[-1])
    return end(folder, arguments)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2], sys.argv[3:]))
