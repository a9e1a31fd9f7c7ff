"""Images added to a data set, with the record of who did it and how."""

from __future__ import annotations

import time
from pathlib import Path

from pystamps.config import RunConfig
from pystamps.io.checksums import state_of_file
from pystamps.io.dataset import discover_dataset
from pystamps.pipeline.previous_results import recover_results
from pystamps.pipeline.provenance import moment, new_record, sum_up, write_record
from pystamps.prep.added_pairs import UpdateRequest
from pystamps.prep.blocks import Workforce
from pystamps.prep.update import update_dataset
from pystamps.prep.update_record import UpdateSummary
from pystamps.stage_table import PREPARATION
from pystamps_kernels import noted_backends


def update_and_record(root: Path, request: UpdateRequest, config: RunConfig) -> UpdateSummary:
    """Add the images of an export to a data set; no stage runs, their results stay.

    Parameters
    ----------
    root : Path
        Root of the data set.
    request : UpdateRequest
    config : RunConfig
        Threads, memory, kernels, and where the earlier export is.

    Raises
    ------
    PystampsError
        The export does not fit; nothing was changed then.
    """
    root = root.resolve()
    started, clock = time.time(), time.perf_counter()
    recover_results(root)

    def note(folder: Path, found: UpdateSummary) -> None:
        seconds = time.perf_counter() - clock
        patches = [patch.directory for patch in discover_dataset(root).patches]
        names = [
            path.relative_to(root).as_posix()
            for patch in patches
            for path in sorted(patch.glob("pscands.1.*"))
        ]
        record = new_record(
            stage=PREPARATION.name,
            target="",
            started=moment(started),
            ended=moment(started + seconds),
            seconds=seconds,
            settings={"update.export": str(found.export)},
            backends=backends,
            files={
                name: state_of_file(path if (path := folder / name).is_file() else root / name)
                for name in names
            },
        )
        write_record(folder, record)

    with noted_backends() as backends:
        summary = update_dataset(
            root,
            request,
            raw_root=config.runtime.raw_root,
            workforce=Workforce(
                max(1, config.kernels.native_threads), config.runtime.memory_budget_mb
            ),
            choice=config.kernel_choice,
            finish=note,
        )
    sum_up(summary.root)
    return summary
