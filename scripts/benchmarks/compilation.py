"""How long Numba compiles."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numba.core.event


@contextmanager
def compilation() -> Iterator[Callable[[], float]]:
    """Give a function that tells how long Numba has compiled inside the block."""
    with numba.core.event.install_recorder("numba:compile") as recorder:
        yield lambda: _outermost(recorder.buffer)


def _outermost(events: list[tuple[float, Any]]) -> float:
    """Sum the compilations that are not part of another one."""
    total, depth, started = 0.0, 0, 0.0
    for moment, event in events:
        if event.is_start:
            started = moment if depth == 0 else started
            depth += 1
        elif event.is_end:
            depth -= 1
            total += moment - started if depth == 0 else 0.0
    return total
