"""The last lines of ``pystamps run``: how much was done, pixels that are left, what is next."""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from pystamps.errors import PystampsError
from pystamps.pipeline.types import PipelineReport, Status

_WORDS: dict[Status, str] = {
    "planned": "to run",
    "completed": "done",
    "skipped_existing": "up to date",
    "skipped": "skipped",
    "failed": "failed",
}


def summary_of_run(
    report: PipelineReport, dataset: Path, *, seconds: float, is_dry_run: bool, is_whole: bool
) -> Iterator[str]:
    """Give the summary of a run, line by line.

    Parameters
    ----------
    report : PipelineReport
    dataset : Path
        As the user has named it.
    seconds : float
        Wall time of the run.
    is_dry_run : bool
    is_whole : bool
        All stages were asked for.
    """
    tally = Counter(target.status for target in report.targets)
    told = ", ".join(f"{tally[status]} {word}" for status, word in _WORDS.items() if tally[status])
    jobs = "job" if len(report.targets) == 1 else "jobs"
    took = "" if is_dry_run else f", {seconds:.1f} s"
    yield f"summary  {len(report.targets)} {jobs}: {told or 'nothing to do'}{took}"
    if not is_dry_run:
        yield f"pixels   {_pixels(report)}"
    for number, step in enumerate(_next(report, dataset, is_whole=is_whole)):
        yield f"{'next' if not number else '':8} {step}"


def _pixels(report: PipelineReport) -> str:
    """Say how many pixels the stages have left."""
    from pystamps.pipeline.pixel_counts import counts_in_words, pixel_counts

    patches = [target.target for target in report.targets if target.scope == "patch"]
    try:
        names = list(dict.fromkeys(patches)) or _patches_there(report.dataset_root)
        counts = pixel_counts(report.dataset_root, names)
    except PystampsError as error:
        return f"not known: {error}"
    return counts_in_words(counts, len(names)) or "stage 1 has not run yet"


def _patches_there(root: Path) -> list[str]:
    """Give the patches of a run of merged stages alone."""
    from pystamps.io.dataset import discover_dataset

    return [patch.name for patch in discover_dataset(root).patches]


def _next(report: PipelineReport, dataset: Path, *, is_whole: bool) -> Sequence[str]:
    from pystamps.pipeline.next_steps import done_steps

    where = shlex.quote(str(dataset))
    if report.has_failed:
        return (
            f"pystamps log {where} --last 20: what the failed stage wrote",
            f"pystamps run -d {where}: goes on after the last finished stage",
        )
    if any(target.status == "planned" for target in report.targets):
        return (f"pystamps run -d {where}: runs what is planned",)
    if not is_whole:
        return (f"pystamps run -d {where}: the stages after these",)
    return done_steps(dataset)
