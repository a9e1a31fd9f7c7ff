"""The clean form: rasters of SNAP with complete and exact texts, as no program writes them.

Every number that stage 1 needs stands in them with the digits of the simulated geometry, so that
tests can compare bytes.
"""

from __future__ import annotations

import math
from datetime import date
from pathlib import Path

from pystamps.simulate.export_layout import ExportLayout, StoredRaster
from pystamps.simulate.geometry import Baseline, Geometry
from pystamps.simulate.map_grid import MapGrid, geographic_grid
from pystamps.simulate.scene import Scene
from pystamps.simulate.stack import Stack

_START_S = 85211.0
"""Time of the first line after midnight."""


def _image_parameters(scene: Scene, geometry: Geometry, day: date) -> str:
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


def clean_baseline_text(baseline: Baseline) -> str:
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


def _elevation_parameters(grid: MapGrid) -> str:
    """Give the parameter file of the elevation model in geographic coordinates."""
    shape, corner, post = grid.shape, grid.corner, grid.post
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


def clean_layout(stack: Stack, root: Path) -> ExportLayout:
    """Describe the clean form of a stack below a folder."""
    days = [f"{day:%Y%m%d}" for day in stack.dates]
    master, geo = days[stack.master], root / "geo"
    images = tuple(StoredRaster(root / "rslc" / f"{day}.rslc", ">c8") for day in days)
    pairs = {k: root / "diff0" / f"{master}_{days[k]}.diff" for k in stack.secondaries}
    seg = root / "dem" / "projected_dem_seg"
    texts = {
        image.path.with_name(f"{image.path.name}.par"): _image_parameters(
            stack.scene, stack.geometry, day
        )
        for image, day in zip(images, stack.dates, strict=True)
    }
    texts |= {path.with_suffix(".base"): clean_baseline_text(stack.baselines[k])
              for k, path in pairs.items()}  # fmt: skip
    texts[geo / f"{master}.diff_par"] = DIFFERENCE_PARAMETERS
    texts[seg.with_suffix(".par")] = _elevation_parameters(geographic_grid(stack))
    return ExportLayout(
        root=root,
        folder=root,
        images=images,
        interferograms={k: StoredRaster(path, ">c8") for k, path in pairs.items()},
        planes={
            "longitude": (StoredRaster(geo / f"{master}.lon", ">f4"),),
            "latitude": (StoredRaster(geo / f"{master}.lat", ">f4"),),
            "height": (StoredRaster(geo / "elevation_dem.rdc", ">f4"),),
        },
        texts=texts,
        map_file=seg,
    )


DIFFERENCE_PARAMETERS = "Gamma DIFF&GEO Processing Parameters\n\ntitle: simulated\n"
"""The file ``MASTER.diff_par``; nothing in it is used."""
