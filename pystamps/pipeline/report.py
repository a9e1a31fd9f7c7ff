"""The HTML report, and the takeover of trees made by the original."""

from __future__ import annotations

import dataclasses
from pathlib import Path

from pystamps.config import RunConfig
from pystamps.errors import PystampsError
from pystamps.pipeline.decision import files_to_ask_for
from pystamps.pipeline.driver import SnakemakeRequest, run_snakemake
from pystamps.pipeline.plan import WorkflowPlan
from pystamps.pipeline.run_history import recorded_run, run_plan
from pystamps.pipeline.run_lock import run_lock
from pystamps.pipeline.targets import targets_of


def make_report(config: RunConfig, output: Path, *, cores: int) -> bool:
    """Bring the data set up to date, draw the figures and write the report.

    Parameters
    ----------
    config : RunConfig
    output : Path
        HTML file.
    cores : int

    Returns
    -------
    bool
        False when a stage failed; its log has been shown.
    """
    plan = WorkflowPlan.from_mapping(config.to_mapping())
    with recorded_run(plan.root, run_plan("report", plan, steps=(1, 8), cores=cores)) as run:
        request = SnakemakeRequest(config, ("all",), cores)
        is_done = not run_snakemake(request, events=run.events).exit_code
        if is_done:
            collected = dataclasses.replace(request, extra=("--report", str(output)))
            is_done = not run_snakemake(collected).exit_code
        run.finish("completed" if is_done else "failed")
    return is_done


def touch_existing(config: RunConfig) -> list[str] | None:
    """Put the times of the existing artifacts in the order of the stages.

    Parameters
    ----------
    config : RunConfig

    Returns
    -------
    list of str or None
        Stages that count as done; None when Snakemake failed.

    Raises
    ------
    PystampsError
        The directory holds no artifact at all.
    """
    plan = WorkflowPlan.from_mapping(config.to_mapping())
    finished = [target for target in targets_of(plan) if target.step and target.is_there]
    if not finished:
        raise PystampsError(
            f"{config.dataset}: no finished stage to take over; start with pystamps run"
        )
    request = SnakemakeRequest(config, files_to_ask_for(finished), extra=("--touch",))
    with run_lock(config.dataset):
        if run_snakemake(request).exit_code:
            return None
    return list(dict.fromkeys(target.stage for target in finished))
