"""``pystamps run``."""

from __future__ import annotations

import dataclasses
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import click

from pystamps.cli.options import (
    completion_of,
    configuration_options,
    dataset_option,
    json_option,
    print_json,
    print_table,
    run_configuration,
    setting_option,
)
from pystamps.cli.run_summary import summary_of_run
from pystamps.config import RunConfig, Runtime
from pystamps.pipeline.types import PipelineContext, PipelineReport, TargetResult
from pystamps.stage_table import chain_of_stages
from pystamps.visible import visible_line

_STEP = click.IntRange(1, 8)
_PATCHES_IN_ROWS = 6
"""Patches that have a row each in the table; more of them share one."""


@click.command()
@dataset_option
@click.option("--start-step", type=_STEP, default=1, show_default=True, help="First stage to run.")
@click.option("--end-step", type=_STEP, default=8, show_default=True, help="Last stage to run.")
@click.option(
    "--until",
    metavar="NAME",
    default="",
    shell_complete=completion_of(stage.name for stage in chain_of_stages()),
    help="Only the stage of this name, as `snakemake --until`, and what it needs.",
)
@click.option("--dry-run", "-n", is_flag=True, help="Say what would run, and run nothing.")
@click.option(
    "--cores",
    "-c",
    type=click.IntRange(1),
    show_default="1, or runtime.cpu_workers",
    help="Cores to use.",
)
@click.option(
    "--cpu-workers",
    type=click.IntRange(0),
    metavar="N",
    help="The same as --cores; 0 = what the configuration says.",
)
@setting_option("runtime.io_workers", default=None)
@click.option(
    "--profile",
    metavar="NAME",
    help="Send the jobs to a cluster: slurm, pbs, lsf, or a folder with a profile of Snakemake. "
    "The kernels are compiled by the first job, before those of many patches start.",
)
@click.option(
    "--replay",
    type=click.Path(path_type=Path),
    metavar="GOLDEN",
    help="Finished tree of the same data: stages whose files it holds copy them. Such artifacts "
    "are never certified.",
)
@click.option(
    "--replace-unrecorded",
    is_flag=True,
    help="Make finished results again that are older than their inputs although nothing records "
    "how they were made, as in a copied tree; otherwise they are left to `pystamps import`.",
)
@click.option(
    "--accurate",
    is_flag=True,
    help="Also make the results of the accuracy modes, as accuracy.preset: accurate.",
)
@configuration_options
@json_option
def run(
    dataset: Path,
    start_step: int,
    end_step: int,
    until: str,
    dry_run: bool,
    cores: int | None,
    cpu_workers: int | None,
    io_workers: int | None,
    profile: str | None,
    replay: Path | None,
    replace_unrecorded: bool,
    accurate: bool,
    config_file: Path | None,
    assignments: Sequence[str],
    as_json: bool,
) -> None:
    """Run the stages of the workflow on a data set; what is up to date is skipped.

    Stages: 1 load, 2 phase noise, 3 select, 4 weed, 5 correct and merge patches, 6 unwrap,
    7 look-angle error, 8 correlated noise and mean velocity.

    \b
    Examples:
      pystamps run -d INSAR_20180624 --cores 8
      pystamps run -d INSAR_20180624 --profile slurm
      pystamps run -d INSAR_20180624 --end-step 5
      pystamps run -d INSAR_20180624 --until stage4_weed
      pystamps run -d INSAR_20180624 --accurate
      pystamps run -d INSAR_20180624 --set unwrap_grid_size=100 --dry-run
      pystamps run -d INSAR_20180624 --replay made_by_stamps --dry-run
    """
    from pystamps.pipeline.cluster_profile import profile_folder
    from pystamps.pipeline.stages import run_pipeline

    cluster = profile_folder(profile) if profile else None
    config = run_configuration(dataset, config_file=config_file, assignments=assignments)
    if io_workers is not None:
        runtime = dataclasses.replace(config.runtime, io_workers=io_workers)
        config = dataclasses.replace(config, runtime=runtime)
    if replay is not None:
        compat = dataclasses.replace(config.compat, strict_reference_replay=replay.absolute())
        config = dataclasses.replace(config, compat=compat)
    if accurate:
        modes = dataclasses.replace(config.accuracy, preset="accurate")
        config = dataclasses.replace(config, accuracy=modes)
    wanted = _cores(cores, cpu_workers, config.runtime, is_cluster=cluster is not None)
    context = PipelineContext(
        *(config.dataset, config, start_step, end_step, dry_run, wanted, replace_unrecorded, until),
        profile=cluster,
    )
    begin = time.monotonic()
    report = run_pipeline(context)
    if as_json:
        print_json(report)
    else:
        _print_report(report)
        is_whole = not until and (start_step, end_step) == (1, 8)
        took = time.monotonic() - begin
        for line in summary_of_run(
            report, dataset, seconds=took, is_dry_run=dry_run, is_whole=is_whole
        ):
            click.echo(visible_line(line))
        if dry_run:
            _print_loss(config, report)
    sys.exit(_exit_code(report))


