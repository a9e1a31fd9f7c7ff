"""Time and peak memory of every stage on a copy of a prepared data set.

    python scripts/benchmark_stages.py DATASET [--to-step 8] [--threads 2] [--json FILE]

DATASET is a root with patch.list and the candidates of stage 0 (``run/`` of a simulated set). It
is copied, never written. Each stage runs on each patch in a process of its own, so that the peak
memory is its own; ``seconds`` is the stage itself, ``start`` what the process adds (imports).
Compiled kernels are cached: run twice, the first time compiles.
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
from dataclasses import asdict, dataclass
from pathlib import Path

from pystamps.config import KernelSettings, RunConfig, Runtime
from pystamps.io.dataset import Dataset, discover_dataset
from pystamps.pipeline.stages import STAGE_DEFS, StageDef


@dataclass(frozen=True, slots=True)
class Measurement:
    """What one stage needs, summed over its patches (peak memory: the largest patch)."""

    stage: str
    runs: int
    seconds: float
    start: float
    peak_mb: float
    candidates_per_s: float


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
        n_candidates, results = 0, []
        for stage in STAGE_DEFS:
            if stage.files.step > arguments.to_step:
                continue
            records = [run_in_child(stage, d, arguments) for d in directories(stage, dataset)]
            if stage.name == "stage1_load":
                n_candidates = sum(r["counts"].get("candidates", 0) for r in records)
            results.append(summary(stage.name, records, n_candidates))
            print(row(results[-1]), flush=True)
    report(results, n_candidates, arguments)


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("dataset", type=Path, help="root of the data set")
    parser.add_argument("--to-step", type=int, default=8, help="last step, 1 to 8")
    parser.add_argument("--threads", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--backend", default="auto", help="auto, python or native")
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


def directories(stage: StageDef, dataset: Dataset) -> list[Path]:
    if stage.files.scope == "merged":
        return [dataset.root]
    return [patch.directory for patch in dataset.patches]


def run_in_child(stage: StageDef, directory: Path, arguments: argparse.Namespace) -> dict:
    """Run one stage in a process of its own; give what it printed and its wall time."""
    command = [
        sys.executable, __file__, str(arguments.dataset),
        "--measure", stage.name, str(directory),
        "--threads", str(arguments.threads),
        "--backend", arguments.backend,
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
    record = json.loads(done.stdout.splitlines()[-1])
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
            raw_root=arguments.raw_root if arguments.raw_root.is_dir() else None,
            unwrap_workers=arguments.threads,
        ),
        kernels=KernelSettings(arguments.backend, native_threads=arguments.threads),
    )
    result = stage.run(directory, config)
    peak_kb = max(
        resource.getrusage(who).ru_maxrss
        for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )
    numbers = {
        "seconds": result.seconds,
        "peak_mb": peak_kb / 1024,
        "counts": dict(result.counts),
    }
    print(json.dumps(numbers))


def summary(stage: str, records: list[dict], n_candidates: int) -> Measurement:
    seconds = sum(record["seconds"] for record in records)
    return Measurement(
        stage=stage,
        runs=len(records),
        seconds=seconds,
        start=sum(record["start"] for record in records),
        peak_mb=max(record["peak_mb"] for record in records),
        candidates_per_s=n_candidates / seconds,
    )


def row(found: Measurement) -> str:
    return (
        f"{found.stage:24s} {found.runs:4d} {found.seconds:9.3f} {found.start:9.3f} "
        f"{found.peak_mb:9.0f} {found.candidates_per_s:14.0f}"
    )


def report(results: list[Measurement], n_candidates: int, arguments: argparse.Namespace) -> None:
    """Print the table, and write the numbers if wanted."""
    total = sum(found.seconds for found in results)
    print(f"\n{n_candidates} candidates, {arguments.threads} threads, {arguments.backend}")
    print(
        f"{'stage':24s} {'runs':>4} {'seconds':>9} {'start':>9} {'peak MB':>9} {'candidates/s':>14}"
    )
    for found in results:
        print(row(found))
    start = sum(found.start for found in results)
    peak = max(found.peak_mb for found in results)
    print(row(Measurement("all", len(results), total, start, peak, n_candidates / total)))
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
