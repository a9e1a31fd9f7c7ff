"""Backend against backend, kernel by kernel and stage by stage, beside what the machine allows.

    python scripts/benchmark_backends.py                                    kernels, small stacks
    python scripts/benchmark_backends.py --candidates 20000 200000          stages on larger ones
    python scripts/benchmark_backends.py --kernels stage2_topofit --sizes 20000 2000000
    python scripts/benchmark_backends.py --dataset STACK/run --no-kernels   on a prepared data set

All backends of a kernel run in one process, those of a stage in turns on the same files; times
are medians of warm calls, compilation is told apart. The limit is the least work of a kernel at
the rates of this machine (``benchmarks/machine.py``, ``counts.py``). The NumPy backend runs as
far as it takes seconds. Stages are compared with the loops of the original as well, one pixel
at a time in NumPy, measured on samples and scaled. A stage that did no work is an error.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from benchmarks import figures, tables
from benchmarks.counts import threads_of
from benchmarks.kernel_runs import KernelRequest, as_record, from_record, measure
from benchmarks.machine import measured
from benchmarks.plain_runs import Needs, plain_loops
from benchmarks.results import Results, against_plain, setting_of
from benchmarks.stage_runs import (
    SkippedStageError,
    StageFailedError,
    copy_writable,
    thread_variables,
)
from benchmarks.stage_series import SeriesRequest, StageTime, count_candidates, stage_times
from pystamps.io.dataset import discover_dataset
from pystamps.progress import silent
from pystamps.simulate.scene import PRESETS, Scene, changed_scene
from pystamps.simulate.writer import WriteOptions, simulate_dataset
from pystamps_kernels import BACKENDS, KERNELS, PYTHON

SCRIPTS = Path(__file__).resolve().parent
CHECKOUT = SCRIPTS.parent
PAGE = CHECKOUT / "docs" / "performance.md"
FIGURES = CHECKOUT / "docs" / "figures"
DEMO_CANDIDATES, TINY_CANDIDATES = 11_800, 5_000
"""What the ready-made scenes give without the overlap of patches, which matters less at scale."""

_PER_PATCH = 120_000


def main() -> None:
    """Measure, print, and write what was asked for."""
    arguments = parse()
    if arguments.measure_kernel:
        kernel_here(arguments.measure_kernel)
        return
    if arguments.from_json:
        results = Results.read(arguments.from_json)
    else:
        rates = measured(arguments.threads)
        results = Results(setting_of(arguments.threads, arguments.interferograms), rates)
        try:
            if not arguments.no_kernels:
                measure_kernels(results, arguments)
            if not arguments.no_stages:
                measure_stages(results, arguments)
        except (SkippedStageError, StageFailedError) as error:
            sys.exit(f"benchmark stopped: {error}")
    write(results, arguments)


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add(
        "--kernels",
        nargs="*",
        choices=KERNELS,
        metavar="KERNEL",
        help="kernels to measure (default: all)",
    )
    add("--sizes", nargs="*", type=int, default=[2_000, 20_000, 200_000], help="pixels")
    add(
        "--backends", nargs="*", default=[], choices=tuple(BACKENDS), metavar="BACKEND",
        help=f"{', '.join(BACKENDS)} (default: what runs here)",
    )  # fmt: skip
    add("--interferograms", type=int, default=30)
    add("--repeats", type=int, default=5, help="calls or runs of which the median is given")
    add("--seconds", type=float, default=10.0, help="for the repeats of one measurement")
    add("--threads", type=int, default=os.cpu_count() or 1)
    add("--longest", type=float, default=60.0, help="seconds; kernels are left out beyond")
    add("--longest-python", type=float, default=5.0, help="the same for NumPy")
    add("--candidates", nargs="*", type=int, default=[3_000, 14_000], help="simulated stacks")
    add("--python-candidates", type=int, default=4_000, help="largest stack for NumPy")
    add("--dataset", nargs="*", type=Path, default=[], help="prepared data sets instead")
    add("--raw-root", type=Path, help="raw export, if the text files of a data set are stale")
    add("--scratch", type=Path, help="folder for stacks and copies (default: temporary)")
    add("--no-kernels", action="store_true")
    add("--no-stages", action="store_true")
    add("--json", type=Path, help="file for all numbers")
    add("--markdown", type=Path, help="file for the tables")
    add("--write-docs", action="store_true", help="tables and figures into docs/performance.md")
    add("--from-json", type=Path, help="write tables and figures of an earlier run")
    add("--measure-kernel", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    arguments.sizes = sorted(arguments.sizes)
    return arguments


def backends_here(wanted: list[str]) -> list[str]:
    """Give the backends to measure; the last one is that whose results stay."""
    problems = {name: backend.problem() for name, backend in BACKENDS.items()}
    for name in wanted:
        if problems[name]:
            sys.exit(f"benchmark stopped: backend {name} cannot run: {problems[name]}")
    return wanted or [name for name, problem in problems.items() if not problem]


def measure_kernels(results: Results, arguments: argparse.Namespace) -> None:
    """Measure each kernel in a process of its own, with an empty cache of compiled code."""
    rates_of = {1: measured(1), arguments.threads: results.rates}
    print(
        f"{'kernel':34s} {'backend':8s} {'pixels':>8} {'ms':>10} {'ns/element':>11} {'/ limit':>8}"
    )
    with tempfile.TemporaryDirectory() as cache:
        for kernel in arguments.kernels or KERNELS:
            rates = rates_of[threads_of(kernel, arguments.threads)]
            for record in child_records(kernel_request(kernel, arguments), cache):
                found = from_record(record, rates)
                results.kernels.append(found)
                ratio = "" if math.isnan(found.limit) else f"{found.ratio:8.1f}"
                print(
                    f"{kernel:34s} {found.backend:8s} {found.size:8d} {1e3 * found.median:10.3f} "
                    f"{found.nanoseconds:11.2f} {ratio:>8}",
                    flush=True,
                )


def kernel_request(kernel: str, arguments: argparse.Namespace) -> KernelRequest:
    """Say what to measure of a kernel."""
    return KernelRequest(
        kernel,
        tuple(arguments.sizes),
        tuple(backends_here(arguments.backends)),
        interferograms=arguments.interferograms,
        repeats=arguments.repeats,
        threads=arguments.threads,
        seconds=arguments.seconds,
        longest=arguments.longest,
        longest_python=arguments.longest_python,
    )


def child_records(request: KernelRequest, cache: str) -> Iterator[dict[str, Any]]:
    """Give the measurements of a process as they come."""
    command = [sys.executable, __file__, "--measure-kernel", json.dumps(asdict(request))]
    environment = os.environ | thread_variables(request.threads) | {"NUMBA_CACHE_DIR": cache}
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment, text=True) as process:
        assert process.stdout
        yield from (json.loads(line) for line in process.stdout)
    if process.returncode:
        sys.exit(f"benchmark stopped: {request.kernel} failed, see above")


def kernel_here(text: str) -> None:
    """Measure one kernel in this process; one line of JSON per measurement."""

    values = json.loads(text)
    lists = {name: tuple(values[name]) for name in ("sizes", "backends")}
    for found, work in measure(KernelRequest(**values | lists)):
        print(json.dumps(as_record(found, work)), flush=True)


def measure_stages(results: Results, arguments: argparse.Namespace) -> None:
    """Measure the stages on each data set, and the loops of the original on the largest."""

    with tempfile.TemporaryDirectory(dir=arguments.scratch) as scratch:
        sets = list(datasets(arguments, Path(scratch)))
        for number, (root, raw_root) in enumerate(sets):
            own = measure_dataset(results, root, raw_root, arguments)
            if number == len(sets) - 1:
                kept = own[-1].backend
                counts = {found.stage: found.counts for found in own if found.backend == kept}
                results.loops += plain_loops(root, Needs.from_counts(counts))
                results.plain += against_plain(results.loops, own)


def datasets(arguments: argparse.Namespace, scratch: Path) -> Iterator[tuple[Path, Path | None]]:
    """Give copies of the data sets, or simulated ones, with their raw exports."""

    for number, source in enumerate(arguments.dataset):
        root = scratch / f"{number}" / source.name
        copy_writable(source.resolve(), root)
        raw_root = arguments.raw_root or source.resolve().parent / "raw"
        yield root, raw_root if raw_root.is_dir() else None
    if not arguments.dataset:
        for candidates in sorted(arguments.candidates):
            yield simulated(candidates, arguments, scratch / f"stack_{candidates}"), None


def simulated(candidates: int, arguments: argparse.Namespace, root: Path) -> Path:
    """Simulate a stack of about so many candidates."""
    patches = max(2, math.ceil(candidates / _PER_PATCH))
    scene = changed_scene(
        scene_of(candidates),
        {
            "acquisitions.interferograms": arguments.interferograms,
            "preparation.patches": (1, patches),
        },
    )
    options = WriteOptions(workers=arguments.threads, truth_cubes=False)
    simulate_dataset(root, scene, options=options, progress=silent)
    return root


def scene_of(candidates: int) -> Scene:
    """Give the demonstration with a larger area, or the tiny scene with fewer scatterers."""
    if candidates < TINY_CANDIDATES:
        tiny = PRESETS["tiny"]
        density = tiny.scatterers.density_per_km2 * candidates / TINY_CANDIDATES
        return changed_scene(tiny, {"scatterers.density_per_km2": density})
    demo, scale = PRESETS["demo"], math.sqrt(candidates / DEMO_CANDIDATES)
    return changed_scene(
        demo, {"lines": round(demo.lines * scale), "samples": round(demo.samples * scale)}
    )


def measure_dataset(
    results: Results, root: Path, raw_root: Path | None, arguments: argparse.Namespace
) -> list[StageTime]:
    """Measure all stages on one data set; give the new results."""

    candidates = count_candidates(discover_dataset(root))
    backends = [
        name
        for name in backends_here(arguments.backends)
        if name != PYTHON.name or candidates <= arguments.python_candidates
    ]
    request = SeriesRequest(backends, arguments.repeats, arguments.seconds, arguments.threads)
    print(f"\n{candidates} candidates")
    print(f"{'stage':24s} {'backend':8s} {'s':>9} {'files s':>9} {'/ limit':>8}")
    before = len(results.stages)
    for found in stage_times(root, request, results.rates, raw_root=raw_root):
        results.stages.append(found)
        print(
            f"{found.stage:24s} {found.backend:8s} {found.median:9.3f} {found.io_seconds:9.3f} "
            f"{found.ratio:8.1f}",
            flush=True,
        )
    return results.stages[before:]


def write(results: Results, arguments: argparse.Namespace) -> None:
    """Print the tables, and write the files that were asked for."""

    page = tables.report(results)
    print(f"\n{page}")
    if arguments.json:
        results.write(arguments.json)
    if arguments.markdown:
        arguments.markdown.write_text(page, encoding="utf-8")
    if arguments.write_docs:
        sections = {"setting": tables.setting_line(results)}
        if results.kernels:
            sections["kernels"] = tables.kernel_table(results)
            figures.draw_kernels(results, FIGURES / "kernel_times.svg")
        if results.stages:
            sections["stages"] = tables.stage_table(results)
            sections["plain"] = tables.plain_table(results)
            figures.draw_stages(results, FIGURES / "stage_times.svg")
        tables.write_into(PAGE, sections)


if __name__ == "__main__":
    main()
