"""What is checked before the first stage of a run starts: reads little, changes nothing."""

from __future__ import annotations

import logging
import os
from collections.abc import Sequence
from pathlib import Path

from pystamps.config import RunConfig
from pystamps.doctor.checks_machine import NOT_WRITABLE, check_programs, check_space
from pystamps.doctor.examine import Examination, examine, examine_settings
from pystamps.errors import DatasetError
from pystamps.io.mat import describe_mat
from pystamps.io.own_places import refuse_links
from pystamps.io.tree_integrity import tree_integrity
from pystamps.pipeline.child_environment import refuse_planted_modules
from pystamps.pipeline.job_records import records_of
from pystamps.pipeline.plan import WorkflowPlan
from pystamps.pipeline.planned_estimate import refuse_impossible_estimate
from pystamps.pipeline.status import UNFINISHED, StatusEntry
from pystamps.pipeline.targets import StageTarget
from pystamps.pipeline.words import some_of
from pystamps.processors import read_raw_patch

log = logging.getLogger(__name__)

_STARTED_BY_PYSTAMPS = "PYSTAMPS_EVENTS"
"""Variable that is set where :mod:`pystamps.pipeline.driver` has started Snakemake."""
_SIZES = ("scene-too-small", "grid-too-large")
"""Errors of single stages that bare Snakemake may not be asked for: warnings there."""
_NO_PLACES = ("tools.snaphu", "tools.unwrapper", "tools.delaunay")
"""What findings name that is no file."""


def check_inputs(
    plan: WorkflowPlan,
    targets: Sequence[StageTarget],
    *,
    start_step: int,
    end_step: int = 8,
    is_dry_run: bool = False,
) -> None:
    """Refuse a data set whose input files cannot be right.

    The input of stage 1 is read where it has still to load a patch, as the stage will, but of
    many candidates a sample: the stage reads all of them, and refuses what is between. Of
    artifacts that exist already, the list of variables is read. Then the quick checks of the
    doctor run; their warnings are logged.

    Parameters
    ----------
    plan : WorkflowPlan
    targets : sequence of StageTarget
        All stages.
    start_step, end_step : int
        Stages that are to run.
    is_dry_run : bool
        Nothing will be written: that nothing can be is a warning.

    Raises
    ------
    PystampsError
        Names the file, what was expected and found, and what to do.
    """
    for target in targets:
        if target.step == 1 and start_step == 1 and not target.is_there:
            check_input_of_patch(plan, target.patch)
        elif target.step >= 1:
            for name in target.outputs:
                if (plan.root / name).is_file():
                    describe_mat(plan.root / name)
    refuse_impossible_estimate(plan)
    steps = range(start_step, end_step + 1)
    found = examine(plan.root, plan.config, quick=True, what="dataset", steps=steps)
    _refuse(found, but=(NOT_WRITABLE.name,) if is_dry_run else ())


def check_input_of_patch(plan: WorkflowPlan, patch: str) -> None:
    """Read the input of stage 1 of a patch, as the stage will; of many candidates a sample."""
    read_raw_patch(
        plan.root / patch,
        plan.root_parameters.insar_processor,
        is_small_baseline=plan.root_parameters.small_baseline_flag,
        raw_root=plan.config.runtime.raw_root,
        is_sampled=True,
    )


def check_planned(plan: WorkflowPlan, planned: Sequence[StatusEntry]) -> None:
    """Refuse work for which the machine lacks a program or surely the space on the disk.

    Parameters
    ----------
    plan : WorkflowPlan
    planned : sequence of StatusEntry
        Stages that would run now.

    Raises
    ------
    PystampsError
        Names the program or the folder, and what to do.
    """
    computed = [e for e in planned if not (plan.replay and plan.replay.bundle(e.stage, e.patch))]
    steps = {entry.step for entry in computed}
    samples: dict[str, int] = {}
    for entry in planned:
        if entry.step:
            samples[entry.stage] = samples.get(entry.stage, 0) + plan.samples(entry.patch)
    findings = [*check_programs(plan.config.tools, steps), *check_space(plan.root, samples)]
    _refuse(Examination(plan.root, "data set", "", tuple(findings)))


