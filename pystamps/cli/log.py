"""``pystamps log``: what the stages of the last run wrote, and what failed."""

from __future__ import annotations

import dataclasses
import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pystamps.cli.options import completion_of, dataset_argument, json_option, print_json
from pystamps.stage_table import PREPARATION, chain_of_stages
from pystamps.visible import visible_line

if TYPE_CHECKING:
    from pystamps.pipeline.run_logs import RunLogs, StageLog

_PAUSE_S = 0.5


@click.command()
@dataset_argument
@click.option("--stage", "-s", default="", metavar="STAGE",
              shell_complete=completion_of(item.name for item in (PREPARATION, *chain_of_stages())),
              help="Only this stage: a number (0 to 8) or a rule name.")  # fmt: skip
@click.option("--last", type=click.IntRange(0), metavar="N", help="The last N lines of each log.")
@click.option("--follow", "-f", is_flag=True, help="Go on while the run does, as `tail -f`.")
@json_option
def log(dataset: Path, stage: str, last: int | None, *, follow: bool, as_json: bool) -> None:
    """Show the logs of the last run by stage, in the order in which the stages began.

    At the end stands what failed, and why. Where no run is recorded (Snakemake itself was started,
    or single stages), the logs that lie there are shown in the order of the stages.

    \b
    Examples:
      pystamps log INSAR_20180624 --last 5
      pystamps log INSAR_20180624 --stage stage6_unwrap
    """
    from pystamps.io.dataset import discover_dataset
    from pystamps.pipeline.run_logs import logs_of_last_run

    if follow and as_json:
        raise click.UsageError("--follow and --json: give one of them")
    root = discover_dataset(dataset).root
    if follow:
        _follow(root, stage)
    found = logs_of_last_run(root, stage, last)
    if as_json:
        print_json(_as_mapping(found))
        return
    if not follow:
        _print_logs(found)
    for failure in found.failures:
        click.echo(f"failed {_visible(failure)}")


def _follow(root: Path, stage: str) -> None:
    """Print what is written, with a line above it where another stage goes on."""
    from pystamps.pipeline.run_logs import followed_logs

    shown = ""
    for label, lines in followed_logs(root, stage, lambda: time.sleep(_PAUSE_S)):
        if label != shown:
            click.echo(f"== {_visible(label)}")
            shown = label
        for line in lines:
            click.echo(f"  {_visible(line)}")


def _print_logs(found: RunLogs) -> None:
    if found.run is not None:
        run = found.run
        click.echo(f"run of {run.started}, {run.state}: {_visible(run.command)}")
        if not found.logs:
            click.echo("no job of this stage ran" if run.jobs else "no job ran: nothing had to")
    elif not found.logs:
        click.echo("no run is recorded, and there is no log; pystamps run makes them")
    for item in found.logs:
        click.echo(_head(item))
        for line in item.lines:
            click.echo(f"  {_visible(line)}")


def _head(item: StageLog) -> str:
    """Give the line above a log."""
    told = f", {item.seconds:.1f} s" if item.seconds else ""
    status = f": {item.status}{told}" if item.status else ""
    return _visible(f"== {item.label}{status} ({item.file or 'no log'})")


def _visible(line: str) -> str:
    return visible_line(line.expandtabs())


def _as_mapping(found: RunLogs) -> dict[str, object]:
    run = found.run and {
        name: getattr(found.run, name)
        for name in ("id", "command", "version", "started", "ended", "state", "message")
    }
    logs = [dataclasses.asdict(item) for item in found.logs]
    return {"run": run, "logs": logs, "failures": found.failures}
