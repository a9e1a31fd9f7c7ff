"""Parameter files of SNAP and GAMMA, and what their exporters are known to get wrong."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np

from pystamps.findings import Code, Finding, read_or_finding, value_or_finding
from pystamps.io.par_file import ParFile, read_par
from pystamps.processors.value_limits import (
    BASELINE,
    BASELINE_RATE,
    EARTH_DISTANCE,
    HEADING,
    NUMBER_OF_LINES,
    PULSE_RATE,
    SLANT_RANGE,
    SPACING,
    ValueLimits,
)

BASELINE_KEY, BASELINE_RATE_KEY = "initial_baseline(TCN)", "initial_baseline_rate"

HEADER_VALUE = Code(
    "header-value",
    "error",
    "a value of a parameter file is missing or is not a number",
    "Stage 1 needs heading, radar_frequency, range_pixel_spacing, near_range_slc, "
    "center_range_slc, sar_to_earth_center, earth_radius_below_sensor, azimuth_lines and prf of "
    "the reference image, and both lines initial_baseline of every .base file.",
    "write the value into the file, or export again",
)
HEADER_IMPOSSIBLE = Code(
    "header-impossible",
    "error",
    "values of a parameter file contradict each other or nature",
    "Look and incidence angle follow from the slant range, the orbit radius and the Earth radius; "
    "with such values there is no angle. Often a unit is wrong (km for m, GHz for Hz).",
    "correct the value, or export again",
)
IMAGE_SIZE_DIFFERS = Code(
    "image-size-differs",
    "error",
    "an image has another size than the reference image",
    "Images of one stack are co-registered and have equal sizes. A different one was exported "
    "from another subset.",
    "export the stack again from one co-registered product",
)
IMAGE_FORMAT = Code(
    "image-format",
    "error",
    "image_format is neither FCOMPLEX nor SCOMPLEX",
    "StaMPS and pySTAMPS read complex single precision and complex 16-bit samples.",
    "convert the images to FCOMPLEX",
)
REPEATED_KEY = Code(
    "header-repeated-key",
    "warning",
    "range_samples or azimuth_lines stands in several lines",
    'pySTAMPS takes the first exact key. StaMPS takes all and stops with "Badly formed number".',
    "keep one line when StaMPS is to read the export too",
)
INTEGER_SPACING = Code(
    "integer-range-spacing",
    "warning",
    "range_pixel_spacing is a whole number",
    "The SNAP exporter cuts the decimals off: 0 below one metre (TerraSAR-X, COSMO-SkyMed, PAZ), "
    "which is an error, because all pixels would have one look angle. Otherwise slant range and "
    "angles at the far edge are wrong, by up to tens of percent of the range span. A note where "
    "that is less than a degree.",
    "write the true spacing (metadata range_spacing of the product) into the .par file of the "
    "reference image; exporting again cuts it off again",
)
NEAR_IS_CENTRE = Code(
    "near-range-is-centre-range",
    "warning",
    "near_range_slc equals center_range_slc",
    "The SNAP exporter writes the range of the first sample into all three range entries (a note "
    "there). mean_range is then too short; heights from look-angle errors change by under a "
    "percent.",
    "write near range + (range_samples - 1) / 2 x spacing as center_range_slc",
)
EARTH_RADIUS = Code(
    "earth-radius-rough",
    "warning",
    "earth_radius_below_sensor is not that of the ellipsoid",
    "The SNAP exporter computes it with sine and cosine of degrees. The value lies between 6357 "
    "and 6378 km on the ellipsoid; others shift look and incidence angle.",
    "compare with another processor, or correct the value",
)
BASELINE_ZERO = Code(
    "baseline-zero",
    "warning",
    "a baseline is exactly zero, or has no number for the cross or normal part",
    "The orbit was not known to the exporter. The look-angle error cannot be estimated from such "
    "interferograms.",
    "apply precise orbits and export again",
)

_GEOMETRY = {
    "range_pixel_spacing": SPACING,
    "near_range_slc": SLANT_RANGE,
    "center_range_slc": SLANT_RANGE,
    "sar_to_earth_center": EARTH_DISTANCE,
    "earth_radius_below_sensor": EARTH_DISTANCE,
    "azimuth_lines": NUMBER_OF_LINES,
    "prf": PULSE_RATE,
}
_CONSTANTS = {
    "heading": HEADING,
    "radar_frequency": ValueLimits("a frequency", 3e8, 6e10, "Hz"),
}
_ELLIPSOID_M = (6.35e6, 6.385e6)
_MOST_DEGREES = 1.0
"""Error of the look angle at the far edge above which missing decimals are a warning."""
_WHOLE = re.compile(r"\d+(\.0?)?")


def header_findings(
    par: ParFile, *, width: int = 0, are_ranges_rough: bool = False
) -> Iterator[Finding]:
    """Check the numbers of a reference image's parameter file.

    Parameters
    ----------
    par : ParFile
    width : int
        Samples of the image; 0 when not known.
    are_ranges_rough : bool
        Its exporter always writes spacing and ranges roughly; that is a note then.
    """
    values: dict[str, float] = {}
    yield from _numbers(par, _CONSTANTS, values)
    yield from geometry_findings(par, width=width)
    yield from [f for f in _numbers(par, _GEOMETRY, values) if f.severity != "error"]
    if set(_GEOMETRY) <= set(values):
        yield from _oddities(par, values, width=width, are_ranges_rough=are_ranges_rough)
    for key in ("range_samples", "azimuth_lines"):
        count = _lines_with(par.path, key)
        if count > 1:
            yield REPEATED_KEY.at(par.path, f"{count} lines with {key}", expected="one")


def geometry_findings(par: ParFile, *, width: int = 0) -> Iterator[Finding]:
    """Check the numbers from which stage 1 computes angles and baselines; it refuses the errors."""
    values: dict[str, float] = {}
    yield from _numbers(par, _GEOMETRY, values)
    if set(_GEOMETRY) == set(values):
        yield from _impossible(par, values, width)


def _numbers(
    par: ParFile, limits: Mapping[str, ValueLimits], values: dict[str, float]
) -> Iterator[Finding]:
    """Report entries that are no numbers, or none that can be; keep the others."""
    for key, limit in limits.items():
        value = value_or_finding(par.path, par.number, key)
        if isinstance(value, Finding):
            yield HEADER_VALUE.at(par.path, " ".join(par.words.get(key, ["nothing"])),
                                  expected=f"a number for {key}")  # fmt: skip
        elif key == "range_pixel_spacing" and value == 0:
            yield _spacing_cut_off(par)
        elif limit.fault_of(value):
            yield HEADER_IMPOSSIBLE.at(par.path, f"{key} {value:g}", expected=limit.expected)
        else:
            values[key] = value


def _spacing_cut_off(par: ParFile) -> Finding:
    return INTEGER_SPACING.at(
        par.path,
        "range_pixel_spacing 0",
        expected="a positive number of metres",
        action="the exporter of SNAP has cut the decimals off, and exporting again gives 0 again: "
        "write the true spacing (metadata range_spacing of the product) into this file",
        severity="error",
    )


def _impossible(par: ParFile, values: dict[str, float], width: int) -> Iterator[Finding]:
    near = values["near_range_slc"]
    span = np.array([near, near + max(width - 1, 0) * values["range_pixel_spacing"]])
    orbit, earth = values["sar_to_earth_center"], values["earth_radius_below_sensor"]
    cosine = (orbit**2 + span**2 - earth**2) / (2 * orbit * span)
    if (np.abs(cosine) >= 1).any() or not (orbit > earth):
        yield HEADER_IMPOSSIBLE.at(
            par.path,
            f"near_range_slc {near:g} m, sar_to_earth_center {orbit:g} m, "
            f"earth_radius_below_sensor {earth:g} m give no look angle",
            expected="a slant range that reaches the ground",
        )


def _oddities(
    par: ParFile, values: dict[str, float], *, width: int, are_ranges_rough: bool
) -> Iterator[Finding]:
    spacing = values["range_pixel_spacing"]
    word = par.word("range_pixel_spacing") or ""
    if _WHOLE.fullmatch(word):  # 19.000000 was printed with its decimals, 2 and 2.0 were not
        error = _error_of_far_angle(values, width)
        is_small = are_ranges_rough and error < _MOST_DEGREES
        yield INTEGER_SPACING.at(
            par.path,
            f"{spacing:g} m; angles at the far edge are wrong by at most {error:.2g} degrees",
            expected="a spacing with decimals",
            severity="info" if is_small else None,
        )
    if values["near_range_slc"] == values["center_range_slc"]:
        yield NEAR_IS_CENTRE.at(
            par.path,
            f"both {values['near_range_slc']:.1f} m",
            expected="different ranges",
            severity="info" if are_ranges_rough else None,
        )
    earth = values["earth_radius_below_sensor"]
    if not _ELLIPSOID_M[0] <= earth <= _ELLIPSOID_M[1]:
        yield EARTH_RADIUS.at(par.path, f"{earth:.0f} m", expected="6357000 to 6378000 m")


def _error_of_far_angle(values: dict[str, float], width: int) -> float:
    """Give by how many degrees a metre less of spacing changes the look angle at the far edge."""
    orbit, earth = values["sar_to_earth_center"], values["earth_radius_below_sensor"]
    spacing = values["range_pixel_spacing"] + np.array([0.0, 1.0])
    slant = values["near_range_slc"] + max(width - 1, 0) * spacing
    cosine = (orbit**2 + slant**2 - earth**2) / (2 * orbit * slant)
    return float(np.abs(np.diff(np.degrees(np.arccos(np.clip(cosine, -1, 1)))))[0])


def baseline_findings(path: Path) -> Iterator[Finding]:
    """Check one ``.base`` file."""
    base = read_or_finding(read_par, path)
    if isinstance(base, Finding):
        yield base
    else:
        yield from numbers_of_baseline(base)


def numbers_of_baseline(base: ParFile) -> Iterator[Finding]:
    """Check the numbers of a ``.base`` file; stage 1 refuses the errors."""
    path = base.path
    for key in (BASELINE_KEY, BASELINE_RATE_KEY):
        numbers = value_or_finding(path, base.numbers, key, 3)
        if isinstance(numbers, Finding):
            yield HEADER_VALUE.at(path, " ".join(base.words.get(key, ["nothing"])[:3]),
                                  expected=f"three numbers for {key}")  # fmt: skip
            continue
        limit = BASELINE if key == BASELINE_KEY else BASELINE_RATE
        fault = next(filter(None, map(limit.fault_of, numbers[1:])), "")
        if fault:
            yield HEADER_IMPOSSIBLE.at(path, f"{key}: {fault}", expected=limit.expected)
        elif key == BASELINE_KEY and numbers[1] == numbers[2] == 0:
            yield BASELINE_ZERO.at(path, "cross 0, normal 0", expected="metres")


def _lines_with(path: Path, word: str) -> int:
    """Count the lines of a text file that hold a word."""
    text = value_or_finding(path, path.read_text, "utf-8", "replace")
    return 0 if isinstance(text, Finding) else sum(word in line for line in text.splitlines())
