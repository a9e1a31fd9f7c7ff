"""Sampled blocks of rasters: a few lines at evenly spaced places, never a whole file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from pystamps.processors.rasters import Raster

N_BLOCKS = 8
"""Places in an image that are looked at, from the first to the last lines."""

_BLOCK_BYTES = 1 << 18
_LINES_PER_BLOCK = 8


@dataclass(frozen=True, slots=True)
class Sample:
    """Blocks of a raster.

    Attributes
    ----------
    blocks : tuple of arrays, (lines, width)
        complex64 or float32, in native byte order.
    swapped : tuple of arrays
        The same bytes read in the other byte order.
    """

    blocks: tuple[npt.NDArray[Any], ...]
    swapped: tuple[npt.NDArray[Any], ...]

    @property
    def values(self) -> npt.NDArray[Any]:
        """All samples in one row."""
        return np.concatenate([block.ravel() for block in self.blocks])

    @property
    def swapped_values(self) -> npt.NDArray[Any]:
        """All samples as the other byte order has them."""
        return np.concatenate([block.ravel() for block in self.swapped])


def block_starts(raster: Raster) -> tuple[list[int], int]:
    """Give the first lines of the blocks and the lines of each."""
    width, length = raster.size
    lines = max(1, min(_LINES_PER_BLOCK, _BLOCK_BYTES // (width * raster.sample_bytes), length))
    starts = np.linspace(0, length - lines, min(N_BLOCKS, max(1, length // lines)))
    return sorted({int(start) for start in starts}), lines


def read_sample(raster: Raster) -> Sample:
    """Read the sampled blocks of a raster whose file has the right size.

    Raises
    ------
    ValueError
        The file is too short.
    """
    starts, lines = block_starts(raster)
    raw = [np.array(raster.lines(start, start + lines)) for start in starts]
    return Sample(
        tuple(_native(block, raster) for block in raw),
        tuple(_native(_other_order(block), raster) for block in raw),
    )


def _other_order(block: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Give the same bytes as numbers of the other byte order."""
    return block.view(block.dtype.newbyteorder())


def _native(block: npt.NDArray[Any], raster: Raster) -> npt.NDArray[Any]:
    """Give samples as complex64 or float32, shape (lines, width)."""
    with np.errstate(invalid="ignore"):
        if raster.kind == "complex int16":
            return block.astype(np.float32).view(np.complex64)[..., 0]
        return block.astype(np.complex64 if raster.kind == "complex float" else np.float32)


def finite_share(values: npt.NDArray[Any]) -> float:
    """Give the share of samples that are numbers; 1 for no samples."""
    return float(np.isfinite(values).mean()) if values.size else 1.0


def zero_share(values: npt.NDArray[Any]) -> float:
    """Give the share of samples that are zero; 0 for no samples."""
    return float((values == 0).mean()) if values.size else 0.0


def magnitude(values: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
    """Give the modulus of the finite samples that are not zero."""
    with np.errstate(invalid="ignore", over="ignore"):
        size = np.abs(values.astype(np.complex128 if np.iscomplexobj(values) else np.float64))
    return np.asarray(size[np.isfinite(size) & (size > 0)], dtype=np.float64)
