"""What the page shows, as plain values for JSON; text stays text, the page makes no HTML of it."""

from __future__ import annotations

import dataclasses
import math
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pystamps.config import RawExport, RunConfig
from pystamps.doctor.examine import examine
from pystamps.errors import PystampsError
from pystamps.parameters import FIELD_NAMES
from pystamps.parameters.files import sourced_parameters
from pystamps.parameters.values import PARAMETER_INFO, describe_parameters, shown_value
from pystamps.pipeline.run_history import (
    RunRecord,
    events_of_run,
    named_damage,
    read_run,
    run_ids,
)
from pystamps.pipeline.run_lock import holder_of_lock
from pystamps.pipeline.run_progress import progress_of_run
from pystamps.pipeline.status import dataset_status
from pystamps.prep.prepare import plan_preparation
from pystamps.stage_table import FIGURES, PREPARATION, chain_of_stages, stage_named
from pystamps.web.children import Child
from pystamps.web.roots import OutsideRootsError, Roots

_TAIL_LINES = 12
_TAIL_BYTES = 16384
_LOG_BYTES = 200_000
_REPORT = "report.html"


def json_values(value: Any) -> Any:
    """Give dataclasses, paths and mappings as what JSON knows; NaN and infinity become text."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: json_values(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {str(key): json_values(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [json_values(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    return value if isinstance(value, str | int | float | None) else str(value)


def status_view(root: Path) -> dict[str, Any]:
    """Show the stages of all targets, and who is at work."""
    found = dataset_status(root)
    entries = [
        json_values(entry) | {"title": stage_named(entry.stage).title} for entry in found.entries
    ]
    return {
        "root": str(root),
        "entries": entries,
        "holder": json_values(holder_of_lock(root)),
    }


def results_view(roots: Roots, root: Path) -> dict[str, Any]:
    """Show what can be looked at: figures and report, with the times they were made."""
    found = []
    for stage in FIGURES:
        drawn = _time_of(roots, root, stage.outputs[0])
        if drawn is not None:
            found.append({"name": stage.marker, "title": stage.title, "drawn": drawn})
    return {"figures": found, "report": _time_of(roots, root, _REPORT)}


def _time_of(roots: Roots, root: Path, name: str) -> float | None:
    """Give the modification time of a file that may be served, None without it."""
    try:
        return roots.file_in(root, name).stat().st_mtime
    except OutsideRootsError:
        return None


def figure_file(roots: Roots, root: Path, name: str) -> Path:
    """Give the file of a figure by its name in the stage table.

    Raises
    ------
    OutsideRootsError
        There is no such figure, or its file lies elsewhere.
    """
    if name not in {stage.marker for stage in FIGURES}:
        raise OutsideRootsError(f"{name}: is no figure of the report")
    return roots.file_in(root, f"figures/{name}")


def report_file(roots: Roots, root: Path) -> Path:
    """Give the report of a data set."""
    return roots.file_in(root, _REPORT)


def doctor_view(root: Path, *, quick: bool) -> dict[str, Any]:
    """Show what the doctor finds."""
    found = examine(root, quick=quick)
    return {
        "root": str(found.root),
        "kind": found.kind,
        "processor": found.processor,
        "can_succeed": found.can_succeed,
        "is_quick": quick,
        "findings": [finding.as_dict() for finding in found.findings],
    }


def parameters_view(root: Path) -> list[dict[str, Any]]:
    """Show every StaMPS parameter: meaning, default, value, where that comes from, choices."""
    sourced = sourced_parameters(root, root, {})
    rows = []
    for parameter in describe_parameters():
        info = PARAMETER_INFO[parameter.name]
        value = shown_value(getattr(sourced.parameters, FIELD_NAMES[parameter.name]))
        source = sourced.sources[parameter.name]
        row = json_values(parameter) | {"value": value, "source": _shown_source(source, root)}
        rows.append(row | {"choices": ("y", "n") if info.kind == "flag" else info.choices})
    return rows


def _shown_source(source: str, root: Path) -> str:
    """Give a file as seen from the data set, words as they are."""
    path = Path(source)
    return str(path.relative_to(root)) if path.is_relative_to(root) else source


def preparation_view(root: Path, processor: str, patches: str) -> dict[str, Any]:
    """Show what `pystamps prep` would make of a raw export; reads headers only."""
    config = RunConfig.from_mapping(
        {"dataset": {"path": str(root), "raw": {"processor": processor, "export": str(root),
                                                "patches": patches}}},
        source="preparation",
    )  # fmt: skip
    plan = plan_preparation(config.raw, memory_budget_mb=config.runtime.memory_budget_mb)
    export = plan.export
    return {
        "processor": export.processor,
        "images": len(export.images),
        "interferograms": len(export.interferograms),
        "reference": export.master,
        "size": list(export.size),
        "is_small_baseline": export.is_small_baseline,
        "threshold": plan.threshold,
        "patches": [json_values(patch) for patch in plan.patches],
        "default_overlap": RawExport().overlap,
    }


def history_view(root: Path) -> list[dict[str, Any]]:
    """Show the runs of a data set, the latest first; a damaged record is shown as such."""
    rows = []
    for run_id in run_ids(root):
        try:
            record = read_run(root, run_id)
        except PystampsError as error:
            rows.append({"id": run_id, "state": "unreadable", "message": str(error)})
        else:
            rows.append(_summary(record))
    return rows


def _summary(record: RunRecord) -> dict[str, Any]:
    """Show a run in one line."""
    shown: dict[str, Any] = json_values(record)
    counts: dict[str, int] = {}
    for job in record.jobs:
        counts[job.status] = counts.get(job.status, 0) + 1
    del shown["jobs"], shown["targets"], shown["plan"]["job_seconds"]
    return shown | {"jobs": counts, "peak_memory_mb": record.peak_memory_mb}


def run_view(roots: Roots, root: Path, run_id: str) -> dict[str, Any]:
    """Show a run: jobs, results, progress, and the end of the logs of what works or failed."""
    record = read_run(root, run_id)
    with named_damage(root, run_id):
        events = events_of_run(root, run_id)
        is_over = record.state != "running" and events
        now = events[-1]["time"] if is_over else time.time()
        progress = progress_of_run(events, record.plan.job_seconds, now=now)
    shown: dict[str, Any] = json_values(record)
    del shown["plan"]["job_seconds"]
    return shown | {
        "peak_memory_mb": record.peak_memory_mb,
        "progress": json_values(progress),
        "tails": _tails(roots, root, record),
    }


def _tails(roots: Roots, root: Path, record: RunRecord) -> list[dict[str, Any]]:
    """Give the last lines of the logs of jobs that work or have failed."""
    tails = []
    for job in record.jobs:
        if job.status in ("running", "failed"):
            lines = _end_of(roots, root, job.log, _TAIL_BYTES).splitlines()[-_TAIL_LINES:]
            tails.append({"rule": job.rule, "patch": job.patch, "status": job.status,
                          "log": job.log, "lines": lines})  # fmt: skip
    return tails


def log_view(roots: Roots, root: Path, rule: str, patch: str) -> dict[str, str]:
    """Show the end of the log of a stage, product or figure.

    Raises
    ------
    OutsideRootsError
        There is no such log.
    """
    if rule not in {stage.name for stage in (PREPARATION, *chain_of_stages(), *FIGURES)}:
        raise OutsideRootsError(f"{rule}: is no stage, product or figure")
    name = f"logs/{patch}/{rule}.log" if patch else f"logs/{rule}.log"
    roots.file_in(root, name)  # says so when there is none
    return {"log": name, "text": _end_of(roots, root, name, _LOG_BYTES)}


def _end_of(roots: Roots, root: Path, name: str, n_bytes: int) -> str:
    """Read the end of a text file of a data set; nothing where it is not there yet."""
    try:
        path = roots.file_in(root, name)
    except OutsideRootsError:
        return ""
    with path.open("rb") as stream:
        stream.seek(max(0, path.stat().st_size - n_bytes))
        return stream.read(n_bytes).decode(errors="replace")


def live_view(roots: Roots, root: Path, child: Child | None) -> dict[str, Any]:
    """Show what goes on on a data set: the latest run, and the command that the console started."""
    runs = run_ids(root)
    shown: dict[str, Any] = {
        "run": None,
        "child": None,
        "holder": json_values(holder_of_lock(root)),
    }
    if runs:
        shown["run"] = run_view(roots, root, runs[0])
    if child is not None:
        exit_code = child.exit_code
        shown["child"] = {
            "command": child.command,
            "pid": child.process.pid,
            "exit_code": exit_code,
            "output": child.text,
        }
    return shown
