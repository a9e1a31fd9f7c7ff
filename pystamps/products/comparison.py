"""A processed data set beside the truth that it was simulated from, pixel by pixel."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from pystamps.arrays import Bool, Float64, FloatArray, Index
from pystamps.dates import yyyymmdd
from pystamps.errors import ArtifactError, ParameterError
from pystamps.io.artifacts import artifact_name, read_artifact, read_rows, read_variable
from pystamps.io.deramp_degree import read_deramp_degree
from pystamps.io.inverted_images import images_with_phase, noise_of_images_deg
from pystamps.model import (
    CorrelatedNoise,
    InterferogramNoise,
    LookAngleError,
    MeanVelocity,
    Pixels,
    SelectedNoise,
    Unwrapped,
)
from pystamps.parameters import Parameters
from pystamps.parameters.files import effective_parameters
from pystamps.products.delay_agreement import DelayAgreement, delay_agreement
from pystamps.products.delays import complete_delays, delay_file_of
from pystamps.products.phase import PhaseParts
from pystamps.products.velocity import displacement_series_mm, velocity_mm_per_year
from pystamps.products.velocity_coverage import StatedVelocity, stated_velocity
from pystamps.rows import Matrix, Rows, columns_of, row_blocks
from pystamps.simulate.pixel_truth import PixelTruth
from pystamps.simulate.truth import Truth, read_truth
from pystamps.stages.reference_area import reference_pixels

_MERGED = 2


@dataclass(frozen=True, slots=True)
class Comparison:
    """Estimates and truth at the selected pixels.

    Attributes
    ----------
    scatterers : int
        Persistent scatterers in the whole scene.
    is_ps : bool, (n_ps,), the pixel holds one
    place : float64, (n_ps, 2), m
    coherence : float64, (n_ps,) or None
    velocity_mm_yr : tuple of two float arrays, (n_ps,), estimate and truth
    height_m : the same or None, height above the elevation model
    dates : tuple of int
        YYYYMMDD of the images.
    master : int
    displacement_error_mm : Matrix of float64, (n_ps, images) or None, estimate minus truth
    phase_error_rad : Matrix of float64, (n_ps, images) or None, unwrapped minus true phase; NaN in
        interferograms that were not unwrapped
    stated : StatedVelocity, str or None
        Velocity ``v-d`` and its uncertainty; why there is none; None before stage 7.
    delays : DelayAgreement, str or None
        Tropospheric phase at the scatterers; why it cannot be compared; None where there is no
        file of it.
    """

    scatterers: int
    is_ps: Bool
    place: Float64
    coherence: Float64 | None
    velocity_mm_yr: tuple[FloatArray, FloatArray]
    height_m: tuple[FloatArray, FloatArray] | None
    dates: tuple[int, ...]
    master: int
    displacement_error_mm: Matrix | None
    phase_error_rad: Matrix | None
    stated: StatedVelocity | str | None = None
    delays: DelayAgreement | str | None = None


def compare_with_truth(
    root: Path, truth: Path, *, stamps: Mapping[str, Any] | None = None
) -> Comparison:
    """Put a processed data set beside the truth that it was simulated from.

    Parameters
    ----------
    root : Path
        Root of the data set, with ``ps2.mat`` and ``mean_v.mat``.
    truth : Path
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
    line, sample = positions_in_truth(pixels, known)
    parameters = effective_parameters(root, root, stamps or {})
    results = MergedResults(root, pixels)
    parts = results.parts()
    is_ps = known.at("ps_mask", line, sample).astype(np.bool_)
    at_pixels = known.pixels(line, sample)
    return Comparison(
        scatterers=known.scatterers(),
        is_ps=is_ps,
        place=pixels.xy[:, 1:].astype(np.float64),
        coherence=results.optional(SelectedNoise, "coh_ps"),
        velocity_mm_yr=(
            velocity_mm_per_year(results.velocity(), parameters.lambda_),
            known.at("velocity", line, sample),
        ),
        height_m=_heights(results, at_pixels),
        dates=tuple(int(day) for day in known.header.dates),
        master=known.header.master,
        displacement_error_mm=_displacement_error(parts, at_pixels, parameters),
        phase_error_rad=_phase_error(results, at_pixels),
        stated=None if parts is None else _stated(results, parts, parameters),
        delays=_delays(results, known, (line, sample, is_ps), parameters),
    )


