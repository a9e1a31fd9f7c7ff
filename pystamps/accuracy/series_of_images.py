"""What the estimates in bands read of a data set: finite series of the images that are used."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pystamps.accuracy.noise_in_time import correlations_in_time
from pystamps.arrays import Bool, Float32, Float64, FloatArray, Index
from pystamps.dates import DAYS_PER_YEAR
from pystamps.errors import ParameterError
from pystamps.parameters import Parameters
from pystamps.products.phase import PhaseParts
from pystamps.rows import Matrix, row_blocks

FEWEST_SECONDARIES = 8
"""Secondary images below which variances of images cannot be told from what is estimated."""
FEWEST_KNOWN_PIXELS = 30
_WORST_CONDITION = 1e3
_REMEDY = (
    "set accuracy.preset to stepwise in the configuration, or accuracy.estimation and "
    "accuracy.series, which does without"
)


@dataclass(frozen=True, slots=True)
class ImageSeries:
    """Series of the pixels that have phase in all used images, the reference image left out.

    Attributes
    ----------
    xy : float64, (n, 2), m
    phase, bperp : float32, (n, n_column), rad and m
    years : float64, (n_column,), after the reference image
    columns : int64, (n_column,), places among all images
    is_known : bool, (n_ps,), pixels that are in
    coloured : tuple of float64, (n_column, n_column)
        Covariances of noise that are possible beside a variance of every image: correlated in time,
        and with small baselines what the inversion makes of the noise of pairs.
    """

    xy: Float64
    phase: Float32
    bperp: Float32
    years: Float64
    columns: Index
    is_known: Bool
    coloured: tuple[Float64, ...]


def series_of_images(parts: PhaseParts, bperp: Matrix, parameters: Parameters) -> ImageSeries:
    """Gather the series that the estimates in bands need.

    Parameters
    ----------
    parts : PhaseParts
    bperp : Matrix of float, shape (n_ps, n_image)
        m, of the images relative to the reference image.
    parameters : Parameters

    Raises
    ------
    ParameterError
        Too few images or pixels are left, or their dates and baselines do not tell velocity and
        look-angle error apart.
    """
    columns = parts.used(parameters).observed
    years = parts.columns.temporal_baseline[columns] / DAYS_PER_YEAR
    _require_enough(years, parts.columns.bperp[columns])
    phase, baselines = _columns_of(parts.ph_uw, columns), _columns_of(bperp, columns)
    is_known = np.asarray(np.isfinite(phase).all(axis=1) & np.isfinite(baselines).all(axis=1))
    if is_known.sum() < FEWEST_KNOWN_PIXELS:
        raise ParameterError(
            f"accuracy: {int(is_known.sum())} pixels have phase in all {columns.size} images, the "
            f"estimate in bands needs {FEWEST_KNOWN_PIXELS}; {_REMEDY}"
        )
    coloured = correlations_in_time(years)
    if parts.covariance is not None:
        coloured += (parts.covariance[np.ix_(columns, columns)].astype(np.float64),)
    xy = parts.pixels.xy[is_known, 1:].astype(np.float64)
    return ImageSeries(xy, phase[is_known], baselines[is_known], years, columns, is_known, coloured)


def _columns_of(values: Matrix, columns: Index) -> Float32:
    found = np.empty((len(values), columns.size), dtype=np.float32)
    for rows in row_blocks(values):
        found[rows] = values[rows][:, columns]
    return found


def _require_enough(years: Float64, bperp: FloatArray) -> None:
    """Refuse images that do not determine velocity, look-angle error and their noise."""
    terms = np.column_stack([np.ones(years.size), years, bperp])
    sizes = np.linalg.norm(terms, axis=0)
    enough = years.size >= FEWEST_SECONDARIES and bool(sizes.all())
    if not enough or np.linalg.cond(terms / sizes) > _WORST_CONDITION:
        raise ParameterError(
            f"accuracy: {years.size} secondary images do not determine velocity, look-angle error "
            f"and the noise of images (at least {FEWEST_SECONDARIES}, with different dates and "
            f"baselines); {_REMEDY}"
        )
