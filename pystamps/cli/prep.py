"""``pystamps prep``: from a raw export to candidates (stage 0)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pystamps.cli.options import cores_option, json_option, print_json, setting_option
from pystamps.cli.prep_options import (
    earlier_options,
    export_and_dataset,
    with_earlier_options,
)
from pystamps.processors import PROCESSORS
from pystamps.processors.names import LOADED_ONLY

if TYPE_CHECKING:
    from pystamps.prep.prepare import PreparationSummary
    from pystamps.prep.staging import Existing


@click.group()
def prep() -> None:
    """Prepare a data set from a raw export: calibration, candidates, patches.

    EXPORT is the folder that the interferometric processor wrote; DATASET becomes the input of
    `pystamps run`. The files are those of the preparation of StaMPS, byte for byte.

    \b
    Examples:
      pystamps prep snap export INSAR_20180624
      pystamps prep gamma stack INSAR_20180624 --patches 3x4 --overlap 50x200
      pystamps prep snap export D --patches auto --area 14.1,40.7,14.4,40.9 --cores 8
      pystamps prep isce INSAR_20180624 INSAR_20180624 --threshold 0.42

    Also as in earlier versions and in mt_prep, for an export that lies in the data set:

    \b
      pystamps prep snap --dataset D --master-date 20180624 --amp-dispersion 0.4 \\
        --range-patches 2 --azimuth-patches 3 --range-overlap 50 --azimuth-overlap 200
    """


_FILE = click.Path(path_type=Path, dir_okay=False)

_OPTIONS: list[Callable[..., Any]] = [
    click.argument("export", type=click.Path(path_type=Path, file_okay=False), required=False),
    click.argument("dataset", type=click.Path(path_type=Path, file_okay=False), required=False),
    setting_option("dataset.raw.master", metavar="YYYYMMDD"),
    setting_option("dataset.raw.threshold"),
    setting_option("dataset.raw.patches", metavar="RGxAZ|auto"),
    setting_option("dataset.raw.overlap", metavar="RGxAZ"),
    setting_option("dataset.raw.mask", type=_FILE),
    setting_option("dataset.raw.water_mask", type=_FILE),
    setting_option("dataset.raw.area", metavar="W,S,E,N|FILE"),
    setting_option("dataset.raw.paths"),
    setting_option("dataset.raw.is_remainder_dropped", "--drop-remainder"),
    setting_option("dataset.raw.are_invalid_positions_kept", "--keep-invalid-positions"),
    setting_option("dataset.raw.are_zero_amplitudes_kept", "--keep-zero-amplitudes"),
    setting_option("runtime.memory_budget_mb",
                   help="Memory for blocks of the images; also decides --patches auto."),
    click.option("--force", is_flag=True, help="Delete the patches and all results of a data set "
                 "that is there already; its parameters are kept."),
    earlier_options,
    cores_option,
    json_option,
]  # fmt: skip


def _subcommand(processor: str, summary: str) -> click.Command:
    """Make the subcommand of one processor; all take the same options."""

    def command(
        export: Path | None,
        dataset: Path | None,
        dataset_option: Path | None,
        memory_budget_mb: int,
        force: bool,
        cores: int,
        as_json: bool,
        mask: Path | None,
        water_mask: Path | None,
        **settings: Any,
    ) -> None:
        from pystamps.config import RunConfig
        from pystamps.pipeline.entry.stage0 import prepare_and_record
        from pystamps.pipeline.failures import errors_of_machine
        from pystamps.pipeline.run_lock import run_lock

        folder, root = export_and_dataset(export, dataset, dataset_option)
        paths = {"export": folder, "mask": mask, "water_mask": water_mask}
        settings = with_earlier_options(settings)
        settings |= {name: str(path) for name, path in paths.items() if path is not None}
        raw = settings | {"processor": processor}
        given = {
            "dataset": {"path": str(root), "raw": raw},
            "runtime": {"memory_budget_mb": memory_budget_mb},
            "kernels": {"native_threads": cores},
        }
        config = RunConfig.from_mapping(given, source="options")
        existing: Existing = "replace" if force else "refuse"
        with errors_of_machine(config.dataset), run_lock(config.dataset, "prep"):
            found = prepare_and_record(config.dataset, config, existing=existing)
        if as_json:
            print_json(found)
        else:
            _print(found)

    command.__doc__ = f"{summary}\n\nSee `pystamps prep --help` for examples."
    for option in reversed(_OPTIONS):
        command = option(command)
    return click.command(processor)(command)


def _print(summary: PreparationSummary) -> None:
    """Say in a few lines what was made."""
    kind = "small baselines" if summary.is_small_baseline else "single master"
    click.echo(
        f"{summary.root}: {summary.processor}, {kind}, {summary.samples} x {summary.lines} pixels, "
        f"{summary.images} images, {summary.interferograms} interferograms"
    )
    listed = ", ".join(f"{name} {n}" for name, n in list(summary.patches.items())[:12])
    more = len(summary.patches) - 12
    click.echo(
        f"{summary.candidates} candidates in {len(summary.patches)} patches: {listed}"
        f"{f' and {more} more' if more > 0 else ''}"
    )
    if (counted := sum(summary.patches.values())) > summary.candidates:
        click.echo(f"{counted} with those where patches overlap counted in each of them")
    dropped = [
        f"{count} {why}"
        for count, why in (
            (summary.dropped_invalid, "without position or height"),
            (summary.dropped_outside, "outside the area"),
        )
        if count
    ]
    if dropped:
        click.echo(f"dropped: {', '.join(dropped)}")
    rate = summary.megabytes / max(summary.seconds, 1e-9)
    click.echo(f"read {summary.megabytes:.0f} MB in {summary.seconds:.1f} s ({rate:.0f} MB/s)")


for _processor in (PROCESSORS[name] for name in PROCESSORS if name not in LOADED_ONLY):
    prep.add_command(_subcommand(_processor.name, _processor.summary))
