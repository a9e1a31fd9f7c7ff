"""Writing a simulated stack as SNAP exports it, block of lines by block of lines."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from pystamps.arrays import Complex64, Float32
from pystamps.errors import ParameterError
from pystamps.prep.blocks import Block as LineBlock
from pystamps.prep.blocks import Workforce
from pystamps.progress import Progress, silent
from pystamps.simulate.fields import MOST_NODES
from pystamps.simulate.gamma_text import (
    DIFFERENCE_PARAMETERS,
    baseline_text,
    elevation_parameters,
    image_parameters,
)
from pystamps.simulate.scene import Scene
from pystamps.simulate.scene_file import scene_text
from pystamps.simulate.stack import BLOCK_PIXELS, Stack, StackBlock, unit_phasor
from pystamps.simulate.truth import TruthHeader
from pystamps.simulate.truth_writing import TruthWriter

_COMPLEX_BYTES, _FLOAT_BYTES = 8, 4
_MAP_NODES = 1 << 20
"""Cells of the elevation model in map geometry."""

_PIXEL_BYTES = 260
"""Memory per pixel of a block beside its clutter: planes, and products on the way."""

_NODE_BYTES = 120
"""Memory per node of the fields while they are made."""


@dataclass(frozen=True, slots=True)
class ExportPaths:
    """Files of an export by their role.

    Attributes
    ----------
    folder : Path
    master : str
        Date of the reference image, YYYYMMDD.
    """

    folder: Path
    master: str

    def image(self, day: str) -> Path:
        """Give the file of an image."""
        return self.folder / "rslc" / f"{day}.rslc"

    def interferogram(self, day: str) -> Path:
        """Give the file of the interferogram with an image."""
        return self.folder / "diff0" / f"{self.master}_{day}.diff"

    def baseline(self, day: str) -> Path:
        """Give the baseline file of an image."""
        return self.interferogram(day).with_suffix(".base")

    @property
    def longitude(self) -> Path:
        """Longitudes."""
        return self.folder / "geo" / f"{self.master}.lon"

    @property
    def latitude(self) -> Path:
        """Latitudes."""
        return self.folder / "geo" / f"{self.master}.lat"

    @property
    def height(self) -> Path:
        """Heights in radar geometry."""
        return self.folder / "geo" / "elevation_dem.rdc"


def export_paths(stack: Stack, folder: Path) -> ExportPaths:
    """Give the paths of the export of a stack."""
    return ExportPaths(folder, f"{stack.dates[stack.master]:%Y%m%d}")


def usable_workers(scene: Scene, workers: int, memory_budget_mb: int) -> int:
    """Give the number of blocks that may be made at a time within the memory budget.

    Raises
    ------
    ParameterError
        The budget is too small for one.
    """
    images = scene.acquisitions.interferograms + 1
    nodes = min(scene.lines * scene.samples, MOST_NODES)
    fixed = 150e6 + nodes * (_NODE_BYTES + 4 * images)
    block = min(max(BLOCK_PIXELS, scene.samples), scene.lines * scene.samples)
    each = block * (images * 3 * _COMPLEX_BYTES + _PIXEL_BYTES)
    possible = int((memory_budget_mb * 1e6 - fixed) // each)
    if possible < 1:
        raise ParameterError(
            f"memory budget {memory_budget_mb} MB: this scene needs {(fixed + each) / 1e6:.0f} MB; "
            "raise --memory-budget-mb or simulate fewer images"
        )
    return max(1, min(workers, possible))


def export_stack(
    stack: Stack,
    folder: Path,
    truth: TruthWriter,
    *,
    workers: int = 1,
    progress: Progress = silent,
) -> None:
    """Write images, interferograms, geometry and elevation model of a stack, and its truth.

    All rasters are big-endian single precision, row by row. Images have the phase of the
    topography, interferograms do not.

    Parameters
    ----------
    stack : Stack
    folder : Path
        Gets ``rslc/``, ``diff0/``, ``geo/`` and ``dem/``.
    truth : TruthWriter
    workers : int
        Blocks made at a time; results do not depend on it.
    progress : Progress
    """
    paths = export_paths(stack, folder)
    for name in ("rslc", "diff0", "geo", "dem"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    _make_room(stack, paths)
    write_text_files(stack, folder)
    _write_map(stack, folder / "dem")
    stack.mixing  # noqa: B018 - worked out once, before the threads share it
    blocks = tuple(LineBlock(k, *span) for k, span in enumerate(stack.spans))
    written = Workforce(workers).in_order(
        lambda lines: _write_block(stack, lines.number, paths, truth), blocks
    )
    for done, _ in enumerate(written, start=1):
        progress(done, len(blocks))


def write_text_files(stack: Stack, folder: Path) -> None:
    """Write the text files of an export."""
    paths = export_paths(stack, folder)
    for k, day in enumerate(f"{day:%Y%m%d}" for day in stack.dates):
        parameters = image_parameters(stack.scene, stack.geometry, stack.dates[k])
        image = paths.image(day)
        image.with_name(f"{image.name}.par").write_text(parameters)
        if k != stack.master:
            paths.baseline(day).write_text(baseline_text(stack.baselines[k]))
    paths.longitude.with_suffix(".diff_par").write_text(DIFFERENCE_PARAMETERS)


def truth_header(stack: Stack) -> TruthHeader:
    """Give what the truth file of a stack holds beside planes."""
    numbers = np.array([int(day.strftime("%Y%m%d")) for day in stack.dates])
    components = [(b.cross_m, b.normal_m, b.cross_m_s, b.normal_m_s) for b in stack.baselines]
    return TruthHeader(
        dates=numbers,
        master=int(numbers[stack.master]),
        wavelength_m=stack.geometry.wavelength_m,
        shape=(stack.scene.lines, stack.scene.samples),
        phase_per_height=stack.geometry.phase_per_height,
        look=stack.geometry.look,
        azimuth_s=stack.geometry.azimuth_s,
        baseline=stack.centre_baseline_m,
        baseline_components=np.array(components),
        displacement_time=stack.time,
        atmosphere_nodes=stack.delays.turbulent,
        node_steps=(stack.grid.row_step, stack.grid.column_step),
        stratified=stack.delays.stratified,
        mean_height_m=stack.heights.mean_m,
        ramp=stack.delays.ramp,
        settings=scene_text(stack.scene),
    )


def _write_block(stack: Stack, number: int, paths: ExportPaths, truth: TruthWriter) -> None:
    """Write all images and interferograms of a block of lines."""
    block = stack.block(number)
    days = [f"{day:%Y%m%d}" for day in stack.dates]
    images = [image for _, image in block.images()]
    reference = images[stack.master]
    place = block.span[0] * stack.scene.samples * _COMPLEX_BYTES
    for k, image in enumerate(images):
        if k == stack.master:
            _put(paths.image(days[k]), place, image)
            continue
        _put(paths.interferogram(days[k]), place, interferogram_of(reference, image))
        _put(paths.image(days[k]), place, image * unit_phasor(-block.places.topography(k)))
    _write_geometry(block, paths, truth)


def interferogram_of(reference: Complex64, image: Complex64) -> Complex64:
    """Give ``reference * conj(image)``.

    The conjugate has a name because NumPy multiplies into a nameless one, when it is large, and
    then rounds differently.
    """
    conjugate = np.conj(image)
    return np.asarray(reference * conjugate)


def _write_geometry(block: StackBlock, paths: ExportPaths, truth: TruthWriter) -> None:
    """Write heights, positions and truth of a block of lines."""
    places, stack = block.places, block.stack
    place = block.span[0] * stack.scene.samples * _FLOAT_BYTES
    longitude, latitude = (
        values.astype(np.float32) for values in stack.geometry.lonlat(places.line, places.sample)
    )
    for path, values in (
        (paths.longitude, longitude), (paths.latitude, latitude), (paths.height, places.height)
    ):  # fmt: skip
        _put(path, place, values)
    truth.write(
        block.span,
        {
            "velocity": places.velocity(),
            "dem_error": block.dem_error(),
            "ps_mask": block.ps_mask(),
            "signal_to_clutter": block.signal_to_clutter(),
            "land_cover": block.classes,
            "height": places.height,
            "longitude": longitude,
            "latitude": latitude,
        },
    )
    if stack.scene.deformation:
        truth.write(block.span, {"displacement_pattern": places.moved})
    if truth.has_cubes:
        count = range(len(stack.dates))
        truth.write(
            block.span,
            {
                "displacement": np.stack([places.displacement(k) for k in count]),
                "atmosphere": np.stack([places.atmosphere(k) for k in count]),
                "orbit_ramp": np.stack([places.orbit_ramp(k) for k in count]),
            },
        )


def _write_map(stack: Stack, folder: Path) -> None:
    """Write the elevation model in geographic coordinates."""
    scene, geometry = stack.scene, stack.geometry
    line, sample = np.array([0, scene.lines - 1])[:, None], np.array([0, scene.samples - 1])[None]
    longitude, latitude = geometry.lonlat(line, sample)
    wide, high = np.ptp(longitude), np.ptp(latitude)
    finest = min(geometry.spacing_m) / 111e3
    post = float(f"{max(finest, np.sqrt(wide * high / _MAP_NODES)):.9e}")
    shape = (int(np.ceil(high / post)) + 1, int(np.ceil(wide / post)) + 1)
    corner = (round(float(longitude.min()), 7), round(float(latitude.max()), 7))
    (folder / "projected_dem_seg.par").write_text(elevation_parameters(shape, corner, post))
    east = corner[0] + post * np.arange(shape[1])
    with (folder / "projected_dem_seg").open("wb") as file:
        for row in range(shape[0]):
            south = np.full(shape[1], corner[1] - post * row)
            found = stack.heights.at(*_inside(scene, geometry.line_sample_of(east, south)))
            file.write(found.astype(">f4").tobytes())


def _inside(scene: Scene, position: tuple[Any, Any]) -> tuple[Any, Any]:
    return (
        np.clip(position[0], 0, scene.lines - 1),
        np.clip(position[1], 0, scene.samples - 1),
    )


def _make_room(stack: Stack, paths: ExportPaths) -> None:
    """Give every raster its size, so that blocks can be written in any order."""
    pixels = stack.scene.lines * stack.scene.samples
    days = [f"{day:%Y%m%d}" for day in stack.dates]
    rasters = {paths.image(day): _COMPLEX_BYTES for day in days}
    rasters |= {paths.interferogram(days[k]): _COMPLEX_BYTES for k in stack.secondaries}
    rasters |= dict.fromkeys((paths.longitude, paths.latitude, paths.height), _FLOAT_BYTES)
    for path, size in rasters.items():
        with path.open("wb") as file:
            file.truncate(pixels * size)


def _put(path: Path, place: int, values: Complex64 | Float32) -> None:
    """Write values, big-endian, into a file that has room for them."""
    with path.open("r+b") as file:
        file.seek(place)
        file.write(values.astype(values.dtype.newbyteorder(">")).tobytes())
