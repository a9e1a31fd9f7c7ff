"""What people do next with a data set, each step with its command."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path

from pystamps.pipeline.status import DatasetStatus


def next_steps(status: DatasetStatus | None, root: Path) -> tuple[str, ...]:
    """Say what is to do with a data set, each with its command.

    Parameters
    ----------
    status : DatasetStatus or None
        None = it could not be told.
    root : Path
        As the user has named it.
    """
    where = f"-d {shlex.quote(str(root))}"
    if status is None:
        return (f"pystamps doctor {shlex.quote(str(root))}: what stands in the way",)
    planned = [entry for entry in status.entries if entry.is_planned]
    steps = []
    if any(entry.changed for entry in status.entries) or status.damaged_records:
        steps.append(f"pystamps import {where}: accept files that have changed without a stage")
    if any(e.last_job is not None and e.last_job.state != "running" for e in planned):
        steps.append(f"pystamps log {where}: see why the last job failed")
    if planned:
        names = list(dict.fromkeys(entry.stage for entry in planned))
        shown = names[0] if len(names) == 1 else f"{names[0]} to {names[-1]}"
        steps.append(f"pystamps run {where}: {shown} {'has' if len(names) == 1 else 'have'} to run")
    if steps:
        return tuple(steps)
    return tuple(done_steps(root))


def done_steps(root: Path) -> Sequence[str]:
    """Say what people do with a finished data set, each with its command."""
    shown = shlex.quote(str(root))
    return (
        f"pystamps report -d {shown}: figures and report.html",
        f"pystamps export {shown} --to points.gpkg: the points for QGIS",
    )
