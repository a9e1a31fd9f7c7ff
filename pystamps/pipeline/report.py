"""What a report needs: a data set that is up to date, and its figures."""

from __future__ import annotations

from collections.abc import Callable

from pystamps.config import RunConfig
from pystamps.errors import PystampsError
from pystamps.pipeline.driver import SnakemakeRequest, run_snakemake
from pystamps.pipeline.plan import WorkflowPlan
from pystamps.pipeline.run_recording import recorded_run, run_plan
from pystamps.stage_table import FIGURES, Stage, expanded


def make_report(config: RunConfig, write: Callable[[], object], *, cores: int) -> bool:
    """Bring the data set up to date, draw the figures and write the report.

    Parameters
    ----------
    config : RunConfig
    write : callable
        Writes the report of what lies there; the data set is held meanwhile.
    cores : int

    Returns
    -------
    bool
        False when a stage failed; its log has been shown.
    """
    plan = WorkflowPlan.from_mapping(config.to_mapping())
    with recorded_run(plan.root, run_plan("report", plan, steps=(1, 8), cores=cores)) as run:
        request = SnakemakeRequest(config, ("all",), cores, has_jobs=True)
        is_done = not run_snakemake(request, events=run.events).exit_code
        if is_done:
            write()
        run.finish("completed" if is_done else "failed")
    return is_done


def draw_figures(config: RunConfig, *, cores: int) -> tuple[str, ...] | None:
    """Draw the figures for which everything is there; no stage is run.

    Parameters
    ----------
    config : RunConfig
    cores : int

    Returns
    -------
    tuple of str or None
        Their files, relative to the data set; None when one could not be drawn.

    Raises
    ------
    PystampsError
        The results are not far enough for any figure.
    """
    plan = WorkflowPlan.from_mapping(config.to_mapping())
    ready = ready_figures(plan)
    if not ready:
        raise PystampsError(f"{plan.root}: has no results to draw yet; run stage 1 first")
    drawn = tuple(name for stage in ready for name in stage.outputs)
    rules = tuple(stage.name for stage in ready)
    with recorded_run(plan.root, run_plan("figures", plan, steps=(1, 8), cores=cores)) as run:
        request = SnakemakeRequest(
            config, drawn, cores, allowed_rules=rules, has_jobs=True, stages=rules
        )
        is_done = not run_snakemake(request, events=run.events).exit_code
        run.finish("completed" if is_done else "failed")
    return drawn if is_done else None


def ready_figures(plan: WorkflowPlan) -> tuple[Stage, ...]:
    """Give the figures of a data set for which everything is there.

    Parameters
    ----------
    plan : WorkflowPlan
    """
    figures = [plan.stage(figure.name) for figure in FIGURES]
    stages = [figure for figure in figures if set(figure.outputs) <= set(plan.figures)]
    return tuple(stage for stage in stages if _is_ready(stage, plan))


def _is_ready(stage: Stage, plan: WorkflowPlan) -> bool:
    """Tell whether all files that a figure reads are there."""
    names = expanded(stage.inputs, patches=plan.patches, angle=plan.angle)
    return all((plan.root / name).is_file() for name in names)
