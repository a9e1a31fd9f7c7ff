"""The command ``pystamps``: thin modules, one per command, imported only when used."""

from __future__ import annotations

import logging
import sys
from importlib import import_module

import click

from pystamps import __version__
from pystamps.rulekit import LOG_FORMAT, USER_ERRORS

_COMMANDS = {
    "run": "pystamps.cli.run:run",
    "status": "pystamps.cli.status:status",
    "stage": "pystamps.cli.stage:stage",
    "report": "pystamps.cli.report:report",
    "import": "pystamps.cli.adopt:adopt",
    "verify": "pystamps.cli.verify:verify",
    "params": "pystamps.cli.params:params",
    "describe-backends": "pystamps.cli.backends:describe_backends",
    "check-kernels": "pystamps.cli.check_kernels:check_kernels",
    "doctor": "pystamps.cli.doctor:doctor",
    "coverage": "pystamps.cli.coverage:coverage",
    "describe-inputs": "pystamps.cli.describe:describe_inputs",
    "list-legacy": "pystamps.cli.describe:list_legacy",
    "prep": "pystamps.cli.prep:prep",
    "simulate": "pystamps.cli.simulate:simulate",
    "assess": "pystamps.cli.assess:assess",
    "demo": "pystamps.cli.demo:demo",
    "workflow-path": "pystamps.cli.report:workflow_path",
}
"""Name of every command and where it is; the order is that of the help page."""

USAGE_ERROR = 2


class _LazyGroup(click.Group):
    """A group that imports a command when it is used, so that start-up stays short."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Give the names in the order of the table."""
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the module of a command and give the command."""
        if cmd_name not in _COMMANDS:
            return None
        module, attribute = _COMMANDS[cmd_name].split(":")
        command: click.Command = getattr(import_module(module), attribute)
        return command

    def invoke(self, ctx: click.Context) -> object:
        """Run a command; an error that the user can repair ends it with one line and code 2."""
        try:
            return super().invoke(ctx)
        except USER_ERRORS as error:
            click.echo(f"error: {error}", err=True)
            sys.exit(USAGE_ERROR)


@click.group(
    cls=_LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(__version__, prog_name="pystamps")
@click.option("-v", "--verbose", is_flag=True, help="Show the log lines of the stages.")
def main(*, verbose: bool) -> None:
    """Persistent-scatterer InSAR time series, stages 1 to 8 of StaMPS.

    A data set is a directory with PATCH_*/ folders as the StaMPS preparation makes it; all
    results are MAT files in that directory. Typical use:

    \b
      pystamps status --dataset D            what is done, missing or out of date
      pystamps run --dataset D --cores 8     all stages, skipping what exists
      pystamps report --dataset D            figures and report.html

    Exit codes: 0 done, 1 a stage failed (or verify found differences), 2 wrong usage or input.
    """
    logging.basicConfig(
        level=logging.INFO if verbose else logging.WARNING, format=LOG_FORMAT, stream=sys.stderr
    )
    # a first run compiles for up to a minute: that is always said
    logging.getLogger("pystamps_kernels.host.compile").setLevel(logging.INFO)
