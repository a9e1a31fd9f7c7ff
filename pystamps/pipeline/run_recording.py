"""The record of a run, written while it goes on; the oldest records are removed."""

from __future__ import annotations

import dataclasses
import json
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from pystamps import __version__
from pystamps.errors import PystampsError
from pystamps.io.atomic import temporary_beside
from pystamps.io.own_places import own_folder
from pystamps.io.started_by import command_line
from pystamps.pipeline.interruption import interruption_in_words
from pystamps.pipeline.job_notes import note_of, note_the_stop
from pystamps.pipeline.plan import WorkflowPlan
from pystamps.pipeline.provenance import changed_fields, moment
from pystamps.pipeline.run_history import (
    EVENTS_FILE,
    RECORD_FILE,
    RUN_ID,
    RUNS,
    RunKind,
    RunPlan,
    RunRecord,
    RunState,
    jobs_at_end,
)
from pystamps.pipeline.run_lock import run_lock
from pystamps.pipeline.types import TargetResult

KEPT_RUNS = 50
"""Runs that the history holds; older ones are removed when a run begins."""


def run_plan(kind: RunKind, plan: WorkflowPlan, *, steps: tuple[int, int], cores: int) -> RunPlan:
    """Say what a run is asked for: steps, cores, and settings that differ from their defaults."""
    changed: dict[str, str] = {}
    for item in dataclasses.fields(plan.config):
        group = getattr(plan.config, item.name)
        if item.name not in ("dataset", "stamps"):
            changed |= changed_fields(item.name, group, type(group)())
    return RunPlan(kind, *steps, cores, dict(plan.config.stamps), changed, plan.job_seconds())


class RunRecorder:
    """Writes the record of a run that goes on; made by :func:`recorded_run`.

    Attributes
    ----------
    events : Path
        Where Snakemake's events go.
    """

    def __init__(self, root: Path, record: RunRecord) -> None:  # noqa: D107 - the class says it
        self._root = root
        self._record = record
        self.events = root / RUNS / record.id / EVENTS_FILE
        self._write()

    def note_reasons(self, reasons: Mapping[str, str]) -> None:
        """Write why stages have to run, by their label, before they do."""
        self._record = dataclasses.replace(self._record, reasons=dict(reasons))
        self._write()

    def finish(
        self,
        state: RunState,
        *,
        message: str = "",
        targets: tuple[TargetResult, ...] = (),
    ) -> None:
        """Write how the run ended."""
        self._record = dataclasses.replace(
            self._record,
            state=state,
            message=message,
            ended=moment(time.time()),
            jobs=jobs_at_end(self._root, self.events, self._record.reasons),
            targets=tuple(dataclasses.asdict(target) for target in targets),
        )
        self._write()

    def note_stopped_jobs(self) -> None:
        """Note of the jobs that the end of the run has ended that this is why they stopped."""
        for job in self._record.jobs:
            note = note_of(self._root, job.rule, job.patch)
            if note is not None and note.state == "stopped":
                note_the_stop(self._root, note, "SIGTERM")

    @property
    def is_finished(self) -> bool:
        """Whether the end has been written."""
        return bool(self._record.ended)

    def _write(self) -> None:
        path = self.events.with_name(RECORD_FILE)
        with temporary_beside(path) as temporary:
            text = json.dumps(dataclasses.asdict(self._record), indent=1, default=str)
            temporary.write_text(f"{text}\n")


@contextmanager
def recorded_run(root: Path, plan: RunPlan) -> Iterator[RunRecorder]:
    """Hold the lock of a data set and keep the record of a run on it.

    The body calls :meth:`RunRecorder.finish`; a run that ends otherwise is recorded as failed or
    stopped.

    Raises
    ------
    DatasetError
        Another run holds the lock.
    """
    with run_lock(root, plan.kind) as holder:
        run_id = f"{datetime.now(UTC):%Y%m%d-%H%M%S-%f}"
        own_folder(root, RUNS / run_id)
        _remove_oldest(root / RUNS)
        record = RunRecord(
            run_id, plan, command_line(), __version__, holder.pid, holder.host, holder.started
        )
        recorder = RunRecorder(root, record)
        try:
            yield recorder
        except PystampsError as error:
            recorder.finish("failed", message=str(error))
            raise
        except KeyboardInterrupt as error:
            recorder.finish("stopped", message=interruption_in_words(error))
            recorder.note_stopped_jobs()
            raise
        finally:
            if not recorder.is_finished:
                recorder.finish("failed", message="ended by an unexpected error")


def _remove_oldest(folder: Path) -> None:
    """Remove the oldest records; what somebody else has put beside them stays."""
    names = sorted(path.name for path in folder.iterdir() if RUN_ID.fullmatch(path.name))
    for name in names[:-KEPT_RUNS]:
        for file in (RECORD_FILE, EVENTS_FILE):
            (folder / name / file).unlink(missing_ok=True)
        if not any((folder / name).iterdir()):
            (folder / name).rmdir()
