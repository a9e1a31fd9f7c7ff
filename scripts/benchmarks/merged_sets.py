"""Data sets in front of the merge, of any size, without the stages before: for memory and files."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np

from pystamps.geo import local_coordinates, local_origin, sorted_by_y
from pystamps.io.artifacts import artifact_name, write_artifact
from pystamps.io.mat import write_mat
from pystamps.model import (
    Baselines,
    CorrectedPhase,
    Height,
    LookAngle,
    Phase,
    Pixels,
    SelectedNoise,
)

_PER_PATCH = 200_000
_LINE_M, _SAMPLE_M = 14.0, 4.0
_PER_CELL = 0.0672  # 1 200 pixels per square kilometre
_HEADING = -12.0
_METRES_PER_DEGREE = 111_000.0
_OVERLAP = 20


def set_before_merge(root: Path, n_ps: int, *, n_ifg: int) -> Path:
    """Write patches with about so many pixels in all.

    Positions differ from patch to patch; phases, baselines and angles of all patches are the same
    files (hard links), so that the patches need little more room than one of them.

    Parameters
    ----------
    root : Path
        New folder.
    n_ps : int
    n_ifg : int
        Interferograms, without the null column.
    """
    random = np.random.default_rng(7)
    across = max(2, round((n_ps / _PER_PATCH) ** 0.5))
    per_patch = n_ps // across**2
    n_line = round((per_patch / _PER_CELL * _SAMPLE_M / _LINE_M) ** 0.5)
    n_sample = round(per_patch / _PER_CELL / n_line)
    root.mkdir(parents=True)
    write_mat(
        root / "parms.mat", {"small_baseline_flag": "n", "lambda": 0.056, "heading": _HEADING}
    )
    bperp = np.insert(random.normal(0, 80, n_ifg), 0, 0)
    names = [f"PATCH_{number}" for number in range(1, across**2 + 1)]
    for number, name in enumerate(names):
        corner = np.array([number // across * n_line, number % across * n_sample])
        (root / name).mkdir()
        _write_positions(root / name, corner, (n_line, n_sample), per_patch, bperp, random)
    _write_values(root / names[0], per_patch, bperp[1:], random)
    for name in names[1:]:
        for path in (root / names[0]).glob("*2.mat"):
            if path.name != artifact_name(Pixels, 2):
                os.link(path, root / name / path.name)
    (root / "patch.list").write_text("".join(f"{name}\n" for name in names))
    return root


def _write_positions(
    folder: Path,
    corner: np.ndarray,
    size: tuple[int, int],
    n_ps: int,
    bperp: np.ndarray,
    random: np.random.Generator,
) -> None:
    """Write the pixels of a patch, some of which lie in the overlap, and its bounds."""
    n_line, n_sample = size
    low = np.maximum(corner - _OVERLAP, 0)
    n_wide = corner[1] + n_sample + _OVERLAP - low[1]
    cells = random.choice((corner[0] + n_line + _OVERLAP - low[0]) * n_wide, n_ps, replace=False)
    line, sample = low[0] + cells // n_wide, low[1] + cells % n_wide
    metres = np.column_stack([sample * _SAMPLE_M, line * _LINE_M])
    lonlat = np.array([12.0, 42.0]) + metres / _METRES_PER_DEGREE
    ll0 = local_origin(lonlat)
    order, xy = sorted_by_y(local_coordinates(lonlat, ll0, _HEADING))
    count = np.arange(1, n_ps + 1)
    pixels = Pixels(
        ij=np.column_stack([count, line[order], sample[order]]).astype(np.float64),
        lonlat=lonlat[order],
        xy=np.column_stack([count, xy]).astype(np.float32),
        bperp=bperp,
        day=737000.0 + 12 * np.arange(bperp.size),
        master_day=737000.0,
        master_ix=0,
        ll0=ll0,
        mean_incidence=0.6,
        mean_range=850_000.0,
    )
    write_artifact(folder / artifact_name(Pixels, 2), pixels)
    write_mat(folder / "psver.mat", {"psver": 2.0})
    own = (corner[1] + 1, corner[1] + n_sample, corner[0] + 1, corner[0] + n_line)
    (folder / "patch_noover.in").write_text("".join(f"{number}\n" for number in own))


def _write_values(folder: Path, n_ps: int, bperp: np.ndarray, random: np.random.Generator) -> None:
    n_ifg = bperp.size
    noise = random.normal(0, 0.3, (n_ps, n_ifg + 1)).astype(np.float32)
    noise[:, 0] = 0
    ph = np.exp(1j * noise).astype(np.complex64)
    ph_patch = np.exp(0.1j * noise[:, 1:]).astype(np.complex64)
    bperp_mat = (bperp + random.normal(0, 1, (n_ps, n_ifg))).astype(np.float32)
    k_ps, c_ps = random.normal(0, 1e-3, n_ps), random.normal(0, 0.1, n_ps)
    coh_ps = random.uniform(0.8, 0.99, n_ps)
    reref = np.insert(ph_patch, 0, 1, axis=1)
    for artifact in (
        Phase(ph), Baselines(bperp_mat), SelectedNoise(ph_patch, noise[:, 1:], coh_ps, k_ps, c_ps),
        CorrectedPhase(ph, reref), LookAngle(np.full(n_ps, 0.6)), Height(np.full(n_ps, 100.0)),
    ):  # fmt: skip
        write_artifact(folder / artifact_name(type(artifact), 2), artifact)
