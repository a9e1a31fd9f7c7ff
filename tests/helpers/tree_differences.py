"""Largest difference of every variable of many MAT files."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np
from golden_tolerances import MODULO_2PI, MODULO_2PI_PER_COLUMN, RELATIVE
from stage_comparison import compare

from pystamps.io.mat import read_mat

Moved = dict[tuple[str, str], float]
"""Difference by file (``pm1``) and variable."""


def largest(
    pairs: Iterable[tuple[Path, Path]], read_found: Callable[[Path], dict[str, Any]] = read_mat
) -> Moved:
    """Give the largest difference of every variable over all patches.

    ``read_found`` reads the first file of each pair.
    """
    moved: Moved = {}
    for found_path, golden_path in pairs:
        base = golden_path.stem
        if base in ("parms", "psver", "no_ps_info"):
            continue
        found, golden = read_found(found_path), read_mat(golden_path)
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
