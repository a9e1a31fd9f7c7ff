"""Make ``tests/data/tiny``: input and compact golden results of the smallest data set.

A bare clone proves the whole chain with it. Results of the original StaMPS are kept in full
where they are discrete (indices, masks, grids, arcs) or one value per pixel; matrices are
reduced to every ``step``-th row. Usage::

    python scripts/make_compact_golden.py GOLDEN_TREES [tests/data/tiny]

``GOLDEN_TREES`` holds ``tiny/run``, ``tiny/raw`` and ``tiny/stages/stage1`` to ``stage8``.
"""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import scipy.sparse

from pystamps.io.mat import describe_mat, read_mat

ROWS_KEPT = 160
BOOKKEEPING = {"psver", "no_ps_info", "parms"}
NOT_OURS = {"inc2", "stage5/phuw2"}
"""Empty placeholders: no patch of this data set has ``inc``; ``phuw2`` is a result of stage 6."""

SELECTED = {"ps2", "ph2", "pm2", "bp2", "hgt2", "la2"}
"""StaMPS writes them in stage 4 of a patch, pySTAMPS in its stage 5."""


def main() -> None:
    source = Path(sys.argv[1]) / "tiny"
    target = Path(sys.argv[2] if len(sys.argv) > 2 else "tests/data/tiny")
    copy_input(source, target)
    contents: dict[str, dict[str, Any]] = {}
    arrays: dict[str, dict[str, np.ndarray[Any, Any]]] = {}
    for stage, key, path in golden_files(source / "stages"):
        described = contents.setdefault(f"stage{stage}", {}).setdefault(key, {})
        for name, value in sorted(read_mat(path).items()):
            described[name], kept = reduce(value, describe_mat(path)[name][1])
            if kept is not None:
                arrays.setdefault(f"stage{stage}", {})[f"{key}/{name}"] = kept
    for stage_name, kept_arrays in arrays.items():
        np.savez_compressed(target / f"{stage_name}.npz", **kept_arrays)  # type: ignore[arg-type]
    text = json.dumps(contents, indent=1, sort_keys=True)
    (target / "contents.json").write_text(text + "\n")
    total = sum(path.stat().st_size for path in target.rglob("*") if path.is_file())
    print(f"{target}: {total / 1e6:.2f} MB")


def copy_input(source: Path, target: Path) -> None:
    """Copy what stage 1 reads: the prepared tree, and the text files of the raw export."""
    if target.exists():
        shutil.rmtree(target)
    for path in sorted((source / "run").rglob("*")):
        # the mean amplitude is for figures only, ij.int and ij0 for the original's programs
        if path.is_file() and path.suffix != ".flt" and not path.name.endswith((".int", ".ij0")):
            copy(path, target / "run" / path.relative_to(source / "run"))
    for path in sorted((source / "raw").rglob("*")):
        if path.suffix in (".par", ".base", ".diff_par"):
            copy(path, target / "raw" / path.relative_to(source / "raw"))


def copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)


def golden_files(stages: Path) -> Iterator[tuple[int, str, Path]]:
    """Give the stage of pySTAMPS that writes a file, its name without suffix, and the file."""
    for stage in range(1, 9):
        folder = stages / f"stage{stage}"
        for path in sorted(folder.rglob("*.mat")):
            key = path.relative_to(folder).with_suffix("").as_posix()
            if path.stem in BOOKKEEPING | NOT_OURS or f"stage{stage}/{key}" in NOT_OURS:
                continue
            yield stage_of(stage, path.stem), key, path


def stage_of(stage: int, base: str) -> int:
    if stage == 4 and base in SELECTED:
        return 5
    return 8 if base == "uw_space_time" else stage


def reduce(value: Any, matlab_class: str) -> tuple[dict[str, Any], np.ndarray[Any, Any] | None]:
    """Give class, size and step of a variable, and the values to keep."""
    if isinstance(value, str):
        return {"class": "char", "text": value}, None
    is_sparse = scipy.sparse.issparse(value)
    array: np.ndarray[Any, Any] = value.toarray() if is_sparse else np.asarray(value)
    described: dict[str, Any] = {"class": matlab_class, "size": list(array.shape), "step": 1}
    if array.size == 0:
        return described, None
    if array.dtype == np.float64 and np.array_equal(array, np.float32(array), equal_nan=True):
        array = array.astype(np.float32)  # nothing is lost, and it takes half the space
    rows = array.reshape(-1, array.shape[-1])
    if not is_discrete(array) and array.shape[-1] > 3:
        described["step"] = max(1, rows.shape[0] // ROWS_KEPT)
    return described, np.ascontiguousarray(rows[:: described["step"]])


def is_discrete(array: np.ndarray[Any, Any]) -> bool:
    """Tell whether all values are whole numbers (or NaN)."""
    if array.dtype == bool:
        return True
    with np.errstate(invalid="ignore"):
        return bool(np.all(np.isreal(array) & (np.isnan(array) | (np.round(array) == array))))


if __name__ == "__main__":
    main()
