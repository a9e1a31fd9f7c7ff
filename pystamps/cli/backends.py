"""``pystamps describe-backends``."""

from __future__ import annotations

import os
from dataclasses import dataclass

import click

from pystamps.cli.options import json_option, print_json, print_table
from pystamps.pipeline.support_bundle import versions_of_packages
from pystamps_kernels import AUTO, BACKENDS, KERNELS, NATIVE, backends_of, function_of, registered

SNAPHU_LICENCE = (
    "snaphu (stage 6) is free for non-commercial use only: the minimum-cost-flow part of the "
    "program carries that restriction. See the licence inside the package. tools.unwrapper: graph "
    "does without it."
)


@dataclass(frozen=True, slots=True)
class _BackendRow:
    """A backend in words, and why it cannot run here if it cannot."""

    meaning: str
    problem: str | None


@dataclass(frozen=True, slots=True)
class _Row:
    """A kernel: its backends, the one that ``auto`` takes, and whether that is compiled."""

    meaning: str
    backends: tuple[str, ...]
    auto: str
    is_compiled: bool


@dataclass(frozen=True, slots=True)
class _Machine:
    backends: dict[str, _BackendRow]
    kernels: dict[str, _Row]
    versions: dict[str, str]
    cores: int
    threads: int
    cuda: str
    compile_cache: str
    compile_cache_mb: float
    snaphu: str
    graph: str
    notices: tuple[str, ...]


@click.command("describe-backends")
@json_option
def describe_backends(as_json: bool) -> None:
    """Show kernels and their backends, versions, threads, compile cache and external programs.

    The setting kernels.backend chooses a backend for all kernels, kernels.kernel_backend_overrides
    for single ones.

    \b
    Example:
      pystamps describe-backends --json
    Kernels are compiled on first use and kept; the folder may be deleted at any time.
    """
    found = _describe()
    if as_json:
        print_json(found)
        return
    names = tuple(found.backends)
    rows = [[name, row.meaning, row.problem or "yes"] for name, row in found.backends.items()]
    print_table("backends", ["backend", "what it is", "runs here"], rows)
    rows = [
        [
            kernel,
            *("yes" if name in row.backends else "-" for name in names),
            row.auto,
            "yes" if row.is_compiled else "-",
        ]
        for kernel, row in found.kernels.items()
    ]
    print_table("kernels", ["kernel", *names, "auto", "compiled"], rows)
    rows = [[name, version] for name, version in found.versions.items()]
    rows += [
        ["cores", str(found.cores)],
        ["threads of Numba", str(found.threads)],
        ["CUDA device", found.cuda],
        ["compile cache", f"{found.compile_cache} ({found.compile_cache_mb:.1f} MB)"],
        ["snaphu program", found.snaphu],
        ["unwrapper graph", found.graph],
    ]
    print_table("software", ["", ""], rows)
    for notice in found.notices:
        click.echo(notice)


def _describe() -> _Machine:
    from pystamps.errors import ExternalProgramError
    from pystamps.io.graph_solver import SOLVER, version_of_graph_solver
    from pystamps.io.snaphu import find_snaphu
    from pystamps_kernels.compile_cache_place import cache_root
    from pystamps_kernels.device import gpu
    from pystamps_kernels.undisturbed_imports import undisturbed_import

    try:
        snaphu = str(find_snaphu("auto").path)
    except ExternalProgramError as error:
        snaphu = f"not found: {error}"
    try:
        graph = f"{SOLVER} {version_of_graph_solver()}"
    except ExternalProgramError as error:
        graph = f"not found: {error}"
    root = cache_root()
    files = [path for path in root.rglob("*") if path.is_file()] if root else []
    return _Machine(
        backends={name: _BackendRow(b.meaning, b.problem()) for name, b in BACKENDS.items()},
        kernels={kernel: _row(kernel) for kernel in KERNELS},
        versions=versions_of_packages(),
        cores=os.cpu_count() or 1,
        threads=undisturbed_import("numba").config.NUMBA_NUM_THREADS,
        cuda=gpu.describe_device(),
        compile_cache=str(root) if root else "none: no writable folder",
        compile_cache_mb=sum(path.stat().st_size for path in files) / 1e6,
        snaphu=snaphu,
        graph=graph,
        notices=(SNAPHU_LICENCE,),
    )


def _row(kernel: str) -> _Row:
    from pystamps_kernels.host.compile import has_compiled_code

    backends = backends_of(kernel)
    is_compiled = NATIVE.name in backends and has_compiled_code(function_of(kernel, NATIVE))
    return _Row(registered(kernel).meaning, backends, AUTO.backend_of(kernel), is_compiled)
