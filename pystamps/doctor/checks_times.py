"""Times of files: what was made has to be newer than what it was made from."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path

from pystamps.doctor.prepared import Prepared
from pystamps.findings import Code, Finding
from pystamps.processors import PROCESSORS, angle_name
from pystamps.stage_table import FIRST_PASS_FOLDER, STAGES, Stage, expanded, is_bookkeeping, mode_of

TIME_IN_FUTURE = Code(
    "time-in-future",
    "error",
    "the time of an input file lies in the future",
    "The clock of the machine that wrote it is ahead, or a disk has changed its time zone. "
    "What a stage makes of it now would be older than its input, which Snakemake refuses after "
    "the stage has run.",
    "set its time to now: touch FILE",
)

_CLOCK_SLACK_S = 2.0
"""File systems keep whole or even seconds."""


def check_times(prepared: Prepared) -> Iterator[Finding]:
    """No input of a stage that would have to run is newer than now."""
    if prepared.processor not in PROCESSORS:
        return
    latest = time.time() + _CLOCK_SLACK_S
    if not _has_any_after(prepared, latest):
        return
    reported = set()
    mode = mode_of(is_small_baseline=prepared.settings.small_baseline_flag)
    for stage in (stage.in_mode(mode) for stage in STAGES if stage.step in prepared.steps):
        for patch in [p.name for p in prepared.patches] if stage.scope == "patch" else [""]:
            outputs = _names(stage.outputs, prepared, patch)
            oldest = min((_time_of(prepared.root / name) for name in outputs), default=0.0)
            for path in _inputs(stage, prepared, patch):
                is_late = latest < _time_of(path) and oldest < _time_of(path)
                if is_late and path not in reported:
                    reported.add(path)
                    yield _finding(path)


def _has_any_after(prepared: Prepared, latest: float) -> bool:
    """Tell whether any file that a stage may read is newer; mostly none is."""
    folders = [prepared.root, *(patch.directory for patch in prepared.patches)]
    folders += [prepared.root / FIRST_PASS_FOLDER] * (prepared.root / FIRST_PASS_FOLDER).is_dir()
    stack = PROCESSORS[prepared.processor].input_files
    elsewhere = [path for file in stack for path in prepared.root.glob(file.name)]
    times = (path.stat().st_mtime for path in elsewhere if path.is_file())
    return any(found > latest for found in chain(*map(_times_in, folders), times))


def _times_in(folder: Path) -> list[float]:
    """Give the times of the files and folders in a folder; of links those of what they mean."""
    found = []
    with os.scandir(folder) as entries:
        for entry in entries:
            with suppress(FileNotFoundError):  # a link to nothing, or gone meanwhile
                found.append(entry.stat().st_mtime)
    return found


def _finding(path: Path) -> Finding:
    moment = datetime.fromtimestamp(path.stat().st_mtime, tz=UTC).isoformat(timespec="seconds")
    now = datetime.now(tz=UTC).isoformat(timespec="seconds")
    return TIME_IN_FUTURE.at(
        path, f"time {moment}", expected=f"not after {now}",
        action=f"set its time to now: touch {path}",
    )  # fmt: skip


def _inputs(stage: Stage, prepared: Prepared, patch: str) -> Iterator[Path]:
    """Give the input files of a stage that are there."""
    names = _names((*stage.inputs, *stage.optional_inputs), prepared, patch)
    found = [prepared.root / name for name in names]
    if stage.reads_stack:
        stack = PROCESSORS[prepared.processor].input_files
        patterns = [file.name for file in stack if not is_bookkeeping(file.name)]
        found += [path for pattern in patterns for path in sorted(prepared.root.glob(pattern))]
    return (path for path in found if path.is_file())


def _names(names: tuple[str, ...], prepared: Prepared, patch: str) -> list[str]:
    patches = [patch] if patch else [p.name for p in prepared.patches]
    return expanded(names, patches=patches, angle=angle_name(prepared.processor))


def _time_of(path: Path) -> float:
    """Give the time of a file, 0 where there is none."""
    return path.stat().st_mtime if path.is_file() else 0.0
