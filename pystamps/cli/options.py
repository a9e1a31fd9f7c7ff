"""Options and output that several commands share."""

from __future__ import annotations

import dataclasses
import json
import sys
from collections.abc import Callable, Iterable, Sequence
from math import inf, isfinite
from pathlib import Path
from typing import Any, TypeVar

import click

from pystamps.config import RunConfig
from pystamps.config.groups import named_setting
from pystamps.config.setting import Setting
from pystamps.parameters.overrides import full_name
from pystamps.visible import visible_line

_NOT_SET = ("", "~", "null")
"""What ``--set NAME=`` may say for a parameter that the command leaves to the files."""

_Command = TypeVar("_Command", bound=Callable[..., Any])

dataset_option = click.option(
    "--dataset",
    "-d",
    type=click.Path(path_type=Path),
    default=Path(),
    show_default="current directory",
    help="Root of the data set (the directory that holds PATCH_*).",
)
_WORD = "pystamps.cli.options.dataset"
"""Key of the data set that stands as a word of its own, in what a command has read so far."""


def _noted_word(context: click.Context, _parameter: click.Parameter, value: Path | None) -> None:
    context.meta[_WORD] = value


def _the_one_data_set(
    context: click.Context, _parameter: click.Parameter, value: Path | None
) -> Path:
    """Take the data set from the word or from the option; both may say the same."""
    word: Path | None = context.meta.get(_WORD)
    if word is not None and value is not None and word.resolve() != value.resolve():
        raise click.UsageError(f"{word} and --dataset {value}: give one data set")
    return word or value or Path()


def dataset_argument(function: _Command) -> _Command:
    """Take the data set as a word after the command, or as ``--dataset``; the folder without it."""
    kind = click.Path(path_type=Path, exists=True, file_okay=False)
    word = click.argument("dataset_word", type=kind, required=False, metavar="[DATASET]",
                          is_eager=True, expose_value=False, callback=_noted_word)  # fmt: skip
    option = click.option("--dataset", "-d", type=kind, callback=_the_one_data_set,
                          help="The same as the word DATASET.  [default: current directory]",
                          )  # fmt: skip
    return word(option(function))


json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON for programs.")


def _the_one_file(
    context: click.Context, _parameter: click.Parameter, value: Path | None
) -> Path | None:
    """Take the file that stands before the command when none stands after it."""
    outer: Path | None = context.find_root().params.get("config_file")
    if value is not None and outer is not None and value.resolve() != outer.resolve():
        raise click.UsageError(
            f"--config {outer} before the command and --config {value} after it; give one of them"
        )
    return value or outer


config_option = click.option(
    "--config",
    "config_file",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    callback=_the_one_file,
    help="Configuration file (YAML or JSON); without it the defaults hold.",
)
cores_option = click.option(
    "--cores", "-c", type=click.IntRange(1), default=1, show_default=True, help="Cores to use."
)


def setting_option(key: str, *names: str, **more: Any) -> Callable[[_Command], _Command]:
    """Make the option of a setting: default, allowed values and meaning are those of its field.

    Parameters
    ----------
    key : str
        Setting, for example ``dataset.raw.mask``.
    names : str
        How users write it, when it is not as the setting is called.
    more : object
        What ``click.option`` should know beside that, or instead.
    """
    setting = named_setting(key)
    found = {
        "help": setting.info.meaning,
        "default": setting.default,
        "show_default": bool(setting.default),
        **_allowed_values(setting),
    }
    dashed = f"--{setting.name.replace('_', '-')}"
    return click.option(*(names or (dashed,)), setting.name, **(found | more))


def _allowed_values(setting: Setting) -> dict[str, Any]:
    """Say in the words of click which values a setting takes."""
    info = setting.info
    if setting.type is bool:
        return {"is_flag": True}
    if info.choices:
        return {"type": click.Choice(info.choices)}
    if setting.type == Path | None:
        return {"type": click.Path(path_type=Path)}
    if setting.type is str or (info.minimum, info.maximum) == (-inf, inf):
        return {"type": setting.type}
    low, high = (setting.type(x) if isfinite(x) else None for x in (info.minimum, info.maximum))
    kind = click.IntRange if setting.type is int else click.FloatRange
    return {"type": kind(low, high, min_open=info.is_minimum_excluded)}


def completion_of(names: Iterable[str]) -> Callable[..., list[str]]:
    """Give what completes a word of the command line with one of some names."""
    known = list(names)

    def complete(_context: object, _parameter: object, incomplete: str) -> list[str]:
        return [name for name in known if name.startswith(incomplete)]

    return complete


def configuration_options(function: _Command) -> _Command:
    """Add ``--config`` and ``--set`` to a command."""
    function = click.option(
        "--set",
        "assignments",
        multiple=True,
        metavar="NAME=VALUE",
        help="StaMPS parameter for this command alone, before parms.mat; nan = the default. "
        "To keep a value: pystamps params set.",
    )(function)
    return config_option(function)


def run_configuration(
    dataset: Path, *, config_file: Path | None = None, assignments: Sequence[str] = ()
) -> RunConfig:
    """Give the configuration of a command: file, then data set and ``--set`` on top.

    Raises
    ------
    ParameterError
        The file or an assignment is wrong.
    """
    config = RunConfig.from_file(config_file) if config_file else RunConfig()
    given = parsed_assignments(assignments)
    stamps = {**config.stamps, **given}
    names = filter(None, (*config.runtime.passing_parameters.split(","), *given))
    runtime = dataclasses.replace(config.runtime, passing_parameters=",".join(names))
    changed = dataclasses.replace(config, dataset=dataset.resolve(), stamps=stamps, runtime=runtime)
    return RunConfig.from_mapping(changed.to_mapping())


def parsed_assignments(assignments: Sequence[str]) -> dict[str, str | None]:
    """Give the text of every ``NAME=VALUE`` by the full name of its parameter.

    Raises
    ------
    ParameterError
        No parameter, or more than one, begins with the name.
    """
    found: dict[str, str | None] = {}
    for assignment in assignments:
        name, equals, text = assignment.partition("=")
        if not equals:
            raise click.UsageError(f"--set {assignment}: expected NAME=VALUE")
        full = full_name(name.strip(), source=f"--set {assignment}")
        found[full] = None if text.strip().lower() in _NOT_SET else text
    return found


def print_json(value: Any) -> None:
    """Print dataclasses, paths and numbers as JSON."""
    click.echo(as_plain_json(value))


def as_plain_json(value: Any) -> str:
    """Give dataclasses, paths and numbers as JSON."""
    return json.dumps(value, indent=2, default=_jsonable)


def print_table(title: str, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print a table for people, as wide as the terminal; 80 columns, no colours in a pipe."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    shown = Text(visible_line(title)) if title else None
    table = Table(title=shown, title_justify="left")
    for column in columns:  # what is too long for a narrow terminal goes on in the next line
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*(Text("\n".join(map(visible_line, cell.split("\n")))) for cell in row))
    # FORCE_COLOR would colour pipes too, in which programs read
    Console(force_terminal=None if sys.stdout.isatty() else False).print(table)


def _jsonable(value: Any) -> Any:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: getattr(value, f.name) for f in dataclasses.fields(value)}
    return str(value)