@dataclass(frozen=True, slots=True)
class MergedResults:
    """Merged results of a data set."""

    root: Path
    pixels: Pixels

    def optional(self, kind: type, name: str) -> Any:
        """Read a variable of all pixels; None when its file does not exist."""
        path = self.root / artifact_name(kind, _MERGED)
        if not path.is_file():
            return None
        return self._of_all_pixels(path, name, read_variable(kind, name, path))

    def optional_rows(self, kind: type, name: str) -> Matrix | None:
        """Give a matrix that is read when its rows are asked for; None as above."""
        path = self.root / artifact_name(kind, _MERGED)
        if not path.is_file():
            return None
        matrix: Matrix = self._of_all_pixels(path, name, read_rows(kind, name, path))
        return matrix

    def _of_all_pixels(self, path: Path, name: str, values: Any) -> Any:
        if len(values) != self.pixels.n_ps:
            raise ArtifactError(
                f"{path}: {name} has {len(values)} rows, ps2.mat has {self.pixels.n_ps}; run the "
                "stage that makes it again"
            )
        return values

    def parts(self) -> PhaseParts | None:
        """Give unwrapped phase and its parts, read by rows; None before stage 7."""
        ph_uw = self.optional_rows(Unwrapped, "ph_uw")
        ph_scla = self.optional_rows(LookAngleError, "ph_scla")
        if ph_uw is None or ph_scla is None:
            return None
        return PhaseParts(
            pixels=self.pixels,
            ph_uw=ph_uw,
            ph_scla=ph_scla,
            c_ps_uw=self.optional(LookAngleError, "c_ps_uw"),
            ph_scn=self.optional_rows(CorrelatedNoise, "ph_scn_slave"),
            deramp_degree=read_deramp_degree(self.root),
            images=images_with_phase(self.root, self.pixels),
        )

    def velocity(self) -> FloatArray:
        """Read constant and slope of the straight lines."""
        path = self.root / artifact_name(MeanVelocity)
        m: FloatArray = read_variable(MeanVelocity, "m", path)
        if m.shape != (2, self.pixels.n_ps):
            raise ArtifactError(
                f"{path}: m has shape {m.shape}, expected (2, {self.pixels.n_ps}) as in ps2.mat; "
                "run product_mean_velocity again"
            )
        return m


def positions_in_truth(pixels: Pixels, truth: Truth) -> tuple[Index, Index]:
    """Give line and sample of the pixels; refuse a truth of another data set."""
    line, sample = (np.rint(pixels.ij[:, k]).astype(np.int64) for k in (1, 2))
    (lines, samples), dates = truth.header.shape, truth.header.dates
    days = [int(yyyymmdd(day)) for day in pixels.day]
    if days != dates.tolist() or (pixels.n_ps and (line.max() >= lines or sample.max() >= samples)):
        raise ArtifactError(
            f"{truth.path}: truth has {dates.size} images of {lines} x {samples} pixels from "
            f"{dates.min()} to {dates.max()}, the data set has {len(days)} images, other dates or "
            "pixels beyond that; give the truth of this data set"
        )
    return line, sample


def _heights(results: MergedResults, truth: PixelTruth) -> tuple[FloatArray, FloatArray] | None:
    """Convert the look-angle error to heights.

    Stage 6 puts the uncorrelated part ``K_ps`` back before it unwraps, so that ``K_ps_uw``
    of stage 7 is the whole.
    """
    k_total = results.optional(LookAngleError, "k_ps_uw")
    if k_total is None:
        return None
    return k_total / truth.header.phase_per_height[truth.sample], truth.dem_error


def _displacement_error(
    parts: PhaseParts | None, truth: PixelTruth, parameters: Parameters
) -> Matrix | None:
    """Give estimated minus true displacement; without the atmosphere that stage 8 found."""
    if parts is None:
        return None
    series = displacement_series_mm(
        parts, parameters,
        value_type="u-dm" if parts.ph_scn is None else "u-dms",
        wavelength=parameters.lambda_,
    )  # fmt: skip
    dates = truth.header.dates.tolist()
    columns = [dates.index(int(yyyymmdd(day))) for day in series.day]
    is_whole = columns == [*range(len(dates))]

    def give(rows: slice) -> Float64:
        true = truth.displacement(rows)
        if is_whole:  # in place: large arrays cost most by being made
            return np.subtract(series.displacement_mm[rows], true, out=true)
        error = np.full(true.shape, np.nan)
        error[:, columns] = series.displacement_mm[rows] - true[:, columns]
        return error

    return Rows((parts.pixels.n_ps, len(dates)), np.float64, give)


