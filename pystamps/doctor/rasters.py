"""Sampled blocks of rasters: a few lines at evenly spaced places, never a whole file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

Role = Literal["image", "interferogram", "longitude", "latitude", "height", "angle"]
SampleFormat = Literal["complex float32", "complex int16", "float32"]
ByteOrder = Literal["<", ">"]

N_BLOCKS = 8
"""Places in an image that are looked at, from the first to the last lines."""

_BLOCK_BYTES = 1 << 18
_LINES_PER_BLOCK = 8
_PLAIN = {"complex float32": "f4", "complex int16": "i2", "float32": "f4"}


@dataclass(frozen=True, slots=True)
class Raster:
    """A raster of the full image, line by line.

    Attributes
    ----------
    path : Path
    role : str
    sample_format : str
    byte_order : str
        "<" or ">".
    date : str
        YYYYMMDD of the (secondary) image; empty for geometry.
    """

    path: Path
    role: Role
    sample_format: SampleFormat
    byte_order: ByteOrder
    date: str = ""

    @property
    def sample_bytes(self) -> int:
        """Bytes of one sample."""
        return 8 if self.sample_format == "complex float32" else 4

    def size(self, width: int, length: int) -> int:
        """Bytes of a raster of ``length`` lines of ``width`` samples."""
        return self.sample_bytes * width * length


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


def block_starts(width: int, length: int, sample_bytes: int) -> tuple[list[int], int]:
    """Give the first lines of the blocks and the lines of each."""
    lines = max(1, min(_LINES_PER_BLOCK, _BLOCK_BYTES // max(1, width * sample_bytes), length))
    starts = np.linspace(0, length - lines, min(N_BLOCKS, max(1, length // lines)))
    return sorted({int(start) for start in starts}), lines


def read_sample(raster: Raster, width: int, length: int) -> Sample:
    """Read the sampled blocks of a raster whose file has the right size.

    Raises
    ------
    ValueError
        The file is too short.
    """
    plain = np.dtype(raster.byte_order + _PLAIN[raster.sample_format])
    parts = 1 if raster.sample_format == "float32" else 2
    mapped = np.memmap(raster.path, plain, mode="r", shape=(length, width * parts))
    starts, lines = block_starts(width, length, raster.sample_bytes)
    raw = [np.array(mapped[start : start + lines]) for start in starts]
    other = plain.newbyteorder()
    return Sample(
        tuple(_values(block, parts) for block in raw),
        tuple(_values(block.view(other), parts) for block in raw),
    )


def _values(block: npt.NDArray[Any], parts: int) -> npt.NDArray[Any]:
    with np.errstate(invalid="ignore"):
        values = block.astype(np.float32)
    return values.view(np.complex64) if parts == 2 else values


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
