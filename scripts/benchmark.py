"""Kernels, stages and the preparation: how long they take, beside what the machine allows.

    python scripts/benchmark.py kernels                              all kernels
    python scripts/benchmark.py kernels --kernels stage2_topofit --sizes 20000 2000000
    python scripts/benchmark.py stages --sizes 20000 200000          simulated stacks
    python scripts/benchmark.py stages --dataset STACK/run --steps 6-8
    python scripts/benchmark.py stages --against ../other-checkout --at-most 1.05
    python scripts/benchmark.py preparation --sizes 30000000
    python scripts/benchmark.py tables numbers.json --write-docs

A size is a number of pixels: those that a kernel is given, the candidates of a stack, the pixels
of an image that is prepared. Everything runs in processes of its own and in turns with what it is
set beside (backends, the code of another checkout, a plain read of the same files), so that all
see the same machine; reported are medians of warm runs, compilation told apart. NumPy runs as far
as it takes seconds. A stage that did no work is an error. The limit is the least work of a kernel
at the rates of this machine (``benchmarks/machine.py``, ``counts.py``). ``--json`` keeps all
numbers in a file, to which other measurements can be added; tables are made from such a file.
"""

from __future__ import annotations

import argparse
import math
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import asdict, replace
from pathlib import Path

from benchmarks import figures, tables
from benchmarks.child import CHECKOUT, BenchmarkError, records_of
from benchmarks.counts import threads_of
from benchmarks.data_sets import copy_writable, count_candidates, simulated
from benchmarks.kernel_runs import KernelRequest, from_record
from benchmarks.machine import measured
from benchmarks.plain_runs import Needs, plain_loops
from benchmarks.prep_runs import PreparationRequest, make_export, preparation_time
from benchmarks.results import Results, against_plain, setting_of
from benchmarks.stage_runs import StageSettings
from benchmarks.stage_series import SeriesRequest, StageTime, Variant, stage_times
from benchmarks.turns import Repeats
from pystamps_kernels import BACKENDS, KERNELS, PYTHON, backends_of

PAGE = CHECKOUT / "docs" / "performance.md"
FIGURES = CHECKOUT / "docs" / "figures"
ALL_STEPS = (1, 8)

Add = Callable[..., argparse.Action]


def main() -> None:
    """Measure, print, and write what was asked for."""
    arguments = parse()
    if arguments.command == "tables":
        results = Results.read(arguments.numbers)
    else:
        results = Results(
            setting_of(arguments.threads, arguments.interferograms), measured(arguments.threads)
        )
        try:
            MEASUREMENTS[arguments.command](results, arguments)
        except BenchmarkError as error:
            sys.exit(f"benchmark stopped: {error}")
    write(results, arguments)
    slower = tables.slower(results.stages, getattr(arguments, "at_most", math.inf))
    if slower:
        sys.exit(f"slower than in {arguments.against}: {', '.join(slower)}")


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(dest="command", required=True)
    kernels = commands.add_parser("kernels", help="every kernel, backend against backend")
    add_measuring(kernels.add_argument, sizes=[2_000, 20_000, 200_000])
    add_backends(kernels.add_argument)
    add_kernels(kernels.add_argument)
    stages = commands.add_parser("stages", help="every stage, backend or checkout against another")
    add_measuring(stages.add_argument, sizes=[3_000, 14_000])
    add_backends(stages.add_argument)
    add_stages(stages.add_argument)
    preparation = commands.add_parser("preparation", help="preparation against a plain read")
    add_measuring(preparation.add_argument, sizes=[30_000_000])
    add_preparation(preparation.add_argument)
    again = commands.add_parser("tables", help="tables and figures of earlier measurements")
    again.add_argument("numbers", type=Path, help="what --json has written")
    for command in (kernels, stages, preparation, again):
        command.add_argument("--markdown", type=Path, help="file for the tables")
        command.add_argument(
            "--write-docs", action="store_true", help="tables and figures into docs/performance.md"
        )
    arguments = parser.parse_args()
    if arguments.command != "tables":
        arguments.sizes = sorted(arguments.sizes)
        arguments.repeats = Repeats(arguments.repeats, arguments.seconds)
    return arguments


