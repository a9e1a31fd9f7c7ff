"""Independent random streams by name: adding one leaves the others as they are."""

from __future__ import annotations

import zlib

import numpy as np


def random_stream(seed: int, name: str, number: int = 0, block: int = 0) -> np.random.Generator:
    """Give the generator of one purpose (and one image, and one block of lines).

    Parameters
    ----------
    seed : int
        Seed of the scene.
    name : str
        Purpose, for example "atmosphere".
    number : int
        Position of the image where each image has its own stream.
    block : int
        Position of the block of lines where each has its own stream; blocks depend on the
        scene alone, so that the number of workers decides nothing.
    """
    return np.random.default_rng([seed, zlib.crc32(name.encode()), number, block])
