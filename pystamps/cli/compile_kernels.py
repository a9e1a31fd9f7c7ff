"""``pystamps compile``."""

from __future__ import annotations

from functools import partial
from time import perf_counter

import click

from pystamps.cli.options import json_option, print_json
from pystamps_kernels.compile_cache_place import cache_root


@click.command("compile")
@json_option
def compile_all(as_json: bool) -> None:
    """Compile all kernels for the machine that it runs on, before many jobs need them.

    On a cluster run it once on a node of the kind that will compute; all jobs of the account
    then load what it has compiled. What is compiled already is loaded. Each core that the command
    may use compiles one kernel at a time, with 400 MB of memory.

    \b
    Examples:
      pystamps compile
      srun --mem=2G --cpus-per-task=4 pystamps compile
    """
    from pystamps.kernel_checks.compile_all import compile_kernels, kernels_to_compile
    from pystamps.pipeline.processes import usable_cores

    started = perf_counter()
    say = partial(click.echo, err=True)
    found = compile_kernels(kernels_to_compile(), say=say, processes=usable_cores())
    if as_json:
        print_json(found)
    else:
        click.echo(
            f"{len(found)} kernels are ready ({perf_counter() - started:.1f} s); kept in "
            f"{cache_root()}"
        )
