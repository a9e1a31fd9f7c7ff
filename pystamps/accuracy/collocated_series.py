"""Displacement by collocation: motion, atmosphere and noise of every pixel told apart."""

from __future__ import annotations

import logging

import numpy as np

from pystamps.accuracy.collocation import NonlinearMotion, nonlinear_motion
from pystamps.accuracy.gaussian_low_pass import gaussian_low_pass
from pystamps.accuracy.phase_bands import LENGTHS_M
from pystamps.accuracy.series_of_images import ImageSeries, series_of_images
from pystamps.arrays import Float32, Float64
from pystamps.model import AccurateSeries, AccurateVelocity
from pystamps.parameters import Parameters
from pystamps.products.phase import PhaseParts
from pystamps.products.velocity import mm_per_radian
from pystamps.rows import Matrix
from pystamps.stages.reference_area import reference_means, reference_pixels

log = logging.getLogger(__name__)


def collocated_series(
    parts: PhaseParts,
    bperp: Matrix,
    velocity: AccurateVelocity,
    parameters: Parameters,
    *,
    with_std: bool,
) -> AccurateSeries:
    """Tell motion, atmosphere and noise of the series apart.

    Parameters
    ----------
    parts : PhaseParts
    bperp : Matrix of float, shape (n_ps, n_image)
        m, of the images relative to the reference image.
    velocity : AccurateVelocity
        Its look-angle error and its plane are not motion.
    parameters : Parameters
    with_std : bool
        A standard deviation of the displacement too.

    Returns
    -------
    AccurateSeries
        NaN at pixels that lack phase in one of the images, and at images that were left out.

    Raises
    ------
    ParameterError
        As :func:`~pystamps.accuracy.series_of_images.series_of_images`.

    Notes
    -----
    Displacement is the straight line of the pixel and the motion of its neighbourhood beside a line
    (:mod:`pystamps.accuracy.collocation`); atmosphere is the rest that neighbours share, planes
    that are not linear in time apart; noise is what the pixel has alone.
    """
    if not parts.pixels.n_ps:
        none = np.zeros((0, parts.columns.n_image), np.float32)
        return AccurateSeries(none, none, none, none if with_std else None)
    series = series_of_images(parts, bperp, parameters)
    factor = -mm_per_radian(parameters.lambda_)
    of_pixel = velocity.v[series.is_known] / factor
    left = _without_planes(series, velocity, of_pixel)
    smooth = gaussian_low_pass(series.xy, LENGTHS_M[0])
    shared = smooth.means(left)
    line = smooth.means(of_pixel).astype(np.float64)
    found = nonlinear_motion(series.xy, _plus_line(shared, line, series.years), series.years)
    _say(found)
    shared -= found.series
    noise = left - shared - found.series
    motion = _plus_line(found.series, of_pixel, series.years)
    std = None
    if with_std:
        own = (velocity.v_std[series.is_known, None] * series.years) ** 2
        std = np.sqrt(own + factor**2 * found.variance).astype(np.float32)
    arrays = [np.float32(factor) * values for values in (motion, shared, noise)]
    displacement, atmosphere, rest = (_complete(values, series, parts) for values in arrays)
    reference = reference_pixels(parts.pixels, parameters)
    for values in (displacement, atmosphere):
        values -= reference_means(values, reference, columns=series.columns).astype(np.float32)
    stated = None if std is None else _complete(std, series, parts)
    return AccurateSeries(displacement, atmosphere, rest, stated)


def _without_planes(series: ImageSeries, velocity: AccurateVelocity, line: Float64) -> Float32:
    """Take look-angle error, line and planes off every image; the mean of an image goes too."""
    k_ps = velocity.k_ps[series.is_known].astype(np.float32)
    left = series.phase - k_ps[:, None] * series.bperp
    left = _plus_line(left, -line, series.years)
    place = (series.xy - series.xy.mean(axis=0)) / 1000
    terms = np.column_stack([np.ones(len(place)), place])
    left -= (terms @ (np.linalg.pinv(terms) @ left)).astype(np.float32)
    return left


def _plus_line(values: Float32, slope: Float64, years: Float64) -> Float32:
    return np.asarray(values + (slope[:, None] * years).astype(np.float32), dtype=np.float32)


def _say(found: NonlinearMotion) -> None:
    """Tell what was claimed, and whether the atmosphere lets anything be claimed."""
    if found.is_off:
        log.warning(
            "the atmosphere is correlated in time (%.0f %% of its white part): it cannot be told "
            "from motion, and the series are straight lines",
            100 * found.colour,
        )
    log.info("%.1f %% of the windows move other than linearly", 100 * found.claimed)


def _complete(values: Float32, series: ImageSeries, parts: PhaseParts) -> Float32:
    """Put values among all pixels and images: NaN where unknown, 0 at the reference image."""
    every = np.full(parts.ph_uw.shape, np.nan, dtype=np.float32)
    rows = np.flatnonzero(series.is_known)
    every[np.ix_(rows, series.columns)] = values
    every[:, parts.columns.null_columns] = 0
    return every
