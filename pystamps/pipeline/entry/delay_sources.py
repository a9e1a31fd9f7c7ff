"""Methods of the tropospheric phase that take delays from files of other programs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from pystamps.arrays import Float64, FloatArray
from pystamps.corrections.delay_phase import (
    TroposphericPhase,
    interferogram_delay_phase,
    without_delay,
)
from pystamps.corrections.plausible_delays import what_is_wrong
from pystamps.delays.delay_reader import TOTAL, DateDelays, DelayPlaces, DelayReader
from pystamps.delays.gacos import gacos_folder
from pystamps.delays.mintpy import mintpy_delays
from pystamps.delays.point_delays import delays_of_hdf5, delays_of_table
from pystamps.delays.raider import raider_cubes
from pystamps.errors import ArtifactError, DatasetError
from pystamps.model import Height, Pixels
from pystamps.pipeline.entry.generations import SELECTED
from pystamps.pipeline.entry.incidence import incidence_of_pixels, stored_angle
from pystamps.pipeline.job import StageJob


def phase_of_gacos(job: StageJob, pixels: Pixels) -> TroposphericPhase:
    """Give the tropospheric phase from grids of GACOS."""
    return _phase_of_reader(job, pixels, gacos_folder(_source(job)))


def phase_of_mintpy(job: StageJob, pixels: Pixels) -> TroposphericPhase:
    """Give the tropospheric phase from a series that MintPy has made."""
    return _phase_of_reader(job, pixels, mintpy_delays(_source(job)))


def phase_of_raider(job: StageJob, pixels: Pixels) -> TroposphericPhase:
    """Give the tropospheric phase from cubes of RAiDER."""
    return _phase_of_reader(job, pixels, raider_cubes(_source(job)))


def phase_of_table(job: StageJob, pixels: Pixels) -> TroposphericPhase:
    """Give the tropospheric phase from a table of delays at points."""
    settings = job.config.troposphere
    reader = delays_of_table(_source(job), quantity=settings.quantity, unit=settings.unit)
    return _phase_of_reader(job, pixels, reader, is_relative=settings.is_relative)


def phase_of_hdf5(job: StageJob, pixels: Pixels) -> TroposphericPhase:
    """Give the tropospheric phase from delays at points in HDF5."""
    settings = job.config.troposphere
    reader = delays_of_hdf5(_source(job), quantity=settings.quantity, unit=settings.unit)
    return _phase_of_reader(job, pixels, reader, is_relative=settings.is_relative)


def _source(job: StageJob) -> Path:
    source = job.config.troposphere.source
    if source is None or not source.exists():
        raise DatasetError(
            f"troposphere.source: {source}: is not there; name what "
            f"{job.config.troposphere.method} reads"
        )
    return source


def _phase_of_reader(
    job: StageJob, pixels: Pixels, reader: DelayReader, *, is_relative: bool = False
) -> TroposphericPhase:
    """Read the delays of all images, turn them into the line of sight and into phase."""
    stack, places = pixels.interferograms, _places(job, pixels)
    cosine = _cosine_of_view(job, pixels)
    delays: dict[str, Float64] = {}
    said = ""
    with job.progress("delays") as progress:
        for image, found in _of_images(pixels, reader, places):
            _refuse_unknown_places(found, pixels)
            if not is_relative:
                _refuse_impossible(found, places.height, cosine)
            for part, values in found.parts.items():
                columns = delays.setdefault(part, np.full((pixels.n_ps, pixels.n_image), np.nan))
                columns[:, image] = values if found.is_slant else values / cosine
            said = "slant delays" if found.is_slant else f"zenith delays over cos({_angle(job)})"
            progress(image + 1, pixels.n_image)
    if not delays:
        delays[TOTAL] = np.full((pixels.n_ps, pixels.n_image), np.nan)
    wavelength = job.parameters.lambda_
    phase = {
        part: interferogram_delay_phase(values, stack, wavelength=wavelength)
        for part, values in delays.items()
    }
    is_missing = without_delay(delays[TOTAL], stack)
    return TroposphericPhase(phase.pop(TOTAL), phase, np.flatnonzero(is_missing), said)


def _angle(job: StageJob) -> str:
    return "look angle" if job.config.compat.delays_by_look_angle else "incidence"


def _of_images(
    pixels: Pixels, reader: DelayReader, places: DelayPlaces
) -> Iterator[tuple[int, DateDelays]]:
    """Give the delays of the images whose date the reader has."""
    stack = pixels.interferograms
    for image in range(stack.n_image):
        date = stack.name_of_image(image)
        if date in reader.dates:
            yield image, reader.at(date, places)


def _places(job: StageJob, pixels: Pixels) -> DelayPlaces:
    height = job.read_optional(Height, SELECTED, sizes=job.sizes(pixels, SELECTED))
    unknown = np.full(pixels.n_ps, np.nan)
    return DelayPlaces(pixels.lonlat, unknown if height is None else height.hgt, pixels.ij[:, 1:])


def _cosine_of_view(job: StageJob, pixels: Pixels) -> Float64:
    """Give the cosine by which zenith delays are divided.

    Raises
    ------
    ArtifactError
        The stack has no angle of view.
    """
    by_look_angle = job.config.compat.delays_by_look_angle
    angle = stored_angle(job, pixels) if by_look_angle else incidence_of_pixels(job, pixels)
    if np.isnan(angle).any():
        raise ArtifactError(
            f"{job.root}: no angle of incidence is known of {np.isnan(angle).sum()} of "
            f"{pixels.n_ps} pixels (la2.mat, inc2.mat), so that zenith delays cannot be turned "
            "into the line of sight; run stage 1 again with the raster of the angle"
        )
    return np.asarray(np.cos(np.asarray(angle, dtype=np.float64)))


def _refuse_unknown_places(found: DateDelays, pixels: Pixels) -> None:
    """Refuse a date whose delays do not cover all pixels."""
    unknown = np.isnan(found.parts[TOTAL])
    if unknown.any():
        lon, lat = pixels.lonlat[unknown].T
        raise DatasetError(
            f"{found.where}: no delay is known at {unknown.sum()} of {pixels.n_ps} pixels "
            f"({lon.min():.6g}..{lon.max():.6g} E, {lat.min():.6g}..{lat.max():.6g} N); the file "
            f"covers {found.extent}, and where it says 0 or NaN, nothing is known; get delays of "
            "the whole area"
        )


def _refuse_impossible(found: DateDelays, height: FloatArray, cosine: Float64) -> None:
    """Refuse delays that no troposphere has: another unit, sign or byte order."""
    total = found.parts[TOTAL]
    wrong = what_is_wrong(total * cosine if found.is_slant else total, height)
    if wrong:
        raise DatasetError(f"{found.where}: {found.hint + ': ' if found.hint else ''}{wrong}")
