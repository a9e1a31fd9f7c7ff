"""Table of points and exports at any size: seconds, peak memory and size of every file.

    python scripts/benchmark_exports.py                                1 million points, 100 dates
    python scripts/benchmark_exports.py --points 100000 --dates 30 --to points.kmz points.parquet

The merged results of a finished data set are written first (random numbers: nothing compresses
better than real results do), in a folder that is deleted afterwards; `--folder` keeps it, and what
lies there is used again. Every step is a process of its own: peak memory is that of the process,
pages of mapped files included.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pystamps import model
from pystamps.io.artifacts import artifact_name, write_artifact
from pystamps.io.mat import write_mat
from pystamps.rows import Rows

CHECKOUT = Path(__file__).resolve().parent.parent
WAVELENGTH_M, FIRST_DAY, REVISIT_DAYS, MERGED = 0.0555, 736000.0, 12.0, 2
COLUMNS_OF_IMAGE = 4000
MAKE_TABLE = (
    "import sys; from pathlib import Path; from pystamps.config import RunConfig; "
    "from pystamps.pipeline.entry.points import product_points; "
    "product_points(Path(sys.argv[1]), RunConfig(Path(sys.argv[1])))"
)
EXPORT = "import sys; from pystamps.cli import main; main(sys.argv[1:])"


@dataclass(frozen=True)
class Measured:
    """What a step took."""

    name: str
    seconds: float
    processor_seconds: float
    peak_mb: float
    size_mb: float


def main() -> None:
    """Measure and print a table for docs/exports.md."""
    arguments = parse()
    with tempfile.TemporaryDirectory(prefix="pystamps-exports-") as temporary:
        root = (arguments.folder or Path(temporary)).resolve()
        if not (root / "patch.list").is_file():
            write_results(root, arguments.points, arguments.dates)
        made = [measured("`products/ps.h5`", root / "products" / "ps.h5", MAKE_TABLE, str(root))]
        for name in arguments.to:
            target = root / name
            command = ("export", str(root), "--to", str(target), "--overwrite")
            made.append(measured(f"`{target.suffix}`", target, EXPORT, *command))
    print(f"{arguments.points:,} points, {arguments.dates} dates\n")
    print("| file | seconds | on the processor | peak memory (MB) | size (MB) |")
    print("|---|---|---|---|---|")
    for item in made:
        print(
            f"| {item.name} | {item.seconds:.0f} | {item.processor_seconds:.0f} | "
            f"{item.peak_mb:.0f} | {item.size_mb:.0f} |"
        )


def parse() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--points", type=int, default=1_000_000)
    parser.add_argument("--dates", type=int, default=100)
    parser.add_argument("--to", nargs="+", default=["points.gpkg", "points.csv"])
    parser.add_argument("--folder", type=Path, help="data set to make there, or to use again")
    return parser.parse_args()


def measured(name: str, made: Path, program: str, *words: str) -> Measured:
    """Run a program of Python in a process of its own; it has to end well and to write a file."""
    started = time.perf_counter()
    process = os.posix_spawn(
        sys.executable, [sys.executable, "-c", program, *words],
        os.environ | {"PYTHONPATH": os.pathsep.join([str(CHECKOUT), str(CHECKOUT / "kernels")])},
    )  # fmt: skip
    _, status, usage = os.wait4(process, 0)
    seconds = time.perf_counter() - started
    if status or not made.is_file():
        sys.exit(f"{name}: failed")
    return Measured(
        name, seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024,
        made.stat().st_size / 1e6,
    )  # fmt: skip


def write_results(root: Path, n_ps: int, n_ifg: int) -> None:
    """Write the merged results of a finished data set of random motion, block by block."""
    patch = root / "PATCH_1"
    patch.mkdir(parents=True)
    number = np.arange(n_ps)
    line, sample = np.divmod(number, COLUMNS_OF_IMAGE)
    day = FIRST_DAY + REVISIT_DAYS * np.arange(n_ifg)
    master = n_ifg // 2
    bperp = np.random.default_rng(1).normal(0, 60, n_ifg).astype(np.float32)
    bperp[master] = 0
    pixels = model.Pixels(
        ij=np.column_stack([number + 1, line, sample]).astype(np.float64),
        lonlat=np.column_stack([10 + sample * 4e-5, 45 + line * 1e-4]),
        xy=np.column_stack([number + 1, sample * 3.2, line * 11.1]).astype(np.float32),
        bperp=bperp, day=day, master_day=float(day[master]), master_ix=master,
        ll0=np.array([10.0, 45.0]), mean_incidence=0.6, mean_range=8.5e5,
    )  # fmt: skip
    slopes = np.random.default_rng(2).normal(0, 0.005, n_ps)

    def random_phase(seed: int, size: float, kind: type) -> Rows:
        def give(rows: slice) -> np.ndarray:
            generator = np.random.default_rng((seed, rows.start))
            found = generator.normal(0, size, (rows.stop - rows.start, n_ifg)).astype(kind)
            found[:, master] = 0
            return found

        return Rows((n_ps, n_ifg), kind, give)

    scla = Rows(
        (n_ps, n_ifg), np.float32,
        lambda rows: (slopes[rows, None] * bperp).astype(np.float32),
    )  # fmt: skip
    nothing = np.zeros((0, 0))
    zeros = np.zeros(n_ps, np.float32)
    for artifact in (
        pixels,
        model.Unwrapped(random_phase(3, 2.0, np.float32), np.ones(n_ifg, np.float32)),
        model.LookAngleError(scla, slopes, zeros, nothing, np.eye(n_ifg)),
        model.CorrelatedNoise(random_phase(4, 0.5, np.float64), np.zeros((n_ps, 0), np.float32),
                              np.zeros((n_ps, 0))),
        model.InterferogramNoise(np.full(n_ifg, 30, np.float32)),
        model.Height(np.full(n_ps, 100.0)),
        model.LookAngle(np.full(n_ps, 0.6)),
    ):  # fmt: skip
        write_artifact(root / artifact_name(type(artifact), MERGED), artifact)
    write_mat(root / "pm2.mat", {"coh_ps": np.linspace(0.3, 1, n_ps)[:, None]})  # all that is read
    write_mat(
        root / "parms.mat",
        {"lambda": WAVELENGTH_M, "heading": -12.0, "insar_processor": "snap",
         "small_baseline_flag": "n"},
    )  # fmt: skip
    (patch / "pscands.1.ij").write_text("")
    (patch / "patch.in").write_text(f"1\n{COLUMNS_OF_IMAGE}\n1\n{int(line[-1]) + 1}\n")
    (root / "patch.list").write_text("PATCH_1\n")


if __name__ == "__main__":
    main()
