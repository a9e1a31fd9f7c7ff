"""Coherence of multilooked cells: one value per interferogram, where other pixels have one."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from pystamps.arrays import Float64
from pystamps.errors import ArtifactError
from pystamps.io.mat import read_mat
from pystamps.model import Pixels


def mean_coherence_of_cells(path: Path, pixels: Pixels) -> Float64:
    """Give the mean coherence over the interferograms: float64, (n_ps,).

    Parameters
    ----------
    path : Path
        ``pm2.mat`` of a selection of multilooked cells.
    pixels : Pixels

    Raises
    ------
    ArtifactError
        It does not go with the pixels.
    """
    found = np.asarray(read_mat(path, ["coh_ps"])["coh_ps"])
    if found.shape != (pixels.n_ps, pixels.n_ifg):
        raise ArtifactError(
            f"{path}: coh_ps has shape {found.shape}, expected {(pixels.n_ps, pixels.n_ifg)} to go "
            "with the ps file; run pystamps multilook again"
        )
    values = found[:, pixels.interferograms.observed].astype(np.float64)
    if np.any((values < 0) | (values > 1.001)):
        raise ArtifactError(
            f"{path}: coh_ps holds {values.min():g} to {values.max():g}, expected coherences from "
            "0 to 1; run pystamps multilook again"
        )
    with np.errstate(invalid="ignore"):
        seen = np.isfinite(values)
        mean = np.where(seen, values, 0).sum(axis=1) / seen.sum(axis=1)
    return np.asarray(mean)
