"""Entry point of the preparation."""

from __future__ import annotations

import time
from pathlib import Path

from pystamps.config import RunConfig
from pystamps.pipeline.types import StageResult
from pystamps.prep.blocks import Workforce
from pystamps.prep.prepare import prepare_dataset
from pystamps.prep.staging import Existing


def stage0_prepare(
    root: Path, config: RunConfig, *, existing: Existing = "keep results"
) -> StageResult:
    """Prepare the data set from the raw export that the configuration names.

    Parameters
    ----------
    root : Path
        Root of the data set.
    config : RunConfig
    existing : str
        See :data:`pystamps.prep.staging.Existing`; the workflow exchanges the prepared files and
        then repeats what depends on them.

    Returns
    -------
    StageResult

    Raises
    ------
    PystampsError
        The export is incomplete or a setting is wrong; nothing is written then.
    """
    started = time.perf_counter()
    threads = max(1, config.kernels.native_threads)
    summary = prepare_dataset(
        root,
        config.raw,
        workforce=Workforce(threads, config.runtime.memory_budget_mb),
        existing=existing,
        choice=config.kernel_choice,
    )
    counts = {
        "images": summary.images,
        "interferograms": summary.interferograms,
        "patches": len(summary.patches),
        "candidates": summary.candidates,
        "without_position": summary.dropped_invalid,
    }
    return StageResult(
        stage="stage0_prep",
        directory=summary.root,
        seconds=time.perf_counter() - started,
        counts=counts,
        is_empty=not summary.candidates,
    )
