"""The entry points of the stages in one place, under the names of earlier versions.

Each takes a directory and, if not the defaults hold, a configuration. It runs in this process and
writes its artifacts; :func:`pystamps.pipeline.stages.run_pipeline` runs a whole data set. The names
are those of the stage table, from where they are imported when they are asked for.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

from pystamps.config import RunConfig
from pystamps.pipeline.types import StageResult
from pystamps.stage_table import STAGES

_ENTRY_POINTS = {
    stage.entry_point.partition(":")[2]: stage for stage in STAGES if not stage.is_product
}
__all__ = list(_ENTRY_POINTS)


def __getattr__(name: str) -> Callable[..., StageResult]:
    """Give an entry point by its name."""
    if name not in _ENTRY_POINTS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    entry_point = _ENTRY_POINTS[name].load()

    @wraps(entry_point)
    def run(directory: Path | str, config: RunConfig | None = None, **options: Any) -> StageResult:
        result: StageResult = entry_point(Path(directory), config or RunConfig(), **options)
        return result

    return run


def __dir__() -> list[str]:
    """Give the names of the entry points."""
    return sorted(__all__)
