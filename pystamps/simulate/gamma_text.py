"""Text files of the raw export: image parameters (``.par``) and baselines (``.base``)."""

from __future__ import annotations

from datetime import date

from pystamps.simulate.geometry import (
    EARTH_RADIUS_M,
    SAR_TO_EARTH_CENTRE_M,
    Baseline,
    Geometry,
)
from pystamps.simulate.scene import Scene


def image_parameters(scene: Scene, geometry: Geometry, day: date) -> str:
    """Give the parameter file of an image; units follow the values."""
    last = geometry.near_range_m + (scene.samples - 1) * geometry.range_spacing_m
    longitude, latitude = scene.centre_lonlat
    entries = (
        ("title", f"{day:%Y%m%d}"),
        ("sensor", "S1A IW IW2 VV"),
        ("date", f"{day:%Y %m %d} 23 40 11.0"),
        ("azimuth_line_time", f"{1 / geometry.prf_hz:.9f} s"),
        ("range_samples", f"{scene.samples}"),
        ("azimuth_lines", f"{scene.lines}"),
        ("range_looks", "1"),
        ("azimuth_looks", "1"),
        ("image_format", "FCOMPLEX"),
        ("image_geometry", "SLANT_RANGE"),
        ("center_latitude", f"{latitude:.7f} degrees"),
        ("center_longitude", f"{longitude:.7f} degrees"),
        ("heading", f"{geometry.heading_deg:.4f} degrees"),
        ("range_pixel_spacing", f"{geometry.range_spacing_m:.6f} m"),
        ("azimuth_pixel_spacing", f"{scene.azimuth_spacing_m:.6f} m"),
        ("near_range_slc", f"{geometry.near_range_m:.4f} m"),
        ("center_range_slc", f"{(geometry.near_range_m + last) / 2:.4f} m"),
        ("far_range_slc", f"{last:.4f} m"),
        ("radar_frequency", f"{geometry.radar_frequency_hz:.7e} Hz"),
        ("prf", f"{geometry.prf_hz:.6f} Hz"),
        ("sar_to_earth_center", f"{SAR_TO_EARTH_CENTRE_M:.4f} m"),
        ("earth_radius_below_sensor", f"{EARTH_RADIUS_M:.4f} m"),
    )
    header = "Gamma Interferometric SAR Processor (ISP) - Image Parameter File\n\n"
    return header + "".join(f"{key + ':':<32}{value}\n" for key, value in entries)


def baseline_file(baseline: Baseline) -> str:
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
