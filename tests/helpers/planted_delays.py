"""Tropospheric phase made by hand, as the original was given it for its maps without delays."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from pystamps.arrays import Float64
from pystamps.io.artifacts import read_artifact
from pystamps.io.mat import write_mat
from pystamps.model import Pixels

METHOD = "a_gacos"
VARIABLE = "ph_tropo_gacos"


def planted_image_delays(n_ps: int, n_image: int) -> Float64:
    """Give a smooth pattern per image, (n_ps, n_image), rad; other tests know it by its values."""
    pixel, image = np.arange(n_ps)[:, None], np.arange(1, n_image + 1)[None, :]
    return np.asarray(np.sin(0.003 * pixel * image) + 0.001 * pixel * np.cos(2.0 * image))


def planted_delays(pixels: Pixels) -> Float64:
    """Give the delays of the interferograms, (n_ps, n_ifg), rad: reference less secondary image.

    Those of pairs do not follow from the images alone.
    """
    stack = pixels.interferograms
    of_images = planted_image_delays(pixels.n_ps, stack.n_image)
    found = of_images[:, stack.first] - of_images[:, stack.second]
    if pixels.pairs is not None:
        found += 0.05 * planted_image_delays(pixels.n_ps, stack.n_ifg)
    return np.asarray(found)


def plant_delays(root: Path, variable: str = VARIABLE) -> Float64:
    """Write ``tca2.mat``, or ``tca_sb2.mat`` of small baselines, into a merged data set."""
    pixels = read_artifact(Pixels, root / "ps2.mat")
    found = planted_delays(pixels)
    name = "tca2.mat" if pixels.pairs is None else "tca_sb2.mat"
    write_mat(root / name, {variable: found})
    return found
