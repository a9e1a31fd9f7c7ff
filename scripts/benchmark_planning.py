"""What asking for a plan costs with many patches, and what one more job costs.

    python scripts/benchmark_planning.py                           10, 100, 1000 and 5000 patches
    python scripts/benchmark_planning.py --patches 10 100 --no-finished

Every patch is the same few thousand candidates (hard links), so that the checks before a run read
as much as they would. Printed are processor seconds, which other work on the machine hardly
changes, and the largest memory of a process, for `snakemake -n`, `pystamps status` and `pystamps
run --dry-run` with nothing done, and for `status` with everything done. "Snakemake alone" is a
workflow of nothing but the same jobs and files: less is not to be had from Snakemake. The last line
is what a further job of stage 1 costs in a run, computing included.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks.child import CHECKOUT, BenchmarkError
from benchmarks.command_cost import PYSTAMPS, Cost, cost_of
from benchmarks.many_patches import repeated_patches
from pystamps.pipeline.plan import WorkflowPlan
from pystamps.pipeline.targets import targets_of
from pystamps.progress import silent
from pystamps.simulate import PRESETS, simulate_dataset

SETTINGS = ("--set", "unwrap_gold_n_win=16")
"""All patches lie in one place, which is too small for the window of stage 6."""
SNAKEMAKE = (sys.executable, "-m", "snakemake", "--cores", "2", "--dry-run")
_JOBS = (2, 12)
"""Jobs of two runs, whose difference is what one more costs."""


def main() -> None:
    """Measure and print a table for docs/performance.md."""
    arguments = parse()
    if arguments.scratch:
        arguments.scratch.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="pystamps-planning-", dir=arguments.scratch) as folder:
        scratch = Path(folder)
        source = simulated_patch(scratch / "source")
        if arguments.finished:
            cost_of([*PYSTAMPS, "run", "-d", str(source), "--cores", "2"], scratch)
        print(f"{'patches':>8} {'command':32} {'processor s':>12} {'peak MB':>8}")
        for count in arguments.patches:
            for name, cost in costs_of(source, count, scratch, with_finished=arguments.finished):
                print(f"{count:8} {name:32} {cost.seconds:12.1f} {cost.peak_mb:8.0f}", flush=True)
        if arguments.jobs:
            print(f"one more job of stage 1: {seconds_of_job(source, scratch):.2f} processor s")


def parse() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--patches", nargs="+", type=int, default=[10, 100, 1000, 5000])
    parser.add_argument(
        "--no-finished", dest="finished", action="store_false",
        help="leave out status of finished data sets, for which one is processed first",
    )  # fmt: skip
    parser.add_argument(
        "--no-jobs", dest="jobs", action="store_false", help="leave out what a further job costs"
    )
    parser.add_argument("--scratch", type=Path, help="folder for the data sets")
    return parser.parse_args()


def simulated_patch(root: Path) -> Path:
    """Simulate the small data set whose first patch is repeated."""
    simulate_dataset(root, PRESETS["tiny"], progress=silent)
    return root


def costs_of(
    source: Path, count: int, scratch: Path, *, with_finished: bool
) -> Iterator[tuple[str, Cost]]:
    """Give every command with its cost, for one number of patches."""
    new = repeated_patches(source, scratch / f"new_{count}", count, is_finished=False)
    snakefile = ["--snakefile", str(CHECKOUT / "Snakefile"), "--config", f"dataset={new}"]
    workflow = files_only(new, scratch)
    yield "Snakemake alone", cost_of([*SNAKEMAKE, "--snakefile", str(workflow)], scratch)
    yield "snakemake -n", cost_of([*SNAKEMAKE, *snakefile], scratch)
    yield "pystamps status", cost_of([*PYSTAMPS, "status", "-d", str(new)], scratch)
    dry_run = [*PYSTAMPS, "run", "--dry-run", "-d", str(new), *SETTINGS]
    yield "pystamps run --dry-run", cost_of(dry_run, scratch)
    if with_finished:
        done = repeated_patches(source, scratch / f"done_{count}", count, is_finished=True)
        status = [*PYSTAMPS, "status", "-d", str(done)]
        yield "pystamps status, all done", cost_of(status, scratch)


def files_only(root: Path, scratch: Path) -> Path:
    """Write a workflow of the same jobs and files, and nothing else; give its Snakefile."""
    plan = WorkflowPlan.from_mapping({"dataset": str(root)})
    rules = {}
    for target in targets_of(plan):
        rules.setdefault(target.stage, target)
    folder = scratch / f"alone_{len(plan.patches)}"
    folder.mkdir()
    lines = ["rule all:", "    input: 'products/ps.h5', 'mean_v.mat'", ""]
    lines += ["wildcard_constraints:", "    patch=r'PATCH_\\d+'", ""]
    for name, target in rules.items():
        inputs, outputs = (
            [file.replace(f"{target.patch}/", "{patch}/") if target.patch else file for file in of]
            for of in (target.inputs, target.outputs)
        )
        is_input = [str(root / f) if ".mat" not in f and ".h5" not in f else f for f in inputs]
        lines += [f"rule {name}:", f"    input: {is_input!r}", f"    output: {outputs!r}"]
        lines += ["    shell: ''", ""]
    (folder / "Snakefile").write_text("\n".join(["workdir: '" + str(folder) + "'", *lines]))
    return folder / "Snakefile"


def seconds_of_job(source: Path, scratch: Path) -> float:
    """Give what a further job of stage 1 costs: the difference of two runs."""
    costs = []
    for count in (1, *_JOBS):  # the first one compiles kernels
        root = repeated_patches(source, scratch / f"jobs_{count}", count, is_finished=False)
        run = [*PYSTAMPS, "run", "-d", str(root), "--cores", "2", *SETTINGS]
        costs.append(cost_of([*run, "--until", "stage1_load"], scratch).seconds)
    return (costs[-1] - costs[-2]) / (_JOBS[1] - _JOBS[0])


if __name__ == "__main__":
    try:
        main()
    except BenchmarkError as error:
        sys.exit(f"benchmark stopped: {error}")
