"""Export of SNAP: what its operator StampsExport and its writer of GAMMA files leave.

Learnt from their public sources: one product describes all files, so that every parameter file is
that of the reference image; spacings lose their decimals; the three ranges are that of the first
sample; times count half of their seconds; the radius of the Earth follows from sine and cosine of
a latitude in degrees. Keys are followed by a tab, numbers are those of Java.
"""

from __future__ import annotations

import math
from datetime import date
from pathlib import Path

import numpy as np

from pystamps.simulate.export_layout import ExportLayout, StoredRaster
from pystamps.simulate.geometry import Baseline, Geometry
from pystamps.simulate.map_grid import MapGrid, geographic_grid, utm_metres
from pystamps.simulate.orbits import INTERVAL_S, START_S, StateVectors, state_vectors
from pystamps.simulate.stack import Stack

SNAP_FORMS = ("13",)
"""Versions whose exports differ; from the first one to 13 they do not."""

_SEMI_MAJOR_M, _SEMI_MINOR_M = 6378137.0, 6356752.3142451794975639665996337
_HALF = 0.5
"""Days become seconds with half of the right factor."""

_LOWEST_PLAIN, _HIGHEST_PLAIN = 1e-3, 1e7
_MISSIONS = {"S1A": "SENTINEL-1A", "ERS2": "ERS2", "TSX-1": "TSX1"}


def snap_layout(stack: Stack, root: Path, _: str = SNAP_FORMS[0]) -> ExportLayout:
    """Describe the export of SNAP of a stack below a folder."""
    days = [f"{day:%Y%m%d}" for day in stack.dates]
    master, geo, dem = days[stack.master], root / "geo", root / "dem"
    images = tuple(StoredRaster(root / "rslc" / f"{day}.rslc", ">c8") for day in days)
    pairs = {k: StoredRaster(root / "diff0" / f"{master}_{days[k]}.diff", ">c8")
             for k in stack.secondaries}  # fmt: skip
    positions = [StoredRaster(geo / f"{master}.{name}", ">f4") for name in ("lon", "lat")]
    height = StoredRaster(geo / "elevation_dem.rdc", ">f4")
    par = _image_parameters(stack)
    grid = geographic_grid(stack)
    texts = {_par(r.path): par for r in (*images, *pairs.values(), *positions)}
    texts |= {r.path.with_suffix(".base"): snap_baseline_text(stack.baselines[k])
              for k, r in pairs.items()}  # fmt: skip
    texts[_par(height.path)] = _elevation_parameters(
        (stack.scene.lines, stack.scene.samples), grid, title=product_title(stack)
    )
    texts[dem / "projected_dem.par"] = _elevation_parameters(
        grid.shape, grid, title="projected_dem"
    )
    return ExportLayout(
        root=root,
        folder=root,
        images=images,
        interferograms=pairs,
        planes={"longitude": (positions[0],), "latitude": (positions[1],), "height": (height,)},
        texts=texts,
        map_file=dem / "projected_dem.rslc",
    )


def _par(raster: Path) -> Path:
    return raster.with_name(f"{raster.name}.par")


def java_number(value: float) -> str:
    """Give a number as Java prints a double: exponents with E, always a decimal."""
    if value == 0 or _LOWEST_PLAIN <= abs(value) < _HIGHEST_PLAIN:
        return np.format_float_positional(value, trim="0")
    text = np.format_float_scientific(value, trim="0", exp_digits=1)
    return text.replace("e+", "E").replace("e", "E")


def product_title(stack: Stack) -> str:
    """Give the name of the product of all interferograms."""
    day = f"{stack.dates[stack.master]:%Y%m%d}"
    hour = _clock(START_S)
    return f"S1A_IW_SLC__1SDV_{day}T{hour}_{day}T{hour}_022605_0272D4_1B3C_Orb_Stack_Ifg_Deb_DInSAR"


def _clock(second: float) -> str:
    return f"{int(second // 3600):02d}{int(second % 3600 // 60):02d}{int(second % 60):02d}"


def _image_parameters(stack: Stack) -> str:
    """Give the parameter file that all images, interferograms and positions share."""
    geometry, scene = stack.geometry, stack.scene
    longitude, latitude = geometry.centre_lonlat
    near = java_number(geometry.near_range_m)
    duration = (scene.lines - 1) / geometry.prf_hz
    times = (START_S, START_S + duration / 2, START_S + duration)
    seconds = [f"{java_number(time * _HALF)}\ts" for time in times]
    title = scene.view.satellite.title.split()[0]
    entries = [
        ("title", product_title(stack)),
        ("sensor", _MISSIONS.get(title, title)),
        ("date", unpadded_date(stack.dates[stack.master])),
        *zip(("start_time", "center_time", "end_time"), seconds, strict=True),
        ("azimuth_line_time", java_number(1 / geometry.prf_hz)),
        ("range_samples", f"{scene.samples}"),
        ("azimuth_lines", f"{scene.lines}"),
        ("range_looks", "1"),
        ("azimuth_looks", "1"),
        ("image_format", "FCOMPLEX"),
        ("image_geometry", "SLANT_RANGE"),
        ("center_latitude", f"{java_number(latitude)}\tdegrees"),
        ("center_longitude", f"{java_number(longitude)}\tdegrees"),
        ("heading", f"{java_number(geometry.heading_deg % 360)}\tdegrees"),
        ("range_pixel_spacing", f"{int(geometry.range_spacing_m)}\tm"),
        ("azimuth_pixel_spacing", f"{int(geometry.azimuth_spacing_m)}\tm"),
        ("radar_frequency", f"{java_number(geometry.radar_frequency_hz)}\tHz"),
        ("prf", f"{java_number(geometry.prf_hz)}\tHz"),
        ("azimuth_proc_bandwidth", "327.0\tHz"),
        *_earth_entries(geometry),
        ("near_range_slc", f"{near}\tm"),
        ("center_range_slc", f"{near}\tm"),
        ("far_range_slc", f"{near}\tm"),
        *_orbit_entries(state_vectors(geometry)),
    ]
    return _text(entries)


