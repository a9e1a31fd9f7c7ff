"""What is checked before the first stage of a run starts: reads little, changes nothing."""

from __future__ import annotations

from pathlib import Path

from pystamps.io.constants import GAMMA_FAMILY
from pystamps.io.doris import read_doris_patch
from pystamps.io.isce import read_isce_patch
from pystamps.io.mat import describe_mat
from pystamps.io.snap import read_snap_patch
from pystamps.pipeline.plan import WorkflowPlan
from pystamps.pipeline.status import DatasetStatus


def check_inputs(plan: WorkflowPlan, status: DatasetStatus, *, start_step: int) -> None:
    """Refuse a data set whose input files cannot be right.

    Candidate files of the patches that stage 1 has still to load are opened and their sizes
    compared; of artifacts that exist already, the list of variables is read.

    Parameters
    ----------
    plan : WorkflowPlan
    status : DatasetStatus
    start_step : int

    Raises
    ------
    PystampsError
        Names the file, what was expected and found, and what to do.
    """
    for entry in status.entries:
        if entry.step == 1 and start_step == 1 and entry.state in ("missing", "stale"):
            _check_candidates(plan, plan.root / entry.target)
        elif entry.state != "missing":
            for name in entry.outputs:
                if (plan.root / name).is_file():
                    describe_mat(plan.root / name)


def _check_candidates(plan: WorkflowPlan, patch: Path) -> None:
    """Read the input of stage 1 as the stage will; phases are mapped, not read."""
    processor = plan.root_parameters.insar_processor
    if processor in GAMMA_FAMILY:
        read_snap_patch(patch, raw_root=plan.config.runtime.raw_root)
    elif processor == "doris":
        read_doris_patch(patch)
    else:
        read_isce_patch(patch)
