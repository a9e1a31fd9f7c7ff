"""Entry point of the table of points: ``products/ps.h5``."""

from __future__ import annotations

import dataclasses
import logging
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from pystamps import __version__
from pystamps.arrays import Float64, FloatArray
from pystamps.config import RunConfig
from pystamps.dates import calendar_date
from pystamps.errors import ArtifactError, ParameterError
from pystamps.io.artifacts import artifact_name, check_shape, read_variable
from pystamps.io.dataset import discover_dataset, is_multilooked
from pystamps.io.mat import describe_mat
from pystamps.io.multilooked_coherence import mean_coherence_of_cells
from pystamps.io.point_file import MADE_WITH
from pystamps.model import (
    AmplitudeDispersion,
    CorrelatedNoise,
    Height,
    LookAngleError,
    Pixels,
    SelectedNoise,
    UsedInterferograms,
)
from pystamps.parameters.words import orbit_direction, reference_in_words
from pystamps.pipeline.entry.generations import CANDIDATES, SELECTED
from pystamps.pipeline.entry.incidence import incidence_of_pixels
from pystamps.pipeline.entry.mean_velocity import read_phase_parts
from pystamps.pipeline.entry.unwrapped_inputs import read_noise_of_dates
from pystamps.pipeline.job import StageJob, stage_job
from pystamps.pipeline.stage_settings import settings_as_text
from pystamps.pipeline.types import StageResult
from pystamps.products.delays import complete_delays, delay_file_of
from pystamps.products.dispersion import dispersion_of_pixels
from pystamps.products.layers import layers_of
from pystamps.products.point_storage import POINT_FILE, write_point_table
from pystamps.products.point_table import (
    PointTable,
    PointValues,
    letters_of_series,
    point_table,
    words_of_letters,
)
from pystamps.rows import Matrix
from pystamps.stages.reference_area import reference_pixels

log = logging.getLogger(__name__)


def product_points(root: Path, config: RunConfig) -> StageResult:
    """Write the table of points with the displacement of every date and its parts.

    Parameters
    ----------
    root : Path
        Root of the data set.
    config : RunConfig
        ``products.*`` say which parts are taken off, and the geometry that no artifact holds.

    Returns
    -------
    StageResult
    """
    with stage_job("product_points", root, config) as job:
        table = points_of_job(job)
        path = job.artifacts.new_file(str(POINT_FILE))
        with job.progress("points") as progress:
            write_point_table(path, table, progress)
        layers = table.layers
        job.counts = {"pixels": layers.n_point, "dates": layers.n_date}
        job.is_empty = layers.n_point == 0
        job.details = f"value type {config.products.value_type}"
    return job.result


def points_of_job(job: StageJob) -> PointTable:
    """Make the table of the results that lie in the directory of a job; writes nothing."""
    pixels = job.read(Pixels, SELECTED)
    has_noise = job.path(CorrelatedNoise, SELECTED).is_file()
    settings, parameters = job.config.products, job.parameters
    delays, reason = _delays(job, pixels)
    read = read_phase_parts(job, pixels, "dms" if has_noise else "dm")
    parts = dataclasses.replace(read, ph_tropo=delays)
    used = parts.used(parameters)
    return point_table(
        _values(job, pixels),
        layers_of(
            parts,
            used,
            wavelength=parameters.lambda_,
            no_delay_reason=reason,
            is_reference_delayed=not parameters.subtr_tropo,
        ),
        used,
        letters=_letters(job),
        reference_rows=reference_pixels(pixels, parameters),
        ifg_std_deg=read_noise_of_dates(job, pixels),
        wavelength=parameters.lambda_,
        slant_range_m=settings.slant_range_m or pixels.mean_range or math.nan,
        heading_deg=parameters.heading,
        about=_about(job, pixels, used) | _about_delays(job, pixels, reason),
        pairs_used=pixels.interferograms.used(parameters.drop_ifg_index).with_null,
    )


def _letters(job: StageJob) -> str:
    """Give the letters of the parts that the series of the table lack."""
    is_delayed = not job.parameters.subtr_tropo
    return letters_of_series(job.config.products.value_type, is_reference_delayed=is_delayed)


def _delays(job: StageJob, pixels: Pixels) -> tuple[Matrix | None, str]:
    """Give the tropospheric phase of the images, or why there is none.

    A file that nobody has asked for stops no table: what is wrong with it is said to whoever asks.
    """
    is_in_series = "a" in job.config.products.value_type
    if is_in_series or job.parameters.subtr_tropo:
        wanted = "products.value_type has the letter a" if is_in_series else "subtr_tropo is y"
        found = complete_delays(
            job.directory, pixels, job.parameters, of_images=True, wanted_by=wanted
        )
        return found, ""
    path = delay_file_of(job.directory, pixels)
    if not path.is_file():
        return None, f"{path.name} is not there; put it beside ps2.mat"
    try:
        return complete_delays(job.directory, pixels, job.parameters, of_images=True), ""
    except (ArtifactError, ParameterError) as error:
        log.warning("the table holds no tropospheric phase: %s", error)
        return None, str(error).replace(f"{job.directory}/", "")  # the same table wherever it lies


