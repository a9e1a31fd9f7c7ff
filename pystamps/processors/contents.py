"""Values of the rasters of a raw export: a few blocks of each."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from pystamps.findings import Code, Finding, value_or_finding
from pystamps.processors.export import Export
from pystamps.processors.export_codes import POSITIONS_WRONG
from pystamps.processors.rasters import Raster, Role, size_findings
from pystamps.processors.samples import (
    LINES_PER_BLOCK,
    Sample,
    finite_share,
    holds_any,
    magnitude,
    read_sample,
    zero_share,
)
from pystamps.processors.scene_centre import centre_findings

BYTE_ORDER = Code(
    "byte-order",
    "error",
    "values make sense only in the other byte order",
    "SNAP and GAMMA rasters are big-endian, those of Doris and ISCE little-endian. With the wrong "
    "order amplitudes reach 1e36 and positions leave the Earth.",
    "swap the bytes of the file (each number on its own), or export again",
)
RASTER_ZERO = Code(
    "raster-zero",
    "error",
    "a raster holds nothing but zeros",
    "The exporter made the file and never filled it: a processing chain that ran out of memory, "
    "or a band that does not exist.",
    "export this file again",
)
RASTER_PARTLY_ZERO = Code(
    "raster-partly-zero",
    "warning",
    "part of a raster is zero where the other images are not",
    "The writing was interrupted, or the image does not cover the area. Pixels that are zero in "
    "one image are no candidates at all.",
    "export again, cut all images to their common area, or leave this image out",
)
RASTER_NAN = Code(
    "raster-nan",
    "error",
    "a raster holds values that are not numbers",
    "Gaps of the elevation model or of the co-registration. Candidates there are dropped; a "
    "raster without any number stops the run.",
    "fill the gaps of the elevation model (another model, or external file) and export again",
)
POSITIONS_ZERO = Code(
    "positions-zero",
    "warning",
    "positions are (0, 0)",
    "Pixels without geocoding. They shift the local origin and disable the rotation of the "
    "coordinates when they become candidates.",
    "geocode with an elevation model that covers the scene, or mask these pixels",
)
HEIGHTS_WRONG = Code(
    "heights-wrong",
    "warning",
    "heights are outside -500 to 9000 m, or all equal",
    "No-data values of the elevation model (-32768) or a band of another kind. A flat sea-level "
    "scene may be right.",
    "export the elevation band again with the gaps filled",
)
AMPLITUDE_ODD = Code(
    "amplitude-implausible",
    "warning",
    "amplitudes are outside 1e-6 to 1e12, or those of one image differ a hundredfold",
    "Another calibration or unit; the calibration of the amplitudes removes constant factors, but "
    "a single odd image often is a wrong product. Outside the limits the byte order or the sample "
    "format is wrong, and the preparation stops.",
    "look at the image; export it again if it is not what it should be",
)
RASTERS_EQUAL = Code(
    "rasters-equal",
    "warning",
    "two rasters of different dates hold the same values",
    "A file was copied over another, or the exporter wrote one band twice: one date counts twice, "
    "and the other is missing. Simulated images without noise may be equal.",
    "export both dates again",
)

_PLAUSIBLE: dict[Role, tuple[float, float]] = {
    "image": (1e-6, 1e12),
    "interferogram": (1e-9, 1e20),
    "longitude": (1e-4, 360.0),
    "latitude": (1e-4, 90.0),
    "height": (1e-3, 9000.0),
}
_MOSTLY, _HARDLY = 0.9, 0.6
_HEIGHTS_M = (-500.0, 9000.0)
_MANY = 0.25
"""Share of positions off the Earth that cannot be right; stage 1 refuses half of the candidates."""
_ODD_RATIO = 100.0
_TYPICAL_INT16 = 8000.0


def content_findings(
    export: Export, *, lines_per_block: int = LINES_PER_BLOCK
) -> Iterator[Finding]:
    """Look at blocks of every raster: byte order, zeros, not-a-numbers, positions, doubles.

    Rasters that are missing or of another size are left to the scan.
    """
    if not export.has_size:
        return
    amplitudes: dict[Path, float] = {}
    zeros: dict[Path, float] = {}
    seen: dict[tuple[Role, bytes], Raster] = {}
    positions: dict[Role, npt.NDArray[Any]] = {}
    for raster in export.rasters:
        if any(True for _ in size_findings(raster)):
            continue
        sample = value_or_finding(raster.path, read_sample, raster, lines_per_block)
        if isinstance(sample, Finding):
            yield sample
            continue
        found = [_confirmed(finding, raster) for finding in value_findings(raster, sample)]
        yield from found
        values = sample.values
        if not any(finding.severity == "error" for finding in found):
            positions[raster.role] = values
        if found or raster.role not in ("image", "interferogram"):
            continue
        key = (raster.role, hashlib.blake2b(values.tobytes()).digest())
        other = seen.setdefault(key, raster)
        if other is not raster and other.date != raster.date:
            yield RASTERS_EQUAL.at(raster.path, f"the values of {other.path.name} ({other.date})")
        zeros[raster.path] = zero_share(values)
        if raster.role == "image":
            amplitudes[raster.path] = float(np.median(magnitude(values)))
    yield from _odd_images(amplitudes, zeros)
    if {"longitude", "latitude"} <= set(positions):
        lon, lat = positions["longitude"], positions["latitude"]
        yield from centre_findings(export.longitude.path, lon, lat, export.centre, is_whole=True)


def _confirmed(finding: Finding, raster: Raster) -> Finding:
    """Look through a whole raster whose sampled lines hold nothing of use, before it is refused."""
    if finding.severity != "error":
        return finding
    if finding.code == RASTER_ZERO.name and holds_any(raster, lambda values: values != 0):
        return RASTER_PARTLY_ZERO.at(raster.path, "all sampled values are zero, others are not")
    if finding.code == RASTER_NAN.name and holds_any(raster, np.isfinite):
        return dataclasses.replace(finding, severity="warning")
    return finding


def value_findings(raster: Raster, sample: Sample) -> Iterator[Finding]:
    """Check the sampled values of one raster."""
    values = sample.values
    if is_swapped(raster, sample):
        yield _swapped(raster, sample)
        return
    if not (values != 0).any():
        is_flat_sea = raster.role == "height"
        what = "no sample is good (zeros in all lines)" if raster.role == "image" else "all zeros"
        yield RASTER_ZERO.at(raster.path, what, severity="warning" if is_flat_sea else None)
        return
    finite = finite_share(values)
    if finite < 1:
        yield RASTER_NAN.at(
            raster.path,
            f"{100 * (1 - finite):.1f} % of the sampled values are not numbers",
            severity="warning" if finite else "error",
        )
    if raster.role in ("longitude", "latitude"):
        yield from _positions(raster, sample)
    if raster.role == "height":
        yield from _heights(raster, sample)
    if raster.role == "image":
        yield from odd_amplitude(raster, magnitude(values))


def _swapped(raster: Raster, sample: Sample) -> Finding:
    """Report the other byte order with a typical value in both."""
    shown, right = (magnitude(v) for v in (sample.values, sample.swapped_values))
    what = "the mean amplitude" if raster.role == "image" else "a typical value"
    order = "big-endian" if raster.byte_order == ">" else "little-endian"
    typical = np.mean(shown) if shown.size else np.nan
    return BYTE_ORDER.at(
        raster.path,
        f"{what} is {typical:.3g}, with bytes swapped {np.median(right):.3g}",
        expected=f"{order} byte order",
    )


def odd_amplitude(image: Raster, amplitudes: npt.NDArray[np.float64]) -> Iterator[Finding]:
    """Report amplitudes that no image has: the byte order or the format is another one."""
    mean = float(np.mean(amplitudes)) if amplitudes.size else 1.0
    low, high = _PLAUSIBLE["image"]
    if not low <= mean <= high:
        yield AMPLITUDE_ODD.at(
            image.path,
            f"the mean amplitude is {mean:g}",
            expected=f"{low:g} to {high:g} in the byte order and the format of the stack "
            f"({image.kind})",
            severity="error",
        )


def is_swapped(raster: Raster, sample: Sample) -> bool:
    """Tell whether the values make sense in the other byte order only."""
    if raster.kind == "complex int16":
        given, other = magnitude(sample.values), magnitude(sample.swapped_values)
        if not given.size or not other.size:
            return False
        return bool(np.median(given) > max(_TYPICAL_INT16, 8 * np.median(other)))
    low, high = _PLAUSIBLE.get(raster.role, (1e-9, 1e20))
    return _share_between(sample.values, low, high) < _HARDLY and (
        _share_between(sample.swapped_values, low, high) > _MOSTLY
    )


def _share_between(values: npt.NDArray[Any], low: float, high: float) -> float:
    """Give the share of plausible samples among those that are not zero."""
    used = np.count_nonzero(values)
    size = magnitude(values)
    return np.count_nonzero((size >= low) & (size <= high)) / used if used else 0.0


def _positions(raster: Raster, sample: Sample) -> Iterator[Finding]:
    values = sample.values[np.isfinite(sample.values)]
    limit = _PLAUSIBLE[raster.role][1]
    if not values.size:
        return
    share = zero_share(values)
    if share:
        yield POSITIONS_ZERO.at(raster.path, f"{100 * share:.1f} % of the sampled positions")
    placed = values[values != 0]
    outside = float((np.abs(placed) > limit).mean()) if placed.size else 0.0
    if outside:
        yield POSITIONS_WRONG.at(
            raster.path,
            f"{100 * outside:.1f} % of the sampled values are larger, up to "
            f"{float(np.abs(placed).max()):g}",
            expected=f"degrees up to {limit:g}",
            severity="error" if outside > _MANY else "warning",
        )
    elif placed.size > 1 and placed.min() == placed.max():
        yield POSITIONS_WRONG.at(
            raster.path, f"{placed[0]:g} everywhere", expected="values that change over the image"
        )


def _heights(raster: Raster, sample: Sample) -> Iterator[Finding]:
    values = sample.values[np.isfinite(sample.values)]
    if not values.size:
        return
    outside = (values < _HEIGHTS_M[0]) | (values > _HEIGHTS_M[1])
    if outside.any():
        worst = values[np.argmax(np.abs(values))]
        yield HEIGHTS_WRONG.at(
            raster.path,
            f"{100 * outside.mean():.1f} % of the sampled heights are outside, up to {worst:g}",
            expected="-500 to 9000 m",
        )
    elif values.min() == values.max():
        yield HEIGHTS_WRONG.at(raster.path, f"{values[0]:g} m everywhere", expected="a relief")


def _odd_images(amplitudes: dict[Path, float], zeros: dict[Path, float]) -> Iterator[Finding]:
    """Compare the images with each other: level, and share of zeros."""
    if len(amplitudes) > 2:
        typical = float(np.median(list(amplitudes.values())))
        for path, value in amplitudes.items():
            ratio = max(value, typical) / max(min(value, typical), np.finfo(float).tiny)
            if ratio > _ODD_RATIO:
                yield AMPLITUDE_ODD.at(path, f"typical {value:.3g}", expected=f"near {typical:.3g}")
    usual = float(np.median(list(zeros.values()))) if zeros else 0.0
    for path, share in zeros.items():
        if share > usual + 1 / 20:
            yield RASTER_PARTLY_ZERO.at(
                path,
                f"{100 * share:.0f} % of the sampled values are zero",
                expected=f"{100 * usual:.0f} % as in the other files",
            )