def _stated(
    results: MergedResults, parts: PhaseParts, parameters: Parameters
) -> StatedVelocity | str:
    """State how sure the velocity is, weighted as the mean velocity is."""
    noise = results.root / artifact_name(InterferogramNoise, _MERGED)
    ifg_std_deg = None
    if results.pixels.pairs is not None:
        ifg_std_deg = noise_of_images_deg(results.root, results.pixels)
    elif noise.is_file():
        ifg_std_deg = read_variable(InterferogramNoise, "ifg_std_deg", noise)
    return stated_velocity(
        parts,
        parts.used(parameters),
        reference_pixels(parts.pixels, parameters),
        wavelength=parameters.lambda_,
        ifg_std_deg=ifg_std_deg,
    )


def _delays(
    results: MergedResults, truth: Truth, places: tuple[Index, Index, Bool], parameters: Parameters
) -> DelayAgreement | str | None:
    """Compare the tropospheric phase, where its file is there, with the true atmosphere."""
    pixels, root = results.pixels, results.root
    if not delay_file_of(root, pixels).is_file():
        return None
    try:
        delays = complete_delays(root, pixels, parameters, of_images=True)
    except (ArtifactError, ParameterError) as error:
        return str(error)
    line, sample, is_ps = places
    atmosphere = truth.atmosphere(line, sample, truth.at("height", line, sample))
    atmosphere -= atmosphere[:, [truth.header.master_position]]
    used = PhaseParts(pixels, delays, images=images_with_phase(root, pixels)).used(parameters)
    dates = tuple(int(day) for day in truth.header.dates)
    of_pixels = np.asarray(delays[:], dtype=np.float64)
    return delay_agreement(of_pixels[is_ps], atmosphere[is_ps], dates, used.observed)


def _phase_error(results: MergedResults, truth: PixelTruth) -> Matrix | None:
    """Give unwrapped minus true phase.

    Stage 5 took the noise of the reference image, ``C_ps``, off; it is put back. Of small baselines
    nothing was taken off but what stage 6 puts back; a combination does not keep ``C_ps``.
    """
    is_paired = results.pixels.pairs is not None
    ph_uw = results.optional_rows(Unwrapped, "ph_uw")
    noise = None if is_paired else results.optional(SelectedNoise, "c_ps")
    if ph_uw is None or (noise is None and not is_paired):
        return None
    return phase_error(ph_uw, truth, noise, results.pixels)


def phase_error(
    ph_uw: Matrix, truth: PixelTruth, noise: FloatArray | None, pixels: Pixels
) -> Matrix:
    """Give unwrapped minus true phase, float64, (n_ps, n_image), rad, by rows or by images.

    Parameters
    ----------
    ph_uw : Matrix of float, shape (n_ps, n_image)
    truth : PixelTruth
    noise : ndarray of float, shape (n_ps,), or None
        What was taken off the phase of every image; it is put back.
    pixels : Pixels

    Returns
    -------
    Matrix
        NaN in images that were not unwrapped, and in the reference image.
    """
    is_known = _has_phase(ph_uw, pixels.interferograms.of_images().null_columns)

    def error(phase: FloatArray, rows: slice, images: slice) -> Float64:
        found = truth.phase(rows, images)
        np.subtract(phase, found, out=found)
        if noise is not None:
            found += noise[rows, None]
        found[:, ~is_known[images]] = np.nan
        return found

    every = slice(None)
    return Rows(
        ph_uw.shape,
        np.float64,
        lambda rows: error(ph_uw[rows], rows, every),
        give_columns=lambda images: error(columns_of(ph_uw, images), every, images),
    )


def _has_phase(ph_uw: Matrix, null_columns: slice) -> Bool:
    """Tell which columns but the null column are not 0 everywhere."""
    found = np.zeros(ph_uw.shape[1], dtype=np.bool_)
    found[null_columns] = True  # nothing is looked for there
    for rows in row_blocks(ph_uw):
        missing = np.flatnonzero(~found)  # the first rows have most
        if not missing.size:
            break
        found[missing] = ph_uw[rows][:, missing].any(axis=0)
    found[null_columns] = False
    return found
