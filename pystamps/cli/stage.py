"""``pystamps stage`` and ``pystamps-native stage``."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from pystamps.cli.options import (
    configuration_options,
    json_option,
    print_json,
    run_configuration,
)
from pystamps.config import RunConfig
from pystamps.errors import ParameterError
from pystamps.stage_table import ACCURATE, FIRST_PASS, TROPOSPHERE, Scope

if TYPE_CHECKING:
    from pystamps.pipeline.types import StageResult

_NAMES = (
    *map(str, range(1, 9)),
    *(stage.name for stage in (TROPOSPHERE, *FIRST_PASS, *ACCURATE)),
)
"""Stages have numbers; what StaMPS leaves to others has a name."""

_Command = TypeVar("_Command", bound=Callable[..., Any])


def _stage_options(function: _Command) -> _Command:
    """Add what both commands take."""
    for option in (
        json_option,
        configuration_options,
        click.option(
            "--scla",
            type=click.Path(path_type=Path, exists=True, dir_okay=False),
            help="Stage 6 only: scla_smooth2.mat of an earlier pass (small baselines: "
            "scla_smooth_sb2.mat), subtracted before unwrapping.",
        ),
        click.option(
            "--earlier",
            type=click.Path(path_type=Path, exists=True, dir_okay=False),
            help="Stage 6 of small baselines only: phuw_sb2.mat of an earlier pass, held where "
            "loops close (unwrap_hold_good_values).",
        ),
        click.option(
            "--restart-flag",
            type=click.IntRange(1, 2),
            help="Stage 2 only: go on from pm1.mat. 1 = with further iterations, up to "
            "gamma_max_iterations and one at least; 2 = with the phase of the neighbourhood only.",
        ),
        click.option(
            "--reest-flag",
            type=click.IntRange(0, 3),
            help="Stage 3 only, as in StaMPS: 0 = estimate the selected candidates again, 1 = "
            "nothing, 2 = use the estimates of select1.mat again, 3 = estimate all candidates.",
        ),
        click.option(
            "--dataset",
            "-d",
            type=click.Path(path_type=Path),
            help="Data set root: the merging part of stage 5 (with --patch: after these), and "
            "stages 6 to 8.",
        ),
        click.option(
            "--patch",
            "-p",
            "patches",
            type=click.Path(path_type=Path),
            multiple=True,
            help="Patch directory: stages 1 to 4 and the patch part of stage 5. Several are "
            "worked on one after the other, in one process.",
        ),
        click.argument("number", metavar="STAGE", type=click.Choice(_NAMES)),
    ):
        function = option(function)
    return function


@click.command()
@_stage_options
def stage(**options: Any) -> None:
    """Run one stage on one directory, without Snakemake.

    STAGE is 1 to 8, or correct_troposphere. It runs whether or not its results exist; they are
    replaced when it has succeeded.

    \b
    Examples:
      pystamps stage 2 --patch INSAR_20180624/PATCH_1
      pystamps stage 5 -p INSAR_20180624/PATCH_1 -p INSAR_20180624/PATCH_2 -d INSAR_20180624
      pystamps stage 6 --dataset INSAR_20180624
      pystamps stage correct_troposphere -d INSAR_20180624 --config gacos.yaml
    """
    _run_one_stage(**options)


@click.command("stage")
@_stage_options
def native_stage(**options: Any) -> None:
    """Run one stage on one directory with native kernels only, without Snakemake.

    As `pystamps stage`; a configuration that asks for another backend is refused.

    \b
    Examples:
      pystamps-native stage 2 --patch INSAR_20180624/PATCH_1
      pystamps-native stage 6 --dataset INSAR_20180624
    """
    _run_one_stage(**options, prepared=_with_native_kernels)


def _with_native_kernels(config: RunConfig) -> RunConfig:
    """Make every kernel native; refuse settings that ask for something else."""
    if config.runtime.backend == "gpu":
        raise ParameterError("runtime.backend: gpu, but pystamps-native runs native kernels only")
    runtime = dataclasses.replace(config.runtime, backend="native")
    mapping = dataclasses.replace(config, runtime=runtime).to_mapping()
    return RunConfig.from_mapping(mapping, source="pystamps-native")


def _run_one_stage(
    *,
    number: str,
    patches: Sequence[Path],
    dataset: Path | None,
    scla: Path | None,
    earlier: Path | None,
    restart_flag: int | None,
    reest_flag: int | None,
    config_file: Path | None,
    assignments: Sequence[str],
    as_json: bool,
    prepared: Callable[[RunConfig], RunConfig] = lambda config: config,
) -> None:
    """Run a stage on the patches, then on the merged data set, and say what it did."""
    from pystamps.pipeline.one_stage import run_stage, stage_on

    step = int(number) if number.isdigit() else number
    root = _one_data_set(patches, dataset)
    places: list[tuple[Scope, Path]] = [("patch", patch) for patch in patches]
    if dataset is not None:
        places.append(("merged", dataset))
    for scope, _ in places:
        stage_on(step, scope)  # refused before the first is run
    config = prepared(run_configuration(root, config_file=config_file, assignments=assignments))
    results = []
    for scope, directory in places:
        result = run_stage(
            step, scope, directory, config,
            scla=scla, earlier=earlier, restart_flag=restart_flag, reest_flag=reest_flag,
        )  # fmt: skip
        results.append(result)
        if not as_json:
            _say(result)
    if as_json:
        print_json(results if len(results) > 1 else results[0])


def _one_data_set(patches: Sequence[Path], dataset: Path | None) -> Path:
    """Give the root of the data set of all that is named.

    Raises
    ------
    click.UsageError
        Nothing is named, or more than one data set.
    """
    roots = [patch.resolve().parent for patch in patches]
    if dataset is not None:
        roots.append(dataset.resolve())
    if not roots:
        raise click.UsageError(
            "give --patch (stages 1-5), --dataset (stages 5-8), or both (stage 5)"
        )
    if len({*roots}) > 1:
        named = ", ".join(map(str, dict.fromkeys(roots)))
        raise click.UsageError(f"of one data set at a time, not of {named}")
    return dataset or roots[0]


def _say(result: StageResult) -> None:
    counts = ", ".join(f"{name} {value}" for name, value in result.counts.items())
    empty = " (no pixel left)" if result.is_empty else ""
    click.echo(f"{result.stage} {result.directory}: {counts}{empty}, {result.seconds:.1f} s")
    click.echo("wrote " + " ".join(result.written))
