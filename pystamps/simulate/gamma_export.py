"""Stack of GAMMA as its programs and the usual scripts for StaMPS leave it.

Parameter files have a headline, columns of fixed width, units, polynomials, and keys that nothing
here reads; images are complex float or complex 16-bit integers; lists of the stack lie beside it.
Learnt from public parameter files and from GAMMA's public descriptions of the formats.
"""

from __future__ import annotations

import math
from datetime import date, timedelta
from pathlib import Path

from pystamps.processors.constants import SPEED_OF_LIGHT
from pystamps.simulate.export_layout import ExportLayout, StoredRaster
from pystamps.simulate.geometry import Baseline
from pystamps.simulate.map_grid import MapGrid, geographic_grid
from pystamps.simulate.orbits import INTERVAL_S, START_S, state_vectors
from pystamps.simulate.stack import Stack

GAMMA_FORMS = ("fcomplex", "scomplex")
"""Sample format of the images."""

_HEADLINE = "Gamma Interferometric SAR Processor (ISP) - Image Parameter File\n\n"
_SECONDS_PER_DAY = 2.37
"""How much later the satellite comes by every day; no two images have the same time."""

_NO_RANGE = (
    "       0.00000      0.00000  0.00000e+00  0.00000e+00  0.00000e+00  0.00000e+00"
    "  s m 1 m^-1 m^-2 m^-3 "
)
_NO_DOPPLER = "0.00000e+00  0.00000e+00  0.00000e+00  0.00000e+00"


def gamma_layout(stack: Stack, root: Path, form: str = GAMMA_FORMS[0]) -> ExportLayout:
    """Describe the stack of GAMMA of a simulation below a folder."""
    days = [f"{day:%Y%m%d}" for day in stack.dates]
    master, geo = days[stack.master], root / "geo"
    is_short = form == "scomplex"
    images = tuple(
        StoredRaster(root / "rslc" / f"{day}.rslc", ">i2" if is_short else ">c8", 1 + is_short)
        for day in days
    )
    pairs = {k: StoredRaster(root / "diff0" / f"{master}_{days[k]}.diff", ">c8")
             for k in stack.secondaries}  # fmt: skip
    seg, grid = root / "dem" / f"{master}_dem_seg", geographic_grid(stack)
    texts = {
        image.path.with_name(f"{image.path.name}.par"): _image_parameters(stack, day, form.upper())
        for image, day in zip(images, stack.dates, strict=True)
    }
    texts |= {r.path.with_suffix(".base"): gamma_baseline_text(stack.baselines[k])
              for k, r in pairs.items()}  # fmt: skip
    texts |= {r.path.with_suffix(".off"): _offsets(stack) for r in pairs.values()}
    texts[geo / f"{master}.diff_par"] = "Gamma DIFF&GEO Processing Parameters\n\ntitle: none\n"
    texts[seg.with_name(f"{seg.name}.par")] = _elevation_parameters(grid)
    texts[root / "RSLC_tab"] = "".join(f"rslc/{d}.rslc rslc/{d}.rslc.par\n" for d in days)
    texts[root / "itab"] = "".join(
        f"{stack.master + 1:6d} {k + 1:6d} {number:6d}    1\n"
        for number, k in enumerate(stack.secondaries, start=1)
    )
    return ExportLayout(
        root=root,
        folder=root,
        images=images,
        interferograms=pairs,
        planes={
            "longitude": (StoredRaster(geo / f"{master}.lon", ">f4"),),
            "latitude": (StoredRaster(geo / f"{master}.lat", ">f4"),),
            "height": (StoredRaster(geo / f"{master}_dem.rdc", ">f4"),),
        },
        texts=texts,
        map_file=seg,
    )


def _entry(key: str, value: str, unit: str = "", *, end: int = 36) -> str:
    """Give a line whose value ends at a column."""
    return f"{key + ':'}{value:>{end - len(key) - 1}}{'   ' + unit if unit else ''}\n"


