"""``pystamps describe-backends``."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import metadata

import click

from pystamps.cli.options import json_option, print_json, print_table
from pystamps_kernels import KERNELS, backends_of

SNAPHU_LICENCE = (
    "snaphu (stage 6) is free for non-commercial use only: the minimum-cost-flow part of the "
    "program carries that restriction. See the licence inside the package."
)
_PACKAGES = (
    "numpy",
    "scipy",
    "numba",
    "h5py",
    "snakemake",
    "snaphu",
    "triangle",
    "cupy-cuda12x",
    "cupy-cuda13x",
)


@dataclass(frozen=True, slots=True)
class _Machine:
    kernels: dict[str, tuple[str, ...]]
    versions: dict[str, str]
    threads: int
    snaphu: str
    notices: tuple[str, ...]


@click.command("describe-backends")
@json_option
def describe_backends(as_json: bool) -> None:
    """Show kernels and their backends, versions, threads and external programs.

    Backends: python = NumPy reference, native = Numba on the CPU, cuda = CuPy. The setting
    kernels.backend chooses for all, kernels.kernel_backend_overrides for single kernels.
    """
    found = _describe()
    if as_json:
        print_json(found)
        return
    names = ("python", "native", "cuda")
    rows = [[k, *("yes" if n in found.kernels[k] else "-" for n in names)] for k in KERNELS]
    print_table("kernels", ["kernel", *names], rows)
    rows = [[name, version] for name, version in found.versions.items()]
    rows += [["threads of Numba", str(found.threads)], ["snaphu program", found.snaphu]]
    print_table("software", ["", ""], rows)
    for notice in found.notices:
        click.echo(notice)


def _describe() -> _Machine:
    import numba

    from pystamps.errors import ExternalProgramError
    from pystamps.io.snaphu import find_snaphu

    try:
        snaphu = str(find_snaphu("auto"))
    except ExternalProgramError as error:
        snaphu = f"not found: {error}"
    return _Machine(
        kernels={kernel: backends_of(kernel) for kernel in KERNELS},
        versions={name: _version(name) for name in _PACKAGES},
        threads=numba.config.NUMBA_NUM_THREADS,
        snaphu=snaphu,
        notices=(SNAPHU_LICENCE,),
    )


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return "not installed"
