"""Where the time of a stage goes, and which files it opens."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import FrameType
from typing import Any

import pystamps.io
import pystamps.stages
import pystamps_kernels
from benchmarks.counts import COUNTS, work_of
from benchmarks.machine import Work

_FOLDERS = {
    part: f"{Path(package.__path__[0]).resolve()}{os.sep}"
    for part, package in {
        "io": pystamps.io,
        "kernels": pystamps_kernels,
        "stages": pystamps.stages,
    }.items()
}


@dataclass(slots=True)
class Parts:
    """Where the time of a thread goes.

    A call of a function of :mod:`pystamps.io`, of a kernel, or of the stages changes the part
    that time is added to, until it returns; all other functions belong to who called them.
    """

    seconds: dict[str, float] = field(default_factory=lambda: dict.fromkeys(_FOLDERS, 0.0))
    work: dict[str, Work] = field(default_factory=dict)
    inside: list[str] = field(default_factory=lambda: ["stages"])
    since: float = field(default_factory=time.perf_counter)

    def share(self, part: str) -> float:
        """Give a part of the time that has been noted."""
        return self.seconds[part] / max(sum(self.seconds.values()), 1e-9)

    def note(self, frame: FrameType, event: str, _: object) -> None:
        """Follow the calls of Python functions."""
        if event not in ("call", "return"):
            return
        code = frame.f_code
        part = _part_of(code.co_filename)
        if not part:
            return
        now = time.perf_counter()
        self.seconds[self.inside[-1]] += now - self.since
        self.since = now
        if event == "return":
            if len(self.inside) > 1:
                self.inside.pop()
            return
        if part == "kernels" and self.inside[-1] != "kernels" and code.co_name in COUNTS:
            _, work = work_of(code.co_name, frame.f_locals)
            self.work[code.co_name] = self.work.get(code.co_name, Work()) + work
        self.inside.append(part)


@cache
def _part_of(file: str) -> str:
    """Give the part that a source file belongs to; nothing for libraries."""
    return next((part for part, folder in _FOLDERS.items() if file.startswith(folder)), "")


@contextmanager
def parts_of_time() -> Iterator[Parts]:
    """Measure the parts of what this thread does."""
    parts = Parts()
    sys.setprofile(parts.note)
    try:
        yield parts
    finally:
        sys.setprofile(None)
        parts.seconds[parts.inside[-1]] += time.perf_counter() - parts.since


@dataclass(slots=True)
class OpenedFiles:
    """Files below a folder that this process opens, from now on until it ends."""

    root: Path
    names: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        """Begin to watch."""
        sys.addaudithook(self._notice)

    def megabytes(self) -> float:
        """Give the size of all files that were opened; of temporary ones what they became."""
        paths = {_final_name(Path(name)) for name in self.names}
        return sum(path.stat().st_size for path in paths if path.is_file()) / 2**20

    def _notice(self, event: str, arguments: tuple[Any, ...]) -> None:
        if event == "open" and str(arguments[0]).startswith(str(self.root)):
            self.names.add(str(arguments[0]))


def _final_name(path: Path) -> Path:
    """Give what ``.pm1.mat.<process>-<random>.part`` is called when it is complete."""
    if not path.name.startswith(".") or path.suffix != ".part":
        return path
    return path.with_name(path.name[1:].rsplit(".", 2)[0])
