"""The delays of a simulated stack as GACOS gives them: one map of zenith delay per date."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np

from pystamps.arrays import Float64
from pystamps.simulate.map_grid import MapGrid, geographic_grid
from pystamps.simulate.stack import Stack

GACOS_NAME = "gacos"
"""Folder of the delays in the directory of a simulation."""

_AT_SEA_M, _SCALE_HEIGHT_M = 2.35, 8000.0
"""Mean delay of the atmosphere; the same on all dates, so that no interferogram has it."""


def write_gacos_folder(stack: Stack, folder: Path) -> None:
    """Write the delay of every image on a map that covers the scene.

    Parameters
    ----------
    stack : Stack
    folder : Path
        Gets ``YYYYMMDD.ztd`` and ``YYYYMMDD.ztd.rsc`` of every date.

    Notes
    -----
    A phase of ``4 pi / lambda`` is a metre along the line of sight, and its cosine of incidence a
    metre of zenith delay. Orbital planes are no delay.
    """
    folder.mkdir(parents=True, exist_ok=True)
    grid = _with_margin(geographic_grid(stack))
    east = grid.corner[0] + grid.post * np.arange(grid.shape[1])
    north = grid.corner[1] - grid.post * np.arange(grid.shape[0])
    lines, samples = stack.geometry.line_sample_of(*np.meshgrid(east, north))
    lines = np.clip(lines, 0, stack.scene.lines - 1)
    samples = np.clip(samples, 0, stack.scene.samples - 1)
    for image, date in enumerate(stack.dates):
        path = folder / f"{date:%Y%m%d}.ztd"
        zenith_delay_m(stack, image, lines, samples).astype("<f4").tofile(path)
        path.with_name(f"{path.name}.rsc").write_text(_header(grid), encoding="ascii")


def zenith_delay_m(
    stack: Stack, image: int, lines: Float64, samples: Float64, height: Float64 | None = None
) -> Float64:
    """Give the zenith delay of an image at positions in the radar image; all of one shape.

    ``height`` is that of the elevation model where none is given, m.
    """
    if height is None:
        height = stack.heights.at(lines, samples).astype(np.float64)
    delays, geometry = stack.delays, stack.geometry
    phase = stack.grid.at(delays.turbulent[image], lines, samples).astype(np.float64)
    phase += delays.stratified[image] / 1000 * (height - stack.heights.mean_m)
    incidence = np.interp(samples, np.arange(geometry.incidence.size), geometry.incidence)
    mean = _AT_SEA_M * np.exp(-height / _SCALE_HEIGHT_M)
    return np.asarray(mean + geometry.wavelength_m / (4 * math.pi) * phase * np.cos(incidence))


def _with_margin(grid: MapGrid) -> MapGrid:
    """Put one cell more around a grid: pixels at its edge lie between nodes."""
    corner = (grid.corner[0] - grid.post, grid.corner[1] + grid.post)
    return MapGrid((grid.shape[0] + 2, grid.shape[1] + 2), corner, grid.post)


def _header(grid: MapGrid) -> str:
    values = {
        "WIDTH": grid.shape[1],
        "FILE_LENGTH": grid.shape[0],
        "XMIN": 0,
        "XMAX": grid.shape[1] - 1,
        "YMIN": 0,
        "YMAX": grid.shape[0] - 1,
        "X_FIRST": repr(grid.corner[0]),
        "Y_FIRST": repr(grid.corner[1]),
        "X_STEP": repr(grid.post),
        "Y_STEP": repr(-grid.post),
        "X_UNIT": "degres",
        "Y_UNIT": "degres",
        "Z_OFFSET": 0,
        "Z_SCALE": 1,
        "PROJECTION": "LATLON",
        "DATUM": "WGS84",
    }
    return "".join(f"{key:<16}{value}\n" for key, value in values.items())
