"""``pystamps multilook``: coherent multilooked cells as the pixels of a data set."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from pystamps.cli.options import config_option, dataset_argument, json_option, print_json
from pystamps.cli.plain_tables import wrapped_line

if TYPE_CHECKING:
    from pystamps.pipeline.entry.multilooked import MultilookedPixels

_PART = click.FloatRange(0, 1, min_open=True)


@click.command()
@dataset_argument
@click.option("--coherence", type=_PART, default=0.25, show_default=True,
              help="A cell is coherent in an interferogram from this on.")  # fmt: skip
@click.option("--fraction", type=_PART, default=0.3, show_default=True,
              help="Part of the interferograms in which a pixel is coherent.")  # fmt: skip
@click.option("--weed-zero-elevation", is_flag=True,
              help="Leave out cells at height 0 and below.")  # fmt: skip
@click.option("--list", "list_file", type=click.Path(path_type=Path, dir_okay=False),
              help="File with the folders of the interferograms to take.  [default: all]",
              )  # fmt: skip
@click.option("--byte-order", type=click.Choice(["little", "big"]), default="little",
              show_default=True, help="Of the numbers in all rasters.")  # fmt: skip
@click.option("--own-places", is_flag=True,
              help="Line and sample of every pixel are its own; StaMPS has those of other cells "
              "behind a duplicate.")  # fmt: skip
@click.option("--output", "-o", type=click.Path(path_type=Path, file_okay=False),
              help="Data set to make.  [default: DATASET]")  # fmt: skip
@click.option("--replace", "replaces", is_flag=True,
              help="Select anew where pixels were selected before; the parameters stay.",
              )  # fmt: skip
@config_option
@json_option
def multilook(
    dataset: Path,
    coherence: float,
    fraction: float,
    list_file: Path | None,
    byte_order: str,
    output: Path | None,
    config_file: Path | None,
    *,
    weed_zero_elevation: bool,
    own_places: bool,
    replaces: bool,
    as_json: bool,
) -> None:
    """Take coherent cells of multilooked interferograms as pixels, instead of stages 0 to 5.

    DATASET holds folders YYYYMMDD_YYYYMMDD (small baselines) or YYYYMMDD (single master) with
    coh_4l.raw and cint.minrefdem_4l.raw, and lon, lat, heights and texts as Doris leaves them. The
    pixels have no patches; the data set goes on with stage 6. (mt_ml_select)

    \b
    Examples:
      pystamps multilook SMALL_BASELINES
      pystamps multilook -d SMALL_BASELINES --coherence 0.3 --fraction 0.5 -o CELLS
    """
    from pystamps.config import RunConfig
    from pystamps.pipeline.entry.multilooked import CellSelection, select_multilooked
    from pystamps.processors.multilooked_stack import read_list_of_interferograms

    config = RunConfig.from_file(config_file) if config_file else RunConfig()
    selection = CellSelection(
        coherence=coherence,
        fraction=fraction,
        weed_zero_elevation=weed_zero_elevation,
        with_own_places=own_places,
        byte_order="<" if byte_order == "little" else ">",
        interferograms=read_list_of_interferograms(list_file) if list_file else (),
    )
    target = output or dataset
    made = select_multilooked(dataset, target, selection, config, replaces=replaces)
    following = f"pystamps run -d {target}"
    if as_json:
        print_json({"selected": made, "next": following})
        return
    for line in _said(made):
        click.echo(wrapped_line(line))
    click.echo(f"next: {following}")


def _said(made: MultilookedPixels) -> list[str]:
    kind = "small baselines" if made.is_small_baseline else "single master"
    lines = made.looks * made.aspect_ratio
    said = [
        f"{made.root}: {made.n_ps} pixels of {made.n_cell} cells of {lines} lines and {made.looks} "
        f"samples, from {made.n_ifg} interferograms ({kind})"
    ]
    left_out = {
        "without a position": made.n_no_place,
        "at the longitude and latitude of a more coherent one": made.n_same_place,
        "without phase in an interferogram": made.n_no_phase,
        "at height 0 or below": made.n_zero_elevation,
    }
    named = [f"{number} {words}" for words, number in left_out.items() if number]
    return [*said, f"coherent cells left out: {', '.join(named)}"] if named else said
