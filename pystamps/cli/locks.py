"""``pystamps stop`` and ``pystamps unlock``."""

from __future__ import annotations

from pathlib import Path

import click

from pystamps.cli.options import dataset_option, json_option, print_json


@click.command()
@dataset_option
@json_option
def stop(dataset: Path, as_json: bool) -> None:
    """End the command that works on a data set, cleanly: finished stages are kept.

    \b
    Example:
      pystamps stop -d INSAR_20180624
    """
    from pystamps.pipeline.lock_commands import stop_holder

    holder = stop_holder(dataset.resolve())
    if as_json:
        print_json({"stopped": holder})
    else:
        click.echo(f"{dataset.resolve()}: ended (it was {holder.sentence})")


@click.command()
@dataset_option
@json_option
def unlock(dataset: Path, as_json: bool) -> None:
    """Remove locks and temporary files of killed commands from a data set.

    Every command does so by itself where it can tell that the other one is dead; this one is for
    the rest: a holder on another host that gives no sign of life. It refuses while one lives.

    \b
    Example:
      pystamps unlock -d INSAR_20180624
    """
    from pystamps.pipeline.lock_commands import unlock_dataset

    removed = unlock_dataset(dataset.resolve())
    if as_json:
        print_json({"removed": removed})
    else:
        click.echo(f"{dataset.resolve()}: removed: {', '.join(removed) or 'nothing was left'}")
