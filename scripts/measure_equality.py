"""Print the table of ``docs/equality.md``: how far a whole run lies from the golden one.

Runs all stages on ``tiny`` and ``small`` in a temporary folder, each stage fed by ours before
it, and sets the largest difference of every variable beside two probes: how far the original's
own results move when the phases of stage 1 are moved by one rounding error
(``tiny/roundoff_probe``, kept for some variables only), and how far ours do. The differences are
measured twice: as it is, and as on a processor without AVX, whose sines differ in the last place;
the table holds the larger one. Usage::

    python scripts/measure_equality.py GOLDEN_TREES
    python scripts/measure_equality.py GOLDEN_TREES --probes-only    the first columns, one minute
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests" / "helpers"))

import numpy as np
from chain import run_chain
from golden_tolerances import BOUNDS, MODULO_2PI, MODULO_2PI_PER_COLUMN, RELATIVE
from stage_comparison import compare
from trees import copy_writable

from pystamps.io.mat import read_mat, write_mat

Moved = dict[tuple[str, str], float]

SETS = ("tiny", "small")
ROUNDING_RAD = 6e-8
WITHOUT_AVX = {
    "NPY_DISABLE_CPU_FEATURES": "X86_V3 X86_V4 AVX512_ICL",
    "NUMBA_CPU_NAME": "x86-64-v2",
    "NUMBA_CPU_FEATURES": "",
}


def main() -> None:
    trees = Path(sys.argv[1])
    if "--chains-only" in sys.argv:
        print(json.dumps({name: nested(chained(trees / name)) for name in SETS}))
        return
    columns = {"probe of StaMPS": probe(trees), "probe of ours": own_probe(trees / "tiny")}
    probes = len(columns)
    if "--probes-only" not in sys.argv:
        columns |= {name: chained(trees / name) for name in SETS}
        for name, moved in elsewhere(trees).items():
            for key, size in moved.items():
                columns[name][key] = max(size, columns[name].get(key, 0.0))
    print(f"| file | variable | {' | '.join(columns)} | allowed | why |")
    print("|---" * (4 + len(columns)) + "|")
    for base, variables in BOUNDS.items():
        for name, bound in variables.items():
            cells = [shown(moved.get((base, name))) for moved in columns.values()]
            print(f"| {base} | {name} | {' | '.join(cells)} | {bound.size:.0e} | {bound.why} |")
    for column, moved in list(columns.items())[probes:]:
        for (base, name), size in sorted(moved.items()):
            if size and name not in BOUNDS.get(base, {}):
                print(f"NOT EXPECTED: {column}: {base} {name} differs by {size:.3g}")


def elsewhere(trees: Path) -> dict[str, Moved]:
    """Give the differences as a processor without AVX has them."""
    with tempfile.TemporaryDirectory() as cache:
        done = subprocess.run(
            [sys.executable, __file__, str(trees), "--chains-only"],
            env=os.environ | WITHOUT_AVX | {"NUMBA_CACHE_DIR": cache},
            stdout=subprocess.PIPE,
            check=True,
        )
    return {
        name: {(base, variable): size for base, variable, size in moved}
        for name, moved in json.loads(done.stdout).items()
    }


def nested(moved: Moved) -> list[tuple[str, str, float]]:
    return [(base, name, size) for (base, name), size in moved.items()]


def shown(size: float | None) -> str:
    if size is None:
        return ""
    return f"{size:.1e}" if size else "0"


def probe(trees: Path) -> Moved:
    folder = trees / "tiny" / "roundoff_probe"
    pairs = ((path, golden_of(path, folder, trees)) for path in folder.rglob("*.mat"))
    return largest(pairs)


def golden_of(path: Path, folder: Path, trees: Path) -> Path:
    return trees / "tiny" / "stages" / path.relative_to(folder)


def own_probe(tree: Path) -> Moved:
    """How far our results move when every phase of stage 1 moves by one rounding error."""
    with tempfile.TemporaryDirectory() as name:
        roots = [Path(name) / side / "run" for side in ("as_it_is", "moved")]
        for root, after in zip(roots, (None, move_phases), strict=True):
            copy_writable(tree / "run", root)
            copy_writable(tree / "raw", root.parent / "raw")
            run_chain(root, after=after).require(8)
        as_it_is, moved = roots
        paths = sorted(moved.rglob("*.mat"))
        return largest((path, as_it_is / path.relative_to(moved)) for path in paths)


def move_phases(stage: str, directory: Path) -> None:
    """Move the phases that stage 1 has written, some up and some down."""
    if stage == "stage1_load":
        path = directory / "ph1.mat"
        ph = read_mat(path)["ph"]
        sign = np.random.default_rng(0).choice([-1, 1], ph.shape)
        write_mat(path, {"ph": (ph * np.exp(1j * ROUNDING_RAD * sign)).astype(np.complex64)})


def chained(tree: Path) -> Moved:
    with tempfile.TemporaryDirectory() as name:
        root = Path(name) / "run"
        copy_writable(tree / "run", root)
        copy_writable(tree / "raw", Path(name) / "raw")
        chain = run_chain(root)
        chain.require(8)
        return largest(golden_pairs(root, tree / "stages"))


def golden_pairs(root: Path, stages: Path) -> Iterator[tuple[Path, Path]]:
    for stage in range(1, 9):
        folder = stages / f"stage{stage}"
        for path in folder.rglob("*.mat"):
            found = root / path.relative_to(folder)
            if found.is_file() and not (stage == 5 and path.stem == "phuw2"):
                yield found, path


def largest(pairs: Iterator[tuple[Path, Path]]) -> Moved:
    """Largest difference of every variable over all patches."""
    moved: Moved = {}
    for found_path, golden_path in pairs:
        base = golden_path.stem
        if base in ("parms", "psver", "no_ps_info"):
            continue
        found, golden = read_mat(found_path), read_mat(golden_path)
        for name in set(found) & set(golden):
            _, size = compare(
                found[name],
                golden[name],
                modulo_2pi=name in MODULO_2PI.get(base, ()),
                per_column=name in MODULO_2PI_PER_COLUMN.get(base, ()),
                relative=name in RELATIVE.get(base, ()),
            )
            if np.isfinite(size):  # infinite: another class, as logicals of the reduced set
                moved[base, name] = max(size, moved.get((base, name), 0.0))
    return moved


if __name__ == "__main__":
    main()
