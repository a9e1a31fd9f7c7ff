"""``pystamps check-kernels``."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from pystamps.cli.options import json_option, print_json
from pystamps_kernels import KERNELS

if TYPE_CHECKING:
    from pystamps.kernel_checks.compare import KernelDifference


@click.command("check-kernels")
@click.option(
    "--kernel",
    "-k",
    "names",
    multiple=True,
    type=click.Choice(KERNELS),
    metavar="NAME",
    help="Check this kernel only; may be repeated.",
)
@click.option(
    "--threads", type=click.IntRange(0), default=0, show_default=True, help="0 = all cores."
)
@json_option
def check_kernels(names: Sequence[str], threads: int, as_json: bool) -> None:
    """Compare every backend of the kernels on this machine with the NumPy reference.

    Inputs are random ones of many sizes, and adversarial ones: NaN, zeros, one interferogram,
    tied trials, equal baselines, empty arrays. Exit code 1: a difference exceeds the tolerance
    of docs/kernels.md.

    \b
    Example:
      pystamps check-kernels -k stage2_topofit --threads 2
    """
    from pystamps.kernel_checks.compare import backends_here, compare

    rows = [
        found
        for kernel in names or KERNELS
        for backend in backends_here(kernel)
        for found in compare(kernel, backend, threads=threads)
    ]
    wrong = [found for found in rows if not found.is_equal]
    if as_json:
        print_json(rows)
    else:
        for found in rows:
            click.echo(_line(found))
        click.echo(f"{len(rows)} results compared with NumPy, {len(wrong)} differ")
    if wrong:
        sys.exit(1)


def _line(found: KernelDifference) -> str:
    """One result: difference and what is allowed, and the input that decides."""
    name = f"{found.kernel}.{found.output}"
    numbers = f"{found.largest:.1e} of {found.tolerance:.1e}"
    worst = f"({found.worst})" if found.largest else ""
    verdict = "ok " if found.is_equal else "NO "
    return f"{verdict} {name:41s} {found.backend:7s} {found.cases:3d} inputs  {numbers}  {worst}"
