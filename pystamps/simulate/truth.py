"""Truth of a simulated data set: one self-describing HDF5 file."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np

from pystamps.arrays import Bool, Float32, Float64, FloatArray, Index
from pystamps.errors import ArtifactError
from pystamps.io.atomic import temporary_beside
from pystamps.simulate.fields import FieldGrid
from pystamps.simulate.land_cover import UInt8

TRUTH_FORMAT = "pystamps-truth-2"

_LINES_READ = 256
"""Lines of a plane that are read at a time."""


@dataclass(frozen=True, slots=True)
class TruthHeader:
    """What the truth holds beside its planes.

    Attributes
    ----------
    dates : int64, (images,), YYYYMMDD
    master : int
        Date of the reference image.
    wavelength_m : float
    shape : tuple of int
        Lines and samples.
    phase_per_height : float64, (samples,), rad per metre of height error and metre of baseline
    look : float64, (samples,), rad
    azimuth_s : float64, (lines,), time from the centre of the image
    baseline : float64, (images,), perpendicular baseline at the centre in m
    baseline_components : float64, (images, 4): cross-track, normal (m), their rates (m/s)
    displacement_time : float64, (sources, images)
    atmosphere_nodes : float32, (images, rows, columns), rad
    node_steps : tuple of int
        Lines and samples from node to node.
    stratified : float64, (images,), rad per km
    mean_height_m : float
        Height at which the stratified delay is 0.
    ramp : float64, (images, 2), rad from edge to edge across and along
    settings : str
        Settings of the scene: the contents of a scene file that makes it again.
    """

    dates: Index
    master: int
    wavelength_m: float
    shape: tuple[int, int]
    phase_per_height: Float64
    look: Float64
    azimuth_s: Float64
    baseline: Float64
    baseline_components: Float64
    displacement_time: Float64
    atmosphere_nodes: Float32
    node_steps: tuple[int, int]
    stratified: Float64
    mean_height_m: float
    ramp: Float64
    settings: str

    @property
    def master_position(self) -> int:
        """Position of the reference image."""
        return int(np.flatnonzero(self.dates == self.master)[0])


_PLANE, _CUBE = "lines, samples", "images, lines, samples"
PLANES: Mapping[str, tuple[str, str, str]] = {
    "velocity": ("float32", "mm/yr",
                 "slope of the displacement over the images, positive toward the satellite"),
    "dem_error": ("float32", "m", "height of the phase centre above the elevation model"),
    "ps_mask": ("uint8", "1", "1 = the pixel holds a persistent scatterer"),
    "signal_to_clutter": ("float32", "1", "power of the persistent scatterer over the clutter"),
    "land_cover": ("uint8", "1", "0 = vegetation, 1 = distributed scatterers, 2 = water"),
    "height": ("float32", "m", "height of the elevation model"),
    "longitude": ("float32", "degrees", "longitude of the pixel"),
    "latitude": ("float32", "degrees", "latitude of the pixel"),
}  # fmt: skip
"""Planes of the size of the image: class, unit, meaning."""

CUBES: Mapping[str, tuple[str, str, str]] = {
    "displacement": ("float32", "mm", "displacement since the reference image, positive toward"),
    "atmosphere": ("float32", "rad", "delay phase of the image, turbulent and stratified"),
    "orbit_ramp": ("float32", "rad", "phase plane of the image"),
}
"""The same per image; they can be left out, because the small arrays give the same."""

_PATTERN = "displacement_pattern"
_SMALL = {
    "dates": ("images", "YYYYMMDD", "days of acquisition"),
    "baseline": ("images", "m", "perpendicular baseline at the centre of the image"),
    "baseline_components": (
        "images, 4", "m, m, m/s, m/s",
        "cross-track and normal baseline at the centre of the image and their rates",
    ),
    "phase_per_height": ("samples", "rad/m2", "phase per metre of height error and of baseline"),
    "look": ("samples", "rad", "look angle"),
    "azimuth_s": ("lines", "s", "time from the centre of the image"),
    "displacement_time": (
        "sources, images", "1 or yr",
        "time function of each source; displacement = sum of pattern times this",
    ),
    "atmosphere_nodes": (
        "images, rows, columns", "rad",
        "turbulent delay on nodes; in between it is bilinear in line and sample",
    ),
    "stratified": ("images", "rad/km", "delay per height above mean_height_m"),
    "ramp": ("images, 2", "rad", "phase plane from edge to edge: across (samples), along (lines)"),
}  # fmt: skip


class TruthWriter:
    """An open truth file; blocks of lines may come in any order and from several threads."""

    def __init__(self, file: Any, header: TruthHeader, *, cubes: bool) -> None:
        """Write everything that is no plane, and make room for the planes."""
        self._file, self._lock = file, threading.Lock()
        self.has_cubes = cubes
        self._write_attributes(header)
        for name, (axes, unit, meaning) in _SMALL.items():
            _describe(file.create_dataset(name, data=getattr(header, name)), axes, unit, meaning)
        file["atmosphere_nodes"].attrs["steps"] = header.node_steps
        for name, (kind, unit, meaning) in PLANES.items():
            _describe(self._room(name, header.shape, kind), _PLANE, unit, meaning)
        sources, images = header.displacement_time.shape
        pattern = self._room(_PATTERN, (sources, *header.shape), "float32")
        _describe(pattern, f"sources, {_PLANE}", "mm or mm/yr", "displacement of each source")
        for name, (kind, unit, meaning) in CUBES.items() if cubes else ():
            _describe(self._room(name, (images, *header.shape), kind), _CUBE, unit, meaning)

    def write(self, span: tuple[int, int], values: Mapping[str, FloatArray | UInt8 | Bool]) -> None:
        """Write planes (and the pattern, and cubes) of the lines of a block."""
        with self._lock:
            for name, block in values.items():
                if name in self._file:
                    self._file[name][..., span[0] : span[1], :] = block

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
    import h5py

    with temporary_beside(path) as temporary, h5py.File(temporary, "w") as file:
        yield TruthWriter(file, header, cubes=cubes)


@dataclass(frozen=True, slots=True)
class Truth:
    """A truth file: its header, and what it says at pixels.

    Attributes
    ----------
    path : Path
    header : TruthHeader
    """

    path: Path
    header: TruthHeader

    def scatterers(self) -> int:
        """Count the persistent scatterers of the scene."""
        import h5py

        with h5py.File(self.path) as file:
            plane = file["ps_mask"]
            starts = range(0, self.header.shape[0], _LINES_READ)
            return sum(int(plane[first : first + _LINES_READ].sum()) for first in starts)

    def plane(self, name: str) -> np.ndarray[Any, Any]:
        """Give a whole plane or cube."""
        import h5py

        with h5py.File(self.path) as file:
            if name not in file:
                raise ArtifactError(f"{self.path}: {name} is missing; simulate with --truth-cubes")
            return np.asarray(file[name][()])

    def at(self, name: str, line: Index, sample: Index) -> np.ndarray[Any, Any]:
        """Give the values of a plane at pixels: (n,)."""
        return np.asarray(self._read(name, line, sample)[0])

    def displacement(self, line: Index, sample: Index) -> Float64:
        """Give the displacement since the reference image: (n, images), mm toward."""
        pattern = self._read(_PATTERN, line, sample).astype(np.float64)
        return np.asarray(pattern.T @ self.header.displacement_time)

    def atmosphere(self, line: Index, sample: Index, height: FloatArray) -> Float64:
        """Give the delay phase of each image: (n, images), rad."""
        header = self.header
        grid = FieldGrid(*header.shape, *header.node_steps, (1.0, 1.0))
        turbulent = [grid.at(nodes, line, sample) for nodes in header.atmosphere_nodes]
        above = (height.astype(np.float64) - header.mean_height_m) / 1000
        return np.stack(turbulent, axis=1) + above[:, None] * header.stratified

    def phase(self, line: Index, sample: Index) -> Float64:
        """Give the unwrapped phase of each interferogram with the reference: (n, images), rad.

        It has everything that the simulator put into a scatterer's phase but noise:
        displacement, error of the elevation model, atmosphere and orbit of both images.
        """
        header = self.header
        rad_per_mm = -4 * np.pi / (header.wavelength_m * 1000)
        error = self.at("dem_error", line, sample).astype(np.float64)
        cross, normal, cross_rate, normal_rate = header.baseline_components.T
        time, look = header.azimuth_s[line][:, None], header.look[sample][:, None]
        baseline = (cross + cross_rate * time) * np.cos(look)
        baseline -= (normal + normal_rate * time) * np.sin(look)
        delay = self.atmosphere(line, sample, self.at("height", line, sample))
        across = sample / (header.shape[1] - 1) - 0.5
        along = line / (header.shape[0] - 1) - 0.5
        delay += across[:, None] * header.ramp[:, 0] + along[:, None] * header.ramp[:, 1]
        delay -= delay[:, [header.master_position]]
        height = (header.phase_per_height[sample] * error)[:, None] * baseline
        return np.asarray(rad_per_mm * self.displacement(line, sample) + height + delay)

    def _read(self, name: str, line: Index, sample: Index) -> np.ndarray[Any, Any]:
        """Read planes at pixels, a few lines at a time: (planes, n)."""
        import h5py

        with h5py.File(self.path) as file:
            source = file[name]
            found = np.empty((int(np.prod(source.shape[:-2])), line.size), source.dtype)
            if not found.size:
                return found
            order = np.argsort(line, kind="stable")
            edges = np.arange(0, self.header.shape[0] + _LINES_READ, _LINES_READ)
            bounds = np.searchsorted(line[order], edges)
            for first, start, stop in zip(edges, bounds, bounds[1:], strict=False):
                if start < stop:
                    rows = order[start:stop]
                    block = source[..., first : first + _LINES_READ, :]
                    block = block.reshape(-1, *block.shape[-2:])
                    found[:, rows] = block[:, line[rows] - first, sample[rows]]
            return found


def read_truth(path: Path) -> Truth:
    """Open a truth file.

    Raises
    ------
    ArtifactError
        The file is missing, or is not one of ours.
    """
    import h5py

    path = Path(path)
    if not path.is_file():
        raise ArtifactError(f"{path}: file is missing; `pystamps simulate` writes it")
    try:
        with h5py.File(path) as file:
            found = str(file.attrs.get("format", "nothing"))
            if found != TRUTH_FORMAT:
                raise ArtifactError(
                    f"{path}: format is {found}, expected {TRUTH_FORMAT}; simulate again"
                )
            missing = [name for name in (*_SMALL, *PLANES, _PATTERN) if name not in file]
            if missing:
                raise ArtifactError(f"{path}: {', '.join(missing)} missing; simulate again")
            values: dict[str, Any] = {name: file[name][()] for name in _SMALL}
            values |= {
                "master": int(file.attrs["master"]),
                "wavelength_m": float(file.attrs["wavelength_m"]),
                "mean_height_m": float(file.attrs["mean_height_m"]),
                "shape": tuple(int(size) for size in file.attrs["shape"]),
                "node_steps": tuple(int(n) for n in file["atmosphere_nodes"].attrs["steps"]),
                "settings": str(file.attrs["scene"]),
            }
    except OSError as error:
        raise ArtifactError(f"{path}: cannot be read as HDF5 ({error})") from error
    header = TruthHeader(**{item.name: values[item.name] for item in fields(TruthHeader)})
    return Truth(path, header)
