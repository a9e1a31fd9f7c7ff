"""``pystamps params``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import click

from pystamps.cli.garbage import no_garbage_collected
from pystamps.cli.options import (
    configuration_options,
    dataset_option,
    json_option,
    parsed_assignments,
    print_json,
    print_table,
)
from pystamps.cli.params_values import (
    diff_parameters,
    effective_of,
    get_parameters,
    history_of_parameters,
    short_source,
)
from pystamps.parameters import FIELD_NAMES, stamps_names_of_stage
from pystamps.parameters.files import SourcedParameters
from pystamps.parameters.values import (
    PARAMETER_INFO,
    ParameterDescription,
    describe_parameters,
    nearest_name,
    shown_value,
)
from pystamps.stage_table import PRODUCTS


@dataclass(frozen=True, slots=True)
class _Row:
    """One parameter with its effective value; both empty when no data set is given."""

    name: str
    value: str
    source: str
    default: str
    unit: str
    allowed: str
    stages: str
    meaning: str


class _ListByDefault(click.Group):
    """Group whose first word may also be an argument of ``list``: `pystamps params weed`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put ``list`` before words that begin with no command."""
        if ctx.resilient_parsing and not args:  # a shell asks for the words that may follow
            return super().parse_args(ctx, args)
        if not args or args[0] not in (*self.commands, *ctx.help_option_names):
            args = ["list", *args]
        return super().parse_args(ctx, args)


@click.group(cls=_ListByDefault)
def params() -> None:
    """List the StaMPS parameters, or keep values in the data set.

    Without a command: list, for example `pystamps params weed`.

    \b
    Examples:
      pystamps params weed
      pystamps params --dataset INSAR_20180624 --stage 6
      pystamps params set --dataset INSAR_20180624 unwrap_grid_size=100
      pystamps params diff --dataset INSAR_20180624
      pystamps params history --dataset INSAR_20180624
    """


@params.command("list")
@click.argument("name", required=False)
@click.option(
    "--dataset",
    "-d",
    type=click.Path(path_type=Path),
    help="Root of a data set, or one of its patches: show effective values and their sources.",
)
@click.option(
    "--stage",
    "-s",
    type=click.IntRange(1, PRODUCTS),
    help="Only the parameters of this stage; 9 = products and figures.",
)
@configuration_options
@json_option
def list_parameters(
    name: str | None,
    dataset: Path | None,
    stage: int | None,
    config_file: Path | None,
    assignments: Sequence[str],
    as_json: bool,
) -> None:
    """List the StaMPS parameters, those containing NAME if it is given.

    \b
    Examples:
      pystamps params weed
      pystamps params --dataset INSAR_20180624 --stage 6
      pystamps params --dataset INSAR_20180624 --set unwrap_grid_size=100 --json
    """
    with no_garbage_collected():
        names = _wanted(name, stage)
        sourced = None if dataset is None else effective_of(dataset, config_file, assignments)
        rows = [
            _row(parameter, sourced)
            for parameter in describe_parameters()
            if parameter.name in names
        ]
        if as_json:
            print_json(rows)
        else:
            _print_rows(rows, dataset)


@params.command("set")
@click.argument("assignments", nargs=-1, required=True, metavar="NAME=VALUE...")
@dataset_option
@json_option
def set_parameters(assignments: Sequence[str], dataset: Path, as_json: bool) -> None:
    """Keep values in parms.mat of a data set, as setparm does in MATLAB.

    They hold for every run after this one, and for StaMPS. A parameter that localparms.mat of the
    data set holds is changed there; nan takes it out of both files, so that the default holds.

    \b
    Example:
      pystamps params set --dataset INSAR_20180624 unwrap_grid_size=100 "drop_ifg_index=[3 7]"
    """
    from pystamps.io.dataset import discover_dataset
    from pystamps.parameters.files import keep_parameters
    from pystamps.pipeline.run_lock import run_lock

    given = parsed_assignments(assignments)
    without = [name for name, text in given.items() if text is None]
    if without:
        raise click.UsageError(f"{without[0]}=: a value is missing; nan goes back to the default")
    root = dataset.resolve()
    discover_dataset(root)
    with run_lock(root):
        kept = keep_parameters(root, given)
    if as_json:
        print_json({"dataset": root, "kept": kept})
        return
    for name, path in kept.items():
        click.echo(f"{name} = {given[name]} ({path})")


def _wanted(name: str | None, stage: int | None) -> list[str]:
    """Give the names that contain ``name`` and belong to ``stage``."""
    names = [known for known in PARAMETER_INFO if name is None or name.lower() in known]
    if not names:
        raise click.BadParameter(
            f"no parameter contains {name!r}{nearest_name(str(name), PARAMETER_INFO)}"
        )
    return [known for known in names if stage is None or known in stamps_names_of_stage(stage)]


def _row(parameter: ParameterDescription, sourced: SourcedParameters | None) -> _Row:
    value = source = ""
    if sourced is not None:
        value = shown_value(getattr(sourced.parameters, FIELD_NAMES[parameter.name]))
        source = sourced.sources[parameter.name]
    return _Row(
        parameter.name,
        value,
        source,
        parameter.default,
        parameter.unit,
        parameter.allowed,
        parameter.stages,
        parameter.meaning,
    )


def _print_rows(rows: Sequence[_Row], dataset: Path | None) -> None:
    """Print a table for people; value and source only for a data set."""
    columns = ["name", "default", "unit", "allowed", "stages", "meaning"]
    if dataset is not None:
        columns[1:2] = ["value", "from", "default"]
    body = []
    for row in rows:
        cells = [row.name, row.default, row.unit, row.allowed, row.stages, row.meaning]
        if dataset is not None:
            cells[1:2] = [row.value, short_source(row.source), row.default]
        body.append(cells)
    print_table("StaMPS parameters" if dataset is None else str(dataset), columns, body)


for _command in (get_parameters, diff_parameters, history_of_parameters):
    params.add_command(_command)
