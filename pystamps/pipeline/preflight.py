"""What is checked before the first stage of a run starts: reads little, changes nothing."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from pystamps.config import RunConfig
from pystamps.doctor.examine import Examination, examine
from pystamps.errors import DatasetError
from pystamps.io.mat import describe_mat
from pystamps.pipeline.plan import WorkflowPlan
from pystamps.pipeline.targets import StageTarget
from pystamps.processors import read_raw_patch

log = logging.getLogger(__name__)


def check_inputs(
    plan: WorkflowPlan, targets: Sequence[StageTarget], *, start_step: int, end_step: int = 8
) -> None:
    """Refuse a data set whose input files cannot be right.

    The input of stage 1 is read where it has still to load a patch, as the stage will (phases
    are mapped, not read); of artifacts that exist already, the list of variables is read. Then
    the quick checks of the doctor run; their warnings are logged.

    Parameters
    ----------
    plan : WorkflowPlan
    targets : sequence of StageTarget
        All stages.
    start_step, end_step : int
        Stages that are to run.

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
    steps = range(start_step, end_step + 1)
    _refuse(examine(plan.root, plan.config, quick=True, what="dataset", steps=steps))


def check_input_of_patch(plan: WorkflowPlan, patch: str) -> None:
    """Read the input of stage 1 of a patch, as the stage will."""
    raw_root = plan.config.runtime.raw_root
    read_raw_patch(plan.root / patch, plan.root_parameters.insar_processor, raw_root=raw_root)


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


def _refuse(examined: Examination) -> None:
    """Log the warnings of the doctor, and raise its first error."""
    for finding in examined.of("warning"):
        log.warning("%s", finding.message)
    for finding in examined.of("error"):
        raise DatasetError(f"{examined.root / finding.file}: {finding.sentence}")
