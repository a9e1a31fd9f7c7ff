"""One table of points: what every export, map and notebook takes its numbers from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from pystamps.arrays import Array, Float64, FloatArray, Index
from pystamps.interferograms import UsedInterferograms
from pystamps.model import Pixels
from pystamps.products.layers import Layers, reference_series, referenced
from pystamps.products.line_fit import fit_lines
from pystamps.products.phase import PARTS, parse_value_type
from pystamps.products.view_geometry import (
    height_above_dem_m,
    line_of_sight,
    scatterer_lonlat,
)
from pystamps.rows import Matrix


@dataclass(frozen=True, slots=True)
class Column:
    """What one value of a point means.

    Attributes
    ----------
    unit : str
        As CF conventions spell it; ``1`` for numbers without unit.
    meaning : str
    dtype : str
    standard_name : str
        Of CF, empty where there is none.
    """

    unit: str
    meaning: str
    dtype: str = "float32"
    standard_name: str = ""


COLUMNS: Mapping[str, Column] = {
    "point_id": Column("1", "number of the point, from 1, stable within a run", "int64"),
    "longitude": Column(
        "degrees_east", "longitude, WGS 84, not corrected for the DEM error", "float64", "longitude"
    ),
    "latitude": Column(
        "degrees_north", "latitude, WGS 84, not corrected for the DEM error", "float64", "latitude"
    ),
    "height": Column("m", "height of the elevation model; its datum is that of the model"),
    "dem_error": Column(
        "m", "height of the scatterer above the elevation model, relative to the reference area"
    ),
    "height_corrected": Column("m", "height of the scatterer: height plus dem_error"),
    "longitude_corrected": Column(
        "degrees_east",
        "longitude of the scatterer, moved for its height above the model",
        "float64",
    ),
    "latitude_corrected": Column(
        "degrees_north",
        "latitude of the scatterer, moved for its height above the model",
        "float64",
    ),
    "azimuth": Column("1", "azimuth line in the image, from 0", "int32"),
    "range": Column("1", "range sample in the image, from 0", "int32"),
    "velocity": Column(
        "mm/year", "mean velocity in the line of sight, positive toward the satellite"
    ),
    "velocity_std": Column(
        "mm/year", "standard deviation of the velocity, formal: independent errors of the residuals"
    ),
    "rmse": Column("mm", "root mean square of the series about the straight line"),
    "coherence": Column(
        "1", "temporal coherence of the residual phase (gamma of StaMPS), not interferometric"
    ),
    "amplitude_dispersion": Column(
        "1", "standard deviation of the amplitude over the images, divided by its mean"
    ),
    "incidence_angle": Column("degree", "angle of incidence from the vertical at the point"),
    "los_east": Column("1", "east component of the unit vector from the point to the satellite"),
    "los_north": Column("1", "north component of the unit vector from the point to the satellite"),
    "los_up": Column("1", "vertical component of the unit vector from the point to the satellite"),
}
"""Columns of a point in their order."""


@dataclass(frozen=True, slots=True)
class PointTable:
    """Points, their displacement and its parts, and what one has to know about them.

    Attributes
    ----------
    columns : mapping of str to ndarray, (n_ps,)
        See :data:`COLUMNS`; NaN where a value is not known.
    displacement : Matrix of float32, (n_ps, n_date)
        mm toward the satellite, relative to the reference image and the reference area, without
        the parts of ``letters``.
    layers : Layers
        Not referenced.
    reference_rows : int64, (n_reference,), or None
        Points of the reference area; None = nothing is referenced.
    letters : str
        Parts that ``displacement`` and ``velocity`` lack.
    noise_deg : float64, (n_date,), or None
        Noise of the dates, their weights in the fits; None = all equal.
    bperp : float64, (n_date,), nominal perpendicular baselines in m
    about : mapping of str to str or number
        Metadata of the data set.
    pairs : int64, (n_ifg, 2), or None
        Of small baselines: the dates (from 0) that each interferogram combines; None = all share
        the reference image.
    """

    columns: Mapping[str, Array]
    displacement: Matrix
    layers: Layers
    reference_rows: Index | None
    letters: str
    noise_deg: Float64 | None
    bperp: Float64
    about: Mapping[str, Any]
    pairs: Index | None = None


@dataclass(frozen=True, slots=True)
class PointValues:
    """Values of the merged pixels that no layer holds.

    Attributes
    ----------
    pixels : Pixels
    coherence, amplitude_dispersion, height, incidence : float, (n_ps,)
        Incidence in rad, height in m; NaN where not known.
    k_ps_uw : float, (n_ps,)
        Look-angle error in rad/m.
    """

    pixels: Pixels
    coherence: FloatArray
    amplitude_dispersion: FloatArray
    height: FloatArray
    incidence: FloatArray
    k_ps_uw: FloatArray


def letters_of_series(value_type: str, *, is_reference_delayed: bool = True) -> str:
    """Give the letters of the series that belongs to a velocity type such as ``v-do``.

    A series is relative to the reference image, so that its contribution (``m``) is taken off; a
    velocity does not depend on it. With the tropospheric phase (``a``) that of the reference image
    is gone as well, and its contribution is taken off only when stage 7 has found what is left of
    it (``subtr_tropo``); it would count twice otherwise.
    """
    letters = set(parse_value_type(value_type, kinds="v")[1])
    if not ("a" in letters and is_reference_delayed):
        letters.add("m")
    return "".join(sorted(letters))


def point_table(
    values: PointValues,
    layers: Layers,
    used: UsedInterferograms,
    *,
    letters: str,
    reference_rows: Index | None,
    ifg_std_deg: FloatArray | None,
    wavelength: float,
    slant_range_m: float,
    heading_deg: float,
    about: Mapping[str, Any],
    pairs_used: Index | None = None,
) -> PointTable:
    """Make the table.

    Parameters
    ----------
    values : PointValues
    layers : Layers
    used : UsedInterferograms
        Columns that the layers stand for.
    letters : str
        Parts to take off.
    reference_rows : ndarray of int64 or None
    ifg_std_deg : ndarray of float, shape (n_image,), or None
        Noise of the interferograms with the reference image.
    wavelength, slant_range_m : float
        m; a slant range of NaN leaves the DEM error unknown.
    heading_deg : float
        Flight direction clockwise from north, NaN = not known.
    about : mapping
    pairs_used : ndarray of int64, optional
        Interferograms of small baselines that are not dropped.
    """
    series = layers.series(letters)
    shown = referenced(series, reference_series(series, reference_rows))
    noise = None if ifg_std_deg is None else ifg_std_deg[used.with_null].astype(np.float64)
    line = fit_lines(shown, layers.day, layers.reference_column, ifg_std_deg=noise)
    sight = line_of_sight(values.incidence, heading_deg)
    pixels = values.pixels
    dem_error = height_above_dem_m(
        values.k_ps_uw, values.incidence, wavelength=wavelength, slant_range_m=slant_range_m
    )
    places = scatterer_lonlat(pixels.lonlat, dem_error, values.incidence, heading_deg)
    columns: dict[str, Array] = {
        "point_id": np.arange(1, pixels.n_ps + 1),
        "longitude": pixels.lonlat[:, 0],
        "latitude": pixels.lonlat[:, 1],
        "height": values.height,
        "dem_error": dem_error,
        "height_corrected": values.height + dem_error,
        "longitude_corrected": places[:, 0],
        "latitude_corrected": places[:, 1],
        "azimuth": np.rint(pixels.ij[:, 1]),
        "range": np.rint(pixels.ij[:, 2]),
        "velocity": line.velocity,
        "velocity_std": line.velocity_std,
        "rmse": line.rmse,
        "coherence": values.coherence,
        "amplitude_dispersion": values.amplitude_dispersion,
        "incidence_angle": np.rad2deg(values.incidence),
        "los_east": sight.east,
        "los_north": sight.north,
        "los_up": sight.up,
    }
    typed = {name: column.astype(COLUMNS[name].dtype) for name, column in columns.items()}
    stack = pixels.interferograms.of_images()
    bperp = stack.bperp[used.with_null].astype(np.float64)
    pairs = _pairs_of_dates(pixels, pairs_used, layers.day)
    return PointTable(typed, shown, layers, reference_rows, letters, noise, bperp, about, pairs)


def _pairs_of_dates(pixels: Pixels, pairs_used: Index | None, day: Float64) -> Index | None:
    """Give the dates of the table that each interferogram of small baselines combines."""
    if pixels.pairs is None or pairs_used is None:
        return None
    days = pixels.day[pixels.pairs[pairs_used]]
    return np.searchsorted(day, days[np.isin(days, day).all(axis=1)]).astype(np.int64)


def words_of_letters(letters: str) -> str:
    """Say in words which parts are taken off."""
    return ", ".join(PARTS[letter] for letter in PARTS if letter in letters) or "nothing"
