"""Which stages a run is working on, from the events that it writes."""

from __future__ import annotations

from pathlib import Path

from pystamps.pipeline.event_stream import read_events
from pystamps.stage_table import FIGURES, PRODUCTS, chain_of_stages

_EVENTS = ".pystamps/runs/*/events.jsonl"
_STEPS = {stage.name: stage.step for stage in chain_of_stages()}


def work_in_progress(root: Path) -> str:
    """Give in words what the latest run of a data set is working on; nothing where none says it."""
    latest = max(root.glob(_EVENTS), default=None)
    if latest is None:
        return ""
    from pystamps.pipeline.driver import jobs_of_events  # not for every stage that takes the lock

    rules = [job.rule for job in jobs_of_events(read_events(latest)) if job.status == "running"]
    steps = sorted({_STEPS[rule] for rule in rules if _STEPS.get(rule, PRODUCTS) < PRODUCTS})
    if steps:
        return f"stage {', '.join(map(str, steps))}"
    figures = {figure.name for figure in FIGURES}
    return "figures" if figures.intersection(rules) else ", ".join(sorted(set(rules)))
