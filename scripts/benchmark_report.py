"""Processor time of the whole report of a finished data set, in units that machines have in common.

    pystamps simulate STACK --interferograms 30 --lines 475 --samples 475 --ps-density 1200
    pystamps run -d STACK
    python scripts/benchmark_report.py STACK

A unit is the processor time of `python -c "import numba, scipy.spatial"`, before and after each
repeat. The pictures in STACK/figures are deleted before each, so that the workflow draws all of
them anew; the page is STACK/report.html. Printed are processor time of the command with all that it
starts and, from their benchmark files, of the jobs that draw.
"""

from __future__ import annotations

import argparse
import csv
import shutil
import statistics
import sys
from pathlib import Path

from benchmarks.child import CHECKOUT, BenchmarkError
from benchmarks.command_cost import PYSTAMPS, cost_of, unit_seconds
from pystamps.errors import PystampsError
from pystamps.io.dataset import discover_dataset


def main() -> None:
    """Make the report some times and print what each took."""
    arguments = parse()
    root = discover_dataset(arguments.dataset.resolve()).root  # before anything is deleted
    command = [*PYSTAMPS, "report", "-d", str(root), "--cores", str(arguments.cores)]
    for number in range(arguments.repeats):
        shutil.rmtree(root / "figures", ignore_errors=True)
        before = unit_seconds(root)
        cost = cost_of(command, root, checkout=arguments.checkout)
        unit = statistics.mean([before, unit_seconds(root)])
        print(
            f"{number + 1}: {cost.seconds / unit:.1f} units ({cost.seconds:.1f} s of the "
            f"processor, a unit is {unit:.2f} s), peak {cost.peak_mb:.0f} MB",
            flush=True,
        )
        for name, seconds in seconds_of_figures(root).items():
            print(f"   {name:22} {seconds / unit:5.1f}")


def parse() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("dataset", type=Path, help="finished; its figures and report are replaced")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--cores", type=int, default=1)
    parser.add_argument("--checkout", type=Path, default=CHECKOUT, help="whose code runs")
    return parser.parse_args()


def seconds_of_figures(root: Path) -> dict[str, float]:
    """Give the processor seconds of the jobs that draw, by figure."""
    found = {}
    for path in sorted((root / "benchmarks").glob("figure_*.tsv")):
        with path.open(encoding="utf-8") as lines:
            (row,) = csv.DictReader(lines, delimiter="\t")
        found[path.stem.removeprefix("figure_")] = float(row["cpu_time"])
    return found


if __name__ == "__main__":
    try:
        main()
    except (BenchmarkError, PystampsError) as error:
        sys.exit(f"benchmark stopped: {error}")
