"""The command ``pystamps``: thin modules, one per command, imported only when used."""

from __future__ import annotations

import logging
import sys
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

import click

from pystamps import __version__
from pystamps.cli.command_table import COMMANDS, NATIVE_COMMANDS
from pystamps.installation import foreign_distributions, foreign_in_words
from pystamps.visible import LOG_FORMAT, VisibleFormatter

_MARGINS = 6
"""Columns of the help page around the names of commands, as Click counts them."""

_KEPT = "interrupted; finished stages are kept; run the same command again"
_REPEAT = "interrupted; run the same command again"
_WHEN_INTERRUPTED = {
    **dict.fromkeys(("run", "stage", "report", "import", "demo"), _KEPT),
    **dict.fromkeys(("prep", "simulate", "update"), _REPEAT),
}
"""What is said after the interrupt of a command that makes something."""


class _LazyGroup(click.Group):
    """A group that imports a command when it is used, so that start-up stays short."""

    def __init__(self, *arguments: Any, table: Mapping[str, tuple[str, str]], **more: Any) -> None:
        """Make a group of the commands of a table: name to ``module:function`` and summary."""
        super().__init__(*arguments, **more)
        self._table = table

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Give the names in the order of the table."""
        return list(self._table)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the module of a command and give the command."""
        if cmd_name not in self._table:
            return None
        from pystamps.cli.garbage import look_for_garbage_again

        module, attribute = self._table[cmd_name][0].split(":")
        command: click.Command = getattr(import_module(module), attribute)
        look_for_garbage_again()
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands with the summaries of the table; none is imported."""
        room = formatter.width - _MARGINS - max(map(len, self._table))
        rows = [
            (name, click.Command(name, help=summary).get_short_help_str(room))
            for name, (_, summary) in self._table.items()
        ]
        with formatter.section("Commands"):
            formatter.write_dl(rows)

    def invoke(self, ctx: click.Context) -> object:
        """Run a command; an error ends it with one line (:mod:`pystamps.cli.faults`).

        A signal ends it with one line and the exit code that a shell expects.
        """
        # a page of help comes before this, and does without what these import
        from pystamps.cli.faults import one_line_endings
        from pystamps.pipeline.interruption import (
            exit_code_of_interruption,
            signals_that_interrupt,
        )

        def message() -> str:
            return _WHEN_INTERRUPTED.get(ctx.invoked_subcommand or "", "interrupted")

        try:
            with one_line_endings(ctx), signals_that_interrupt(message):
                return super().invoke(ctx)
        except KeyboardInterrupt as error:
            click.echo(message(), err=True)
            sys.exit(exit_code_of_interruption(error))


_HELP: dict[str, Any] = {"help_option_names": ["-h", "--help"], "max_content_width": 100}
_verbose_option = click.option(
    "-v", "--verbose", is_flag=True, help="Show the log lines of the stages."
)


@click.group(cls=_LazyGroup, table=COMMANDS, context_settings=_HELP)
@click.version_option(__version__, prog_name="pystamps")
@_verbose_option
@click.option(
    "--config",
    "config_file",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Configuration file of the command; the same as its own --config.",
)
@click.pass_context
def main(context: click.Context, *, verbose: bool, config_file: Path | None) -> None:
    """Persistent-scatterer InSAR time series, stages 1 to 8 of StaMPS.

    A data set is a directory with PATCH_*/ folders as the StaMPS preparation makes it; all
    results are MAT files in that directory. Typical use:

    \b
      pystamps status --dataset D            what is done, missing or out of date
      pystamps run --dataset D --cores 8     all stages, skipping what exists
      pystamps report --dataset D            figures and report.html

    Exit codes: 0 done, 1 a stage failed (or verify found differences), 2 wrong usage or input, or
    the machine refused something (disk, memory, rights), 3 a fault of pySTAMPS.
    """
    _start_logging(verbose=verbose)
    command = main.get_command(context, context.invoked_subcommand or "")
    commands = [*command.commands.values()] if isinstance(command, click.Group) else [command]
    if config_file and command and not any(map(_takes_config, commands)):
        raise click.UsageError(f"{command.name} takes no --config; leave it out")


@click.group(cls=_LazyGroup, table=NATIVE_COMMANDS, context_settings=_HELP)
@click.version_option(__version__, prog_name="pystamps-native")
@_verbose_option
def native_main(*, verbose: bool) -> None:
    """Run single stages with native kernels only (Numba); all else is as with `pystamps`.

    \b
      pystamps-native stage 2 --patch D/PATCH_1
      pystamps-native stage 6 --dataset D
    """
    _start_logging(verbose=verbose)


def _takes_config(command: click.Command | None) -> bool:
    return command is not None and "config_file" in {p.name for p in command.params}


def _start_logging(*, verbose: bool) -> None:
    for foreign in foreign_distributions():
        click.echo(f"warning: {foreign_in_words(foreign)}", err=True)
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(VisibleFormatter(LOG_FORMAT))
    logging.basicConfig(level=logging.INFO if verbose else logging.WARNING, handlers=[handler])
    # a first run compiles for up to a minute: that is always said
    logging.getLogger("pystamps_kernels.host.compile").setLevel(logging.INFO)
