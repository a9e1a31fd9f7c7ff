"""Start Snakemake as a child process and read what its jobs did.

Nothing else in pySTAMPS starts Snakemake, and nothing imports it.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from pystamps.config import RunConfig
from pystamps.forked_jobs.client import are_jobs_forked, variables_of_server
from pystamps.installation import refuse_version_faults
from pystamps.io.started_by import COMMAND_VARIABLE, command_line
from pystamps.pipeline.child_environment import child_environment, refuse_planted_modules
from pystamps.pipeline.event_stream import complete_events
from pystamps.pipeline.failures import signal_that_ended
from pystamps.pipeline.guarded_children import guarded_child
from pystamps.pipeline.leftovers import SNAKEMAKE_LOCKS
from pystamps.pipeline.scratch import scratch_folder
from pystamps.pipeline.stand_in import STAND_IN_VARIABLE
from pystamps.resources import workflow_directory

_STDERR = 2
_LONGEST_COMMAND = 100_000
"""Bytes of a command line: systems allow 128 kB and more, together with the environment."""
_FROM_FILE = (
    "import json, runpy, sys; file, module = sys.argv[1:]; sys.argv[1:] = json.load(open(file));"
    " runpy.run_module(module, run_name='__main__', alter_sys=True)"
)
"""Program that is Snakemake with its arguments in a file."""
_PLAIN = "snakemake"
_WITH_SERVER = "pystamps.forked_jobs.snakemake_beside"
"""Modules that are Snakemake: alone, and with a server that forks its jobs."""
_PLUGINS = Path(__file__).parent / "snakemake_plugins"


@dataclass(frozen=True, slots=True)
class JobEvent:
    """What happened to one job.

    Attributes
    ----------
    rule : str
    patch : str
        Empty for jobs on the merged data set.
    status : str
        planned (dry run), running, completed or failed.
    seconds : float
    log : str
        Log file, relative to the data set.
    reason : str
        Why Snakemake ran it.
    started : float
        Seconds since the epoch.
    benchmark : str
        File with its time and memory, relative to the data set.
    signal : str
        Name of the signal that has ended a failed job; empty if none has.
    """

    rule: str
    patch: str
    status: str
    seconds: float = 0.0
    log: str = ""
    reason: str = ""
    started: float = 0.0
    benchmark: str = ""
    signal: str = ""


@dataclass(frozen=True, slots=True)
class SnakemakeOutcome:
    """Result of one Snakemake process."""

    exit_code: int
    jobs: tuple[JobEvent, ...]
    messages: tuple[str, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class SnakemakeRequest:
    """What to ask Snakemake for.

    Attributes
    ----------
    config : RunConfig
    targets : tuple of str
        Files relative to the data set, or rule names.
    cores : int
        0 = what the profile says.
    dry_run : bool
    allowed_rules : tuple of str
        Only these rules may run; empty = all.
    extra : tuple of str
        Further arguments of Snakemake, as they are.
    stand_in : Path or None
        Folder in which Snakemake works instead of the data set
        (:mod:`pystamps.pipeline.stand_in`); for dry runs.
    profile : Path or None
        Folder of the profile of a cluster; None = this machine. Such a run needs ``events``, whose
        folder its jobs see too.
    unwrap_parts : int
        Jobs among which stage 6 is divided (:mod:`pystamps.pipeline.unwrap_parts`).
    has_jobs : bool
        Whether jobs of rules may run, not only be planned or touched: on one machine with Linux
        they are forks of one process (:mod:`pystamps.forked_jobs`).
    stages : tuple of str
        Stages that are known to run: that process loads what they need while Snakemake plans. Where
        none is known, it is started with the first job.
    """

    config: RunConfig
    targets: tuple[str, ...]
    cores: int = 1
    dry_run: bool = False
    allowed_rules: tuple[str, ...] = ()
    extra: tuple[str, ...] = ()
    stand_in: Path | None = None
    profile: Path | None = None
    unwrap_parts: int = 1
    has_jobs: bool = False
    stages: tuple[str, ...] = ()

    @property
    def has_forks(self) -> bool:
        """Whether its jobs are forks of a server: of this machine, not of a cluster."""
        return self.has_jobs and self.profile is None and are_jobs_forked()


def run_snakemake(request: SnakemakeRequest, *, events: Path | None = None) -> SnakemakeOutcome:
    """Run the workflow on a data set and report what every job did.

    Parameters
    ----------
    request : SnakemakeRequest
    events : Path, optional
        File that gets the events while it runs, for those who watch; else they are not kept.

    Returns
    -------
    SnakemakeOutcome

    Raises
    ------
    PystampsError
        A package is of a wrong version; or it has succeeded, but what it says about its jobs is
        missing, cut, or of another version.
    """
    import yaml  # a status loads this module and starts no Snakemake

    refuse_version_faults()
    refuse_planted_modules(request.config.dataset, Path.cwd())
    with scratch_folder() as scratch:
        shared = events.parent if request.profile and events else Path(scratch)
        settings = shared / "config.yaml"
        settings.write_text(yaml.safe_dump(request.config.to_mapping()))
        events = events or Path(scratch, "events.jsonl")
        temporary, silence = Path(scratch, "tmp"), Path(scratch, "interrupted")
        temporary.mkdir()
        variables = {
            "PYSTAMPS_EVENTS": str(events),
            "PYSTAMPS_SILENCE": str(silence),
            COMMAND_VARIABLE: command_line(),
            "PYSTAMPS_UNWRAP_PARTS": str(request.unwrap_parts),
        }
        if request.profile:  # jobs get it too, on nodes that have no folder of this process
            variables["TMPDIR"] = tempfile.gettempdir()
        if request.has_forks:
            variables |= variables_of_server(request.stages, most_threads=_most_threads(request))
        if request.stand_in is not None:
            variables[STAND_IN_VARIABLE] = str(request.stand_in)
        environment = child_environment(
            os.environ, modules=_PLUGINS, scratch=temporary, **variables
        )
        said = Path(scratch, "said.txt")
        command = within_limits(_command(request, settings), Path(scratch))
        with ExitStack() as stack:
            output = stack.enter_context(said.open("w")) if request.dry_run else _STDERR
            locks = None if request.dry_run else request.config.dataset / SNAKEMAKE_LOCKS
            exit_code = _exit_code_of(command, environment, output, silence, locks)
        found = complete_events(events, exit_code)
        last_lines = said.read_text().splitlines()[-5:] if request.dry_run else []
    messages = [_message_of(event) for event in found if event["event"] == "error"]
    return SnakemakeOutcome(
        exit_code,
        jobs_of_events(found, dry_run=request.dry_run),
        tuple(messages or last_lines),
    )


def _exit_code_of(
    command: Sequence[str],
    environment: Mapping[str, str],
    output: IO[str] | int,
    silence: Path,
    locks: Path | None,
) -> int:
    """Run a command to its end; an interrupt ends it and its jobs, without further words.

    Its process group is its own: a signal of the terminal reaches this process only, which ends
    the others in their order.
    """
    with guarded_child(
        command, is_group=True, environment=environment, locks=locks, output=output
    ) as child:
        try:
            return child.wait()
        except KeyboardInterrupt:
            silence.touch()
            raise


def _message_of(event: Mapping[str, Any]) -> str:
    """Give what Snakemake says about an error, as one line; about its lock, what to do."""
    if "LockException" in str(event["message"]):
        return (
            "another Snakemake works here, or one was killed and has left its lock; when none "
            "works on the data set, remove the lock: pystamps unlock -d DATASET"
        )
    return " ".join(str(event["message"]).split())


def _command(request: SnakemakeRequest, settings: Path) -> list[str]:
    """Give the command line of Snakemake."""
    workflow = workflow_directory()
    command = [sys.executable, "-m", _WITH_SERVER if request.has_forks else _PLAIN]
    command += ["--snakefile", str(workflow / "Snakefile")]
    profile = request.profile or workflow / "profiles" / "default"
    command += ["--workflow-profile", str(profile), "--configfile", str(settings)]
    if request.cores:
        command += ["--cores", str(request.cores)]
    command += ["--logger", "pystamps"]
    if request.has_forks:
        command += ["--executor", "pystamps"]
    if request.dry_run:
        command.append("--dry-run")
    if request.stand_in is not None:
        command += ["--directory", str(request.stand_in)]
    if request.allowed_rules:
        command += ["--allowed-rules", *request.allowed_rules]
    return [*command, *request.extra, "--", *request.targets]


def _most_threads(request: SnakemakeRequest) -> int:
    """Give the threads that one job may have."""
    return max(request.cores, request.config.kernels.native_threads)


def within_limits(command: list[str], folder: Path) -> list[str]:
    """Give a command line of Snakemake that every system takes.

    With thousands of patches the files that are asked for are too many for a command line: a file
    in ``folder`` gets the arguments then.
    """
    if sum(len(os.fsencode(argument)) + 1 for argument in command) <= _LONGEST_COMMAND:
        return command
    python, _, module, *arguments = command
    file = folder / "arguments.json"
    file.write_text(json.dumps(arguments))
    return [python, "-c", _FROM_FILE, str(file), module]


def jobs_of_events(
    events: Sequence[dict[str, Any]], *, dry_run: bool = False
) -> tuple[JobEvent, ...]:
    """Join the events of each job, in the order in which they began."""
    jobs: dict[str, dict[str, Any]] = {}
    message = ""  # of the error that stands before the job that it has ended
    for event in events:
        kind = event["event"]
        if kind == "error":
            message = event["message"]
        elif kind == "job_info":
            jobs[str(event["jobid"])] = event | {"status": "planned" if dry_run else "running"}
        elif kind in ("job_finished", "job_error"):
            job = jobs.get(str(event.get("job_id", event.get("jobid"))))
            if job is not None:
                job["status"] = "completed" if kind == "job_finished" else "failed"
                job["seconds"] = event["time"] - job["time"]
                job["signal"] = signal_that_ended(message) if kind == "job_error" else ""
    return tuple(_job(job) for job in jobs.values())


def _job(event: dict[str, Any]) -> JobEvent:
    log = event.get("log") or [""]
    return JobEvent(
        rule=event["rule_name"],
        patch=(event.get("wildcards") or {}).get("patch", ""),
        status=event["status"],
        seconds=event.get("seconds", 0.0),
        log=str(log[0] if isinstance(log, list) else log),
        reason=str(event.get("reason") or ""),
        started=event["time"],
        benchmark=str(event.get("benchmark") or ""),
        signal=event.get("signal", ""),
    )
