"""What a selection of multilooked cells reads: texts of the stack, rasters, values at cells."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pystamps.arrays import Array, Complex64, Float32, Float64, FloatArray, Index
from pystamps.dates import yyyymmdd
from pystamps.io.text_numbers import read_numbers, require_near
from pystamps.processors.doris_patch import N_NODE, read_nodes, require_possible
from pystamps.processors.multilooked_stack import (
    COHERENCE,
    MultilookedStack,
    require_values,
)
from pystamps.processors.rasters import Raster
from pystamps.processors.value_limits import (
    BASELINE,
    HEADING,
    LATITUDE,
    LONGITUDE,
    WAVELENGTH,
    ValueLimits,
)
from pystamps.stages.multilooked_cells import mean_of_cells
from pystamps.stages.stage1_geometry import bilinear


@dataclass(frozen=True, slots=True)
class CellStack:
    """Multilooked interferograms, and what the texts say about them.

    Attributes
    ----------
    files : MultilookedStack
    heading : float, degrees
    wavelength : float, m
    day : float64, (n_image,), date numbers, ascending
    nodes : tuple of float64, (50, 50), baseline of every image on nodes of the image in m, at
        height 0; None for the reference image, whose baseline is 0
    """

    files: MultilookedStack
    heading: float
    wavelength: float
    day: Float64
    nodes: tuple[Float64 | None, ...]


def read_cell_stack(files: MultilookedStack) -> CellStack:
    """Read the texts that belong to the whole stack.

    Raises
    ------
    ArtifactError
        A file is missing, or holds values that cannot be.
    """
    day = np.unique(files.days)
    nodes = tuple(
        None
        if one == files.reference_day
        else read_nodes(require_near(files.root, f"bperp_{yyyymmdd(one)}.1.in"), BASELINE)[:, :, 0]
        for one in day
    )
    heading = _constant(files.root, "heading.1.in", HEADING)
    return CellStack(files, heading, _constant(files.root, "lambda.1.in", WAVELENGTH), day, nodes)


def baselines_of_images(stack: CellStack, ij: Float64) -> Float32:
    """Give the baseline of every image at pixels, relative to the reference image in m.

    Returns
    -------
    ndarray of float32, shape (n_ps, n_image)
        As StaMPS has it here, at height 0.
    """
    found = np.zeros((ij.shape[0], stack.day.size), dtype=np.float32)
    at = bilinear(ij, (N_NODE, N_NODE), width=stack.files.width, length=stack.files.length)
    for k, nodes in enumerate(stack.nodes):
        if nodes is not None:
            found[:, k] = at(nodes)
    return found


def _constant(source: Path, name: str, limits: ValueLimits) -> float:
    path = require_near(source, name)
    numbers = read_numbers(path, count=1)
    require_possible(path, numbers, limits)
    return float(numbers[0])


def read_coherence(raster: Raster) -> Float32:
    """Read the coherence of an interferogram, (lines, samples) of cells."""
    values = _all_lines(raster)
    require_values(raster, values, COHERENCE)
    return values


def _all_lines(raster: Raster) -> Float32:
    return np.ascontiguousarray(raster.lines(0, raster.size[1]), dtype=np.float32)


def read_phase(raster: Raster) -> Complex64:
    """Read the phase of an interferogram with its amplitude, (lines, samples) of cells."""
    return raster.complex_lines(0, raster.size[1])


def read_positions(files: MultilookedStack, cells: Index) -> FloatArray:
    """Read the positions of cells in degrees, (n, 2).

    Multilooked files become double precision when they are read, as in StaMPS; means are single.
    """
    both = []
    for raster, limits in ((files.longitude, LONGITUDE), (files.latitude, LATITUDE)):
        values = at_cells(values_of_cells(files, raster), cells)
        require_values(raster, values, limits)
        both.append(values)
    are_read = all(files.is_of_cells(raster) for raster in (files.longitude, files.latitude))
    return np.column_stack(both).astype(np.float64 if are_read else np.float32)


def values_of_cells(files: MultilookedStack, raster: Raster) -> Float32:
    """Give a raster of cells: as it is, or averaged line by line from that of the full image."""
    if files.is_of_cells(raster):
        return _all_lines(raster)
    n_line, n_sample = files.shape
    starts = range(0, n_line * files.cell_lines, files.cell_lines)
    return np.stack(
        [mean_of_cells(raster.lines(at, at + files.cell_lines), n_sample, files.looks)
         for at in starts]
    )  # fmt: skip


def at_cells(values: Array, cells: Index) -> Array:
    """Take values of cells, whose flat indices run along the columns."""
    sample, line = np.divmod(cells, values.shape[0])
    return np.asarray(values[line, sample])
