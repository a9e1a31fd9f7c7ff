"""A stage as the configuration wants it: computed, or copied out of the reference."""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from pystamps.config import RunConfig
from pystamps.errors import ArtifactError, DatasetError, ParameterError
from pystamps.io.artifacts import read_variable
from pystamps.io.checksums import FileState
from pystamps.io.mat import describe_mat
from pystamps.io.stage_records import stage_record
from pystamps.model import PhaseNoise, Pixels, Selection, Weeding
from pystamps.pipeline.job import StageJob, root_of_job, stage_job
from pystamps.pipeline.types import StageResult, TargetResult
from pystamps.replay.checked import Replay
from pystamps.replay.golden_tree import SETTING, Bundle
from pystamps.stage_table import Stage, chain_of_stages, expanded, stage_that_makes

log = logging.getLogger(__name__)

_RULES = {stage.name for stage in chain_of_stages()}

REPLAYED_DETAILS = "replayed"
"""Details of the result of a stage that was copied."""


def run_or_replay_stage(
    stage: Stage, directory: Path, config: RunConfig, **options: Any
) -> StageResult:
    """Run a stage on a directory, or copy its artifacts if the settings name a reference.

    Parameters
    ----------
    stage : Stage
    directory : Path
        A patch, or the root of the data set.
    config : RunConfig
    options : object
        Further arguments of the entry point; they are refused where the stage is copied.

    Returns
    -------
    StageResult

    Raises
    ------
    PystampsError
        The stage failed, or the reference is not one of this data set.
    """
    bundle, reference = _bundle_of(stage, Path(directory), config)
    if bundle is None or reference is None:
        result: StageResult = stage.load()(directory, config, **options)
        return result
    if options:
        raise ParameterError(
            f"{bundle.shown} is copied from {reference} and takes no {', '.join(options)}; leave "
            f"it out, or set {SETTING} to null"
        )
    return _replayed(stage, Path(directory), config, bundle, reference)


def with_replays(
    replay: Replay | None, results: Sequence[TargetResult]
) -> tuple[TargetResult, ...]:
    """Say of the results of a run which stages were copied, or would be.

    Parameters
    ----------
    replay : Replay or None
        What the run copies.
    results : sequence of TargetResult
    """
    return tuple(_with_replay(replay, result) if replay else result for result in results)


def _with_replay(replay: Replay, result: TargetResult) -> TargetResult:
    target = result.target if result.scope == "patch" else ""
    if replay.bundle(result.stage, target) is None:
        return result
    if result.status == "completed":
        return dataclasses.replace(result, details=REPLAYED_DETAILS)
    if result.status == "planned":
        return dataclasses.replace(result, details=f"to be replayed; {result.details}")
    return result


def _bundle_of(
    stage: Stage, directory: Path, config: RunConfig
) -> tuple[Bundle | None, Path | None]:
    """Give what is copied for a stage and where from; nothing when the stage runs."""
    if not config.compat.strict_reference_replay or stage.name not in _RULES:
        return None, None
    from pystamps.pipeline.plan import WorkflowPlan  # takes the preparation along

    directory = directory.resolve()
    root = root_of_job(stage, directory)
    plan = WorkflowPlan.from_mapping(dataclasses.replace(config, dataset=root).to_mapping())
    assert plan.replay is not None
    target = "" if directory == root else directory.name
    return plan.replay.bundle(stage.name, target), plan.replay.root


def _replayed(
    stage: Stage, directory: Path, config: RunConfig, bundle: Bundle, reference: Path
) -> StageResult:
    """Copy a bundle: all files get their names together, or none does."""
    generation = None if stage.step > 5 else 2 if stage.step == 5 else 1
    with stage_job(stage.name, directory, config, generation=generation) as job:
        job.source = reference
        _check_inputs(job, bundle, reference)
        record = stage_record(reference, bundle.stage, bundle.target)
        for name in bundle.files:
            noted = None if record is None else record.states.get(name)
            _copy_unchanged(job, reference / name, noted)
        job.counts = {"files": len(bundle.files)}
        job.is_empty = _is_empty(stage, reference / bundle.target)
        job.details = REPLAYED_DETAILS
    log.info("%s: copied from %s", bundle.shown, reference)
    return job.result


def _copy_unchanged(job: StageJob, path: Path, noted: FileState | None) -> None:
    """Copy a file of the reference, and see that nobody has changed it since it was made."""
    try:
        before = path.stat()
        checksum = job.copy(path)
        after = path.stat()
    except OSError as error:
        raise ArtifactError(
            f"{SETTING}: {path}: cannot be copied ({error.strerror}); see to disk space and "
            "rights, and start again"
        ) from error
    if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
        raise ArtifactError(
            f"{SETTING}: {path}: was changed while it was copied; wait until whoever writes it "
            "has ended, and start again"
        )
    if noted is not None and checksum != noted.checksum:
        raise ArtifactError(
            f"{SETTING}: {path}: has changed since the record of its stage; `pystamps import -d "
            f"{job.source}` accepts it as it is, or give another reference"
        )


def _check_inputs(job: StageJob, bundle: Bundle, reference: Path) -> None:
    """Refuse a bundle whose stage had inputs of other sizes than those that lie here.

    Where the stage before was computed, because the reference does not hold it, the pixels can be
    others.
    """
    patches = [bundle.target] if bundle.target else []
    for name in expanded(job.stage.inputs, patches=patches, angle=""):
        ours, theirs = job.root / name, reference / name
        if stage_that_makes(name) is None or not (ours.is_file() and theirs.is_file()):
            continue
        found, expected = describe_mat(theirs), describe_mat(ours)
        for variable in found.keys() & expected.keys():
            sizes = found[variable][0], expected[variable][0]
            if sizes[0] != sizes[1] and np.prod(sizes) > 0:
                raise DatasetError(
                    f"{ours}: {variable} has the size {sizes[1]}, in {theirs} {sizes[0]}, so that "
                    f"{bundle.shown} of the reference belongs to other pixels; run the stages "
                    f"before it again, or set {SETTING} to null"
                )


def _is_empty(stage: Stage, directory: Path) -> bool:
    """Tell whether a stage has left no pixel, from its artifacts."""
    if stage.name == "stage2_gamma":
        return not np.any(read_variable(PhaseNoise, "coh_ps", directory / "pm1.mat") > 0)
    if stage.name == "stage3_select":
        return not np.any(read_variable(Selection, "keep_ix", directory / "select1.mat"))
    if stage.name == "stage4_weed":
        return not np.any(read_variable(Weeding, "ix_weed", directory / "weed1.mat"))
    name = "ps1.mat" if stage.step == 1 else "ps2.mat"
    return len(read_variable(Pixels, "ij", directory / name)) == 0
