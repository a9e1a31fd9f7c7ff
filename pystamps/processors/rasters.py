"""Rasters of a raw export: one file, read in blocks of lines through memory maps."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from pystamps.errors import ArtifactError
from pystamps.model import Complex64

ByteOrder = Literal["<", ">"]
Kind = Literal["complex float", "complex int16", "float", "byte"]

_DTYPES = {"complex float": "c8", "complex int16": "i2", "float": "f4", "byte": "u1"}
_VALUES_PER_SAMPLE = {"complex int16": 2}


@dataclass(frozen=True, slots=True)
class Raster:
    """One raster file, line after line.

    Attributes
    ----------
    path : Path
    size : tuple of int
        Samples (range) and lines (azimuth).
    kind : str
        complex float, complex int16 (pairs), float or byte.
    byte_order : str
        ">" (SNAP, GAMMA) or "<".
    """

    path: Path
    size: tuple[int, int]
    kind: Kind
    byte_order: ByteOrder

    @property
    def sample_bytes(self) -> int:
        """Bytes of one sample."""
        return self._dtype.itemsize * _VALUES_PER_SAMPLE.get(self.kind, 1)

    @property
    def n_bytes(self) -> int:
        """Bytes that the file must have."""
        return self.size[0] * self.size[1] * self.sample_bytes

    @property
    def _dtype(self) -> np.dtype[Any]:
        return np.dtype(self.byte_order + _DTYPES[self.kind])

    def lines(self, first: int, last: int) -> npt.NDArray[Any]:
        """Map lines ``first`` to ``last - 1`` as they are on disk.

        Only the block is mapped, and only as long as the array lives: neither the number of
        open files nor the memory grows with the stack. Offsets are 64-bit.

        Returns
        -------
        ndarray, shape (lines, samples), of pairs: (lines, samples, 2)
            In the byte order of the file.
        """
        width = self.size[0]
        pairs = (2,) if self.kind in _VALUES_PER_SAMPLE else ()
        return np.memmap(
            self.path,
            dtype=self._dtype,
            mode="r",
            offset=first * width * self.sample_bytes,
            shape=(last - first, width, *pairs),
        )

    def complex_lines(self, first: int, last: int) -> Complex64:
        """Read lines of an image as native complex64, shape (lines, samples)."""
        block = self.lines(first, last)
        if self.kind == "complex int16":
            values = np.ascontiguousarray(block, dtype=np.float32)
            return values.view(np.complex64)[..., 0]
        return np.ascontiguousarray(block, dtype=np.complex64)


def check_sizes(rasters: Iterable[Raster]) -> None:
    """Refuse rasters that are missing or do not have the size of the image.

    Raises
    ------
    ArtifactError
    """
    for raster in rasters:
        if not raster.path.is_file():
            raise ArtifactError(f"{raster.path}: file is missing; complete the export")
        found = raster.path.stat().st_size
        if found != raster.n_bytes:
            width, length = raster.size
            raise ArtifactError(
                f"{raster.path}: found {found} bytes, expected {raster.n_bytes} for {length} "
                f"lines of {width} samples of {raster.sample_bytes} bytes ({raster.kind}); "
                "the file is incomplete or the header belongs to another image: export again"
            )
