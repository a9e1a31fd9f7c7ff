"""A finished data set made by hand, with everything that pictures show."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from planted_delays import plant_delays
from processed_tree import DAYS, MASTER, SIZE, write_processed_tree

from pystamps import model
from pystamps.config import RunConfig
from pystamps.io.artifacts import artifact_name, read_variable, write_artifact
from pystamps.io.mat import read_mat, write_mat
from pystamps.stage_table import stage_named

DROPPED = 5
"""Number of the interferogram that is dropped, from 1."""


def example_velocities() -> np.ndarray:
    """Give the velocity of every pixel, mm/yr toward the satellite; a bowl that goes down."""
    line, sample = (axis.ravel() for axis in np.indices(SIZE))
    return 4.0 - 24.0 * np.exp(-((line - 5) ** 2 + (sample - 7) ** 2) / 12)


def write_plotted_tree(root: Path, *, has_delays: bool = False) -> Path:
    """Write the tree and its table of points; every pixel of the image is a point.

    Delays are those of :func:`planted_delays.plant_delays` for the default ``tropo_method``.
    """
    root.mkdir()
    line, sample = (axis.ravel() for axis in np.indices(SIZE))
    write_processed_tree(root, example_velocities(), line, sample)
    n_ps, n_ifg = line.size, DAYS.size
    smooth = model.SmoothedLookAngleError(
        k_ps_uw=np.full(n_ps, 0.0005),
        c_ps_uw=np.full(n_ps, 0.5, np.float32),
        ph_scla=np.full((n_ps, n_ifg), 0.25, np.float32),
        ph_ramp=np.zeros((0, 0)),
    )
    noise = np.linspace(-1, 1, n_ps)[:, None] * np.arange(n_ifg)
    noise[:, MASTER] = 0
    correlated = model.CorrelatedNoise(noise, np.zeros((n_ps, 1), np.float32), np.zeros((n_ps, 0)))
    height = model.Height(100.0 + 10.0 * line)
    for artifact in (smooth, correlated, height):
        write_artifact(root / artifact_name(type(artifact), 2), artifact)
    amplitude = np.where(np.indices(SIZE)[1] < 8, 1.0, 4.0).astype("<f4")
    (root / "PATCH_1" / "mean_amp.flt").write_bytes(amplitude.tobytes())
    drop_interferograms(root, DROPPED)
    if has_delays:
        plant_delays(root, "ph_tropo_linear")
    stage_named("product_points").load()(root, RunConfig(dataset=root))
    return root


def drop_interferograms(root: Path, *numbers: int) -> None:
    """Set ``drop_ifg_index``."""
    stored = read_mat(root / "parms.mat")
    write_mat(root / "parms.mat", {**stored, "drop_ifg_index": np.array([numbers], np.float64)})


def unwrapped_of(root: Path) -> np.ndarray:
    """Give the unwrapped phase that the tree holds."""
    return np.asarray(read_variable(model.Unwrapped, "ph_uw", root / "phuw2.mat"))
