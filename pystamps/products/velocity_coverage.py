"""How often the truth lies within the stated uncertainty of the velocity, the plane apart."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from pystamps.arrays import Bool, Float64, FloatArray, Index
from pystamps.errors import ParameterError
from pystamps.interferograms import UsedInterferograms
from pystamps.products.agreement import rms
from pystamps.products.date_errors import ErrorGeometry
from pystamps.products.fit_uncertainty import date_error_spread
from pystamps.products.layers import layers_of, reference_series
from pystamps.products.phase import PhaseParts
from pystamps.products.time_function_fit import fit_design, fitted_coefficient

LETTERS = "dm"
"""What the velocity lacks whose uncertainty is stated: value type ``v-d``."""

NOMINAL = (0.683, 0.954)
"""Shares within 1 and 2 standard deviations of a normal distribution."""


@dataclass(frozen=True, slots=True)
class StatedVelocity:
    """Velocity ``v-d`` with its uncertainty, relative to the reference area of the run.

    Attributes
    ----------
    velocity : float64, (n_ps,), mm/yr
    local_std, plane_std : float64, (n_ps,), mm/yr
        Without that of planes over the scene, and of these alone.
    place : float64, (n_ps, n_term)
        Terms of a plane relative to the reference area.
    reference_rows : int64 or None
    plane_covariance : float64, (n_term, n_term), of the terms of that plane, (mm/yr)^2
    """

    velocity: Float64
    local_std: Float64
    plane_std: Float64
    place: Float64
    reference_rows: Index | None
    plane_covariance: Float64


@dataclass(frozen=True, slots=True)
class VelocityCoverage:
    """Errors of the velocity against their stated size, at the selected persistent scatterers.

    Attributes
    ----------
    within_1, within_2 : float
        Share of them with a truth within 1 and 2 standard deviations.
    local_within_1, local_within_2 : float
        The same without the plane over the scene, of the errors and of the uncertainty.
    rms, stated_rms : float
        Size of the errors, found and stated, mm/yr.
    plane_rms, stated_plane_rms : float
        Size of their plane, relative to the reference area, found and stated, mm/yr.
    """

    within_1: float
    within_2: float
    local_within_1: float
    local_within_2: float
    rms: float
    stated_rms: float
    plane_rms: float
    stated_plane_rms: float

    def lines(self) -> list[str]:
        """Give the result as lines for people."""
        shares = f"{100 * self.within_1:.1f} % within 1 sigma, {100 * self.within_2:.1f} % within 2"
        local = (
            f"{100 * self.local_within_1:.1f} % within 1 sigma, "
            f"{100 * self.local_within_2:.1f} % within 2, without a plane"
        )
        return [
            f"uncertainty    {shares} (nominal {100 * NOMINAL[0]:.1f} and {100 * NOMINAL[1]:.1f} %)"
            f"; v-d: rms {self.rms:.2f} mm/yr, stated {self.stated_rms:.2f}",
            f"  local        {local}",
            f"  plane        rms {self.plane_rms:.2f} mm/yr, stated {self.stated_plane_rms:.2f}",
        ]


def stated_velocity(
    parts: PhaseParts,
    used: UsedInterferograms,
    reference_rows: Index | None,
    *,
    wavelength: float,
    ifg_std_deg: FloatArray | None,
) -> StatedVelocity | str:
    """Give the velocity of every pixel and how sure it is.

    Parameters
    ----------
    parts : PhaseParts
        After stage 7.
    used : UsedInterferograms
    reference_rows : ndarray of int64 or None
    wavelength : float
        m.
    ifg_std_deg : ndarray of float, shape (n_ifg,), or None

    Returns
    -------
    StatedVelocity or str
        The reason, where the dates do not determine velocity and uncertainty, or no pixel is left.
    """
    if not parts.pixels.n_ps:
        return "no pixels were selected"
    # of what it keeps nothing is asked for: the largest file would be read for its planes alone
    layers = layers_of(replace(parts, ph_scn=None), used, wavelength=wavelength)
    shown = np.asarray(layers.series(LETTERS))  # 4 bytes a value: it is read five times below
    shown -= reference_series(shown, reference_rows).astype(np.float32)
    noise = None if ifg_std_deg is None else ifg_std_deg[used.with_null].astype(np.float64)
    bperp = parts.columns.bperp[used.with_null].astype(np.float64)
    geometry = ErrorGeometry(
        parts.pixels.lonlat, reference_rows, layers.surface, layers.plane_left(LETTERS)
    )
    try:
        design = fit_design(
            layers.day, "linear", reference_column=layers.reference_column, ifg_std_deg=noise
        )
        spread = date_error_spread(design, shown, geometry, bperp=bperp)
    except ParameterError as error:  # of the dates, not of the results: there is nothing to state
        return str(error)
    names = design.model.names
    return StatedVelocity(
        fitted_coefficient(design, shown, "velocity").astype(np.float64),
        spread.local_std("velocity", names),
        spread.plane_std("velocity", names),
        spread.errors.place,
        reference_rows,
        spread.plane_covariance("velocity", names),
    )


def velocity_coverage(stated: StatedVelocity, truth: FloatArray, is_ps: Bool) -> VelocityCoverage:
    """Compare errors of the velocity with their stated size.

    Parameters
    ----------
    stated : StatedVelocity
    truth : ndarray of float, shape (n_ps,), mm/yr
    is_ps : ndarray of bool, shape (n_ps,)
        Pixels that hold a persistent scatterer.
    """
    error = stated.velocity - truth
    if stated.reference_rows is not None:
        error = error - np.nanmean(error[stated.reference_rows])
    chosen = is_ps & np.isfinite(error)
    error, place = error[chosen], stated.place[chosen]
    plane = place @ np.linalg.lstsq(place, error, rcond=None)[0]
    local, planar = stated.local_std[chosen], stated.plane_std[chosen]
    whole = np.hypot(local, planar)
    return VelocityCoverage(
        within_1=_share_within(error, whole, 1),
        within_2=_share_within(error, whole, 2),
        local_within_1=_share_within(error - plane, local, 1),
        local_within_2=_share_within(error - plane, local, 2),
        rms=rms(error),
        stated_rms=rms(whole),
        plane_rms=rms(plane),
        stated_plane_rms=rms(planar),
    )


def _share_within(error: Float64, std: Float64, sigmas: int) -> float:
    return float(np.mean(np.abs(error) <= sigmas * std)) if error.size else float("nan")
