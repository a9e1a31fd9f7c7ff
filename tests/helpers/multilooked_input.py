"""Small multilooked inputs, written by hand: interferograms of cells, positions, baselines.

Sums of positions and heights are exact in single precision, so that their means are the same in
whatever order they are added.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from pystamps.arrays import Array, Complex64, Float32

PAIRS = (
    *("20180101_20180113", "20180101_20180206", "20180113_20180206", "20180113_20180302"),
    *("20180206_20180302", "20180206_20180314"),
)
PAIR_REFERENCE = "20180113"
SECONDARY = ("20180101", "20180113", "20180302", "20180314", "20180326")
REFERENCE = "20180206"
FEW_LOOKS = (2, 3)
"""Looks in range and aspect ratio of the small baselines; the single master has the defaults."""
DEFAULT_LOOKS = (4, 5)
_CELLS = (20, 18)
"""Lines and samples of cells."""


def write_pairs(root: Path) -> Path:
    """Write small baselines: few looks, full positions and heights, a piece of a cell too much."""
    looks, ratio = FEW_LOOKS
    _write_stack(root, PAIRS, PAIR_REFERENCE, looks, ratio, rest=(4, 1), seed=1)
    (root / "looks.txt").write_text(f"{looks}\n")
    (root / "ar.txt").write_text(f"{ratio}\n")
    for name, cells in zip(("lon", "lat", "dem_radar_i"), _places_and_heights(2), strict=True):
        _full(cells, looks, ratio, (4, 1)).tofile(root / f"{name}.raw")
    return root


def write_single_master(root: Path) -> Path:
    """Write a single-master stack of the default looks, whose positions are multilooked already."""
    looks, ratio = DEFAULT_LOOKS
    _write_stack(root, SECONDARY, REFERENCE, looks, ratio, rest=(0, 0), seed=3)
    for name, cells in zip(("lon", "lat", "dem_radar"), _places_and_heights(4), strict=True):
        for full in (f"{name}.raw",) if name != "dem_radar" else ("dem_radar_i.raw",):
            (root / full).write_bytes(b"")  # only their multilooked files are read
        cells.tofile(root / f"{name}_{looks}l.raw")
    return root


def _write_stack(
    root: Path, folders: tuple[str, ...], reference: str, looks: int, ratio: int, *,
    rest: tuple[int, int], seed: int,
) -> None:  # fmt: skip
    """Write interferograms and their coherence, sizes, dates and baselines."""
    root.mkdir(parents=True)
    random = np.random.default_rng(seed)
    for folder in folders:
        (root / folder).mkdir()
        _coherence(random).tofile(root / folder / f"coh_{looks}l.raw")
        _phase(random).tofile(root / folder / f"cint.minrefdem_{looks}l.raw")
    lines, samples = (n * m + r for n, m, r in zip(_CELLS, (looks * ratio, looks), rest,
                                                   strict=True))  # fmt: skip
    texts = {
        "len.txt": lines, "width.txt": samples, "master_day.1.in": reference,
        "heading.1.in": 348.5, "lambda.1.in": 0.0555,
    }  # fmt: skip
    for name, value in texts.items():
        (root / name).write_text(f"{value}\n")
    for number, date in enumerate(sorted({d for folder in folders for d in folder.split("_")})):
        np.savetxt(root / f"bperp_{date}.1.in", _baselines(number), fmt="%.6f")


def _coherence(random: np.random.Generator) -> Float32:
    """Give coherences on steps of 1/64, so that some lie on the threshold itself."""
    return np.asarray(random.integers(0, 30, _CELLS) / 64, dtype=np.float32)


def _phase(random: np.random.Generator) -> Complex64:
    """Give phases that grow over the scene, with noise; some cells have none."""
    line, sample = np.indices(_CELLS)
    angle = 0.05 * line + 0.08 * sample + random.normal(0, 0.4, _CELLS)
    phase = random.integers(1, 9, _CELLS) * np.exp(1j * angle)
    phase[random.random(_CELLS) < 0.01] = 0
    return phase.astype(np.complex64)


def _places_and_heights(seed: int) -> tuple[Float32, Float32, Float32]:
    """Give longitude, latitude and height of the cells; some cells lie where another one does."""
    random = np.random.default_rng(seed)
    line, sample = np.indices(_CELLS)
    longitude = 10 + (sample * 4 + line) * 2.0**-12
    latitude = 48 + (line * 3 - sample) * 2.0**-13
    height = random.integers(-40, 400, _CELLS) / 4
    for _ in range(30):
        (a, c), (b, d) = random.integers(0, _CELLS, (2, 2))
        longitude[a, c], latitude[a, c] = longitude[b, d], latitude[b, d]
    return tuple(values.astype(np.float32) for values in (longitude, latitude, height))


def _full(cells: Float32, looks: int, ratio: int, rest: tuple[int, int]) -> Float32:
    """Give a raster of the full image whose means over the cells are those values."""
    full = np.kron(cells, np.ones((looks * ratio, looks)))
    offset = 2.0**-12 * (-1.0) ** np.indices(full.shape).sum(axis=0)
    padded: Array = np.pad(full + offset, ((0, rest[0]), (0, rest[1])), constant_values=77)
    return padded.astype(np.float32)


def _baselines(number: int) -> Array:
    """Give a plane of baselines on 50 x 50 nodes at 0 and 1000 m, in the order of the file."""
    line, sample = np.indices((50, 50))
    level = 40.0 * number - 90 + 0.05 * line - 0.03 * (number + 1) * sample
    return np.stack([level, level + 1.5], axis=-1).reshape(-1)