def unpadded_date(day: date) -> str:
    """Give year, month and day without leading zeros."""
    return f"{day.year}  {day.month}  {day.day}"


def earth_radius_m(latitude: float) -> float:
    """Give the radius that SNAP writes: sine and cosine take the degrees for radians."""
    major, minor = _SEMI_MAJOR_M**2 * math.cos(latitude), _SEMI_MINOR_M**2 * math.sin(latitude)
    return math.sqrt(
        (major**2 + minor**2) / (major * math.cos(latitude) + minor * math.sin(latitude))
    )


def _earth_entries(geometry: Geometry) -> list[tuple[str, str]]:
    radius = earth_radius_m(geometry.centre_lonlat[1])
    return [
        ("sar_to_earth_center", f"{java_number(geometry.sar_to_earth_centre_m)}\tm"),
        ("earth_radius_below_sensor", f"{java_number(radius)}\tm"),
        ("earth_semi_major_axis", f"{java_number(_SEMI_MAJOR_M)}\tm"),
        ("earth_semi_minor_axis", f"{java_number(_SEMI_MINOR_M)}\tm"),
    ]


def _orbit_entries(orbit: StateVectors) -> list[tuple[str, str]]:
    first = orbit.time_s[0] * _HALF
    entries = [
        ("number_of_state_vectors", f"{orbit.time_s.size}"),
        ("time_of_first_state_vector", f"{java_number(first)}\ts"),
        ("state_vector_interval", f"{java_number(INTERVAL_S * _HALF)}\ts"),
    ]
    rows = zip(orbit.position_m, orbit.velocity_m_s, strict=True)
    for number, (position, velocity) in enumerate(rows, start=1):
        place, speed = ("\t".join(map(java_number, row)) for row in (position, velocity))
        entries.append((f"state_vector_position_{number}", f"{place}\tm   m   m"))
        entries.append((f"state_vector_velocity_{number}", f"{speed}\tm/s m/s m/s"))
    return entries


def snap_baseline_text(baseline: Baseline) -> str:
    """Give the baseline file of an interferogram: two lines with tabs, three with blanks."""
    place, rate = (
        "\t".join(map(java_number, parts))
        for parts in (
            (baseline.cross_m, baseline.normal_m),
            (baseline.cross_m_s, baseline.normal_m_s),
        )
    )
    zero = "0.0000000        0.0000000        0.0000000"
    return _text(
        (
            ("initial_baseline(TCN)", f"0.0000000\t{place}\tm   m   m"),
            ("initial_baseline_rate", f"0.0000000\t{rate}\tm/s   m/s   m/s"),
            ("precision_baseline(TCN)", f"{zero}   m   m   m"),
            ("precision_baseline_rate", f"{zero}   m/s m/s m/s"),
            ("unwrap_phase_constant", "0.00000     radians"),
        )
    )


def _elevation_parameters(shape: tuple[int, int], grid: MapGrid, *, title: str) -> str:
    """Give the parameter file of heights; the postings are constants of the exporter.

    Parameters
    ----------
    shape : tuple of int
        Lines and samples of the raster.
    grid : MapGrid
        Its corner is written.
    title : str
    """
    rotation = [(f"datum_{name}", "0.0") for name in (
        "shift_dx", "shift_dy", "shift_dz", "scale_m",
        "rotation_alpha", "rotation_beta", "rotation_gamma",
    )]  # fmt: skip
    east, north = utm_metres(*grid.corner)
    return _text(
        (
            ("title", title),
            ("width", f"{shape[1]}"),
            ("nlines", f"{shape[0]}"),
            ("data_format", "REAL*4"),
            ("DEM_projection", ""),
            ("DEM_hgt_offset", "0.0"),
            ("DEM_scale", "1.0"),
            ("corner_north", java_number(north)),
            ("corner_east", java_number(east)),
            ("post_north", "90"),
            ("post_east", "90"),
            ("datum_name", "WGS84"),
            *rotation,
            ("projection_name", ""),
        )
    )


def _text(entries: list[tuple[str, str]] | tuple[tuple[str, str], ...]) -> str:
    return "".join(f"{key}:\t{value}\n" for key, value in entries)
