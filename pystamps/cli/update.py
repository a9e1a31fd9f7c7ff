"""``pystamps update``: images that arrive later are added to a data set."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pystamps.cli.options import (
    config_option,
    cores_option,
    dataset_argument,
    json_option,
    print_json,
)
from pystamps.cli.plain_tables import wrapped_line

if TYPE_CHECKING:
    from pystamps.prep.update_record import UpdateSummary

_FOLDER = click.Path(path_type=Path, file_okay=False)


@click.command()
@dataset_argument
@click.option("--export", "export", type=_FOLDER, required=True, metavar="NEW",
              help="Export of the longer stack, or of the new interferograms alone.")  # fmt: skip
@click.option("--pair", "pairs", multiple=True, metavar="YYYYMMDD_YYYYMMDD",
              help="Small baselines: only this interferogram; may be repeated.")  # fmt: skip
@click.option("--pairs-with-next", type=click.IntRange(1), metavar="N",
              help="Small baselines: only interferograms of an image and one of the N that follow "
              "it.")  # fmt: skip
@cores_option
@config_option
@json_option
def update(
    dataset: Path,
    export: Path,
    pairs: Sequence[str],
    pairs_with_next: int | None,
    cores: int,
    config_file: Path | None,
    *,
    as_json: bool,
) -> None:
    """Add the images of an export to a data set; its candidates are kept.

    NEW is an export of the same program, relative to the same reference image: of the longer
    stack, or of the new interferograms alone, where the earlier export is still there. The new
    images are calibrated, the candidates get their amplitudes and phases, and lists of
    interferograms in parms.mat get the new numbers. No stage runs: results stay as they are until
    the next run has made new ones.

    \b
    Examples:
      pystamps update INSAR_20180624 --export export_2019 --cores 8
      pystamps update SB --export new_pairs --pairs-with-next 3
    """
    from pystamps.config import RunConfig
    from pystamps.pipeline.entry.updating import update_and_record
    from pystamps.pipeline.failures import errors_of_machine
    from pystamps.pipeline.run_lock import run_lock
    from pystamps.prep.added_pairs import UpdateRequest

    config = RunConfig.from_file(config_file) if config_file else RunConfig()
    config = dataclasses.replace(
        config, kernels=dataclasses.replace(config.kernels, native_threads=cores)
    )
    request = UpdateRequest(export, tuple(map(_pair, pairs)), pairs_with_next)
    with errors_of_machine(dataset), run_lock(dataset.resolve(), "update"):
        made = update_and_record(dataset, request, config)
    following = f"pystamps run -d {dataset}"
    if as_json:
        print_json({"update": made, "next": following})
        return
    for line in _said(made):
        click.echo(wrapped_line(line))
    click.echo(f"next: {following}")


def _pair(text: str) -> tuple[str, str]:
    from pystamps.processors.dates_in_names import date_pair, is_pair

    found = date_pair(text) if is_pair(text) else None
    if found is None:
        raise click.UsageError(f"--pair {text}: expected two dates, YYYYMMDD_YYYYMMDD")
    return found


def _said(made: UpdateSummary) -> Iterator[str]:
    """Say what was added, what was compared, and what the user should look at."""
    dates = ", ".join(made.added_images) or "no image"
    n_new = len(made.added_interferograms)
    yield (
        f"{made.root}: {dates} added, {n_new} interferogram{'s' * (n_new != 1)}; it has "
        f"{made.images} images and {made.interferograms} interferograms now"
    )
    if made.kept_from_before:
        yield (
            f"not in {made.export}: {', '.join(made.kept_from_before)}; kept as they are "
            "(pystamps drop leaves an image out)"
        )
    for sentence in made.unchanged:
        yield f"unchanged: {sentence}"
    lost = f", {made.left_out} without signal in a new image left out" if made.left_out else ""
    yield (
        f"candidates: {made.candidates} kept{lost}; a selection from all images (threshold "
        f"{made.threshold:g}) would add {made.more} and leave out {made.fewer}: that is "
        "pystamps prep"
    )
    for item in made.lists:
        yield f"{item.file}: {item.name} {_listed(item.before)} is {_listed(item.after)} now"
    for name in made.delays:
        yield f"{name}: holds delays of the earlier images only; make it again before stage 6"


def _listed(numbers: Sequence[int]) -> str:
    return f"[{' '.join(map(str, numbers))}]"
