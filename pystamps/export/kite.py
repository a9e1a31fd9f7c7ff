"""Folder that ``stamps2kite`` of Kite reads as a project of StaMPS.

It reads MAT files of version 7.3 (those of version 5 with exchanged axes), and the angle of view
from a text of 50 x 50 places of the image, on every second line.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from pystamps.arrays import Float64
from pystamps.export.formats import ExportOptions
from pystamps.export.radar_raster import RadarFrame, radar_frame
from pystamps.io.mat import write_mat
from pystamps.products.chosen import ChosenPoints
from pystamps.progress import Progress

_NODES = 50


def write_kite(
    path: Path, points: ChosenPoints, options: ExportOptions, progress: Progress
) -> None:
    """Write ``ps2``, ``ps_plot_v``, ``mv2`` and ``parms`` (version 7.3), sizes and angles."""
    path.mkdir()
    frame = radar_frame(points)
    columns = points.columns
    number = np.arange(1.0, len(points) + 1)
    files = {
        "ps2": {
            "lonlat": points.place_lonlat,
            "ij": np.column_stack([number, frame.line, frame.sample]),
            "ll0": points.place_lonlat.mean(axis=0)[None],
            "day": points.day[:, None],
            "n_ps": float(len(points)),
        },
        "ps_plot_v": {"ph_disp": columns["velocity"][:, None].astype(np.float32)},
        "mv2": {"mean_v_std": columns["velocity_std"][:, None].astype(np.float32)},
        "parms": {"heading": float(points.about["heading_deg"])},
    }  # fmt: skip
    for name, variables in files.items():
        write_mat(path / f"{name}.mat", variables, version="7.3")
    (path / "len.txt").write_text(f"{frame.shape[0]}\n")
    (path / "width.txt").write_text(f"{frame.shape[1]}\n")
    lines = [f"{angle:.5f}\n{angle:.5f}\n" for angle in _angles(points, frame)]
    (path / "look_angle.1.in").write_text("".join(lines))
    progress(len(points), len(points))


def _angles(points: ChosenPoints, frame: RadarFrame) -> Float64:
    """Give the angle of incidence (degrees) at the nodes: a surface of degree 2 in the samples.

    On a sphere the angle depends on the range alone and is smooth; heights change it by less than
    0.1 degrees.
    """
    angle = points.columns["incidence_angle"].astype(np.float64)
    known = np.isfinite(angle)
    degree = min(2, np.unique(frame.sample[known]).size - 1)
    fitted = np.polynomial.Polynomial.fit(frame.sample[known], angle[known], max(degree, 0))
    samples = np.linspace(0, frame.shape[1], _NODES)
    return np.tile(fitted(samples), _NODES)
