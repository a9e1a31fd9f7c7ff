"""``pystamps params get|diff|history``: values of a data set, and where they have come from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pystamps.cli.options import (
    completion_of,
    configuration_options,
    dataset_option,
    json_option,
    print_json,
    print_table,
    run_configuration,
)
from pystamps.parameters import FIELD_NAMES
from pystamps.parameters.files import SourcedParameters
from pystamps.parameters.overrides import full_name
from pystamps.parameters.values import PARAMETER_INFO, shown_value

if TYPE_CHECKING:
    from pystamps.parameters.differences import ParameterDifference


@dataclass(frozen=True, slots=True)
class _Change:
    """A line of the history; ``how`` says what has changed the value, or for which run it held."""

    time: str
    who: str
    name: str
    old: str
    new: str
    how: str


def effective_of(
    dataset: Path, config_file: Path | None = None, assignments: Sequence[str] = ()
) -> SourcedParameters:
    """Give the effective parameters of a root, or of a patch inside one."""
    from pystamps.parameters.files import sourced_parameters

    directory = dataset.resolve()
    is_patch = directory.name.startswith("PATCH_") and not (directory / "patch.list").is_file()
    root = directory.parent if is_patch else directory
    config = run_configuration(root, config_file=config_file, assignments=assignments)
    return sourced_parameters(root, directory, config.stamps, raw_root=config.runtime.raw_root)


def short_source(source: str) -> str:
    """Give the last two parts of a file, words as they are."""
    path = Path(source)
    return str(Path(path.parent.name, path.name)) if path.is_absolute() else source


@click.command("get")
@click.argument("names", nargs=-1, required=True, metavar="NAME...",
                shell_complete=completion_of(PARAMETER_INFO))  # fmt: skip
@dataset_option
@configuration_options
@json_option
def get_parameters(
    names: Sequence[str],
    dataset: Path,
    config_file: Path | None,
    assignments: Sequence[str],
    as_json: bool,
) -> None:
    """Print effective values for scripts: of one parameter the value alone.

    \b
    Examples:
      pystamps params get -d INSAR_20180624 weed_standard_dev
      pystamps params get -d INSAR_20180624/PATCH_1 weed_standard_dev weed_time_win
    """
    full = [full_name(name, source="params get") for name in names]
    found = effective_of(dataset, config_file, assignments)
    values = {name: shown_value(getattr(found.parameters, FIELD_NAMES[name])) for name in full}
    if as_json:
        print_json({n: {"value": v, "from": found.sources[n]} for n, v in values.items()})
    elif len(values) == 1:
        click.echo(next(iter(values.values())))
    else:
        for name, value in values.items():
            click.echo(f"{name} = {value}")


@click.command("diff")
@click.argument("other", required=False, metavar="[OTHER]",
                type=click.Path(path_type=Path, exists=True, file_okay=False))  # fmt: skip
@dataset_option
@configuration_options
@json_option
def diff_parameters(
    other: Path | None,
    dataset: Path,
    config_file: Path | None,
    assignments: Sequence[str],
    as_json: bool,
) -> None:
    """Show the parameters that differ from their defaults, or from those of OTHER.

    OTHER is another data set, or a patch of one. Constants of the stack (wavelength, heading) have
    no default; they are compared between data sets alone.

    \b
    Examples:
      pystamps params diff -d INSAR_20180624
      pystamps params diff -d INSAR_20180624 OTHER
    """
    from pystamps.parameters.differences import differences_between, differences_from_defaults

    found = effective_of(dataset, config_file, assignments)
    if other is None:
        differences = differences_from_defaults(found)
    else:
        differences = differences_between(found, effective_of(other))
    if as_json:
        print_json(differences)
        return
    against = "the defaults" if other is None else str(other)
    if not differences:
        click.echo(f"no parameter differs from {against}")
        return
    print_table(f"{dataset} beside {against}", *_table_of(differences, is_beside_data=bool(other)))


def _table_of(
    differences: Sequence[ParameterDifference], *, is_beside_data: bool
) -> tuple[list[str], list[list[str]]]:
    """Give head and rows; the source of a default says nothing."""
    if not is_beside_data:
        rows = [[d.name, d.value, d.other, short_source(d.source)] for d in differences]
        return ["name", "value", "default", "from"], rows
    body = [
        [d.name, d.value, d.other, short_source(d.source), short_source(d.other_source)]
        for d in differences
    ]
    return ["name", "value", "other", "from", "other from"], body


@click.command("history")
@click.argument("name", required=False)
@dataset_option
@json_option
def history_of_parameters(name: str | None, dataset: Path, as_json: bool) -> None:
    """Show who has changed parameters of a data set, when and how.

    Values that `params set`, a run with a configuration, or another command of pySTAMPS has kept in
    parms.mat or localparms.mat; values that held for one run alone (--set); and, as the last lines,
    values that are no longer what was kept, because something else has changed the files (setparm
    in MATLAB). NAME: only this parameter.

    \b
    Example:
      pystamps params history -d INSAR_20180624
    """
    from pystamps.io.dataset import discover_dataset

    root = discover_dataset(dataset).root
    wanted = name and full_name(name, source="params history")
    changes = [change for change in _changes_of(root) if wanted in (None, change.name)]
    if as_json:
        print_json(changes)
        return
    if not changes:
        click.echo(f"{root}: no change of a parameter is known")
        return
    rows = [[c.time, c.who, c.name, f"{c.old or '-'} -> {c.new or '-'}", c.how] for c in changes]
    print_table(str(root), ["time (UTC)", "who", "parameter", "value", "how"], rows)


def _changes_of(root: Path) -> list[_Change]:
    from pystamps.parameters.value_history import kept_values

    kept = kept_values(root)
    found = [
        _Change(k.time, f"{k.user} on {k.host}", k.name, k.old, k.new, f"{k.file}: {k.command}")
        for k in kept
    ]
    found = sorted([*found, *_of_runs(root)], key=lambda change: change.time)
    last = {(k.name, k.file): k.new for k in kept}
    return [*found, *_since_then(root, last)]


def _of_runs(root: Path) -> Iterator[_Change]:
    """Give the values that held for one run alone."""
    from pystamps.pipeline.run_history import read_run, run_ids

    for run_id in reversed(run_ids(root)):
        record = read_run(root, run_id)
        passing = str(record.plan.settings.get("runtime.passing_parameters", "")).split(",")
        for name in filter(record.plan.stamps.__contains__, passing):
            value = record.plan.stamps[name]
            how = f"for this run alone: {record.command}"
            shown = "default" if value is None else str(value)
            yield _Change(record.started, record.host, name, "", shown, how)


def _since_then(root: Path, last: dict[tuple[str, str], str]) -> Iterator[_Change]:
    """Give the parameters of which the file does not say any more what was kept last."""
    from pystamps.io.mat import read_mat
    from pystamps.parameters.stored_values import value_in_file

    files = {file: root / file for _, file in last}
    stored = {file: read_mat(path) if path.is_file() else {} for file, path in files.items()}
    for (name, file), kept in last.items():
        now = value_in_file(name, stored[file])
        if now != kept:
            yield _Change("", "", name, kept, now, f"{file}: changed since by something else")