def add_measuring(add: Add, *, sizes: list[int]) -> None:
    add("--sizes", nargs="*", type=int, default=sizes, help=f"pixels (default {sizes})")
    add("--interferograms", type=int, default=30)
    add("--threads", type=int, default=os.cpu_count() or 1)
    add("--repeats", type=int, default=5, help="runs after the first, of which the median is given")
    add("--seconds", type=float, default=10.0, help="for the repeats of one measurement")
    add("--scratch", type=Path, help="folder for stacks and copies (default: temporary)")
    add("--json", type=Path, help="file for all numbers; other measurements in it stay")


def add_backends(add: Add) -> None:
    add(
        "--backends", nargs="*", default=[], choices=tuple(BACKENDS), metavar="BACKEND",
        help=f"{', '.join(BACKENDS)} (default: what runs here)",
    )  # fmt: skip


def add_kernels(add: Add) -> None:
    add("--kernels", nargs="*", choices=KERNELS, metavar="KERNEL", help="default: all")
    add("--longest", type=float, default=60.0, help="seconds; kernels are left out beyond")
    add("--longest-python", type=float, default=5.0, help="the same for NumPy")


def add_stages(add: Add) -> None:
    add("--dataset", nargs="*", type=Path, default=[], help="prepared data sets in place of sizes")
    add("--raw-root", type=Path, help="raw export, if the text files of a data set are stale")
    add("--steps", default="1-8", help="first and last step; earlier results must be there")
    add("--python-size", type=int, default=4_000, help="largest stack for NumPy")
    add("--memory-budget-mb", type=int, help="work space of a stage")
    add("--against", type=Path, metavar="CHECKOUT", help="measure its code in turns with this one")
    add(
        "--at-most", type=float, default=math.inf, metavar="RATIO",
        help="end with an error when a stage takes more than RATIO times as long as there",
    )  # fmt: skip


def add_preparation(add: Add) -> None:
    add("--export", type=Path, help="an export of SNAP in place of made ones")
    add("--patches", default="auto")
    add("--memory-budget-mb", type=int, default=1000)
    add("--cached", action="store_true", help="leave files in the page cache")


def backends_here(wanted: list[str]) -> list[str]:
    """Give the backends to measure; the last one is that whose results stay."""
    problems = {name: backend.problem() for name, backend in BACKENDS.items()}
    for name in wanted:
        if problems[name]:
            raise BenchmarkError(f"backend {name} cannot run: {problems[name]}")
    return wanted or [name for name, problem in problems.items() if not problem]


def measure_kernels(results: Results, arguments: argparse.Namespace) -> None:
    """Measure each kernel in a process of its own, with an empty cache of compiled code."""
    rates_of = {1: measured(1), arguments.threads: results.rates}
    print(
        f"{'kernel':34s} {'backend':8s} {'pixels':>8} {'ms':>10} {'ns/element':>11} {'/ limit':>8}"
    )
    with tempfile.TemporaryDirectory() as cache:
        for kernel in arguments.kernels or KERNELS:
            request = asdict(kernel_request(kernel, arguments))
            rates = rates_of[threads_of(kernel, arguments.threads)]
            for record in records_of(
                "benchmarks.kernel_runs:measured_kernel", request,
                threads=arguments.threads, variables={"NUMBA_CACHE_DIR": cache},
            ):  # fmt: skip
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
        threads=arguments.threads,
        repeats=arguments.repeats,
        longest=arguments.longest,
        longest_python=arguments.longest_python,
    )


def measure_stages(results: Results, arguments: argparse.Namespace) -> None:
    """Measure the stages on each data set, and plain loops on the largest."""
    with tempfile.TemporaryDirectory(dir=arguments.scratch) as scratch:
        sets = list(datasets(arguments, Path(scratch)))
        for number, (root, raw_root) in enumerate(sets):
            own = measure_dataset(results, root, raw_root, arguments)
            is_last = number == len(sets) - 1
            if is_last and not arguments.against and steps_of(arguments) == ALL_STEPS:
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
        yield root, raw_root.resolve() if raw_root.is_dir() else None
    if not arguments.dataset:
        for size in arguments.sizes:
            root = scratch / f"stack_{size}"
            simulated(
                size, root, interferograms=arguments.interferograms, threads=arguments.threads
            )
            yield root, None


