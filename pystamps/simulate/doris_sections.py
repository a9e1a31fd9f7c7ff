"""Result files of a simulated stack of Doris: which sections, with which windows."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pystamps.arrays import Float64, FloatArray
from pystamps.errors import ParameterError
from pystamps.processors.constants import SPEED_OF_LIGHT
from pystamps.simulate.doris_logs import ENTRY, Section, result_file, window_entries
from pystamps.simulate.orbits import state_vectors
from pystamps.simulate.stack import Stack

FIRST_LINE, FIRST_PIXEL = 3825, 5345
"""Corner of the crop in the image that it was cut from."""

_OVERSAMPLING = 2
_MASTER_STEPS = (
    "readfiles", "precise_orbits", "modify_orbits", "crop", "sim_amplitude", "master_timing",
    "oversample", "resample", "filt_azi", "filt_range", "NOT_USED",
)  # fmt: skip
_PAIR_STEPS = (
    "coarse_orbits", "coarse_correl", "fine_coreg", "timing_error", "dem_assist",
    "comp_coregpm", "interfero", "coherence", "comp_refphase", "subtr_refphase",
    "comp_refdem", "subtr_refdem", "filtphase", "unwrap", "slant2h", "geocoding",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class DorisWindow:
    """Window of the image in the frame of the result files.

    Attributes
    ----------
    lines, pixels : tuple of int
        First and last, counted from 1.
    frame : str
        What they are counted in.
    """

    lines: tuple[int, int]
    pixels: tuple[int, int]
    frame: str = "original_image"

    @property
    def entries(self) -> tuple[ENTRY, ...]:
        """Entries of a section."""
        return window_entries(self.lines, self.pixels, self.frame)


def doris_windows(stack: Stack, form: str) -> dict[str, DorisWindow]:
    """Give the windows of the crop and, where there is one, of the oversampled image.

    Raises
    ------
    ParameterError
        An oversampled image with an odd number of samples or lines.
    """
    lines, samples = stack.scene.lines, stack.scene.samples
    if form != "4-oversampled":
        first = (1, 1) if form == "5" else (FIRST_LINE, FIRST_PIXEL)
        window = DorisWindow((first[0], first[0] + lines - 1), (first[1], first[1] + samples - 1))
        return {"crop": window}
    if lines % _OVERSAMPLING or samples % _OVERSAMPLING:
        raise ParameterError(
            f"scene: lines={lines}, samples={samples}, expected even numbers for an oversampled "
            "stack of Doris; change them"
        )
    last_line = FIRST_LINE + lines // _OVERSAMPLING - 1
    last_pixel = FIRST_PIXEL + samples // _OVERSAMPLING - 1
    crop = DorisWindow((FIRST_LINE, last_line), (FIRST_PIXEL, last_pixel))
    bounds = [
        ((first - 1) * _OVERSAMPLING + 1, last * _OVERSAMPLING)
        for first, last in (crop.lines, crop.pixels)
    ]
    return {"crop": crop, "oversample": DorisWindow(bounds[0], bounds[1], "ovs_image")}


def _read_section(stack: Stack, day: str, *, is_recent: bool) -> Section:
    geometry = stack.geometry
    longitude, latitude = geometry.centre_lonlat
    two_way_ms = 2e3 * geometry.near_range_m / SPEED_OF_LIGHT
    rate = "computed" if is_recent else "nominal"
    date = f"{day[:4]}-{day[4:6]}-{day[6:]}"
    return Section(
        "readfiles",
        (
            ("Volume file", "dummyvariable"),
            ("Product type specifier", "S1A" if is_recent else "ASAR"),
            ("Location and date/time of product creation", f"GENERATED AT UNKNOWN at {date}"),
            ("Scene_centre_latitude", f"{latitude:.10f}"),
            ("Scene_centre_longitude", f"{longitude:.10f}"),
            ("Radar_wavelength (m)", f"{geometry.wavelength_m:.10f}"),
            ("First_pixel_azimuth_time (UTC)", f"{date} 23:40:11.000000"),
            (f"Pulse_Repetition_Frequency ({rate}, Hz)", f"{geometry.prf_hz:.6f}"),
            ("Total_azimuth_band_width (Hz)", "327.0"),
            ("Xtrack_f_DC_constant (Hz, early edge)", "-2.61721143395984370E+01"),
            ("Range_time_to_first_pixel (2way) (ms)", f"{two_way_ms:.12f}"),
            ("Range_sampling_rate (computed, MHz)",
             f"{SPEED_OF_LIGHT / (2e6 * geometry.range_spacing_m):.6f}"),
            ("", "*" * 67),
            ("Datafile", "ROIPACSLC"),
            ("Number_of_lines_original", "27445"),
            ("Number_of_pixels_original", "18238"),
        ),
    )  # fmt: skip


def _orbit_section(stack: Stack) -> Section:
    orbit = state_vectors(stack.geometry)
    rows = tuple(
        ("", f"{time:.6f} {position[0]:.7f} {position[1]:.7f} {position[2]:.7f}")
        for time, position in zip(orbit.time_s, orbit.position_m, strict=True)
    )
    head = (("", "t(s)\t\tX(m)\t\tY(m)\t\tZ(m)"),
            ("NUMBER_OF_DATAPOINTS", f"{orbit.time_s.size}"))  # fmt: skip
    return Section("precise_orbits", (*head, *rows))


def master_result(stack: Stack, insar: Path, windows: dict[str, DorisWindow], form: str) -> str:
    """Give ``master.res``; the steps after the crop have windows of their own."""
    day = f"{stack.dates[stack.master]:%Y%m%d}"
    is_short = form in ("4-short", "5")
    crop = (
        ("Data_output_file", f"{insar / f'{day}_crop.slc'}"),
        ("Data_output_format", "complex_short" if is_short else "complex_real4"),
        *windows["crop"].entries,
    )
    sections = [
        _read_section(stack, day, is_recent=form == "5"),
        _orbit_section(stack),
        Section("crop", crop, "master step01"),
    ]
    if "oversample" in windows:
        sections.append(_oversample_section(stack, insar, day, windows))
    if form != "5":
        sections.append(_simulated_section(windows))
    done = {section.name for section in sections}
    steps = [(step, f"{int(step in done)}") for step in _MASTER_STEPS]
    return result_file("MASTER", "master.res", steps, sections, version=form[0])


def _oversample_section(
    stack: Stack, insar: Path, day: str, windows: dict[str, DorisWindow]
) -> Section:
    factor = f"{1 / _OVERSAMPLING:g}"
    original = window_entries(windows["crop"].lines, windows["crop"].pixels, "original_image")
    return Section(
        "oversample",
        (
            ("Data_output_file", f"{insar / f'{day}_crop_ovs.slc'}"),
            ("Data_output_format", "complex_real4"),
            *windows["oversample"].entries,
            ("Multilookfactor_azimuth_direction", factor),
            ("Multilookfactor_range_direction", factor),
            ("Number of lines (oversampled)", f"{stack.scene.lines}"),
            ("Number of pixels (oversampled)", f"{stack.scene.samples}"),
            *((f"#{key}", value) for key, value in original),
        ),
        "master",
    )


def _simulated_section(windows: dict[str, DorisWindow]) -> Section:
    """Give the section of the simulated amplitude, which covers more than the crop."""
    lines, pixels = windows["crop"].lines, windows["crop"].pixels
    wider = ((lines[0] - 100, lines[1] + 100), (pixels[0] - 50, pixels[1] + 50))
    return Section(
        "sim_amplitude",
        (
            ("DEM source file", "/data/dem/srtm.flt"),
            ("Data_output_file", "master_sam.raw"),
            ("Data_output_format", "real4"),
            *window_entries(*wider, "original_master"),
            ("Multilookfactor_azimuth_direction", "1"),
            ("Multilookfactor_range_direction", "1"),
        ),
    )


def slave_result(stack: Stack, image: int, windows: dict[str, DorisWindow], form: str) -> str:
    """Give ``slave.res`` of an image: a crop of its own, and the window that it came to."""
    lines, pixels = windows["crop"].lines, windows["crop"].pixels
    wider = window_entries(
        (max(1, lines[0] - 1000), lines[1] + 1000), (max(1, pixels[0] - 100), pixels[1] + 100),
        "original_image",
    )  # fmt: skip
    last = list(windows.values())[-1]
    sections = [
        _read_section(stack, f"{stack.dates[image]:%Y%m%d}", is_recent=form == "5"),
        Section("crop", (("Data_output_file", "slave_crop.slc"),
                         ("Data_output_format", "complex_short"), *wider), "slave step01"),
        Section("resample", (("Shifted azimuth spectrum", "0"),
                             ("Data_output_file", "slave_res.slc"),
                             ("Data_output_format", "complex_real4"),
                             ("Interpolation kernel", "12 point raised cosine kernel"),
                             *window_entries(last.lines, last.pixels, "original_master"))),
    ]  # fmt: skip
    done = {section.name for section in sections}
    steps = [(step, f"{int(step in done)}") for step in _MASTER_STEPS]
    return result_file("SLAVE", "slave.res", steps, sections, version=form[0])


def pair_result(stack: Stack, image: int, windows: dict[str, DorisWindow], form: str) -> str:
    """Give the result file of an interferogram; its baseline has one decimal."""
    last = list(windows.values())[-1]
    looks = (("Multilookfactor_azimuth_direction", "1"), ("Multilookfactor_range_direction", "1"))
    window = (*window_entries(last.lines, last.pixels, "original_master"), *looks)
    coarse = _coarse_section(stack, image, last, form)
    sections = [coarse]
    for name, file in (("interfero", "cint.raw"), ("subtr_refphase", "cint.minrefpha.raw"),
                       ("comp_refdem", "refdem_1l.raw"),
                       ("subtr_refdem", "cint.minrefdem.raw")):  # fmt: skip
        kind = "real4" if name == "comp_refdem" else "complex_real4"
        described = (("Data_output_file", file), ("Data_output_format", kind), *window)
        sections.append(Section(name, described))
    done = {section.name for section in sections}
    steps = [(step, f"{int(step in done)}") for step in _PAIR_STEPS]
    return result_file("INTERFEROGRAM", "interferogram.out", steps, sections, version=form[0])


def _coarse_section(stack: Stack, image: int, window: DorisWindow, form: str) -> Section:
    """Give the section with the baseline at the centre, whose lines have a form of their own."""
    days = (stack.dates[stack.master] - stack.dates[image]).days
    middle = float(stack.geometry.look[stack.geometry.look.size // 2])
    perpendicular = float(stack.baselines[image].at(0.0, middle))
    parallel = float(parallel_baseline_m(stack, image, 0.0, middle))
    rows = (
        ("Btemp:", "[days]:", f"{days}", "Temporal baseline"),
        ("Bperp", "[m]:", f"{perpendicular:.1f}", "Perpendicular baseline"),
        ("Bpar", "[m]:", f"{parallel:.1f}", "Parallel baseline"),
        ("theta", "[deg]:", f"{np.degrees(middle):.1f}", "look angle"),
    )
    centre = sum(window.lines) // 2, sum(window.pixels) // 2
    first = (("", f"Some info for pixel: {centre[0]}, {centre[1]} (not used):"),)
    if form == "5":
        lines = [f"{name:<15}{unit:<10}{value:<15}// {text}" for name, unit, value, text in rows]
    else:
        lines = [f"  {name:<11}{unit:<10}{value:>10}      \t// {text}"
                 for name, unit, value, text in rows]  # fmt: skip
    return Section("coarse_orbits", (*first, *(("", line) for line in lines)))


def parallel_baseline_m(
    stack: Stack, image: int, second: FloatArray | float, look: FloatArray | float
) -> Float64:
    """Give the baseline along the line of sight, m; time from the centre, look angle in rad."""
    baseline = stack.baselines[image]
    cross = baseline.cross_m + baseline.cross_m_s * second
    normal = baseline.normal_m + baseline.normal_m_s * second
    return np.asarray(cross * np.sin(look) + normal * np.cos(look), dtype=np.float64)
