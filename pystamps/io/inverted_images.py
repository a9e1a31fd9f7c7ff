"""Images of small baselines as the inversion has left them: which have phase, and their noise."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from pystamps.arrays import Float64, Index
from pystamps.io.artifacts import artifact_name, read_variable, sizes_of
from pystamps.model import PairInversion, Pixels, Unwrapped

_MERGED = 2


def images_with_phase(root: Path, pixels: Pixels, *, folder: str = "") -> Index | None:
    """Give the images of small baselines that have phase, the reference image among them.

    Parameters
    ----------
    root : Path
        Root of the data set.
    pixels : Pixels
        Merged ones.
    folder : str
        Where in the root the phase lies; empty = in the root itself.

    Returns
    -------
    ndarray of int64, or None for a single reference image
        All images where the file does not say.
    """
    if pixels.pairs is None:
        return None
    path = root / folder / artifact_name(Unwrapped, _MERGED)
    sizes = sizes_of(pixels, root / artifact_name(Pixels, _MERGED))
    images: Index | None = read_variable(Unwrapped, "unwrap_ifg_index_sm", path, sizes)
    return np.arange(pixels.n_image) if images is None else images


def noise_of_images_deg(root: Path, pixels: Pixels) -> Float64:
    """Give the noise of the images of small baselines relative to the reference image.

    Returns
    -------
    ndarray of float64, shape (n_image,)
        Standard deviations in degrees; 0 at the reference image and images without phase.
    """
    path = root / artifact_name(PairInversion, _MERGED)
    sizes = sizes_of(pixels, root / artifact_name(Pixels, _MERGED))
    covariance: Float64 = read_variable(PairInversion, "sm_cov", path, sizes)
    return np.asarray(np.rad2deg(np.sqrt(np.diag(covariance))))
