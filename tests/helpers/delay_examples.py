"""Terrain for tests of delays, and what TRAIN makes of 400 made-up pixels."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
from trees import CHECKOUT

from pystamps.io.mat import read_mat, write_mat


def terrain(n_ps: int, *, extent_m: float = 20_000.0, seed: int = 7) -> tuple[np.ndarray, ...]:
    """Give local coordinates in m, (n_ps, 2), and heights in m of hills without a tilt."""
    rng = np.random.default_rng(seed)
    xy = rng.uniform(0, extent_m, (n_ps, 2)) * [1, 0.8]
    x, y = xy.T / 1000
    height = 700 + 300 * np.sin(x / 1.1) * np.cos(y / 0.9) + 250 * np.sin(x / 2 + y / 1.7)
    return xy, height + rng.normal(0, 5, n_ps)


def write_half_of_the_phase(root: Path) -> None:
    """Write half of the unwrapped phase as tropospheric, of wrong sign in the first column."""
    phase = read_mat(root / "phuw2.mat")["ph_uw"].astype(np.float64)
    half = 0.5 * phase
    half[:, 0] *= -1
    write_mat(root / "tca2.mat", {"ph_tropo_gacos": half})


@cache
def train_delays() -> dict[str, np.ndarray]:
    """Give inputs and results of TRAIN (``tests/data/README.md``)."""
    with np.load(CHECKOUT / "tests" / "data" / "train_delays.npz") as stored:
        return {key: stored[key] for key in stored.files}
