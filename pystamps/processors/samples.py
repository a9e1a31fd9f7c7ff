"""Sampled blocks of rasters: a few lines at evenly spaced places, never a whole file."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from pystamps.processors.rasters import Raster

N_BLOCKS = 8
"""Places in an image that are looked at, from the first to the last lines."""

_BLOCK_BYTES = 1 << 18
_WHOLE_BYTES = 1 << 22
LINES_PER_BLOCK = 8
"""Most lines that are read at each place."""


@dataclass(frozen=True, slots=True)
class Sample:
    """Blocks of a raster.

    Attributes
    ----------
    stored : tuple of arrays, (lines, width), of pairs: (lines, width, 2)
        In the byte order of the file.
    """

    stored: tuple[npt.NDArray[Any], ...]

    @property
    def blocks(self) -> tuple[npt.NDArray[Any], ...]:
        """Blocks as complex64 or float32, shape (lines, width)."""
        return tuple(_native(block) for block in self.stored)

    @property
    def values(self) -> npt.NDArray[Any]:
        """All samples in one row."""
        return np.concatenate([block.ravel() for block in self.blocks])

    @property
    def swapped_values(self) -> npt.NDArray[Any]:
        """All samples as the other byte order has them."""
        swapped = (block.view(block.dtype.newbyteorder()) for block in self.stored)
        return np.concatenate([_native(block).ravel() for block in swapped])


def block_starts(raster: Raster, lines: int = LINES_PER_BLOCK) -> tuple[list[int], int]:
    """Give the first lines of the blocks and the lines of each, at most ``lines``."""
    width, length = raster.size
    lines = max(1, min(lines, _BLOCK_BYTES // (width * raster.sample_bytes), length))
    starts = np.linspace(0, length - lines, min(N_BLOCKS, max(1, length // lines)))
    return sorted({int(start) for start in starts}), lines


def read_sample(raster: Raster, lines: int = LINES_PER_BLOCK) -> Sample:
    """Read the sampled blocks of a raster whose file has the right size.

    Raises
    ------
    ValueError
        The file is too short.
    """
    starts, lines = block_starts(raster, lines)
    raw = [np.array(raster.lines(start, start + lines)) for start in starts]
    return Sample(tuple(raw))


def holds_any(raster: Raster, is_wanted: Callable[[npt.NDArray[Any]], npt.NDArray[Any]]) -> bool:
    """Tell whether any sample of a whole raster fulfils a condition; stops at the first."""
    width, length = raster.size
    lines = max(1, _WHOLE_BYTES // (width * raster.sample_bytes))
    blocks = (raster.lines(first, min(first + lines, length)) for first in range(0, length, lines))
    return any(bool(np.any(is_wanted(_native(block)))) for block in blocks)


def _native(block: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Give samples as complex64 or float32, shape (lines, width)."""
    with np.errstate(invalid="ignore"):
        if block.dtype.kind == "i":
            return np.ascontiguousarray(block, dtype=np.float32).view(np.complex64)[..., 0]
        return block.astype(np.complex64 if block.dtype.kind == "c" else np.float32)


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
