"""Rasters of ISCE that stage 1 reads beside the candidates: angles, baselines, and their gaps."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from pystamps.findings import Code, Finding, value_or_finding
from pystamps.processors.isce_patch import require_any_possible
from pystamps.processors.patch_model import RasterArray
from pystamps.processors.value_limits import ValueLimits

RASTER_GAPS = Code(
    "raster-gaps",
    "warning",
    "a raster of angles or baselines has gaps",
    "Values that are not numbers, zero, or markers for no value (-9999, 99999). Means are taken "
    "over the other pixels; candidates without a baseline are left out by stage 1. A raster "
    "without any value is an error.",
    "make the raster again from a geometry without gaps, or mask these pixels",
)

_SAMPLED_LINES = 512


def gap_findings(
    path: Path, raster: RasterArray | Finding, limits: ValueLimits
) -> Iterator[Finding]:
    """Report a raster that cannot be read, holds nothing, or has gaps among its sampled lines.

    Parameters
    ----------
    path : Path
    raster : ndarray or Finding
        As its reader gives it.
    limits : ValueLimits
        What its values can be.
    """
    if isinstance(raster, Finding):
        yield raster
        return
    empty = value_or_finding(path, require_any_possible, path, raster, limits)
    if isinstance(empty, Finding):
        yield RASTER_GAPS.at(
            path, "holds no value that can be", expected=limits.expected, severity="error"
        )
        return
    lines = np.unique(np.linspace(0, raster.shape[0] - 1, _SAMPLED_LINES).astype(np.int64))
    gaps = 1 - float(limits.are_possible(raster[lines]).mean())
    if gaps:
        yield RASTER_GAPS.at(
            path, f"{100 * gaps:.2g} % of the sampled values are none", expected=limits.expected
        )
