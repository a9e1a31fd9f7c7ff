"""Measure how far results of the original move, from two trees that it has made.

A probe is a run of the original whose inputs were moved by one rounding error, beside its run on
the inputs as they are. This compares the two trees and keeps the largest difference of every
variable, and what was moved, in ``docs/equality_probes.json``; the trees are not kept. To make
one: copy a prepared data set with the results of the stages before the one of interest, move
their inputs, and run ``stamps(first, last)`` of StaMPS in Octave or MATLAB in it. Usage::

    python scripts/measure_probe.py NAME MOVED AS_IT_IS...   [--reversed]

``NAME`` is an entry of the file, whose words say what was moved. ``AS_IT_IS`` may be several
folders that lie on top of each other, the last one first (results of single stages).
``--reversed``: the pixels of the data set were given in the opposite order.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests" / "helpers"))

import numpy as np
from golden_tolerances import BOUNDS, DISCRETE
from stage_comparison import compare
from tree_differences import Moved, largest
from trees import CHECKOUT

from pystamps.io.mat import read_mat

PROBES = CHECKOUT / "docs" / "equality_probes.json"


def main() -> None:
    parser = argparse.ArgumentParser(description=str(__doc__).splitlines()[0])
    parser.add_argument("name")
    parser.add_argument("moved", type=Path)
    parser.add_argument("as_it_is", type=Path, nargs="+")
    parser.add_argument("--reversed", action="store_true")
    given = parser.parse_args()
    probes = json.loads(PROBES.read_text())
    if given.name not in probes:
        sys.exit(f"{PROBES.name} has no entry {given.name!r}; say there first what was moved")
    pairs = list(common_files(given.moved, given.as_it_is, "*" if given.reversed else "**/*"))
    if not pairs:
        sys.exit(f"{given.moved} and {given.as_it_is[0]} have no MAT file in common")
    moved = differences(pairs, is_reversed=given.reversed)
    probes[given.name] |= {
        "pixels_elsewhere": 0 if given.reversed else pixels_elsewhere(pairs),
        "differences": nested(moved),
        "decided_otherwise": decided_otherwise(pairs),
    }
    PROBES.write_text(json.dumps(probes, indent=1) + "\n")
    print(f"{given.name}: {sum(size > 0 for size in moved.values())} variables move")


def common_files(moved: Path, as_it_is: list[Path], name: str) -> Iterator[tuple[Path, Path]]:
    """Give the MAT files of the moved tree beside those of the tree as it is."""
    for path in sorted(moved.glob(f"{name}.mat")):
        places = (folder / path.relative_to(moved) for folder in as_it_is)
        other = next((place for place in places if place.is_file()), None)
        if other:
            yield path, other


def differences(pairs: list[tuple[Path, Path]], *, is_reversed: bool = False) -> Moved:
    """Give the differences that are not 0, and the others where rounding is allowed for."""
    moved = largest(pairs, read_reversed if is_reversed else read_mat)
    return {
        (base, name): size
        for (base, name), size in moved.items()
        if size or name in BOUNDS.get(base, {})
    }


def read_reversed(path: Path) -> dict[str, Any]:
    """Read a file of the data set whose pixels stand in the opposite order."""
    n_ps = int(read_mat(path.parent / "ps2.mat")["n_ps"].item())
    return {
        name: values[::-1] if np.shape(values)[:1] == (n_ps,) else values
        for name, values in read_mat(path).items()
    }


def pixels_elsewhere(pairs: list[tuple[Path, Path]]) -> int:
    """Count the rows of the merged pixels that hold another pixel."""
    for path, other in pairs:
        if path.name == "ps2.mat" and not path.parent.name.startswith("PATCH_"):
            ij, golden = (read_mat(file)["ij"] for file in (path, other))
            return int(np.count_nonzero((ij[:, 1:] != golden[:, 1:]).any(axis=1)))
    return 0


def decided_otherwise(pairs: list[tuple[Path, Path]]) -> list[str]:
    """Name the discrete results that are not equal."""
    names = set()
    for path, other in pairs:
        found, golden = read_mat(path), read_mat(other)
        for name in set(DISCRETE.get(path.stem, ())) & set(found) & set(golden):
            if compare(as_number(found[name]), as_number(golden[name]))[0]:
                names.add(f"{path.stem} {name}")
    return sorted(names)


def as_number(value: Any) -> Any:
    """Give logicals as bytes, as which reduced golden files hold them."""
    return value.astype(np.uint8) if getattr(value, "dtype", None) == np.bool_ else value


def nested(moved: Moved) -> dict[str, dict[str, float]]:
    """Give the differences by file and variable, three digits of each."""
    files: dict[str, dict[str, float]] = {}
    for (base, name), size in sorted(moved.items()):
        files.setdefault(base, {})[name] = float(f"{size:.3g}")
    return files


if __name__ == "__main__":
    main()
