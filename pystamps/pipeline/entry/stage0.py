"""Entry point of the preparation."""

from __future__ import annotations

import time
from pathlib import Path

from pystamps.config import RawExport, RunConfig
from pystamps.io.checksums import state_of_file
from pystamps.pipeline.provenance import changed_fields, moment, new_record, sum_up, write_record
from pystamps.pipeline.types import StageResult
from pystamps.prep.blocks import Workforce
from pystamps.prep.prepare import PreparationSummary, prepare_dataset
from pystamps.prep.staging import Existing
from pystamps.stage_table import PREPARATION
from pystamps_kernels import noted_backends


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
    clock = time.perf_counter()
    summary = prepare_and_record(root, config, existing=existing)
    counts = {
        "images": summary.images,
        "interferograms": summary.interferograms,
        "patches": len(summary.patches),
        "candidates": summary.candidates,
        "without_position": summary.dropped_invalid,
    }
    return StageResult(
        stage=PREPARATION.name,
        directory=summary.root,
        seconds=time.perf_counter() - clock,
        counts=counts,
        is_empty=not summary.candidates,
    )


def prepare_and_record(root: Path, config: RunConfig, *, existing: Existing) -> PreparationSummary:
    """Prepare the data set, and note who did it and how; parameters as :func:`stage0_prepare`."""
    started, clock = time.time(), time.perf_counter()

    def note(folder: Path, found: PreparationSummary) -> None:
        seconds = time.perf_counter() - clock
        record = new_record(
            stage=PREPARATION.name,
            target="",
            started=moment(started),
            ended=moment(started + seconds),
            seconds=seconds,
            settings=changed_fields("dataset.raw", config.raw, RawExport()),
            backends=backends,
            files={
                path.relative_to(folder).as_posix(): state_of_file(path)
                for patch in found.patches
                for path in sorted((folder / patch).glob("pscands.1.*"))
            },
        )
        write_record(folder, record)

    with noted_backends() as backends:
        summary = prepare_dataset(
            root,
            config.raw,
            workforce=Workforce(
                max(1, config.kernels.native_threads), config.runtime.memory_budget_mb
            ),
            existing=existing,
            choice=config.kernel_choice,
            finish=note,
        )
    sum_up(summary.root)
    return summary
