"""Memory and file traffic of the stages on merged pixels, at sizes no stack is made for.

    python scripts/benchmark_memory.py FOLDER --pixels 1000000
    python scripts/benchmark_memory.py FOLDER --stages stage7_scla     a folder made before

Makes patches of so many pixels in front of the merge (``benchmarks/merged_sets.py``) and runs the
merge, stages 6 to 8 and the velocity, each in a process of its own. Printed are the largest
resident memory of the process (of snaphu apart), processor time, and bytes read and written against
the sizes of the files that it opened. ``--remove-patches`` makes room after the merge.
"""

from __future__ import annotations

import argparse
import shutil
from pathlib import Path

from benchmarks.child import CHECKOUT, records_of
from benchmarks.merged_sets import set_before_merge
from benchmarks.stage_runs import StageSettings, run_in_child

STAGES = (
    "stage5_merge", "stage6_unwrap", "stage7_scla", "stage8_filter", "product_mean_velocity",
)  # fmt: skip


def main() -> None:
    """Make the data set if it is not there, run the stages and print a line for each."""
    arguments = parse()
    if not arguments.folder.exists():
        set_before_merge(arguments.folder, arguments.pixels, n_ifg=arguments.interferograms)
    settings = StageSettings(
        threads=arguments.threads,
        memory_budget_mb=arguments.memory_budget_mb,
        checkout=str(arguments.checkout),
    )
    (idle,) = records_of(
        "benchmarks.stage_runs:idle_process", {}, threads=arguments.threads,
        checkout=arguments.checkout,
    )  # fmt: skip
    print(f"an idle process with the libraries: {idle['peak_mb']:.0f} MB", flush=True)
    for stage in arguments.stages:
        run = run_in_child(stage, arguments.folder, arguments.folder, settings, with_parts=True)
        n_ps = run.counts["pixels"]
        print(
            f"{stage}: {n_ps} pixels, peak {run.peak_mb:.0f} MB "
            f"({(run.peak_mb - idle['peak_mb']) * 2**20 / n_ps:.0f} bytes per pixel beyond an idle "
            f"process), {run.cpu_seconds:.1f} processor s, {run.seconds:.1f} s; files "
            f"{run.files_mb:.0f} MB, read and written {run.moved / 2**20:.0f} MB, "
            f"{run.moved / 2**20 / run.files_mb:.2f} times",
            flush=True,
        )
        if stage == STAGES[0] and arguments.remove_patches:
            for patch in arguments.folder.glob("PATCH_*"):
                shutil.rmtree(patch)


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("folder", type=Path, help="of the data set; made where it is not there")
    add("--pixels", type=int, default=1_000_000)
    add("--interferograms", type=int, default=30)
    add("--stages", nargs="*", choices=STAGES, default=STAGES, metavar="STAGE")
    add("--threads", type=int, default=2)
    add("--memory-budget-mb", type=int, help="default: that of a run")
    add("--checkout", type=Path, default=CHECKOUT, help="whose code runs")
    add("--remove-patches", action="store_true", help="after the merge")
    return parser.parse_args()


if __name__ == "__main__":
    main()
