"""Progress counted in megabytes, from several threads."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from pystamps.progress import Progress, reporter, silent

_MEGABYTE = 1_000_000


class ByteProgress:
    """Counts bytes and passes megabytes on."""

    def __init__(self, total_bytes: int, report: Progress = silent) -> None:
        """Begin to count; ``total_bytes`` is what the work will read."""
        self._total, self._report = max(1, total_bytes // _MEGABYTE), report
        self._lock, self._started = threading.Lock(), time.monotonic()
        self.bytes = 0

    def add(self, count: int) -> None:
        """Count bytes that were read."""
        with self._lock:
            self.bytes += count
            self._report(min(self.bytes // _MEGABYTE, self._total), self._total)

    @property
    def seconds(self) -> float:
        """Time since the beginning."""
        return time.monotonic() - self._started


@contextmanager
def byte_reporter(label: str, total_bytes: int) -> Iterator[ByteProgress]:
    """Give a counter that people see: percent, MB/s and time left."""
    with reporter(f"{label}, MB") as report:
        yield ByteProgress(total_bytes, report)
