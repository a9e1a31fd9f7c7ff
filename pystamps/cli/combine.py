"""``pystamps combine``: the pixels of a single-master and a small-baseline set as one data set."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from pystamps.cli.options import config_option, json_option, print_json
from pystamps.cli.plain_tables import wrapped_line

if TYPE_CHECKING:
    from pystamps.pipeline.entry.combining import CombinedSets

_FOLDER = click.Path(path_type=Path, file_okay=False)


@click.command()
@click.argument("ps_set", type=_FOLDER)
@click.argument("sb_set", type=_FOLDER, required=False)
@click.option("--output", "-o", type=_FOLDER,
              help="Data set to make.  [default: MERGED in PS_SET]")  # fmt: skip
@click.option("--replace", "replaces", is_flag=True,
              help="Make an earlier combination anew; its parameters stay.")  # fmt: skip
@config_option
@json_option
def combine(
    ps_set: Path,
    sb_set: Path | None,
    output: Path | None,
    config_file: Path | None,
    *,
    replaces: bool,
    as_json: bool,
) -> None:
    """Combine the pixels of a single-master and a small-baseline set of one scene.

    Both are finished to stage 5. SB_SET is SMALL_BASELINES in PS_SET where it is not given, as
    StaMPS has it. Pixels of both sets get the weighted mean of their phase; PS pixels of their own
    are added where they are coherent enough. The combination is a data set of small baselines
    without patches, which goes on with stage 6; both sets stay as they are. (ps_sb_merge)

    \b
    Examples:
      pystamps combine INSAR_20180624
      pystamps combine PS SB --output COMBINED
    """
    from pystamps.config import RunConfig
    from pystamps.pipeline.entry.combining import COMBINED, SMALL_BASELINES, combine_sets

    config = RunConfig.from_file(config_file) if config_file else RunConfig()
    made = combine_sets(
        ps_set, sb_set or ps_set / SMALL_BASELINES, output or ps_set / COMBINED, config,
        replaces=replaces,
    )  # fmt: skip
    following = f"pystamps run -d {output or ps_set / COMBINED}"
    if as_json:
        print_json({"combined": made, "pixels": made.n_combined, "next": following})
        return
    for line in _said(made):
        click.echo(wrapped_line(line))
    click.echo(f"next: {following}")


def _said(made: CombinedSets) -> list[str]:
    left_out = []
    if made.n_incoherent:
        left_out.append(f"{made.n_incoherent} less coherent than every small-baseline pixel")
    if made.n_same_place:
        left_out.append(f"{made.n_same_place} at the longitude and latitude of another pixel")
    said = [
        f"{made.root}: {made.n_combined} pixels: {made.n_shared} of both sets, {made.n_ps_only} of "
        f"the {made.n_ps} PS pixels alone, {made.n_sb_only} of the {made.n_sb} small-baseline "
        "pixels alone"
    ]
    return [*said, f"PS pixels left out: {', '.join(left_out)}"] if left_out else said
