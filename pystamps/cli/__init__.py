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
from pystamps.cli.faults import one_line_endings
from pystamps.pipeline.interruption import exit_code_of_interruption, signals_that_interrupt
from pystamps.rulekit import LOG_FORMAT
from pystamps.visible import VisibleFormatter

_COMMANDS = {
    "run": (
        "pystamps.cli.run:run",
        "Run the stages of the workflow on a data set; what is up to date is skipped.",
    ),
    "status": (
        "pystamps.cli.status:status",
        "Show what the next run would do with every stage, and why.",
    ),
    "info": (
        "pystamps.cli.info:info",
        "Show a data set on one page: what it is, how far it has come, what is next.",
    ),
    "log": (
        "pystamps.cli.log:log",
        "Show the logs of the last run by stage, in the order in which the stages began.",
    ),
    "stop": (
        "pystamps.cli.locks:stop",
        "End the command that works on a data set, cleanly: finished stages are kept.",
    ),
    "unlock": (
        "pystamps.cli.locks:unlock",
        "Remove locks and temporary files of killed commands from a data set.",
    ),
    "stage": ("pystamps.cli.stage:stage", "Run one stage on one directory, without Snakemake."),
    "report": (
        "pystamps.cli.report:report",
        "Write a report to pass on: one HTML file that needs neither server nor network.",
    ),
    "export": (
        "pystamps.cli.export:export",
        "Write the points of a finished data set to a file that other programs read.",
    ),
    "plot": (
        "pystamps.cli.plot:plot",
        "Draw a map of any value type, series of places, the network, a profile.",
    ),
    "ifgs": (
        "pystamps.cli.ifgs:ifgs",
        "Judge the interferograms of a data set: which ones to look at, which ones to drop.",
    ),
    "pairs": (
        "pystamps.cli.pairs:pairs",
        "Find pairs of images with small baselines, for interferograms that are still to be made.",
    ),
    "drop": (
        "pystamps.cli.drop:drop",
        "Leave interferograms out, by date or number; nothing runs.",
    ),
    "undrop": (
        "pystamps.cli.drop:undrop",
        "Take interferograms that were dropped in again, by date or number; nothing runs.",
    ),
    "thresholds": (
        "pystamps.cli.thresholds:thresholds",
        "Count the pixels that other thresholds would leave; no stage runs.",
    ),
    "combine": (
        "pystamps.cli.combine:combine",
        "Combine the pixels of a single-master and a small-baseline set of one scene.",
    ),
    "reference": (
        "pystamps.cli.reference_areas:reference",
        "Show the reference area of a finished data set, and propose stable ones.",
    ),
    "view": (
        "pystamps.cli.view:view",
        "Show the points of a finished data set on a map in the browser, on this machine only.",
    ),
    "import": (
        "pystamps.cli.adopt:adopt",
        "Take over results that StaMPS has made, that were copied, or that were edited.",
    ),
    "compare": (
        "pystamps.cli.compare:compare",
        "Compare points and velocities of two finished data sets of one place.",
    ),
    "decompose": (
        "pystamps.cli.decompose:decompose",
        "Combine an ascending and a descending data set to vertical and east-west velocity.",
    ),
    "verify": (
        "pystamps.cli.verify:verify",
        "Compare every MAT file of a data set with a golden tree, and the parameters.",
    ),
    "audit": (
        "pystamps.cli.audit:audit",
        "Run everything that the original has processed, and compare every variable.",
    ),
    "params": (
        "pystamps.cli.params:params",
        "List the StaMPS parameters, or keep values in the data set.",
    ),
    "describe-backends": (
        "pystamps.cli.backends:describe_backends",
        "Show kernels and their backends, versions, threads, compile cache and external programs.",
    ),
    "check-kernels": (
        "pystamps.cli.check_kernels:check_kernels",
        "Compare every backend of the kernels on this machine with the NumPy reference.",
    ),
    "doctor": (
        "pystamps.cli.doctor:doctor",
        "Examine a raw export or a data set and say what would go wrong, and what to do.",
    ),
    "coverage": (
        "pystamps.cli.coverage:coverage",
        "Show what each stage can do, what it reads, writes and runs, and what shows that it is "
        "right.",
    ),
    "describe-inputs": (
        "pystamps.cli.describe:describe_inputs",
        "Show what a prepared data set (or one patch) holds, and whether stage 1 can load it.",
    ),
    "list-legacy": (
        "pystamps.cli.describe:list_legacy",
        "Show where every routine and command of StaMPS is in pySTAMPS.",
    ),
    "prep": (
        "pystamps.cli.prep:prep",
        "Prepare a data set from a raw export: calibration, candidates, patches.",
    ),
    "simulate": (
        "pystamps.cli.simulate:simulate",
        "Simulate a stack with known truth in the new directory OUTPUT.",
    ),
    "assess": (
        "pystamps.cli.assess:assess",
        "Compare a processed data set with the truth that `pystamps simulate` wrote.",
    ),
    "demo": (
        "pystamps.cli.demo:demo",
        "Simulate an export of SNAP over a subsiding area, prepare it, run all stages, compare.",
    ),
    "console": (
        "pystamps.cli.console:console",
        "Show data sets, runs and results on a page in the browser, on this machine only.",
    ),
    "report-bug": (
        "pystamps.cli.report_bug:report_bug",
        "Gather what the report of a fault needs in one ZIP file: no data, no pixels.",
    ),
    "workflow-path": (
        "pystamps.cli.report:workflow_path",
        "Print the folder of the Snakefile, for use with snakemake itself.",
    ),
}
"""Name of every command: where it is, and its line of the help page, in the order of the page."""

_NATIVE_COMMANDS = {
    "stage": (
        "pystamps.cli.stage:native_stage",
        "Run one stage on one directory with native kernels only, without Snakemake.",
    )
}

_MARGINS = 6
"""Columns of the help page around the names of commands, as Click counts them."""

_KEPT = "interrupted; finished stages are kept; run the same command again"
_REPEAT = "interrupted; run the same command again"
_WHEN_INTERRUPTED = {
    **dict.fromkeys(("run", "stage", "report", "import", "demo"), _KEPT),
    **dict.fromkeys(("prep", "simulate"), _REPEAT),
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
        module, attribute = self._table[cmd_name][0].split(":")
        command: click.Command = getattr(import_module(module), attribute)
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


@click.group(cls=_LazyGroup, table=_COMMANDS, context_settings=_HELP)
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


@click.group(cls=_LazyGroup, table=_NATIVE_COMMANDS, context_settings=_HELP)
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
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(VisibleFormatter(LOG_FORMAT))
    logging.basicConfig(level=logging.INFO if verbose else logging.WARNING, handlers=[handler])
    # a first run compiles for up to a minute: that is always said
    logging.getLogger("pystamps_kernels.host.compile").setLevel(logging.INFO)
