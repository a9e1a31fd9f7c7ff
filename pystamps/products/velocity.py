"""Mean velocity from images or pairs of them, and displacement series of images.

Phase is positive for motion away from the satellite; millimetres are positive toward it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pystamps.arrays import Float64, FloatArray, Index
from pystamps.dates import DAYS_PER_YEAR
from pystamps.errors import ParameterError
from pystamps.fit_condition import require_determined, velocity_condition
from pystamps.model import MeanVelocity, UsedInterferograms
from pystamps.parameters import Parameters
from pystamps.products.phase import (
    PhaseParts,
    corrected_phase,
    corrected_rows,
    parse_value_type,
)
from pystamps.rows import Matrix, made_from
from pystamps.stages.least_squares import solution_rows, usable_covariance, usable_std
from pystamps.stages.reference_area import reference_means, reference_pixels

DEFAULT_VALUE_TYPE = "v-do"

_ROWS = 65536


@dataclass(frozen=True, slots=True)
class DisplacementSeries:
    """Displacement of every pixel.

    Attributes
    ----------
    day : float64, (n_day,), MATLAB date numbers, reference image included
    displacement_mm : Matrix of float32, (n_ps, n_day), toward the satellite, 0 at the reference
        image; as far in memory as the phase that it is made of
    """

    day: Float64
    displacement_mm: Matrix


def parts_needed(value_type: str) -> str:
    """Give the letters of the parts that a velocity of this type takes off.

    ``v-d`` also takes off the contribution of the reference image, as StaMPS does: it changes
    the constant of the line, not the velocity.
    """
    letters = parse_value_type(value_type, kinds="v")[1]
    return "dm" if letters == "d" else letters


def mean_velocity(
    parts: PhaseParts,
    parameters: Parameters,
    *,
    value_type: str = DEFAULT_VALUE_TYPE,
    ifg_std_deg: FloatArray | None = None,
) -> MeanVelocity:
    """Fit a straight line in time to the phase of each pixel.

    Parameters
    ----------
    parts : PhaseParts
    parameters : Parameters
        ``drop_ifg_index``, ``ref_*``.
    value_type : str
        ``v``, or ``v-`` and the letters of the parts to take off first.
    ifg_std_deg : ndarray of float, shape (n_ifg,), optional
        Noise of the interferograms of a single reference image; all equal when omitted. That of
        small baselines stands with the parts.

    Returns
    -------
    MeanVelocity
        Constant in rad and slope in rad/day, float32, of small baselines float64 as in StaMPS; NaN
        for pixels that lack phase.

    Raises
    ------
    ParameterError
        Fewer than two dates are left, one of them decides alone by its weight, the value type is
        unknown or the reference area empty.

    Notes
    -----
    StaMPS routine ``ps_plot`` ('v'; 'V' for the images of small baselines). The weights there have
    a factor 181 for 180, which cancels.
    """
    pixels, stack = parts.pixels, parts.columns
    columns = _used(parts, parameters).observed
    phase = corrected_phase(parts, parts_needed(value_type))
    reference = reference_means(phase, reference_pixels(pixels, parameters), columns=columns)
    days = stack.temporal_baseline[columns]
    design = np.stack([np.ones(days.size), days], axis=1)
    noise, std, noise_file = None, None, "ifgstd2.mat (stage5_merge)"
    if parts.covariance is not None:
        noise = usable_covariance(parts.covariance[np.ix_(columns, columns)])
        std, noise_file = np.sqrt(np.diag(noise)), "phuw_sb_res2.mat (stage6_unwrap)"
    elif ifg_std_deg is not None:
        std = usable_std(ifg_std_deg[columns])
    require_determined(
        velocity_condition(days, stack.bperp[columns], std),
        f"mean velocity (dates and baselines of ps2.mat, noise of {noise_file.split()[0]})",
        remedy=f"look for wrong values in {noise_file}",
    )
    rows = solution_rows(design, std=std, covariance=noise)
    m = np.empty((2, pixels.n_ps), dtype=np.float32 if noise is None else np.float64)
    for first in range(0, pixels.n_ps, _ROWS):
        block = phase[first : first + _ROWS, columns].astype(np.float64) - reference[columns]
        m[:, first : first + _ROWS] = rows @ block.T
    return MeanVelocity(m)


def velocity_mm_per_year(m: FloatArray, wavelength: float) -> FloatArray:
    """Give the velocity toward the satellite in mm/yr, shape (n_ps,).

    Parameters
    ----------
    m : ndarray of float, shape (2, n_ps)
        Constant in rad, slope in rad/day (:class:`~pystamps.model.MeanVelocity`).
    wavelength : float
        Radar wavelength in m.
    """
    factor = -DAYS_PER_YEAR * mm_per_radian(wavelength)
    return np.asarray(m[1] * m.dtype.type(factor))


def displacement_series_mm(
    parts: PhaseParts, parameters: Parameters, *, value_type: str, wavelength: float
) -> DisplacementSeries:
    """Give the displacement of each pixel relative to the reference image and area, in mm.

    Parameters
    ----------
    parts : PhaseParts
    parameters : Parameters
        ``drop_ifg_index``, ``ref_*``.
    value_type : str
        ``u``, or ``u-`` and the letters of the parts to take off first.
    wavelength : float
        Radar wavelength in m.

    Returns
    -------
    DisplacementSeries
        The dates that are not dropped.

    Notes
    -----
    StaMPS routine ``ps_plot`` with 'ts', where ``v-d`` subtracts the contribution of the
    reference image twice; here each letter counts once.
    """
    pixels = parts.pixels
    letters = parse_value_type(value_type, kinds="u")[1]
    used = _used(parts, parameters)
    columns = used.with_null
    phase = corrected_rows(parts, letters)
    reference = reference_means(phase, reference_pixels(pixels, parameters), columns=used.observed)
    shift, factor = reference[columns].astype(np.float32), np.float32(-mm_per_radian(wavelength))

    def give(rows: slice) -> FloatArray:
        block = phase[rows][:, columns]
        # the reference image is the origin: 0 before and after the area is subtracted
        block[:, used.null_columns] = 0
        return np.asarray((block - shift) * factor)

    shape = (pixels.n_ps, columns.size)
    return DisplacementSeries(
        parts.columns.second_day[columns], made_from((phase,), shape, np.float32, give)
    )


def relative_to_area(values: FloatArray, reference_rows: Index | None) -> FloatArray:
    """Subtract the mean over the reference pixels from values per pixel, (n_ps,) or (n_ps, n)."""
    columns = values.reshape(len(values), -1)
    means = reference_means(columns, reference_rows).astype(values.dtype)
    return (columns - means).reshape(values.shape)


def _used(parts: PhaseParts, parameters: Parameters) -> UsedInterferograms:
    used = parts.used(parameters)
    if used.observed.size < 2:
        raise ParameterError(
            f"drop_ifg_index leaves {used.observed.size} interferograms, a velocity needs two; "
            "drop fewer"
        )
    return used


def mm_per_radian(wavelength: float) -> float:
    """Range change in mm of one radian of phase."""
    if not wavelength > 0:
        raise ParameterError(f"lambda: {wavelength} is no radar wavelength; set it in metres")
    return wavelength * 1000 / (4 * np.pi)