def _exit_code(report: PipelineReport) -> int:
    """Give 1 when a stage failed, 3 when that is a fault of pySTAMPS."""
    from pystamps.pipeline.failures import FAULT, FAULT_CODE

    failed = [target for target in report.targets if target.status == "failed"]
    if any(FAULT in target.details for target in failed):
        return FAULT_CODE
    return 1 if failed else 0


def _cores(
    cores: int | None, cpu_workers: int | None, runtime: Runtime, *, is_cluster: bool
) -> int:
    """Give the cores of a run; the limit of the configuration holds for both options.

    On a cluster nothing given means what the profile says: 0.
    """
    if cores and cpu_workers and cores != cpu_workers:
        raise click.UsageError(
            f"--cores {cores} and --cpu-workers {cpu_workers} mean the same; give one of them"
        )
    given = cores or cpu_workers or runtime.cpu_workers or (0 if is_cluster else 1)
    return min(given, runtime.cpu_workers or given)


def _print_loss(config: RunConfig, report: PipelineReport) -> None:
    """Say what would not be kept, and what it takes to have it again."""
    from pystamps.pipeline.passed_on import loss_in_words

    planned = {target.stage for target in report.targets if target.status == "planned"}
    loss = loss_in_words(config.storage.keep, planned)
    if loss:
        click.echo(f"{'goes':8} {loss}")


def _print_report(report: PipelineReport) -> None:
    """Print what happened to every stage, and below it why."""
    from pystamps.pipeline.words import reasons_in_lines

    print_table(
        str(report.dataset_root), ("stage", "target", "status", "seconds"), _rows(report.targets)
    )
    for status in ("planned", "skipped", "failed"):
        found = [target for target in report.targets if target.status == status]
        lines = reasons_in_lines(found) if status == "planned" else _details(found)
        for number, line in enumerate(lines):
            click.echo(f"{status if not number else '':8} {line}")


def _rows(targets: Sequence[TargetResult]) -> Iterator[tuple[str, str, str, str]]:
    """Give the rows of the table; patches with the same outcome share one where they are many."""
    from pystamps.pipeline.words import places_of, some_of, spans_of

    order = places_of(targets)
    groups: dict[tuple[str, str], list[TargetResult]] = {}
    for target in targets:
        groups.setdefault((target.stage, target.status), []).append(target)
    for (stage, status), group in groups.items():
        rows = [group] if len(group) > _PATCHES_IN_ROWS else [[target] for target in group]
        for row in rows:
            seconds = sum(target.seconds for target in row)
            names = some_of(spans_of([target.target for target in row], order))
            yield stage, names, status, f"{seconds:.1f}" if seconds else ""


def _details(targets: Sequence[TargetResult]) -> Iterator[str]:
    """Say why stages failed or were skipped, equal reasons once."""
    from pystamps.pipeline.words import places_of, stages_in_words

    order = places_of(targets)
    groups: dict[tuple[str, str], list[TargetResult]] = {}
    for target in targets:
        groups.setdefault((target.details, target.log), []).append(target)
    for (details, log), group in groups.items():
        yield f"{stages_in_words(group, order)}: {details}{log and f' (log: {log})'}"
