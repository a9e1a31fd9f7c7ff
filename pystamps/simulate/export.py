"""Writing a simulated stack as a program exports it, block of lines by block of lines."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from pystamps.arrays import Complex64, FloatArray
from pystamps.errors import ParameterError
from pystamps.prep.blocks import Block as LineBlock
from pystamps.prep.blocks import Workforce
from pystamps.progress import Progress, silent
from pystamps.simulate.export_layout import ExportLayout, Plane, StoredRaster
from pystamps.simulate.fields import MOST_NODES
from pystamps.simulate.map_grid import geographic_grid, map_rows
from pystamps.simulate.scene import Scene
from pystamps.simulate.scene_file import scene_text
from pystamps.simulate.stack import BLOCK_PIXELS, Stack, StackBlock, unit_phasor
from pystamps.simulate.truth_header import TruthHeader
from pystamps.simulate.truth_writing import TruthWriter

_COMPLEX_BYTES = 8

_PIXEL_BYTES = 260
"""Memory per pixel of a block beside its clutter: planes, and products on the way."""

_NODE_BYTES = 120
"""Memory per node of the fields while they are made."""


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
    layout: ExportLayout,
    truth: TruthWriter,
    *,
    workers: int = 1,
    progress: Progress = silent,
) -> None:
    """Write images, interferograms, geometry and texts of a stack, and its truth.

    Interferograms have no phase of the topography; images have it where the layout says so.

    Parameters
    ----------
    stack : Stack
    layout : ExportLayout
        Files, and how their samples are stored.
    truth : TruthWriter
    workers : int
        Blocks made at a time; results do not depend on it.
    progress : Progress
    """
    _make_room(stack, layout)
    write_text_files(layout)
    if layout.map_file is not None:
        _write_map(stack, layout.map_file)
    stack.mixing  # noqa: B018 - worked out once, before the threads share it
    blocks = tuple(LineBlock(k, *span) for k, span in enumerate(stack.spans))
    written = Workforce(workers).in_order(
        lambda lines: _write_block(stack, lines.number, layout, truth), blocks
    )
    for done, _ in enumerate(written, start=1):
        progress(done, len(blocks))


def write_text_files(layout: ExportLayout) -> None:
    """Write the text files, the small rasters and the links of an export."""
    for path, text in layout.texts.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")
    for path, content in layout.grids.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    for path, target in layout.links.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        path.symlink_to(target)


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
        displacement_time=stack.displacement_time,
        atmosphere_nodes=stack.delays.turbulent,
        node_steps=(stack.grid.row_step, stack.grid.column_step),
        stratified=stack.delays.stratified,
        mean_height_m=stack.heights.mean_m,
        ramp=stack.delays.ramp,
        settings=scene_text(stack.scene),
        own_motions=stack.own_motion.names,
        front_nodes=stack.delays.parts.front,
        seasonal_stratified=stack.delays.parts.seasonal_stratified,
        ramp_drift=stack.delays.parts.ramp_drift,
    )


def _write_block(stack: Stack, number: int, layout: ExportLayout, truth: TruthWriter) -> None:
    """Write all images and interferograms of a block of lines."""
    block = stack.block(number)
    images = [image for _, image in block.images()]
    reference = images[stack.master]
    first = block.span[0] * stack.scene.samples
    for (earlier, later), raster in layout.pairs.items():
        _put(raster, first, interferogram_of(images[earlier], images[later]))
    for k, image in enumerate(images):
        if k in layout.interferograms:
            _put(layout.interferograms[k], first, interferogram_of(reference, image))
        if layout.has_topographic_phase and k != stack.master:
            image = image * unit_phasor(-block.places.topography(k))
        for raster in layout.rasters_of_image(k):
            _put(raster, first, image)
    _write_geometry(block, layout, truth)


def interferogram_of(reference: Complex64, image: Complex64) -> Complex64:
    """Give ``reference * conj(image)``.

    The conjugate has a name because NumPy multiplies into a nameless one, when it is large, and
    then rounds differently.
    """
    conjugate = np.conj(image)
    return np.asarray(reference * conjugate)


def geometry_plane(block: StackBlock, name: Plane) -> FloatArray:
    """Give what a raster of the geometry holds in a block of lines, (lines, samples).

    Degrees and metres; incidence angle from the vertical, heading clockwise from north. "incidence
    and azimuth", (lines, 2, samples), has the azimuth of the line of sight as ISCE counts it;
    east, north and up are the unit vector toward the satellite.
    """
    places, geometry = block.places, block.stack.geometry
    shape = places.height.shape
    if name == "height":
        return places.height
    if name in ("longitude", "latitude"):
        return geometry.lonlat(places.line, places.sample)[name == "latitude"]
    incidence = np.broadcast_to(np.degrees(geometry.incidence), shape)
    heading = np.broadcast_to(geometry.heading_deg, shape)
    if name == "incidence and azimuth":
        return np.stack([incidence, -270 - heading], axis=1)
    east, north, up = (np.broadcast_to(part, shape) for part in geometry.line_of_sight)
    return {"incidence": incidence, "heading": heading, "east": east, "north": north, "up": up}[
        name
    ]


def _write_geometry(block: StackBlock, layout: ExportLayout, truth: TruthWriter) -> None:
    """Write heights, positions and truth of a block of lines."""
    places, stack = block.places, block.stack
    first = block.span[0] * stack.scene.samples
    for name, rasters in layout.planes.items():
        values = geometry_plane(block, name)
        for raster in rasters:
            _put(raster, first, values)
    truth.write(
        block.span,
        {
            "velocity": block.velocity(),
            "dem_error": block.dem_error(),
            "ps_mask": block.ps_mask(),
            "signal_to_clutter": block.signal_to_clutter(),
            "land_cover": block.classes,
            "height": places.height,
            "longitude": geometry_plane(block, "longitude").astype(np.float32),
            "latitude": geometry_plane(block, "latitude").astype(np.float32),
        },
    )
    if len(stack.displacement_time):
        truth.write(block.span, {"displacement_pattern": block.displacement_patterns()})
    if truth.has_cubes:
        count = range(len(stack.dates))
        truth.write(
            block.span,
            {
                "displacement": np.stack([block.displacement(k) for k in count]),
                "atmosphere": np.stack([places.atmosphere(k) for k in count]),
                "orbit_ramp": np.stack([places.orbit_ramp(k) for k in count]),
            },
        )


def _write_map(stack: Stack, path: Path) -> None:
    """Write the elevation model on a map, big-endian single precision."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        for row in map_rows(stack, geographic_grid(stack)):
            file.write(row.astype(">f4").tobytes())


def _make_room(stack: Stack, layout: ExportLayout) -> None:
    """Give every raster its size, so that blocks can be written in any order."""
    for raster in layout.rasters:
        raster.path.parent.mkdir(parents=True, exist_ok=True)
        with raster.path.open("wb") as file:
            file.truncate(stack.scene.lines * stack.scene.samples * raster.pixel_bytes)


def _put(raster: StoredRaster, first: int, values: Complex64 | FloatArray) -> None:
    """Write pixels from number ``first`` on into a file that has room for them."""
    with raster.path.open("r+b") as file:
        file.seek(first * raster.pixel_bytes)
        file.write(raster.encoded(values))