def measure_dataset(
    results: Results, root: Path, raw_root: Path | None, arguments: argparse.Namespace
) -> list[StageTime]:
    """Measure all stages on one data set; give the new results."""
    size = count_candidates(root)
    request = SeriesRequest(
        list(variants(root, raw_root, size, arguments)), arguments.repeats,
        steps_of(arguments), with_parts=not arguments.against,
    )  # fmt: skip
    print(f"\n{size} candidates")
    print(f"{'stage':24s} {'backend':8s} {'s':>9} {'cpu s':>9} {'files s':>9} {'peak MB':>8}")
    before = len(results.stages)
    for found in stage_times(request, results.rates):
        results.stages.append(found)
        print(
            f"{found.stage:24s} {found.backend:8s} {found.median:9.3f} {found.cpu_seconds:9.3f} "
            f"{found.io_seconds:9.3f} {found.peak_mb:8.0f} {found.checkout}",
            flush=True,
        )
    return results.stages[before:]


def variants(
    root: Path, raw_root: Path | None, size: int, arguments: argparse.Namespace
) -> Iterator[Variant]:
    """Give what is measured in turns: backends, or the code of two checkouts on two copies."""
    own = StageSettings(
        threads=arguments.threads,
        memory_budget_mb=arguments.memory_budget_mb,
        raw_root=str(raw_root or ""),
    )
    if arguments.against:
        copy = root.with_name(f"{root.name}_there")
        copy_writable(root, copy)
        yield Variant(own, root)
        other = str(arguments.against.resolve())
        yield Variant(replace(own, checkout=other), copy, checkout=other)
        return
    for name in backends_here(arguments.backends):
        if name != PYTHON.name or size <= arguments.python_size:
            on_device = [kernel for kernel in KERNELS if name in backends_of(kernel)]
            on_device *= BACKENDS[name].is_device
            yield Variant(replace(own, backend=name, on_device=tuple(on_device)), root)


def steps_of(arguments: argparse.Namespace) -> tuple[int, int]:
    """Give the first and the last step."""
    first, _, last = arguments.steps.partition("-")
    return int(first), int(last or first)


def measure_preparations(results: Results, arguments: argparse.Namespace) -> None:
    """Prepare an export, or one of each size, in turns with a plain read."""
    with tempfile.TemporaryDirectory(dir=arguments.scratch) as scratch:
        for size in [0] if arguments.export else arguments.sizes:
            export = arguments.export or Path(scratch) / f"export_{size}"
            if size:
                make_export(export, size=size, images=arguments.interferograms + 1)
            request = PreparationRequest(
                export, Path(scratch), arguments.threads, arguments.memory_budget_mb,
                arguments.patches, arguments.repeats, is_cached=arguments.cached,
            )  # fmt: skip
            results.preparations.append(preparation_time(request))


MEASUREMENTS: dict[str, Callable[[Results, argparse.Namespace], None]] = {
    "kernels": measure_kernels,
    "stages": measure_stages,
    "preparation": measure_preparations,
}


def write(results: Results, arguments: argparse.Namespace) -> None:
    """Print the tables, and write the files that were asked for."""
    page = tables.report(results)
    print(f"\n{page}")
    if getattr(arguments, "json", None):
        results.write(arguments.json)
    if arguments.markdown:
        arguments.markdown.write_text(page, encoding="utf-8")
    if arguments.write_docs:
        sections = {"setting": tables.setting_line(results)}
        if results.kernels:
            sections["kernels"] = tables.kernel_table(results)
            figures.draw_kernels(results, FIGURES / "kernel_times.svg")
        if results.stages and not results.has_other_checkouts:
            sections["stages"] = tables.stage_table(results)
            sections["plain"] = tables.plain_table(results)
            figures.draw_stages(results, FIGURES / "stage_times.svg")
        tables.write_into(PAGE, sections)


if __name__ == "__main__":
    main()
