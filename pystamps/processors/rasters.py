"""Rasters of a raw export: one file, read in blocks of lines through memory maps."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from pystamps.arrays import Complex64
from pystamps.findings import Code, Finding, raise_first_error, read_or_finding
from pystamps.io.folder_entries import dangling_target, files_like

ByteOrder = Literal["<", ">"]
SampleKind = Literal["complex float", "complex int16", "float", "double", "byte"]

Role = Literal["image", "interferogram", "longitude", "latitude", "height", "mask"]

RASTER_MISSING = Code(
    "raster-missing",
    "error",
    "a raster is missing",
    "A list or the layout of the export says that it is there.",
    "complete the export",
)
RASTER_SIZE = Code(
    "raster-size",
    "error",
    "the size of a raster is not width x length x bytes per sample",
    "The file was cut off (disk full, transfer stopped), belongs to another subset, or has "
    "another sample format. Reading it would shift every line.",
    "copy or export this file again; compare width and length with the parameter file",
)
BROKEN_LINK = Code(
    "broken-link",
    "error",
    "a file is a link to nothing",
    "The file it points to was moved, is on a disk that is not mounted, or was never written: "
    "the stack of ISCE keeps merged images as .vrt only, and the links of its StaMPS scripts then "
    "lead to nothing.",
    "mount the disk, or repair the link; a merged image of ISCE that exists only as .vrt is "
    "written with gdal_translate -of ENVI FILE.vrt FILE",
)

_DTYPES = {
    "complex float": "c8",
    "complex int16": "i2",
    "float": "f4",
    "double": "f8",
    "byte": "u1",
}
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
        complex float, complex int16 (pairs), float, double or byte.
    byte_order : str
        ">" or "<".
    role : str
        What it holds.
    dates : tuple of str
        YYYYMMDD: of an image its own, of an interferogram reference and secondary image.
    companion : Path or None
        Text file that belongs to it: parameters of an image, baseline of an interferogram.
    """

    path: Path
    size: tuple[int, int]
    kind: SampleKind
    byte_order: ByteOrder
    role: Role = "image"
    dates: tuple[str, ...] = ()
    companion: Path | None = None

    @property
    def date(self) -> str:
        """Date of an image, or of the secondary image of an interferogram; else empty."""
        return self.dates[-1] if self.dates else ""

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
        raise_first_error(size_findings(raster))


def size_findings(raster: Raster) -> Iterator[Finding]:
    """Report a raster that is missing, or whose file does not have the size of the image."""
    if not raster.path.exists():
        yield broken_link(raster.path) or RASTER_MISSING.at(raster.path, "file is missing")
        return
    found = read_or_finding(_bytes_of, raster.path)
    if isinstance(found, Finding):
        yield found
    elif found != raster.n_bytes:
        width, length = raster.size
        yield RASTER_SIZE.at(
            raster.path,
            f"found {found} bytes",
            expected=f"{raster.n_bytes} for {length} lines of {width} samples of "
            f"{raster.sample_bytes} bytes ({raster.kind})",
        )


def broken_link(path: Path) -> Finding | None:
    """Report a link to nothing with its target, and how to write an image that is only a .vrt."""
    target = dangling_target(path)
    if target is None:
        return None
    vrts = [Path(f"{path}.vrt"), path.parent / f"{target}.vrt", *files_like(path.parent, "*.vrt")]
    vrt = next((vrt for vrt in vrts if vrt.is_file()), None)
    action = None
    if vrt is not None and "slc" in f"{path.name} {target}".lower():
        action = (
            f"the merged image exists only as {vrt.name}: gdal_translate -of ENVI {vrt} "
            f"{vrt.with_suffix('')}, and let the link lead there"
        )
    return BROKEN_LINK.at(path, f"is a link to {target}, which is not there", action=action)


def _bytes_of(path: Path) -> int:
    if not path.is_file():
        raise ValueError("is not a file")
    return path.stat().st_size
