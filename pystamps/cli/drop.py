"""``pystamps drop`` and ``pystamps undrop``: interferograms left out of a data set."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from pystamps.cli.options import config_option, dataset_option, json_option, print_json
from pystamps.cli.plain_tables import wrapped_line

if TYPE_CHECKING:
    from pystamps.pipeline.dropping import DropChange

_Command = TypeVar("_Command", bound=Callable[..., Any])


def _drop_options(function: _Command) -> _Command:
    """Add what both commands take."""
    for option in (
        json_option,
        config_option,
        click.option(
            "--scla", "only_look_angle", is_flag=True,
            help="The list of the look-angle error alone (scla_drop_index, stage 7).",
        ),
        click.option(
            "--from", "from_step", type=click.Choice(["3", "6"]), default="3", show_default=True,
            help="3 = selection, unwrapping and what follows; 6 = the pixels stay as they were "
            "selected, unwrapping and what follows.",
        ),
        dataset_option,
        click.argument("interferograms", nargs=-1, required=True, metavar="DATE|NUMBER..."),
    ):  # fmt: skip
        function = option(function)
    return function


@click.command()
@_drop_options
def drop(
    interferograms: Sequence[str],
    dataset: Path,
    from_step: str,
    config_file: Path | None,
    *,
    only_look_angle: bool,
    as_json: bool,
) -> None:
    """Leave interferograms out, by date or number; nothing runs.

    The numbers go into drop_ifg_index of parms.mat, as `pystamps params set` and setparm in
    MATLAB keep them, so that StaMPS knows them too. With --from 6 the patches keep the list that
    their stages were run with in their own localparms.mat. Refused are dates that do not exist
    and lists that leave a stage too few images. `pystamps ifgs` shows what to drop.

    \b
    Examples:
      pystamps drop -d INSAR_20180624 2019-07-13 2019-09-23
      pystamps drop -d INSAR_20180624 14 --from 6
    """
    _change(interferograms, dataset, from_step, config_file,
            adds=True, only_look_angle=only_look_angle, as_json=as_json)  # fmt: skip


@click.command()
@_drop_options
def undrop(
    interferograms: Sequence[str],
    dataset: Path,
    from_step: str,
    config_file: Path | None,
    *,
    only_look_angle: bool,
    as_json: bool,
) -> None:
    """Take interferograms that were dropped in again, by date or number; nothing runs.

    \b
    Example:
      pystamps undrop -d INSAR_20180624 2019-07-13
    """
    _change(interferograms, dataset, from_step, config_file,
            adds=False, only_look_angle=only_look_angle, as_json=as_json)  # fmt: skip


def _change(
    interferograms: Sequence[str],
    dataset: Path,
    from_step: str,
    config_file: Path | None,
    *,
    adds: bool,
    only_look_angle: bool,
    as_json: bool,
) -> None:
    """Change the list, and say what runs again then."""
    from pystamps.config import RunConfig
    from pystamps.pipeline.dropping import DROP, LOOK_ANGLE, change_dropped
    from pystamps.pipeline.status import dataset_status
    from pystamps.pipeline.words import places_of, stages_in_words

    config = RunConfig.from_file(config_file) if config_file else RunConfig()
    change = change_dropped(
        dataset, config, interferograms, adds=adds, from_step=3 if from_step == "3" else 6,
        name=LOOK_ANGLE if only_look_angle else DROP,
    )  # fmt: skip
    if not as_json:
        for line in _said(change):
            click.echo(wrapped_line(line))
    planned = [entry for entry in dataset_status(dataset, config).entries if entry.is_planned]
    following = f"pystamps run -d {dataset}" + (f" --config {config_file}" if config_file else "")
    if as_json:
        print_json({"change": change, "runs_again": [e.label for e in planned], "next": following})
    elif planned:
        stages = stages_in_words(planned, places_of(planned))
        click.echo(wrapped_line(f"runs again: {stages}"))
        click.echo(f"next: {following}")
    else:
        click.echo("no stage has to run again")


def _said(change: DropChange) -> list[str]:
    held = _listed(change.after)
    if not change.is_changed:
        return [f"{change.name} is {held} already; nothing was changed", *change.words]
    said = [f"{change.name}: {held} (before: {_listed(change.before)})"]
    said += [f"{patch}: {_listed(numbers)}" for patch, numbers in change.of_patches.items()]
    return [*said, *change.words]


def _listed(numbers: Sequence[int]) -> str:
    return " ".join(map(str, numbers)) or "none"