def refuse_unrecorded(
    plan: WorkflowPlan, planned: Sequence[StatusEntry], targets: Sequence[StageTarget]
) -> None:
    """Refuse to make finished results again that nobody knows the origin of.

    A copied tree has lost the order of its file times, and often the records of Snakemake: all
    its results look older than their inputs. Where a newer input has a record, it was made on
    purpose, and what depends on it is made again; so is what was made from other files than those
    that lie there, as its own record proves.

    Raises
    ------
    DatasetError
        Names the stages and both ways to go on.
    """
    target_of = {target.label: target for target in targets}
    outdated = {n for item in tree_integrity(plan.root).outdated for n in item.record.states}
    unknown = [
        entry.label
        for entry in planned
        if entry.state == "stale"
        and entry.step
        and UNFINISHED not in entry.causes
        and not records_of(plan.root, entry.outputs)
        and not outdated & {*entry.outputs}
        and not _has_recorded_newer_input(plan, target_of[entry.label])
    ]
    if unknown:
        raise DatasetError(
            f"{plan.root}: finished results without a record of how they were made are older than "
            f"their inputs, as in a copied tree ({some_of(unknown)}); `pystamps import` takes "
            "them over as they are, `pystamps run --replace-unrecorded` makes them again"
        )


def _has_recorded_newer_input(plan: WorkflowPlan, target: StageTarget) -> bool:
    """Tell whether a job on record has made an input after the results of a stage."""
    outputs = [plan.root / name for name in target.outputs if (plan.root / name).is_file()]
    oldest = min((path.stat().st_mtime for path in outputs), default=0.0)
    inputs = [name for name in target.inputs if (plan.root / name).is_file()]
    newer = [name for name in inputs if (plan.root / name).stat().st_mtime > oldest]
    return any(records_of(plan.root, [name]) for name in newer)


def check_before_jobs(plan: WorkflowPlan) -> None:
    """Check the data set for bare Snakemake, which does not say which stages it will run.

    What ``pystamps run`` starts has been checked already; missing files Snakemake finds itself,
    and the preparation examines its export when it runs.

    Raises
    ------
    PystampsError
        As :func:`check_inputs`.
    """
    refuse_planted_modules(plan.root, Path.cwd())
    refuse_links(plan.root, plan.patches)
    if _STARTED_BY_PYSTAMPS in os.environ:
        return
    refuse_impossible_estimate(plan)
    if plan.preparation is None or plan.preparation.is_done:
        _refuse(examine_settings(plan.root, plan.config), but=_SIZES)
        for finding in check_programs(plan.config.tools):
            if finding.severity == "error":
                log.warning("%s", finding.message)


def check_export(config: RunConfig) -> None:
    """Refuse a raw export that cannot be prepared: the quick checks of the doctor.

    Raises
    ------
    PystampsError
        As :func:`check_inputs`.
    """
    raw = config.raw
    if raw.export is not None:
        _refuse(
            examine(
                raw.export,
                config,
                quick=True,
                what="export",
                processor=raw.processor,
                master=raw.master,
            )
        )


def _refuse(examined: Examination, *, but: Sequence[str] = ()) -> None:
    """Log the warnings of the doctor, and raise its first error; errors ``but`` are warnings."""
    errors = examined.of("error")
    allowed = [finding for finding in errors if finding.code in but]
    for finding in [*examined.of("warning"), *allowed]:
        log.warning("%s", finding.message)
    for finding in (finding for finding in errors if finding.code not in but):
        is_place = finding.file not in _NO_PLACES
        where = examined.root / finding.file if is_place else finding.file
        raise DatasetError(f"{where}: {finding.sentence}")
