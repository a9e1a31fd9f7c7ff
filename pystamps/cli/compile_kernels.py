"""``pystamps compile``."""

from __future__ import annotations

from functools import partial

import click

from pystamps.cli.options import json_option, print_json
from pystamps_kernels.compile_cache_place import cache_root


@click.command("compile")
@json_option
def compile_all(as_json: bool) -> None:
    """Compile all kernels for the machine that it runs on, before many jobs need them.

    On a cluster run it once on a node of the kind that will compute; all jobs of the account
    then load what it has compiled. What is compiled already is loaded.

    \b
    Examples:
      pystamps compile
      srun --mem=2G pystamps compile
    """
    from pystamps.kernel_checks.compile_all import compile_kernels, kernels_to_compile

    found = compile_kernels(kernels_to_compile(), say=partial(click.echo, err=True))
    if as_json:
        print_json(found)
    else:
        seconds = sum(item.seconds for item in found)
        click.echo(f"{len(found)} kernels are ready ({seconds:.1f} s); kept in {cache_root()}")
