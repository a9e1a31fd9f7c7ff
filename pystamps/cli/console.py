"""``pystamps console``."""

from __future__ import annotations

from pathlib import Path

import click

from pystamps.cli.options import json_option, print_json
from pystamps.errors import PystampsError


@click.command()
@click.argument("roots", nargs=-1, type=click.Path(path_type=Path, file_okay=False))
@click.option(
    "--port", type=click.IntRange(0, 65535), default=8787, show_default=True,
    help="Port on this machine; 0 = any free one.",
)  # fmt: skip
@json_option
def console(roots: tuple[Path, ...], port: int, as_json: bool) -> None:
    """Show data sets, runs and results on a page in the browser, on this machine only.

    ROOTS are folders that hold data sets or raw exports; the current directory when omitted. The
    page touches nothing outside them. Open the link that is printed: it has a token that nobody
    else knows. Ctrl-C ends the console; runs that it has started go on.

    \b
    Examples:
      pystamps console
      pystamps console /data/naples /data/etna --port 9000
    """
    try:
        from pystamps.web.serve import serve_console
    except ModuleNotFoundError as error:
        raise PystampsError(
            f'the console needs the package {error.name}; pip install "pystamps-flow[web]"'
        ) from error

    def announce(link: str) -> None:
        if as_json:
            print_json({"link": link})
        else:
            click.echo(f"Open this link in a browser on this machine:\n\n    {link}\n")
            click.echo("Ctrl-C ends the console.")

    serve_console(roots or (Path(),), port, announce)
