"""Print the table of ``docs/equality.md``: how far a whole run lies from the golden one.

Runs all stages on ``tiny`` and ``small`` in a temporary folder, each stage fed by ours before
it, and sets the largest difference of every variable beside two probes: how far the original's
own results move by rounding alone (``docs/equality_probes.json``, see ``measure_probe.py``), and
how far ours do when the phases of stage 1 are moved by one rounding error. The differences are
measured twice: as it is, and as on a processor without AVX, whose sines differ in the last place;
the table holds the larger one. Usage::

    python scripts/measure_equality.py GOLDEN_TREES
    python scripts/measure_equality.py GOLDEN_TREES --probes-only    no differences, a minute
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests" / "helpers"))

import numpy as np
from chain import run_chain
from golden_tolerances import BOUNDS
from tree_differences import Moved, largest
from trees import CHECKOUT, copy_writable

from pystamps.io.mat import read_mat, write_mat

PROBES = CHECKOUT / "docs" / "equality_probes.json"
SETS = ("tiny", "small")
ROUNDING_RAD = 6e-8
SEEDS = (0, 1)
"""Of the random signs; with one of ten a window of the filter of stage 2 decides otherwise."""
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
    original = probes_of_the_original()
    columns = {"probe of ours": own_probe(trees / "tiny")}
    probes = len(columns)
    if "--probes-only" not in sys.argv:
        columns |= {name: chained(trees / name) for name in SETS}
        for name, moved in elsewhere(trees).items():
            for key, size in moved.items():
                columns[name][key] = max(size, columns[name].get(key, 0.0))
    head = ("probe of StaMPS", "moved", *columns)
    print(f"| file | variable | {' | '.join(head)} | allowed | why |")
    print("|---" * (4 + len(head)) + "|")
    for base, variables in BOUNDS.items():
        for name, bound in variables.items():
            size, kind = original[base, name]
            cells = [shown(size), kind]
            cells += [shown(moved.get((base, name))) for moved in columns.values()]
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


def probes_of_the_original() -> dict[tuple[str, str], tuple[float, str]]:
    """Give the largest movement of every variable, and the kind of the probe that has it."""
    most: dict[tuple[str, str], tuple[float, str]] = {}
    for entry in json.loads(PROBES.read_text()).values():
        if "option" in entry:
            continue
        for base, variables in entry["differences"].items():
            for name, size in variables.items():
                most[base, name] = max(most.get((base, name), (-1.0, "")), (size, entry["kind"]))
    return most


def own_probe(tree: Path) -> Moved:
    """How far our results move when every phase of stage 1 moves by one rounding error."""
    with tempfile.TemporaryDirectory() as name:
        roots = [Path(name) / str(number) / "run" for number in range(1 + len(SEEDS))]
        for root, after in zip(roots, (None, *map(move_phases, SEEDS)), strict=True):
            copy_writable(tree / "run", root)
            copy_writable(tree / "raw", root.parent / "raw")
            run_chain(root, after=after).require(8)
        as_it_is, *others = roots
        return largest(
            (path, as_it_is / path.relative_to(moved))
            for moved in others
            for path in sorted(moved.rglob("*.mat"))
        )


def move_phases(seed: int) -> Callable[[str, Path], None]:
    """Give what moves the phases that stage 1 has written, some up and some down."""

    def move(stage: str, directory: Path) -> None:
        if stage == "stage1_load":
            path = directory / "ph1.mat"
            ph = read_mat(path)["ph"]
            sign = np.random.default_rng(seed).choice([-1, 1], ph.shape)
            write_mat(path, {"ph": (ph * np.exp(1j * ROUNDING_RAD * sign)).astype(np.complex64)})

    return move


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


if __name__ == "__main__":
    main()
