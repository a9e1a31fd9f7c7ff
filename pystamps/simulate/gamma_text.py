"""Text files of the raw export: image parameters, baselines, elevation model."""

from __future__ import annotations

import math
from datetime import date

from pystamps.simulate.geometry import Baseline, Geometry
from pystamps.simulate.scene import Scene

_START_S = 85211.0
"""Time of the first line after midnight."""


def image_parameters(scene: Scene, geometry: Geometry, day: date) -> str:
    """Give the parameter file of an image; units follow the values."""
    last = geometry.near_range_m + (scene.samples - 1) * geometry.range_spacing_m
    longitude, latitude = geometry.centre_lonlat
    middle = geometry.incidence[geometry.incidence.size // 2]
    duration = (scene.lines - 1) / geometry.prf_hz
    entries = (
        ("title", f"{day:%Y%m%d}"),
        ("sensor", scene.view.satellite.title),
        ("date", f"{day:%Y %m %d} 23 40 11.0"),
        ("start_time", f"{_START_S:.6f}   s"),
        ("center_time", f"{_START_S + duration / 2:.6f}   s"),
        ("end_time", f"{_START_S + duration:.6f}   s"),
        ("azimuth_line_time", f"{1 / geometry.prf_hz:.9f}   s"),
        ("line_header_size", "0"),
        ("range_samples", f"{scene.samples}"),
        ("azimuth_lines", f"{scene.lines}"),
        ("range_looks", "1"),
        ("azimuth_looks", "1"),
        ("image_format", "FCOMPLEX"),
        ("image_geometry", "SLANT_RANGE"),
        ("center_latitude", f"{latitude:.7f}   degrees"),
        ("center_longitude", f"{longitude:.7f}   degrees"),
        ("heading", f"{geometry.heading_deg:.4f}   degrees"),
        ("range_pixel_spacing", f"{geometry.range_spacing_m:.6f}   m"),
        ("azimuth_pixel_spacing", f"{geometry.azimuth_spacing_m:.6f}   m"),
        ("near_range_slc", f"{geometry.near_range_m:.4f}   m"),
        ("center_range_slc", f"{(geometry.near_range_m + last) / 2:.4f}   m"),
        ("far_range_slc", f"{last:.4f}   m"),
        ("incidence_angle", f"{math.degrees(middle):.4f}   degrees"),
        ("radar_frequency", f"{geometry.radar_frequency_hz:.7e}   Hz"),
        ("chirp_bandwidth", f"{scene.view.satellite.bandwidth_hz:.7e}   Hz"),
        ("prf", f"{geometry.prf_hz:.6f}   Hz"),
        ("sar_to_earth_center", f"{geometry.sar_to_earth_centre_m:.4f}   m"),
        ("earth_radius_below_sensor", f"{geometry.earth_radius_m:.4f}   m"),
    )
    header = "Gamma Interferometric SAR Processor (ISP) - Image Parameter File\n\n"
    return header + "".join(f"{key + ':':<32}{value}\n" for key, value in entries)


def baseline_text(baseline: Baseline) -> str:
    """Give the baseline file of an interferogram: along-track, cross-track, normal component."""
    place = (0.0, baseline.cross_m, baseline.normal_m)
    rate = (0.0, baseline.cross_m_s, baseline.normal_m_s)
    zero = (0.0, 0.0, 0.0)
    rows = (
        ("initial_baseline(TCN):", place, "m"),
        ("initial_baseline_rate:", rate, "m/s"),
        ("precision_baseline(TCN):", zero, "m"),
        ("precision_baseline_rate:", zero, "m/s"),
    )
    return "".join(
        f"{key:<25}" + "".join(f"{value:16.7f}" for value in values) + f"   {unit}" * 3 + "\n"
        for key, values, unit in rows
    )


def elevation_parameters(shape: tuple[int, int], corner: tuple[float, float], post: float) -> str:
    """Give the parameter file of the elevation model in geographic coordinates.

    Parameters
    ----------
    shape : tuple of int
        Rows and columns.
    corner : tuple of float
        Longitude and latitude of the centre of the north-western cell.
    post : float
        Size of a cell in degrees.
    """
    return (
        "Gamma DIFF&GEO DEM/MAP parameter file\n"
        "title: simulated\n"
        "DEM_projection:     EQA\n"
        "data_format:        REAL*4\n"
        "DEM_hgt_offset:          0.00000\n"
        "DEM_scale:               1.00000\n"
        f"width:                {shape[1]}\n"
        f"nlines:               {shape[0]}\n"
        f"corner_lat:     {corner[1]:.7f}  decimal degrees\n"
        f"corner_lon:     {corner[0]:.7f}  decimal degrees\n"
        f"post_lat:    {-post:.9e}  decimal degrees\n"
        f"post_lon:    {post:.9e}  decimal degrees\n"
        "\nellipsoid_name: WGS 84\n"
    )


DIFFERENCE_PARAMETERS = "Gamma DIFF&GEO Processing Parameters\n\ntitle: simulated\n"
"""The file ``MASTER.diff_par``; nothing in it is used."""
