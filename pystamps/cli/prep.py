"""``pystamps prep``: from a raw export to candidates (stage 0)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pystamps.cli.options import cores_option, json_option, print_json
from pystamps.processors import PROCESSORS

if TYPE_CHECKING:
    from pystamps.prep.prepare import PreparationSummary


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
    """


_OPTIONS: list[Callable[..., Any]] = [
    click.argument("export", type=click.Path(path_type=Path, file_okay=False)),
    click.argument("dataset", type=click.Path(path_type=Path, file_okay=False)),
    click.option("--master", metavar="YYYYMMDD", default="", help="Date of the reference image; "
                 "needed only where the export leaves a choice."),
    click.option("--threshold", type=float, default=0.0, help="Amplitude dispersion (small "
                 "baselines: difference dispersion) below which a pixel is a candidate; negative "
                 "= at or above its modulus.  [default: 0.4; small baselines 0.6]"),
    click.option("--patches", default="1x1", show_default=True, metavar="RGxAZ|auto",
                 help="Patches in range and azimuth; auto = from the memory budget."),
    click.option("--overlap", default="50x50", show_default=True, metavar="RGxAZ",
                 help="Overlap of the patches in samples and lines."),
    click.option("--mask", type=click.Path(path_type=Path, dir_okay=False), help="Raster of bytes "
                 "in radar geometry; pixels other than 0 are left out everywhere."),
    click.option("--water-mask", type=click.Path(path_type=Path, dir_okay=False),
                 help="Raster of bytes in radar geometry; 1 = water, left out everywhere."),
    click.option("--area", default="", metavar="W,S,E,N|FILE", help="Keep only candidates in a "
                 "box (degrees), or in the polygons of a GeoJSON or GeoPackage file."),
    click.option("--paths", type=click.Choice(["auto", "relative", "absolute"]), default="auto",
                 show_default=True, help="How text files name the export; auto = relative when it "
                 "lies in, beside or just above the data set."),
    click.option("--drop-remainder", "is_remainder_dropped", is_flag=True, help="As StaMPS: what "
                 "the division into patches leaves over belongs to no patch."),
    click.option("--keep-invalid-positions", "are_invalid_positions_kept", is_flag=True,
                 help="As StaMPS: keep candidates without position or height."),
    click.option("--keep-zero-amplitudes", "are_zero_amplitudes_kept", is_flag=True,
                 help="As StaMPS: small-baseline candidates may be zero in some images."),
    click.option("--memory-budget-mb", type=click.IntRange(100), default=2000, show_default=True,
                 help="Memory for blocks of the images; also decides --patches auto."),
    click.option("--force", is_flag=True, help="Delete the patches and all results of a data set "
                 "that is there already; its parameters are kept."),
    cores_option,
    json_option,
]  # fmt: skip


def _subcommand(processor: str, summary: str) -> click.Command:
    """Make the subcommand of one processor; all take the same options."""

    def command(
        export: Path,
        dataset: Path,
        memory_budget_mb: int,
        force: bool,
        cores: int,
        as_json: bool,
        mask: Path | None,
        water_mask: Path | None,
        **settings: Any,
    ) -> None:
        from pystamps.config import RunConfig
        from pystamps.prep.blocks import Workforce
        from pystamps.prep.prepare import prepare_dataset

        paths = {"export": export, "mask": mask, "water_mask": water_mask}
        settings |= {name: str(path) for name, path in paths.items() if path is not None}
        raw = settings | {"processor": processor}
        given = {"dataset": {"path": str(dataset), "raw": raw}}
        config = RunConfig.from_mapping(given, source="options")
        found = prepare_dataset(
            config.dataset,
            config.raw,
            workforce=Workforce(cores, memory_budget_mb),
            existing="replace" if force else "refuse",
        )
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


for _processor in PROCESSORS.values():
    prep.add_command(_subcommand(_processor.name, _processor.summary))
