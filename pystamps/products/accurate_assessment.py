"""Results of the accuracy modes against the truth of a simulated data set."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from pystamps.arrays import Bool, Float64, Index
from pystamps.io.artifacts import artifact_name, read_artifact, read_variable
from pystamps.model import Pixels, SelectedNoise
from pystamps.parameters.files import effective_parameters
from pystamps.products.accurate_results import AccurateResults, accurate_results
from pystamps.products.agreement import Agreement, agreement, rms
from pystamps.products.comparison import phase_error, positions_in_truth
from pystamps.products.image_agreement import (
    SeriesAgreement,
    UnwrappingErrors,
    series_agreement,
    unwrapping_errors,
)
from pystamps.products.velocity_coverage import NOMINAL
from pystamps.rows import Matrix, Rows
from pystamps.simulate.pixel_truth import PixelTruth
from pystamps.simulate.truth import read_truth
from pystamps.stages.reference_area import reference_pixels

_MERGED = 2


@dataclass(frozen=True, slots=True)
class StatedShare:
    """How often the truth lies within a stated standard deviation.

    Attributes
    ----------
    within_1, within_2 : float
        Share of the errors within 1 and 2 standard deviations.
    rms, stated_rms : float
        Size of the errors, found and stated.
    """

    within_1: float
    within_2: float
    rms: float
    stated_rms: float

    def line(self, unit: str) -> str:
        """Give the result as a line for people."""
        return (
            f"{100 * self.within_1:.1f} % within 1 sigma, {100 * self.within_2:.1f} % within 2 "
            f"(nominal {100 * NOMINAL[0]:.1f} and {100 * NOMINAL[1]:.1f} %); rms {self.rms:.2f} "
            f"{unit}, stated {self.stated_rms:.2f}"
        )


@dataclass(frozen=True, slots=True)
class AccurateAssessment:
    """Errors of the accuracy modes at the selected persistent scatterers.

    Attributes
    ----------
    modes : str
        Options that differ from StaMPS.
    velocity_of_scatterers : Agreement
        mm/yr.
    coverage : StatedShare
        Of the velocity, relative to the reference area.
    dem_error : Agreement
        m, of the look-angle error that belongs to the velocity.
    dem_error_coverage : StatedShare or None
        None where no standard deviation of it was asked for.
    series : SeriesAgreement or None
    unwrapping : UnwrappingErrors or None
        None where the modes have no phase of their own.
    left_out : tuple of str
        Files that do not belong to these results, and why.
    warnings : tuple of str
        What the modes have warned of.
    """

    modes: str
    velocity_of_scatterers: Agreement
    coverage: StatedShare
    dem_error: Agreement
    dem_error_coverage: StatedShare | None = None
    series: SeriesAgreement | None = None
    unwrapping: UnwrappingErrors | None = None
    left_out: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    def lines(self) -> list[str]:
        """Give the result as lines for people."""
        lines = [
            f"accuracy modes {self.modes}",
            f"  velocity     {self.velocity_of_scatterers.line('mm/yr')}",
            f"  uncertainty  {self.coverage.line('mm/yr')}",
            f"  DEM error    {self.dem_error.line('m')}",
        ]
        if self.dem_error_coverage is not None:
            lines.append(f"  uncertainty  {self.dem_error_coverage.line('m')}")
        if self.series is not None:
            lines.append(f"  displacement {self.series.line()}")
        if self.unwrapping is not None:
            lines.append(f"  unwrapping   {self.unwrapping.line()}")
        lines += [f"  left out     {reason}" for reason in self.left_out]
        return [*lines, *(f"  warning      {text}" for text in self.warnings)]


def assess_accurate(
    root: Path, truth: Path, *, stamps: Mapping[str, Any] | None = None
) -> AccurateAssessment | str | None:
    """Compare what the accuracy modes have made with the truth.

    Parameters
    ----------
    root : Path
        Root of the data set.
    truth : Path
    stamps : mapping, optional
        StaMPS parameters of the configuration.

    Returns
    -------
    AccurateAssessment, str or None
        Why there is nothing that belongs to the results of now; None where nothing is there.

    Raises
    ------
    ArtifactError
        A file is damaged, or the truth belongs to another data set.
    """
    pixels = read_artifact(Pixels, root / artifact_name(Pixels, _MERGED))
    parameters = effective_parameters(root, root, stamps or {})
    found = accurate_results(root, pixels, parameters)
    if not isinstance(found, AccurateResults):
        return found
    known = read_truth(truth)
    position = positions_in_truth(pixels, known)
    is_ps = known.at("ps_mask", *position).astype(np.bool_)
    rows = np.flatnonzero(is_ps)
    every_place = pixels.xy[:, 1:].astype(np.float64)
    place = every_place[rows]
    velocity, true = found.velocity, known.at("velocity", *position)
    per_height = known.header.phase_per_height[position[1]]
    height, true_height = velocity.k_ps / per_height, known.at("dem_error", *position)
    error = _referenced(velocity.v - true, reference_pixels(pixels, parameters))
    dates = tuple(int(day) for day in known.header.dates)
    at_pixels = known.pixels(*position)
    series = _series_error(found, at_pixels)
    phase = _phase_error(root, found, pixels, at_pixels)
    return AccurateAssessment(
        modes=found.modes_in_words,
        velocity_of_scatterers=agreement(velocity.v[rows], true[rows], place),
        coverage=_share(error[rows], velocity.v_std[rows]),
        dem_error=agreement(height[rows], true_height[rows], place),
        dem_error_coverage=None
        if velocity.k_std is None
        else _share(
            _centred(height - true_height, is_ps)[rows], np.abs(velocity.k_std / per_height)[rows]
        ),
        series=None
        if series is None
        else series_agreement(series, is_ps, every_place, dates, known.header.master),
        unwrapping=None if phase is None else unwrapping_errors(phase, is_ps, dates),
        left_out=found.left_out,
        warnings=found.warnings,
    )


def _referenced(error: Float64, reference_rows: Index | None) -> Float64:
    """Refer errors to the reference area, which the velocity is relative to."""
    if reference_rows is None or not np.isfinite(error[reference_rows]).any():
        return error
    return np.asarray(error - np.nanmean(error[reference_rows]))


def _centred(error: Float64, chosen: Bool) -> Float64:
    """Take the mean of some off; the look-angle error is relative to what its stage found."""
    known = chosen & np.isfinite(error)
    return error - error[known].mean() if known.any() else error


def _share(error: Float64, std: Float64) -> StatedShare:
    known = np.isfinite(error) & np.isfinite(std)
    error, std = error[known], std[known]
    if not error.size:
        return StatedShare(math.nan, math.nan, math.nan, math.nan)
    return StatedShare(
        within_1=float(np.mean(np.abs(error) <= std)),
        within_2=float(np.mean(np.abs(error) <= 2 * std)),
        rms=rms(error),
        stated_rms=rms(std),
    )


def _series_error(found: AccurateResults, truth: PixelTruth) -> Matrix | None:
    """Give estimated minus true displacement, (n_ps, n_image), mm, by rows."""
    estimate = found.displacement
    if estimate is None:
        return None
    return Rows(
        estimate.shape,
        np.float64,
        lambda rows: np.asarray(estimate[rows], np.float64) - truth.displacement(rows),
    )


def _phase_error(
    root: Path, found: AccurateResults, pixels: Pixels, truth: PixelTruth
) -> Matrix | None:
    """Give unwrapped minus true phase, (n_ps, n_image), rad; the noise that stage 5 took off back.

    Images that were not unwrapped are NaN. Of small baselines nothing was taken off.
    """
    if found.ph_uw is None:
        return None
    noise = None
    if pixels.pairs is None:
        noise = read_variable(SelectedNoise, "c_ps", root / artifact_name(SelectedNoise, _MERGED))
    return phase_error(found.ph_uw, truth, noise, pixels)
