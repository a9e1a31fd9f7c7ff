"""Parameter files of SNAP and GAMMA, and what their exporters are known to get wrong."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from pystamps.findings import Code, Finding, read_or_finding, value_or_finding
from pystamps.io.par_file import ParFile, read_par
from pystamps.processors.constants import SPEED_OF_LIGHT
from pystamps.processors.slant_range import BASELINE_KEY, BASELINE_RATE_KEY

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
    "Versions of the SNAP exporter cut the decimals off. Slant range and angles at the far edge "
    "are then wrong, by up to tens of percent of the range span.",
    "write the true spacing (metadata range_spacing) into the .par file of the reference image",
)
NEAR_IS_CENTRE = Code(
    "near-range-is-centre-range",
    "warning",
    "near_range_slc equals center_range_slc",
    "The SNAP exporter writes the range of the first sample into all three range entries. "
    "mean_range is then too short; heights from look-angle errors change by under a percent.",
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

_POSITIVE = (
    "radar_frequency",
    "range_pixel_spacing",
    "near_range_slc",
    "center_range_slc",
    "sar_to_earth_center",
    "earth_radius_below_sensor",
    "azimuth_lines",
    "prf",
)
_ELLIPSOID_M = (6.35e6, 6.385e6)
_WAVELENGTH_M = (0.005, 1.0)
_WHOLE = re.compile(r"\d+(\.0?)?")


def header_findings(par: ParFile, *, width: int = 0) -> Iterator[Finding]:
    """Check the numbers of a reference image's parameter file."""
    values = {}
    for key in ("heading", *_POSITIVE):
        value = value_or_finding(par.path, par.number, key)
        if isinstance(value, Finding):
            yield HEADER_VALUE.at(par.path, " ".join(par.words.get(key, ["nothing"])),
                                  expected=f"a number for {key}")  # fmt: skip
        elif key != "heading" and value <= 0:
            yield HEADER_IMPOSSIBLE.at(par.path, f"{key} {value:g}", expected="a positive number")
        else:
            values[key] = value
    if len(values) == len(_POSITIVE) + 1:
        yield from _impossible(par, values, width)
        yield from _oddities(par, values)
    for key in ("range_samples", "azimuth_lines"):
        count = _lines_with(par.path, key)
        if count > 1:
            yield REPEATED_KEY.at(par.path, f"{count} lines with {key}", expected="one")


def _impossible(par: ParFile, values: dict[str, float], width: int) -> Iterator[Finding]:
    wavelength = SPEED_OF_LIGHT / values["radar_frequency"]
    if not _WAVELENGTH_M[0] < wavelength < _WAVELENGTH_M[1]:
        yield HEADER_IMPOSSIBLE.at(
            par.path,
            f"radar_frequency {values['radar_frequency']:g} Hz (wavelength {wavelength:g} m)",
            expected="3e8 to 6e10 Hz",
        )
    if abs(values["heading"]) > 360:
        yield HEADER_IMPOSSIBLE.at(
            par.path, f"heading {values['heading']:g}", expected="degrees from -360 to 360"
        )
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


def _oddities(par: ParFile, values: dict[str, float]) -> Iterator[Finding]:
    spacing = values["range_pixel_spacing"]
    word = par.word("range_pixel_spacing") or ""
    if _WHOLE.fullmatch(word):  # 19.000000 was printed with its decimals, 2 and 2.0 were not
        yield INTEGER_SPACING.at(par.path, f"{spacing:g} m", expected="a spacing with decimals")
    if values["near_range_slc"] == values["center_range_slc"]:
        yield NEAR_IS_CENTRE.at(
            par.path, f"both {values['near_range_slc']:.1f} m", expected="different ranges"
        )
    earth = values["earth_radius_below_sensor"]
    if not _ELLIPSOID_M[0] <= earth <= _ELLIPSOID_M[1]:
        yield EARTH_RADIUS.at(par.path, f"{earth:.0f} m", expected="6357000 to 6378000 m")


def baseline_findings(path: Path) -> Iterator[Finding]:
    """Check one ``.base`` file."""
    base = read_or_finding(read_par, path)
    if isinstance(base, Finding):
        yield base
        return
    for key in (BASELINE_KEY, BASELINE_RATE_KEY):
        numbers = value_or_finding(path, base.numbers, key, 3)
        if isinstance(numbers, Finding):
            yield HEADER_VALUE.at(path, " ".join(base.words.get(key, ["nothing"])[:3]),
                                  expected=f"three numbers for {key}")  # fmt: skip
        elif key == BASELINE_KEY and numbers[1] == numbers[2] == 0:
            yield BASELINE_ZERO.at(path, "cross 0, normal 0", expected="metres")


def _lines_with(path: Path, word: str) -> int:
    """Count the lines of a text file that hold a word."""
    text = value_or_finding(path, path.read_text, "utf-8", "replace")
    return 0 if isinstance(text, Finding) else sum(word in line for line in text.splitlines())