def _about_delays(job: StageJob, pixels: Pixels, reason: str) -> dict[str, str]:
    """Say which tropospheric phase the table knows."""
    path = delay_file_of(job.directory, pixels)
    said = {"delay_file": path.name if path.is_file() else ""}
    if reason:
        return said | {"tropospheric_phase": "not known"}
    return said | {"tropospheric_phase": f"{job.parameters.tropo_method} of {path.name}"}


def _values(job: StageJob, pixels: Pixels) -> PointValues:
    sizes = job.sizes(pixels, SELECTED)
    height = job.read_optional(Height, SELECTED, sizes=sizes)
    unknown = np.full(pixels.n_ps, np.nan)
    return PointValues(
        pixels=pixels,
        coherence=_coherence(job, pixels),
        amplitude_dispersion=dispersion_of_pixels(pixels.ij, _dispersions(job.root)),
        height=unknown if height is None else height.hgt,
        incidence=incidence_of_pixels(job, pixels),
        k_ps_uw=read_variable(LookAngleError, "k_ps_uw", job.path(LookAngleError, SELECTED)),
    )


def _coherence(job: StageJob, pixels: Pixels) -> FloatArray:
    """Give the coherence; NaN for a combination of two sets by StaMPS, which does not keep it.

    Of multilooked cells the mean over the interferograms.
    """
    path = job.path(SelectedNoise, SELECTED)
    if is_multilooked(job.root):
        return mean_coherence_of_cells(path, pixels)
    is_kept = "coh_ps" in describe_mat(path)
    if not is_kept and discover_dataset(job.root).is_combined:
        return np.full(pixels.n_ps, np.nan)
    found: FloatArray = read_variable(SelectedNoise, "coh_ps", path)
    return found


def _dispersions(root: Path) -> Iterator[tuple[Float64, FloatArray]]:
    """Give place and amplitude dispersion of the candidates of every patch that has them."""
    for patch in discover_dataset(root).patches:
        places = patch.directory / artifact_name(Pixels, CANDIDATES)
        values = patch.directory / artifact_name(AmplitudeDispersion, CANDIDATES)
        if places.is_file() and values.is_file():
            found = read_variable(AmplitudeDispersion, "d_a", values)
            ij = read_variable(Pixels, "ij", places)
            check_shape(values, "D_A", found, (len(ij),), writer="stage1_load")
            yield ij, found


def _about(job: StageJob, pixels: Pixels, used: UsedInterferograms) -> dict[str, Any]:
    """Say what one has to know about the table."""
    parameters, settings = job.parameters, job.config.products
    columns = np.setdiff1d(np.arange(pixels.n_image), used.with_null)
    dropped = [calendar_date(day).isoformat() for day in pixels.day[columns]]
    letters = _letters(job)
    return {
        "Conventions": "CF-1.11",
        "featureType": "timeSeries",
        "title": "displacement of persistent scatterers in the line of sight",
        "source": f"pySTAMPS {__version__}, method of StaMPS",
        "references": "Hooper et al. (2007), doi:10.1029/2006JB004763; "
        "Hooper et al. (2012), doi:10.1016/j.tecto.2011.10.013",
        "comment": "displacement and velocity are in the line of sight, positive toward the "
        "satellite; they are relative to the reference image and to the mean of the reference area",
        MADE_WITH: settings_as_text(job.stage, job.root, job.config),
        "pystamps_version": __version__,
        "value_type": settings.value_type,
        "letters": letters,
        "taken_off": words_of_letters(letters),
        "sign": "positive = toward the satellite (range becomes shorter)",
        "platform": parameters.platform or "unknown",
        "insar_processor": parameters.insar_processor,
        "wavelength_m": parameters.lambda_,
        "heading_deg": parameters.heading,
        "orbit_direction": orbit_direction(parameters.heading),
        "reference_date": calendar_date(pixels.master_day).isoformat(),
        "first_date": calendar_date(pixels.day.min()).isoformat(),
        "last_date": calendar_date(pixels.day.max()).isoformat(),
        "number_of_images": pixels.n_image,
        "dropped_dates": " ".join(dropped),
        "reference_area": reference_in_words(parameters),
        "slant_range_m": settings.slant_range_m or pixels.mean_range or math.nan,
        "origin_longitude": float(pixels.ll0[0]),
        "origin_latitude": float(pixels.ll0[1]),
        "license_note": "the data belong to whoever made them; pySTAMPS (GPL-3.0-or-later) lays no "
        "claim to results",
    }
