"""``pystamps stage``."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from pystamps.cli.options import (
    configuration_options,
    json_option,
    print_json,
    run_configuration,
)
from pystamps.stage_table import Scope


@click.command()
@click.argument("number", type=click.IntRange(1, 8))
@click.option(
    "--patch",
    "-p",
    type=click.Path(path_type=Path),
    help="Patch directory: stages 1 to 4 and the patch part of stage 5.",
)
@click.option(
    "--dataset",
    "-d",
    type=click.Path(path_type=Path),
    help="Data set root: the merging part of stage 5, and stages 6 to 8.",
)
@click.option(
    "--scla",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Stage 6 only: scla_smooth2.mat of an earlier pass, subtracted before unwrapping.",
)
@configuration_options
@json_option
def stage(
    number: int,
    patch: Path | None,
    dataset: Path | None,
    scla: Path | None,
    config_file: Path | None,
    assignments: Sequence[str],
    as_json: bool,
) -> None:
    """Run one stage on one directory, without Snakemake.

    The stage runs whether or not its results exist; they are replaced when it has succeeded.

    \b
    Examples:
      pystamps stage 2 --patch INSAR_20180624/PATCH_1
      pystamps stage 6 --dataset INSAR_20180624
    """
    from pystamps.pipeline.stages import run_stage

    if (patch is None) == (dataset is None):
        raise click.UsageError("give either --patch (stages 1-5) or --dataset (stages 5-8)")
    directory = patch if patch is not None else dataset
    assert directory is not None
    root = directory.resolve().parent if patch is not None else directory
    config = run_configuration(root, config_file=config_file, assignments=assignments)
    scope: Scope = "patch" if patch is not None else "merged"
    result = run_stage(number, scope, directory, config, scla=scla)
    if as_json:
        print_json(result)
        return
    counts = ", ".join(f"{name} {value}" for name, value in result.counts.items())
    empty = " (no pixel left)" if result.is_empty else ""
    click.echo(f"{result.stage} {result.directory}: {counts}{empty}, {result.seconds:.1f} s")
    click.echo("wrote " + " ".join(result.written))
