"""Methods of the tropospheric phase that estimate it from the unwrapped phase."""

from __future__ import annotations

import logging

import numpy as np

from pystamps.arrays import Bool, Float64, Index
from pystamps.corrections.delay_phase import TroposphericPhase
from pystamps.corrections.elevation_limits import (
    HIGH_CORRELATION_WITH_HEIGHT,
    bands_in_words,
    motion_that_follows_height,
    power_law_of_settings,
)
from pystamps.corrections.linear_delays import linear_delays, without_dem_error
from pystamps.corrections.power_law_delays import power_law_delays
from pystamps.corrections.power_law_soundings import power_law_of_soundings
from pystamps.delays.sounding_files import read_soundings
from pystamps.errors import ArtifactError, ParameterError
from pystamps.model import Height, Pixels, Unwrapped, UnwrappedPairs
from pystamps.pipeline.entry.generations import SELECTED
from pystamps.pipeline.entry.unwrapped_inputs import read_unwrapped_phase
from pystamps.pipeline.job import StageJob
from pystamps.products.reference_choice import is_in_area
from pystamps.rows import Matrix, made_from

log = logging.getLogger(__name__)

_FEWEST_FOR_DEM_ERROR = 6


def phase_linear_in_height(job: StageJob, pixels: Pixels) -> TroposphericPhase:
    """Give the part of the unwrapped phase that is proportional to height."""
    phase, height, is_used, columns = _inputs(job, pixels)
    plane = pixels.xy[:, 1:] if job.config.troposphere.plane else None
    found = linear_delays(phase, height, is_used=is_used, plane_xy=plane)
    slopes = np.abs(found.slope[columns])
    details = (
        f"slopes up to {slopes.max(initial=0.0):.1f} rad/km, median size "
        f"{np.median(slopes) if slopes.size else 0.0:.1f}"
    )
    return TroposphericPhase(
        _in_single(found.delays, columns), {}, np.zeros(0, dtype=np.int64),
        f"{details}; {_left_out(is_used)}",
    )  # fmt: skip


def phase_power_law_of_height(job: StageJob, pixels: Pixels) -> TroposphericPhase:
    """Give the part of the unwrapped phase that is a power law of height."""
    settings = job.config.troposphere
    phase, height, is_used, columns = _inputs(job, pixels)
    h0_km, alpha = settings.h0_km, settings.alpha
    if settings.soundings is not None:
        h0_km, alpha = power_law_of_soundings(read_soundings(settings.soundings), h0_km=h0_km)
    extent = np.ptp(pixels.xy[:, 1:].astype(np.float64), axis=0) / 1000
    law = power_law_of_settings(settings, extent, h0_km=h0_km, alpha=alpha)
    found = power_law_delays(
        phase, height, pixels.xy[:, 1:], law, is_used=is_used, columns=columns,
        threads=job.config.kernels.native_threads or 1,
    )  # fmt: skip
    details = (
        f"h0 {h0_km:.2f} km, alpha {alpha:.3f}, bands {bands_in_words(law.bands_m)}, "
        f"{law.windows_in_words}; {_left_out(is_used)}"
    )
    others = {
        "K_tropo_powerlaw": found.size,
        "perc_cons_K_powerlaw": found.agreement[:, np.newaxis],
    }
    return TroposphericPhase(
        _in_single(found.delays, columns), {}, np.zeros(0, dtype=np.int64), details, others
    )


def _inputs(job: StageJob, pixels: Pixels) -> tuple[Matrix, Float64, Bool, Index]:
    """Give phase, heights, the pixels that the estimate uses, and the interferograms."""
    kind = Unwrapped if pixels.pairs is None else UnwrappedPairs
    phase = read_unwrapped_phase(job, pixels, kind=kind)
    stored = job.read_optional(Height, SELECTED, sizes=job.sizes(pixels, SELECTED))
    if stored is None:
        raise ArtifactError(
            f"{job.path(Height, SELECTED)}: file is missing; troposphere.method "
            f"{job.config.troposphere.method} compares phase and height: prepare the data set with "
            "an elevation model, or take delays of a weather model"
        )
    height = np.ravel(stored.hgt).astype(np.float64)
    stack = pixels.interferograms
    columns = stack.used(job.parameters.drop_ifg_index).observed
    if job.config.troposphere.without_dem_error:
        phase = _phase_without_dem_error(pixels, phase, columns)
    is_used = np.isfinite(height) & ~_is_deforming(job, pixels)
    _warn_of_motion(phase, pixels, columns, height, is_used)
    return phase, height, is_used, columns


def _is_deforming(job: StageJob, pixels: Pixels) -> Bool:
    """Tell which pixels lie where the ground moves, and take no part."""
    text = job.config.troposphere.deforming_area
    if not text:
        return np.zeros(pixels.n_ps, dtype=np.bool_)
    inside = is_in_area(text, pixels.lonlat, name="troposphere.deforming_area")
    if pixels.n_ps and (inside.all() or not inside.any()):
        raise ParameterError(
            f"troposphere.deforming_area: {text}: holds {'all' if inside.all() else 'none'} of the "
            f"{pixels.n_ps} pixels; move it, or make it {'smaller' if inside.all() else 'larger'}"
        )
    return inside


def _phase_without_dem_error(pixels: Pixels, phase: Matrix, columns: Index) -> Matrix:
    """Take the part proportional to the baseline off, of the interferograms that are used."""
    if columns.size < _FEWEST_FOR_DEM_ERROR:
        raise ParameterError(
            f"troposphere.without_dem_error: {columns.size} interferograms are used, "
            f"{_FEWEST_FOR_DEM_ERROR} or more tell the part of the baselines; set it to false"
        )
    used = np.zeros(pixels.n_ifg)
    used[columns] = pixels.bperp[columns]
    return without_dem_error(phase, used)


def _warn_of_motion(
    phase: Matrix, pixels: Pixels, columns: Index, height: Float64, is_used: Bool
) -> None:
    """Warn where motion follows the terrain: it would be taken for delay."""
    stack = pixels.interferograms
    found = motion_that_follows_height(phase, stack, columns, height, is_used)
    if abs(found) > HIGH_CORRELATION_WITH_HEIGHT:
        log.warning(
            "mean velocity and height of the pixels correlate (r = %.2f), and ever more with time: "
            "motion that follows the terrain is taken for delay; leave what moves out "
            "(troposphere.deforming_area), or take delays of a weather model", found,
        )  # fmt: skip


def _left_out(is_used: Bool) -> str:
    return f"from {np.count_nonzero(is_used)} of {is_used.size} pixels"


def _in_single(delays: Matrix, columns: Index) -> Matrix:
    """Give the phase as it is stored: 0 in interferograms that are not used."""
    kept = np.zeros(delays.shape[1], dtype=np.bool_)
    kept[columns] = True
    return made_from(
        (delays,), delays.shape, np.float32,
        lambda rows: np.where(kept, delays[rows], 0.0).astype(np.float32),
    )  # fmt: skip
