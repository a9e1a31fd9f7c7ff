"""Results against the truth of a simulated data set."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from pystamps.errors import ArtifactError
from pystamps.io.artifacts import artifact_name, read_artifact, read_variable
from pystamps.io.parms import effective_parameters
from pystamps.model import (
    Bool,
    Float64,
    FloatArray,
    Index,
    LookAngleError,
    MeanVelocity,
    Pixels,
)
from pystamps.products.velocity import velocity_mm_per_year
from pystamps.simulate.truth import Truth, read_truth

_MERGED = 2


@dataclass(frozen=True, slots=True)
class Agreement:
    """How well estimates follow the truth.

    Attributes
    ----------
    count : int
        Pixels compared.
    bias : float
        Mean of estimate minus truth; it depends on the reference area.
    rms : float
        Of the differences without the bias.
    rms_without_plane : float
        Of the differences without a plane over the scene, which orbits and long-wave
        atmosphere leave.
    median_absolute : float
        Of the differences without their median: what the bulk of the pixels does.
    correlation : float
        NaN when truth or estimate is constant.
    """

    count: int
    bias: float
    rms: float
    rms_without_plane: float
    median_absolute: float
    correlation: float


@dataclass(frozen=True, slots=True)
class Detection:
    """Selected pixels against the persistent scatterers of the scene.

    Attributes
    ----------
    selected : int
    scatterers : int
        Persistent scatterers in the scene.
    found : int
        Persistent scatterers that were selected.
    recall : float
        Found part of the scatterers.
    false_alarms : float
        Part of the selected pixels that are no persistent scatterers.
    """

    selected: int
    scatterers: int
    found: int
    recall: float
    false_alarms: float


@dataclass(frozen=True, slots=True)
class Assessment:
    """Comparison of a processed data set with its truth.

    Attributes
    ----------
    velocity : Agreement
        mm/yr, at all selected pixels.
    velocity_of_scatterers : Agreement
        mm/yr, at the selected pixels that are persistent scatterers.
    dem_error : Agreement or None
        m, at the selected persistent scatterers; None before stage 7.
    detection : Detection
    """

    velocity: Agreement
    velocity_of_scatterers: Agreement
    dem_error: Agreement | None
    detection: Detection

    def lines(self) -> list[str]:
        """Give the result as lines for people."""
        found = self.detection
        lines = [
            f"pixels         {found.selected:,} selected, {100 * found.false_alarms:.1f} % of them "
            f"no scatterers; {100 * found.recall:.1f} % of {found.scatterers:,} scatterers found",
            f"velocity       {_line(self.velocity, 'mm/yr')}",
            f"  scatterers   {_line(self.velocity_of_scatterers, 'mm/yr')}",
        ]
        if self.dem_error is not None:
            lines.append(f"DEM error      {_line(self.dem_error, 'm')}")
        return lines


def assess_dataset(
    root: Path, truth: Path, *, stamps: Mapping[str, Any] | None = None
) -> Assessment:
    """Compare a processed data set with the truth that it was simulated from.

    Parameters
    ----------
    root : Path
        Root of the data set, with ``ps2.mat`` and ``mean_v.mat``.
    truth : Path
        ``truth.h5`` of the simulation.
    stamps : mapping, optional
        StaMPS parameters of the configuration.

    Raises
    ------
    ArtifactError
        A file is missing, or the truth belongs to another data set.
    """
    root = Path(root)
    known = read_truth(truth)
    pixels = read_artifact(Pixels, root / artifact_name(Pixels, _MERGED))
    line, sample = _positions(pixels, known, truth)
    m = read_variable(MeanVelocity, "m", root / artifact_name(MeanVelocity))
    if m.shape != (2, pixels.n_ps):
        raise ArtifactError(
            f"{root / artifact_name(MeanVelocity)}: m has shape {m.shape}, expected "
            f"(2, {pixels.n_ps}) as in ps2.mat; run product_mean_velocity again"
        )
    wavelength = effective_parameters(root, root, stamps or {}).lambda_
    estimate = velocity_mm_per_year(m, wavelength)
    expected = known.velocity[line, sample]
    is_ps = known.ps_mask[line, sample]
    place = pixels.xy[:, 1:].astype(np.float64)
    return Assessment(
        velocity=agreement(estimate, expected, place),
        velocity_of_scatterers=agreement(estimate[is_ps], expected[is_ps], place[is_ps]),
        dem_error=_dem_error(root, known, line, sample, place),
        detection=detection(is_ps, int(known.ps_mask.sum())),
    )


def agreement(estimate: FloatArray, truth: FloatArray, place: Float64) -> Agreement:
    """Compare estimates with the truth.

    Parameters
    ----------
    estimate, truth : float, (n,)
        Pixels where either is NaN are left out.
    place : float64, (n, 2), positions in m
    """
    valid = np.isfinite(estimate) & np.isfinite(truth)
    a, b = estimate[valid].astype(np.float64), truth[valid].astype(np.float64)
    if not a.size:
        return Agreement(0, *[float("nan")] * 5)
    difference = a - b
    bias = float(difference.mean())
    design = np.column_stack([np.ones(a.size), place[valid] - place[valid].mean(axis=0)])
    plane = design @ np.linalg.lstsq(design, difference, rcond=None)[0]
    varies = a.size > 1 and a.std() > 0 and b.std() > 0
    return Agreement(
        count=a.size,
        bias=bias,
        rms=_rms(difference - bias),
        rms_without_plane=_rms(difference - plane),
        median_absolute=float(np.median(np.abs(difference - np.median(difference)))),
        correlation=float(np.corrcoef(a, b)[0, 1]) if varies else float("nan"),
    )


def detection(is_ps: Bool, scatterers: int) -> Detection:
    """Count selected pixels (a mask: is a persistent scatterer) against all scatterers."""
    selected, found = int(is_ps.size), int(is_ps.sum())
    return Detection(
        selected=selected,
        scatterers=scatterers,
        found=found,
        recall=found / scatterers if scatterers else float("nan"),
        false_alarms=(selected - found) / selected if selected else float("nan"),
    )


def _positions(pixels: Pixels, truth: Truth, path: Path) -> tuple[Index, Index]:
    """Give line and sample of the pixels; refuse a truth of another data set."""
    line, sample = (np.rint(pixels.ij[:, k]).astype(np.int64) for k in (1, 2))
    lines, samples = truth.ps_mask.shape
    if pixels.n_image != truth.dates.size or (
        pixels.n_ps and (line.max() >= lines or sample.max() >= samples)
    ):
        raise ArtifactError(
            f"{path}: truth has {truth.dates.size} images of {lines} x {samples} pixels, the data "
            f"set {pixels.n_image} images and pixels beyond that; give the truth of this data set"
        )
    return line, sample


def _dem_error(
    root: Path, truth: Truth, line: Index, sample: Index, place: Float64
) -> Agreement | None:
    """Compare the look-angle error, converted to heights, with the DEM error.

    Stage 6 puts the uncorrelated part ``K_ps`` back before it unwraps, so that ``K_ps_uw``
    of stage 7 is the whole.
    """
    scla = root / artifact_name(LookAngleError, _MERGED)
    if not scla.is_file():
        return None
    k_total = read_variable(LookAngleError, "k_ps_uw", scla)
    if k_total.size != line.size:
        raise ArtifactError(
            f"{scla}: K_ps_uw has {k_total.size} rows, ps2.mat has {line.size}; run stage 7 again"
        )
    height = k_total / truth.phase_per_height[sample]
    is_ps = truth.ps_mask[line, sample]
    return agreement(height[is_ps], truth.dem_error[line, sample][is_ps], place[is_ps])


def _rms(values: Float64) -> float:
    return float(np.sqrt(np.mean(values**2)))


def _line(found: Agreement, unit: str) -> str:
    return (
        f"rms {found.rms:.2f} {unit} ({found.rms_without_plane:.2f} without a plane), "
        f"correlation {found.correlation:.3f}, bias {found.bias:+.2f} {unit}"
    )
