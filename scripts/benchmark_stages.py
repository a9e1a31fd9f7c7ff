"""Time, peak memory and input/output of every stage on a copy of a prepared data set.

    python scripts/benchmark_stages.py DATASET [--steps 1-8] [--threads 2] [--json FILE]

DATASET is a root with patch.list and the candidates of stage 0 (``run/`` of a simulated set). It
is copied, never written; with ``--steps 6-8`` it must hold the results of the steps before. Each
stage runs on each patch in a process of its own, so that the peak memory is its own. Compiled
kernels are cached: run twice, the first time compiles.

seconds    the stage itself, summed over the patches
cpu s      the same as time of the processors, threads and programs included: steadier than
           seconds where other work runs beside
io %       part of the seconds in which artifacts are read or written
start      what the processes add: interpreter and imports, seconds
peak MB    largest resident memory of a process
files MB   sizes of all artifacts that the process with the largest peak opened
ratio      peak over files; in brackets the same without what an idle process with NumPy, SciPy
           and Numba takes
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

import pystamps.io.mat as mat
from pystamps.config import KernelSettings, RunConfig, Runtime
from pystamps.io.dataset import Dataset, discover_dataset
from pystamps.pipeline.stages import STAGE_DEFS, StageDef
from pystamps_kernels import backend_settings

_MB = 2**20
_HEADER = (
    f"{'stage':22s} {'runs':>4} {'seconds':>8} {'cpu s':>8} {'io %':>5} {'start':>6} "
    f"{'peak MB':>8} {'files MB':>9} {'ratio':>13} {'candidates/s':>13}"
)


@dataclass(frozen=True, slots=True)
class Measurement:
    """What one stage needs, summed over its patches (memory: the patch with the largest peak)."""

    stage: str
    runs: int
    seconds: float
    cpu_seconds: float
    io_seconds: float
    start: float
    peak_mb: float
    idle_mb: float
    files_mb: float
    candidates_per_s: float

    def __str__(self) -> str:
        """Give one row of the table."""
        files = max(self.files_mb, 1e-9)
        working = max(self.peak_mb - self.idle_mb, 0.0)
        ratio = f"{self.peak_mb / files:.2f} ({working / files:.2f})"
        return (
            f"{self.stage:22s} {self.runs:4d} {self.seconds:8.2f} "
            f"{self.cpu_seconds:8.2f} "
            f"{100 * self.io_seconds / self.seconds:5.0f} {self.start:6.2f} {self.peak_mb:8.0f} "
            f"{self.files_mb:9.1f} {ratio:>13} {self.candidates_per_s:13.0f}"
        )


@dataclass(slots=True)
class FileMonitor:
    """Files of a data set that this process opens, and the time it spends on them."""

    root: Path
    opened: set[str] = field(default_factory=set)
    seconds: float = 0.0

    def start(self) -> None:
        """Begin to watch; there is no end, the process ends with the stage."""
        sys.addaudithook(self._notice)
        for owner, name in (
            (mat, "_read_mat5"),
            (mat, "save_plain"),
            (np, "fromfile"),
        ):
            setattr(owner, name, self._timed(getattr(owner, name)))

    def megabytes(self) -> float:
        """Give the size of all files that were opened; of temporary ones what they became."""
        paths = {_final_name(Path(name)) for name in self.opened}
        return sum(path.stat().st_size for path in paths if path.is_file()) / _MB

    def _notice(self, event: str, arguments: tuple[Any, ...]) -> None:
        if event == "open" and str(arguments[0]).startswith(str(self.root)):
            self.opened.add(str(arguments[0]))

    def _timed(self, function: Callable[..., Any]) -> Callable[..., Any]:
        def timed(*arguments: Any, **options: Any) -> Any:
            started = time.perf_counter()
            try:
                return function(*arguments, **options)
            finally:
                self.seconds += time.perf_counter() - started

        return timed


def _final_name(path: Path) -> Path:
    """Give what ``.pm1.mat.<process>-<random>.part`` is called when it is complete."""
    if not path.name.startswith(".") or path.suffix != ".part":
        return path
    return path.with_name(path.name[1:].rsplit(".", 2)[0])


def main() -> None:
    """Run the stages one after the other and print the table."""
    arguments = parse()
    if arguments.measure:
        measure_here(arguments)
        return
    with tempfile.TemporaryDirectory(dir=arguments.scratch) as scratch:
        root = Path(scratch) / "run"
        copy_writable(arguments.dataset, root)
        dataset = discover_dataset(root)
        n_candidates = count_candidates(dataset)
        results, idle_mb = [], idle_memory_mb()
        first, _, last = arguments.steps.partition("-")
        print(_HEADER, flush=True)
        for stage in STAGE_DEFS:
            if int(first) <= stage.files.step <= int(last or first):
                records = [run_in_child(stage, d, arguments) for d in directories(stage, dataset)]
                results.append(
                    summary(stage.name, records, n_candidates=n_candidates, idle_mb=idle_mb)
                )
                print(results[-1], flush=True)
    report(results, n_candidates, arguments)


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("dataset", type=Path, help="root of the data set")
    parser.add_argument("--steps", default="1-8", help="first and last step")
    parser.add_argument("--threads", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--backend", default="auto", choices=backend_settings())
    parser.add_argument("--memory-budget-mb", type=int, default=Runtime().memory_budget_mb)
    parser.add_argument("--json", type=Path, help="file for the numbers")
    parser.add_argument("--scratch", type=Path, help="folder for the copy (default: temporary)")
    parser.add_argument("--raw-root", type=Path, help="raw export, if the text files are stale")
    parser.add_argument(
        "--measure", nargs=2, metavar=("STAGE", "DIRECTORY"), help=argparse.SUPPRESS
    )
    arguments = parser.parse_args()
    arguments.dataset = arguments.dataset.resolve()
    arguments.raw_root = (arguments.raw_root or arguments.dataset.parent / "raw").resolve()
    return arguments


def copy_writable(source: Path, target: Path) -> None:
    """Copy a data set that may be read-only."""
    shutil.copytree(source, target, copy_function=shutil.copyfile)
    for folder in (target, *(path for path in target.rglob("*") if path.is_dir())):
        folder.chmod(0o755)


def count_candidates(dataset: Dataset) -> int:
    """Count the lines of the candidate lists."""
    return sum(
        (patch.directory / "pscands.1.ij").read_bytes().count(b"\n") for patch in dataset.patches
    )


def idle_memory_mb() -> float:
    """Give the resident memory of a process that has imported the libraries and done nothing."""
    program = (
        "import resource, numba, scipy.io, scipy.spatial, pystamps.pipeline.stages;"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, text=True, check=True
    )
    return int(done.stdout) / 1024


def directories(stage: StageDef, dataset: Dataset) -> list[Path]:
    if stage.files.scope == "merged":
        return [dataset.root]
    return [patch.directory for patch in dataset.patches]


def run_in_child(stage: StageDef, directory: Path, arguments: argparse.Namespace) -> dict[str, Any]:
    """Run one stage in a process of its own; give what it printed and its wall time."""
    command = [
        sys.executable, __file__, str(arguments.dataset),
        "--measure", stage.name, str(directory),
        "--threads", str(arguments.threads),
        "--backend", arguments.backend,
        "--memory-budget-mb", str(arguments.memory_budget_mb),
        "--raw-root", str(arguments.raw_root),
    ]  # fmt: skip
    threads = str(arguments.threads)
    environment = os.environ | dict.fromkeys(
        ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), threads
    )
    started = time.perf_counter()
    done = subprocess.run(command, stdout=subprocess.PIPE, env=environment, text=True, check=False)
    if done.returncode:
        sys.exit(f"{stage.name} failed on {directory.name}")
    record: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    record["start"] = time.perf_counter() - started - record["seconds"]
    return record


def measure_here(arguments: argparse.Namespace) -> None:
    """Run one stage in this process and print its numbers as one line of JSON."""
    name, directory = arguments.measure[0], Path(arguments.measure[1])
    stage = next(stage for stage in STAGE_DEFS if stage.name == name)
    root = directory.parent if stage.files.scope == "patch" else directory
    config = RunConfig(
        root,
        runtime=Runtime(
            memory_budget_mb=arguments.memory_budget_mb,
            raw_root=arguments.raw_root if arguments.raw_root.is_dir() else None,
            unwrap_workers=arguments.threads,
        ),
        kernels=KernelSettings(arguments.backend, native_threads=arguments.threads),
    )
    files = FileMonitor(root)
    files.start()
    cpu_before = cpu_seconds()
    result = stage.run(directory, config)
    numbers = {
        "seconds": result.seconds,
        "cpu_seconds": cpu_seconds() - cpu_before,
        "io_seconds": files.seconds,
        "peak_mb": peak_memory_mb(),
        "files_mb": files.megabytes(),
    }
    print(json.dumps(numbers))


def cpu_seconds() -> float:
    """Give the processor time of this process and of the programs that it has started."""
    usages = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


def peak_memory_mb() -> float:
    """Give the largest resident memory of this process or one of its programs so far."""
    who = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    return max(resource.getrusage(process).ru_maxrss for process in who) / 1024


def summary(
    stage: str, records: list[dict[str, Any]], *, n_candidates: int, idle_mb: float
) -> Measurement:
    def total(name: str) -> float:
        return float(sum(record[name] for record in records))

    largest = max(records, key=lambda record: record["peak_mb"])
    return Measurement(
        stage=stage,
        runs=len(records),
        seconds=total("seconds"),
        cpu_seconds=total("cpu_seconds"),
        io_seconds=total("io_seconds"),
        start=total("start"),
        peak_mb=largest["peak_mb"],
        idle_mb=idle_mb,
        files_mb=largest["files_mb"],
        candidates_per_s=n_candidates / total("seconds"),
    )


def report(results: list[Measurement], n_candidates: int, arguments: argparse.Namespace) -> None:
    """Print the sums, and write the numbers if wanted."""
    seconds = sum(found.seconds for found in results)
    start = sum(found.start for found in results)
    print(
        f"{n_candidates} candidates, {arguments.threads} threads, {arguments.backend}: "
        f"{seconds:.1f} s in stages, {start:.1f} s starting them"
    )
    if arguments.json:
        numbers = {
            "dataset": arguments.dataset.name,
            "candidates": n_candidates,
            "threads": arguments.threads,
            "backend": arguments.backend,
            "machine": platform.processor() or platform.machine(),
            "python": platform.python_version(),
            "stages": [asdict(found) for found in results],
        }
        arguments.json.write_text(json.dumps(numbers, indent=2) + "\n")


if __name__ == "__main__":
    main()