def _image_parameters(stack: Stack, day: date, image_format: str) -> str:
    """Give the parameter file of an image."""
    scene, geometry = stack.scene, stack.geometry
    start = START_S + _SECONDS_PER_DAY * (day - stack.dates[stack.master]).days / 100
    duration = (scene.lines - 1) / geometry.prf_hz
    last = geometry.near_range_m + (scene.samples - 1) * geometry.range_spacing_m
    longitude, latitude = geometry.centre_lonlat
    middle = math.degrees(geometry.incidence[geometry.incidence.size // 2])
    clock = f"{timedelta(seconds=int(start))}".split(":")
    time = f"{' '.join(clock)}.{int(start % 1 * 1e4):04d}"
    lines = [
        f"title:     {day:%Y%m%d}.slc {scene.view.satellite.title} (software: IPF 002.91)\n",
        f"sensor:    {scene.view.satellite.title}\n",
        f"date:      {day:%Y %m %d} {time}\n",
        _entry("start_time", f"{start:.6f}", "s"),
        _entry("center_time", f"{start + duration / 2:.6f}", "s"),
        _entry("end_time", f"{start + duration:.6f}", "s"),
        _entry("azimuth_line_time", f"{1 / geometry.prf_hz:.7e}", "s"),
        _entry("line_header_size", "0"),
        _entry("range_samples", f"{scene.samples}"),
        _entry("azimuth_lines", f"{scene.lines}"),
        _entry("range_looks", "1"),
        _entry("azimuth_looks", "1"),
        _entry("image_format", image_format),
        _entry("image_geometry", "SLANT_RANGE"),
        _entry("range_scale_factor", "1.0000000e+00"),
        _entry("azimuth_scale_factor", "1.0000000e+00"),
        _entry("center_latitude", f"{latitude:.7f}", "degrees"),
        _entry("center_longitude", f"{longitude:.7f}", "degrees"),
        _entry("heading", f"{geometry.heading_deg:.7f}", "degrees"),
        _entry("range_pixel_spacing", f"{geometry.range_spacing_m:.6f}", "m"),
        _entry("azimuth_pixel_spacing", f"{geometry.azimuth_spacing_m:.6f}", "m"),
        _entry("near_range_slc", f"{geometry.near_range_m:.4f}", "m"),
        _entry("center_range_slc", f"{(geometry.near_range_m + last) / 2:.4f}", "m"),
        _entry("far_range_slc", f"{last:.4f}", "m"),
        *(f"{name + '_slant_range_polynomial:':<29}{_NO_RANGE}\n"
          for name in ("first", "center", "last")),
        _entry("incidence_angle", f"{middle:.4f}", "degrees"),
        "azimuth_deskew:          ON\n",
        _entry("azimuth_angle", "90.0000", "degrees"),
        _entry("radar_frequency", f"{geometry.radar_frequency_hz:.7e}", "Hz"),
        _entry(
            "adc_sampling_rate", f"{SPEED_OF_LIGHT / (2 * geometry.range_spacing_m):.7e}", "Hz"
        ),
        _entry("chirp_bandwidth", f"{scene.view.satellite.bandwidth_hz:.7e}", "Hz"),
        _entry("prf", f"{geometry.prf_hz:.6f}", "Hz"),
        _entry("azimuth_proc_bandwidth", "327.00000", "Hz"),
        f"doppler_polynomial:         0.00000  {_NO_DOPPLER[13:]}"
        "  Hz     Hz/m     Hz/m^2     Hz/m^3\n",
        f"doppler_poly_dot:       {_NO_DOPPLER}  Hz/s   Hz/s/m   Hz/s/m^2   Hz/s/m^3\n",
        f"doppler_poly_ddot:      {_NO_DOPPLER}  Hz/s^2 Hz/s^2/m Hz/s^2/m^2 Hz/s^2/m^3\n",
        _entry("receiver_gain", "0.0000", "dB"),
        _entry("calibration_gain", "0.0000", "dB"),
        _entry("sar_to_earth_center", f"{geometry.sar_to_earth_centre_m:.4f}", "m", end=46),
        _entry("earth_radius_below_sensor", f"{geometry.earth_radius_m:.4f}", "m", end=46),
        _entry("earth_semi_major_axis", "6378137.0000", "m", end=46),
        _entry("earth_semi_minor_axis", "6356752.3141", "m", end=46),
        *_orbit_lines(stack),
    ]  # fmt: skip
    return _HEADLINE + "".join(lines) + "\n"


def _orbit_lines(stack: Stack) -> list[str]:
    orbit = state_vectors(stack.geometry)
    lines = [
        _entry("number_of_state_vectors", f"{orbit.time_s.size}", end=46),
        _entry("time_of_first_state_vector", f"{orbit.time_s[0]:.6f}", "s", end=46),
        _entry("state_vector_interval", f"{INTERVAL_S:.6f}", "s", end=46),
    ]
    rows = zip(orbit.position_m, orbit.velocity_m_s, strict=True)
    for number, (position, velocity) in enumerate(rows, start=1):
        place = "".join(f"{value:16.4f}" for value in position)
        speed = "".join(f"{value:16.5f}" for value in velocity)
        lines.append(f"state_vector_position_{number}:{place}   m   m   m\n")
        lines.append(f"state_vector_velocity_{number}:{speed}   m/s m/s m/s\n")
    return lines


def gamma_baseline_text(baseline: Baseline) -> str:
    """Give the baseline file of an interferogram as ``base_init`` and ``base_orbit`` write it."""
    place = (0.0, baseline.cross_m, baseline.normal_m)
    rate = (0.0, baseline.cross_m_s, baseline.normal_m_s)
    rows = (
        ("initial_baseline(TCN):", place, "m   m   m"),
        ("initial_baseline_rate:", rate, "m/s m/s m/s"),
        ("precision_baseline(TCN):", (0.0,) * 3, "m   m   m"),
        ("precision_baseline_rate:", (0.0,) * 3, "m/s m/s m/s"),
    )
    text = "".join(
        f"{key:<24}" + "".join(f"{value:16.7f}" for value in values) + f"   {unit}\n"
        for key, values, unit in rows
    )
    return text + "unwrap_phase_constant:           0.00000     radians\n"


def _offsets(stack: Stack) -> str:
    """Give the offset parameter file of an interferogram; nothing reads it."""
    return (
        "Gamma Interferometric SAR Processor (ISP)\nInterferogram and Image Offset Parameter File\n"
        f"\ntitle: none\ninterferogram_width: {stack.scene.samples:20d}\n"
        f"interferogram_azimuth_lines: {stack.scene.lines:12d}\n"
    )


def _elevation_parameters(grid: MapGrid) -> str:
    """Give the parameter file of the elevation model in geographic coordinates."""
    (rows, columns), (west, north) = grid.shape, grid.corner
    unit = "decimal degrees"
    return (
        "Gamma DIFF&GEO DEM/MAP parameter file\ntitle: SRTM 1 arcsec\n"
        "DEM_projection:     EQA\ndata_format:        REAL*4\n"
        "DEM_hgt_offset:          0.00000\nDEM_scale:               1.00000\n"
        f"width:  {columns:18d}\nnlines: {rows:18d}\n"
        f"corner_lat:  {north:16.7f}  {unit}\ncorner_lon:  {west:16.7f}  {unit}\n"
        f"post_lat:  {-grid.post:16.7e}  {unit}\npost_lon:  {grid.post:16.7e}  {unit}\n\n"
        "ellipsoid_name: WGS 84\nellipsoid_ra:        6378137.000   m\n"
        "ellipsoid_reciprocal_flattening:  298.2572236\n\ndatum_name: WGS 1984\n"
        "datum_shift_dx:              0.000   m\ndatum_shift_dy:              0.000   m\n"
        "datum_shift_dz:              0.000   m\n"
    )
