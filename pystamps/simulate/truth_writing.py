"""Writing the truth of a simulated data set, block after block."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pystamps.arrays import Bool, FloatArray
from pystamps.io.atomic import temporary_beside
from pystamps.io.hdf5_writing import refuse_after_failure, written_hdf5
from pystamps.simulate.land_cover import UInt8
from pystamps.simulate.truth import (
    CUBES,
    OWN_MOTIONS,
    PART_ARRAYS,
    PATTERN,
    PLANES,
    SMALL_ARRAYS,
    TRUTH_FORMAT,
)
from pystamps.simulate.truth_header import TruthHeader

_PLANE, _CUBE = "lines, samples", "images, lines, samples"


class TruthWriter:
    """An open truth file; blocks of lines may come in any order and from several threads."""

    def __init__(self, file: Any, header: TruthHeader, *, cubes: bool) -> None:
        """Write everything that is no plane, and make room for the planes."""
        self._file, self._lock = file, threading.Lock()
        self.has_cubes = cubes
        self._write_attributes(header)
        for name, (axes, unit, meaning) in SMALL_ARRAYS.items():
            _describe(file.create_dataset(name, data=getattr(header, name)), axes, unit, meaning)
        for name, (axes, unit, meaning) in PART_ARRAYS.items():
            values = getattr(header, name)
            if values is not None:
                _describe(file.create_dataset(name, data=values), axes, unit, meaning)
        file["atmosphere_nodes"].attrs["steps"] = header.node_steps
        for name, (kind, unit, meaning) in PLANES.items():
            _describe(self._room(name, header.shape, kind), _PLANE, unit, meaning)
        sources, images = header.displacement_time.shape
        pattern = self._room(PATTERN, (sources, *header.shape), "float32")
        _describe(pattern, f"sources, {_PLANE}", "mm or mm/yr", "displacement of each source")
        for name, (kind, unit, meaning) in CUBES.items() if cubes else ():
            _describe(self._room(name, (images, *header.shape), kind), _CUBE, unit, meaning)

    def write(self, span: tuple[int, int], values: Mapping[str, FloatArray | UInt8 | Bool]) -> None:
        """Write planes (and the pattern, and cubes) of the lines of a block."""
        with self._lock:
            for name, block in values.items():
                if name in self._file:
                    self._file[name][..., span[0] : span[1], :] = block
            refuse_after_failure(self._file)

    def _write_attributes(self, header: TruthHeader) -> None:
        self._file.attrs.update(
            format=TRUTH_FORMAT,
            master=header.master,
            wavelength_m=header.wavelength_m,
            shape=header.shape,
            mean_height_m=header.mean_height_m,
            scene=header.settings,
            sign=(
                "phase of reference * conj(image): positive = longer path at the later image; "
                "displacement and velocity: positive = toward the satellite"
            ),
        )

        if header.own_motions:
            self._file.attrs[OWN_MOTIONS] = list(header.own_motions)

    def _room(self, name: str, shape: tuple[int, ...], kind: str) -> Any:
        lines, samples = shape[-2:]
        rows = max(1, min(lines, (1 << 18) // samples))
        chunks = (*(1 for _ in shape[:-2]), rows, samples)
        packed = {"compression": "gzip", "compression_opts": 1, "shuffle": True}
        if not all(shape):
            return self._file.create_dataset(name, shape, kind)
        return self._file.create_dataset(name, shape, kind, chunks=chunks, **packed)


def _describe(dataset: Any, axes: str, unit: str, meaning: str) -> None:
    dataset.attrs.update({"axes": axes, "units": unit, "long_name": meaning})


@contextmanager
def truth_writer(path: Path, header: TruthHeader, *, cubes: bool = True) -> Iterator[TruthWriter]:
    """Open a truth file for writing; it appears complete or not at all.

    Parameters
    ----------
    path : Path
    header : TruthHeader
    cubes : bool
        Write displacement, atmosphere and orbit of every image at every pixel as well.
    """
    with temporary_beside(path) as temporary, written_hdf5(temporary) as file:
        yield TruthWriter(file, header, cubes=cubes)
