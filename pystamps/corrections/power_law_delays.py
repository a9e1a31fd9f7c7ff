"""Tropospheric delay that is a power law of height, its size varying over the scene."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pystamps.arrays import Bool, Float64, FloatArray, Index
from pystamps.corrections.estimation_windows import (
    FEWEST_OF_WINDOW,
    SlopeWindows,
    between_windows,
    common_constant,
    mean_without_outliers,
    window_slopes,
    windows_over,
)
from pystamps.corrections.spatial_bands import Band, PixelGrid, filtered_bands, grid_around_pixels
from pystamps.errors import ParameterError
from pystamps.rows import Matrix

OCTAVES_M = tuple((1000.0 * 2**k, 2000.0 * 2**k) for k in range(1, 7))
"""Bands of TRAIN: 2 to 4 km, and so on up to 64 to 128 km."""
_CELLS_PER_WAVE = 8


@dataclass(frozen=True, slots=True)
class PowerLaw:
    """Shape of the delay, and how its size is estimated.

    Attributes
    ----------
    h0_km : float, height from which on the delay is the same everywhere
    alpha : float, exponent of the distance to that height
    bands_m : tuple of (float, float), wavelengths in which phase and height are compared
    n_windows : int, windows over the scene; 0 = one, in which the size is a plane
    overlap_percent : float, of neighbouring windows
    cell_m : float, distance of the nodes on which the bands are filtered
    kept_band : int, band that decides alone, counted from 1; 0 = all
    """

    h0_km: float
    alpha: float
    bands_m: tuple[Band, ...]
    n_windows: int = 50
    overlap_percent: float = 50.0
    cell_m: float = 250.0
    kept_band: int = 0

    def of_height(self, height: FloatArray) -> Float64:
        """Give the power law at heights in m, without its size: (h0 - h) to the power alpha."""
        return np.asarray((self.h0_km * 1000 - np.asarray(height, dtype=np.float64)) ** self.alpha)

    @property
    def windows_in_words(self) -> str:
        """How the size varies, for people."""
        return f"{self.n_windows} windows" if self.n_windows else "one plane of the size"


@dataclass(frozen=True, slots=True)
class PowerLawDelays:
    """Delay that is a power law of height.

    Attributes
    ----------
    delays : float64, (n_ps, n_ifg), size times power law in rad; NaN where the phase is, and in
        interferograms that are not used
    size : float64, (n_ps, n_ifg), size in rad per m to the power alpha
    agreement : float64, (n_ifg,), windows in which the size has the sign of most, in percent
    """

    delays: Float64
    size: Float64
    agreement: Float64


def bands_that_fit(extent_km: float) -> tuple[Band, ...]:
    """Give the octaves of TRAIN whose longest half wave fits into a scene."""
    return tuple(band for band in OCTAVES_M if band[1] / 2000 <= extent_km)


def cell_of_bands(bands: tuple[Band, ...]) -> float:
    """Give a distance of nodes, m: an eighth of the shortest wavelength."""
    return min(min(band) for band in bands) / _CELLS_PER_WAVE


def refuse_low_h0(h0_km: float, highest_m: float) -> None:
    """Refuse a power law that does not reach the highest pixel.

    Raises
    ------
    ParameterError
        ``h0_km`` is not above it.
    """
    if highest_m >= h0_km * 1000:
        raise ParameterError(
            f"troposphere.h0_km: {h0_km:g} km is not above all pixels, the highest of which "
            f"is at {highest_m:.0f} m; the delay is a power of the distance to h0: take "
            "the height from which on the delay no longer changes, 7 to 13 km"
        )


def power_law_delays(
    phase: Matrix, height: FloatArray, xy: FloatArray, law: PowerLaw, *,
    is_used: Bool, columns: Index, threads: int = 1,
) -> PowerLawDelays:  # fmt: skip
    """Estimate a delay that is a power law of height.

    Parameters
    ----------
    phase : Matrix of float, shape (n_ps, n_ifg)
        Unwrapped phase in rad, NaN where missing.
    height : ndarray of float, shape (n_ps,)
        m.
    xy : ndarray of float, shape (n_ps, 2)
        Local coordinates in m, along the edges of the scene as far as possible.
    law : PowerLaw
    is_used : ndarray of bool, shape (n_ps,)
        Pixels that the size is estimated from; the delay is given at all of them.
    columns : ndarray of int64
        Interferograms that are estimated.
    threads : int

    Raises
    ------
    ParameterError
        A pixel is as high as ``h0_km``, or no window has pixels enough.

    Notes
    -----
    ``aps_powerlaw`` of TRAIN, steps 2 to 4 (Bekaert, Hooper and Wright, 2015,
    doi:10.1002/2014JB011558). Phase and power law are filtered alike into bands; in every window
    and band the slope between them is one observation of the size. Where TRAIN draws samples at
    random for the standard deviations, their limit is taken.
    """
    _require_below(height, law)
    known = is_used & np.isfinite(height)
    xy_km = np.asarray(xy, dtype=np.float64) / 1000
    shape = law.of_height(height)
    windows = _estimation_windows(xy_km, law, known)
    values = np.asarray(phase)
    size, agreement = np.full(values.shape, np.nan), np.full(values.shape[1], np.nan)
    grids: dict[bytes, tuple[PixelGrid, Float64]] = {}
    for column in columns:
        ifg = values[:, column].astype(np.float64)
        valid = known & np.isfinite(ifg)
        grid, of_shape = _filtered_shape(grids, xy_km, shape, valid, law, threads)
        level = ifg[valid] - _phase_at_h0(shape, ifg, xy_km, valid)
        of_phase = _on_all(filtered_bands(grid, level, law.bands_m, threads=threads), valid)
        slopes = window_slopes(of_shape, of_phase, windows)
        size[:, column], agreement[column] = _size_at_pixels(
            slopes, (of_shape, of_phase), xy_km, windows, law
        )
    size[np.isnan(values)] = np.nan
    return PowerLawDelays(size * shape[:, None], size, agreement)


def _require_below(height: FloatArray, law: PowerLaw) -> None:
    """Refuse pixels to which the power law does not reach."""
    if np.isfinite(height).any():
        refuse_low_h0(law.h0_km, float(np.nanmax(height)))


def _estimation_windows(xy_km: Float64, law: PowerLaw, known: Bool) -> SlopeWindows:
    """Lay the windows in which the size is estimated."""
    if law.n_windows == 0:
        return SlopeWindows((np.flatnonzero(known),), xy_km[known].mean(axis=0)[None], 1.0)
    windows = windows_over(
        xy_km, n_windows=law.n_windows, overlap_percent=law.overlap_percent, is_used=known,
        fewest=FEWEST_OF_WINDOW,
    )  # fmt: skip
    if not windows.rows:
        raise ParameterError(
            f"troposphere.windows: {law.n_windows} windows over {np.count_nonzero(known)} pixels "
            f"outside the deforming area: none holds {FEWEST_OF_WINDOW}; take fewer windows"
        )
    return windows


def _phase_at_h0(shape: Float64, ifg: Float64, xy_km: Float64, valid: Bool) -> float:
    """Give a constant that leaves little to be cut off at the edges of the grid.

    It is common to a few windows, each of which has a slope of its own.
    """
    few = windows_over(xy_km, n_windows=1, overlap_percent=50, is_used=valid, fewest=1)
    scaled = shape / np.abs(shape[valid]).mean()
    return float(common_constant(scaled, ifg[:, None], few)[0])


def _filtered_shape(
    grids: dict[bytes, tuple[PixelGrid, Float64]],
    xy_km: Float64,
    shape: Float64,
    valid: Bool,
    law: PowerLaw,
    threads: int,
) -> tuple[PixelGrid, Float64]:
    """Give the grid through the pixels that have phase, and the power law in bands."""
    key = np.packbits(valid).tobytes()
    if key not in grids:
        grids.clear()  # one at a time: a grid is as large as many interferograms
        grid = grid_around_pixels(xy_km[valid], law.cell_m)
        of_shape = filtered_bands(grid, shape[valid], law.bands_m, threads=threads)
        grids[key] = grid, _on_all(of_shape, valid)
    return grids[key]


def _on_all(values: Float64, valid: Bool) -> Float64:
    """Put rows of some pixels among all, NaN elsewhere."""
    spread = np.full((valid.size, values.shape[1]), np.nan)
    spread[valid] = values
    return spread


def _size_at_pixels(
    slopes: tuple[Float64, Float64],
    bands: tuple[Float64, Float64],
    xy_km: Float64,
    windows: SlopeWindows,
    law: PowerLaw,
) -> tuple[Float64, float]:
    """Give the size of the delay at every pixel, and the percentage of windows that agree."""
    if law.n_windows == 0:
        return _plane_of_size(*bands, xy_km, windows.rows[0], law), np.nan
    slope, std = slopes
    known = np.isfinite(slope).all(axis=1)
    of_window = np.full((len(slope), 2), np.nan)
    for k in np.flatnonzero(known):
        of_window[k] = _of_bands(slope[k], std[k], law)
    positive = float(np.mean(of_window[known, 0] >= 0)) if known.any() else np.nan
    size = between_windows(xy_km, windows, of_window[:, :1], of_window[:, 1:])[:, 0]
    return size, float(np.floor((abs(positive - 0.5) + 0.5) * 100))


def _of_bands(values: Float64, std: Float64, law: PowerLaw) -> tuple[float, float]:
    """Give the mean of the bands and its standard deviation, or the band that decides alone."""
    if law.kept_band:
        return float(values[law.kept_band - 1]), float(std[law.kept_band - 1])
    return mean_without_outliers(values, std)


def _plane_of_size(
    of_shape: Float64, of_phase: Float64, xy_km: Float64, rows: Index, law: PowerLaw
) -> Float64:
    """Give a size that is a plane over the scene: one for all bands, term by term."""
    here = rows[np.isfinite(of_phase[rows]).all(axis=1)]
    place = np.column_stack([xy_km - xy_km.min(axis=0), np.ones(len(xy_km))])
    terms, std = np.empty((3, of_shape.shape[1])), np.empty((3, of_shape.shape[1]))
    for band, (x, y) in enumerate(zip(of_shape[here].T, of_phase[here].T, strict=True)):
        scale = 1 / np.abs(x).mean()
        design = np.column_stack([(x * scale)[:, None] * place[here], np.ones(here.size)])
        terms[:, band] = np.linalg.lstsq(design, y, rcond=None)[0][:3] * scale
        std[:, band] = np.sqrt(np.diag(np.linalg.inv(design.T @ design))[:3]) * scale
    plane = np.array([_of_bands(terms[k], std[k], law)[0] for k in range(3)])
    return np.asarray(place @ plane)
