"""Data sets with small patches beside large ones, and what the original makes of them.

The candidates are those of ``tests/data/tiny``, cut into patches anew; ``small_patches.npz`` holds
the results of the original on these very data sets, stages 1 to 8, reduced. Usage, to make it anew
(the original runs in a copy of the data set)::

    python tests/helpers/small_patches.py coast|islets FOLDER
    python tests/helpers/small_patches.py reduce COAST ISLETS
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from trees import CHECKOUT, copy_writable

from pystamps.io.mat import read_mat

TINY = CHECKOUT / "tests" / "data" / "tiny"
GOLDEN = CHECKOUT / "tests" / "data" / "small_patches.npz"
OVERLAP = 3
BORDER_LINE = 82
"""First line that the candidates of tiny are taken from its second patch."""

COAST = {
    "PATCH_1": (1, 60, 83, 164),  # five candidates, far apart
    "PATCH_2": (1, 80, 1, 82),
    "PATCH_3": (81, 87, 1, 82),  # narrower than the window of stage 2
    "PATCH_4": (88, 108, 1, 82),  # than that of stage 3
    "PATCH_5": (61, 160, 83, 164),
    "PATCH_6": (109, 160, 1, 82),  # its heights are 0: stage 4 drops all
}
"""Own bounds of the patches, from 1: samples, lines; with weed_zero_elevation."""
SCATTERED = {"coast": ("PATCH_1",), "islets": tuple(f"PATCH_{k}" for k in range(2, 10))}
"""Patches whose candidates are listed, because they were drawn by chance."""
ISLETS = {"PATCH_2": 2, "PATCH_3": 3, "PATCH_4": 4, "PATCH_5": 6, "PATCH_6": 9, "PATCH_7": 20,
          "PATCH_8": 60, "PATCH_9": 200}  # fmt: skip
"""Numbers of candidates of patches that are large and nearly empty; PATCH_11 is an islet."""
ISLET = (70, 76, 20, 27)


def candidates() -> dict[str, Any]:
    """All candidates of tiny, once: ij, ll, ph, da, hgt, one row each."""
    parts = []
    for number in (1, 2):
        folder = TINY / "run" / f"PATCH_{number}"
        ij = np.loadtxt(folder / "pscands.1.ij", dtype=np.int64)
        own = (ij[:, 1] < BORDER_LINE) == (number == 1)
        n = len(ij)
        columns = {
            "ij": ij,
            "ll": np.fromfile(folder / "pscands.1.ll", ">f4").reshape(n, 2),
            "ph": np.fromfile(folder / "pscands.1.ph", ">c8").reshape(-1, n).T,
            "da": np.array((folder / "pscands.1.da").read_text().split()),
            "hgt": np.fromfile(folder / "pscands.1.hgt", ">f4"),
        }
        parts.append({name: values[own] for name, values in columns.items()})
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def listed(kind: str, patch: str, stack: dict[str, Any]) -> np.ndarray:
    """Rows of the candidates that a patch drawn by chance has."""
    with np.load(GOLDEN) as golden:
        place = golden[f"{kind}/{patch}/place"]
    number = {tuple(ij): row for row, ij in enumerate(stack["ij"][:, 1:].tolist())}
    return np.array([number[tuple(ij)] for ij in place.tolist()])


def inside(bounds: tuple[int, int, int, int], stack: dict[str, Any]) -> np.ndarray:
    """Rows of the candidates in some bounds."""
    line, sample = stack["ij"][:, 1] + 1, stack["ij"][:, 2] + 1
    first, last, top, bottom = bounds
    is_in = (sample >= first) & (sample <= last) & (line >= top) & (line <= bottom)
    return np.flatnonzero(is_in)


def grown(bounds: tuple[int, int, int, int]) -> tuple[int, int, int, int]:
    """Bounds with overlap."""
    first, last, top, bottom = bounds
    return (
        max(1, first - OVERLAP), min(160, last + OVERLAP),
        max(1, top - OVERLAP), min(164, bottom + OVERLAP),
    )  # fmt: skip


def coast(folder: Path) -> Path:
    """Write a data set of six patches, of which four lose all pixels; give its root."""
    root, stack = _root(folder), candidates()
    for name, own in COAST.items():
        outer = grown(own)
        rows = listed("coast", name, stack) if name == "PATCH_1" else inside(outer, stack)
        _write_patch(root, name, stack, rows, own=own, outer=outer, is_flat=name == "PATCH_6")
    return root


def islets(folder: Path) -> Path:
    """Write a data set of patches with few candidates and an islet, no large one; give its root."""
    root, stack = _root(folder), candidates()
    for name in ISLETS:
        rows = listed("islets", name, stack)
        _write_patch(root, name, stack, rows, own=(1, 160, 1, 164), outer=(1, 160, 1, 164))
    _write_patch(root, "PATCH_11", stack, inside(ISLET, stack), own=ISLET, outer=ISLET)
    return root


def _root(folder: Path) -> Path:
    for name in ("run", "raw"):
        copy_writable(TINY / name, folder / name)
    root = folder / "run"
    for patch in root.glob("PATCH_*"):
        shutil.rmtree(patch)
    (root / "patch.list").write_text("")
    return root


def _write_patch(
    root: Path,
    name: str,
    stack: dict[str, Any],
    rows: np.ndarray,
    *,
    own: tuple[int, int, int, int],
    outer: tuple[int, int, int, int],
    is_flat: bool = False,
) -> None:
    folder = root / name
    folder.mkdir()
    for file, bounds in (("patch_noover.in", own), ("patch.in", outer)):
        (folder / file).write_text("".join(f"{number}\n" for number in bounds))
    ij = stack["ij"][rows]
    ij[:, 0] = np.arange(1, len(rows) + 1)
    np.savetxt(folder / "pscands.1.ij", ij, fmt="%d")
    stack["ll"][rows].astype(">f4").tofile(folder / "pscands.1.ll")
    np.ascontiguousarray(stack["ph"][rows].T, ">c8").tofile(folder / "pscands.1.ph")
    (folder / "pscands.1.da").write_text("".join(f"{value}\n" for value in stack["da"][rows]))
    heights = stack["hgt"][rows] * (0 if is_flat else 1)
    heights.astype(">f4").tofile(folder / "pscands.1.hgt")
    with (root / "patch.list").open("a") as stream:
        stream.write(f"{name}\n")


REDUCED = {
    "pm1": ("coh_ps", "K_ps", "Nr", "i_loop", "grid_ij"),
    "select1": ("ix", "keep_ix", "coh_thresh", "coh_ps2"),
    "weed1": ("ix_weed",),
    "ps2": ("n_ps",),
}
MERGED = {
    "ps2": ("ij", "xy", "ll0", "bperp"), "pm2": ("coh_ps",), "ifgstd2": ("ifg_std",),
    "phuw2": ("ph_uw",), "scla2": ("K_ps_uw",), "scn2": ("ph_scn_slave",),
}  # fmt: skip
STEP = 16
"""Of the merged matrices with a column per interferogram every so many rows are kept."""


def results(root: Path, kind: str) -> Iterator[tuple[str, np.ndarray]]:
    """Give what is kept of a finished data set, by name."""
    for patch in (root / "patch.list").read_text().split():
        if kind == "islets" and patch not in (*ISLETS, "PATCH_11"):
            continue
        for file, names in REDUCED.items():
            values = read_mat(root / patch / f"{file}.mat")
            for name in names:
                if not (patch in ("PATCH_2", "PATCH_5") and kind == "coast" and file == "pm1"):
                    yield f"{kind}/{patch}/{file}/{name}", _small(values[name])
    for file, names in MERGED.items() if kind == "coast" else ():
        values = read_mat(root / f"{file}.mat")
        for name in names:
            is_wide = name in ("ph_uw", "ph_scn_slave")
            yield f"{kind}/{file}/{name}", _small(values[name][::STEP] if is_wide else values[name])


def _small(values: Any) -> np.ndarray:
    array = np.asarray(values)
    return array.astype(np.float32) if array.dtype == np.float64 and array.size > 200 else array


def main() -> None:
    """See the module."""
    what, *folders = sys.argv[1:]
    if what != "reduce":
        (coast if what == "coast" else islets)(Path(folders[0]))
        return
    kept: dict[str, np.ndarray] = {}
    for kind, folder in zip(("coast", "islets"), folders, strict=True):
        root = Path(folder)
        kept |= results(root, kind)
        for patch in SCATTERED[kind]:
            ij = np.loadtxt(root / patch / "pscands.1.ij", dtype=np.int16, ndmin=2)
            kept[f"{kind}/{patch}/place"] = ij[:, 1:]
    np.savez_compressed(GOLDEN, **kept)  # type: ignore[arg-type]
    print(f"{GOLDEN}: {GOLDEN.stat().st_size / 1000:.0f} kB, {len(kept)} arrays")


if __name__ == "__main__":
    main()
