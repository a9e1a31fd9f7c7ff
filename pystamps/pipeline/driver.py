"""Start Snakemake as a child process and read what its jobs did.

Nothing else in pySTAMPS starts Snakemake, and nothing imports it.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from pystamps.config import RunConfig
from pystamps.pipeline.provenance import COMMAND_VARIABLE, command_line
from pystamps.resources import workflow_directory

_STDERR = 2
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
    """

    rule: str
    patch: str
    status: str
    seconds: float = 0.0
    log: str = ""
    reason: str = ""


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
    dry_run : bool
    allowed_rules : tuple of str
        Only these rules may run; empty = all.
    extra : tuple of str
        Further arguments of Snakemake, as they are.
    """

    config: RunConfig
    targets: tuple[str, ...]
    cores: int = 1
    dry_run: bool = False
    allowed_rules: tuple[str, ...] = ()
    extra: tuple[str, ...] = ()


def run_snakemake(request: SnakemakeRequest) -> SnakemakeOutcome:
    """Run the workflow on a data set and report what every job did.

    Parameters
    ----------
    request : SnakemakeRequest

    Returns
    -------
    SnakemakeOutcome
    """
    with tempfile.TemporaryDirectory(prefix="pystamps-") as scratch:
        settings = Path(scratch, "config.yaml")
        settings.write_text(yaml.safe_dump(request.config.to_mapping()))
        events = Path(scratch, "events.jsonl")
        environment = os.environ | {
            "PYSTAMPS_EVENTS": str(events),
            COMMAND_VARIABLE: command_line(),
            "PYTHONPATH": os.pathsep.join(
                part for part in (str(_PLUGINS), os.environ.get("PYTHONPATH")) if part
            ),
        }
        command = _command(request, settings)
        done = subprocess.run(command, env=environment, stdout=_STDERR, check=False)
        lines = events.read_text().splitlines() if events.exists() else []
    found = [json.loads(line) for line in lines]
    return SnakemakeOutcome(
        done.returncode,
        _jobs(found, dry_run=request.dry_run),
        tuple(event["message"] for event in found if event["event"] == "error"),
    )


def _command(request: SnakemakeRequest, settings: Path) -> list[str]:
    """Give the command line of Snakemake."""
    workflow = workflow_directory()
    command = [sys.executable, "-m", "snakemake"]
    command += ["--snakefile", str(workflow / "Snakefile")]
    command += ["--workflow-profile", str(workflow / "profiles" / "default")]
    command += ["--configfile", str(settings), "--cores", str(request.cores)]
    command += ["--logger", "pystamps"]
    if request.dry_run:
        command.append("--dry-run")
    if request.allowed_rules:
        command += ["--allowed-rules", *request.allowed_rules]
    return [*command, *request.extra, "--", *request.targets]


def _jobs(events: Sequence[dict[str, Any]], *, dry_run: bool) -> tuple[JobEvent, ...]:
    """Join the events of each job."""
    jobs: dict[str, dict[str, Any]] = {}
    for event in events:
        kind = event["event"]
        if kind == "job_info":
            jobs[str(event["jobid"])] = event | {"status": "planned" if dry_run else "running"}
        elif kind in ("job_finished", "job_error"):
            job = jobs.get(str(event.get("job_id", event.get("jobid"))))
            if job is not None:
                job["status"] = "completed" if kind == "job_finished" else "failed"
                job["seconds"] = event["time"] - job["time"]
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
    )
