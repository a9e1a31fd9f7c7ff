"""What delay of the troposphere is possible, and what is wrong with one that is not."""

from __future__ import annotations

import numpy as np

from pystamps.arrays import Float64, FloatArray

_DRY_AT_SEA_M = 2.307
"""Zenith delay of dry air of 1013.25 hPa: 2.2768 mm/hPa (Saastamoinen 1972)."""
_LEAST_DRY, _MOST_DRY, _MOST_WET_M = 0.85, 1.05, 0.6
"""Pressure varies by some percent; the wettest air adds about half a metre."""
_TOP_M = 44_330.0
_EXPONENT = 5.2559
"""Standard atmosphere: pressure falls with (1 - h / 44330 m) ** 5.2559."""

_UNITS = {100.0: "centimetres", 1000.0: "millimetres"}


def possible_zenith_delay(height_m: FloatArray) -> tuple[Float64, Float64]:
    """Give the least and the largest zenith delay that occurs at some heights.

    Parameters
    ----------
    height_m : ndarray of float, shape (n,)
        NaN = not known: any height of the Earth.

    Returns
    -------
    least, most : ndarray of float64, shape (n,)
        m.
    """
    is_known = np.isfinite(height_m)
    high = np.where(is_known, height_m, 9000.0)
    low = np.where(is_known, height_m, -500.0)
    pressure = [np.maximum(1 - h / _TOP_M, 0.0) ** _EXPONENT for h in (high, low)]
    least = _LEAST_DRY * _DRY_AT_SEA_M * pressure[0]
    most = _DRY_AT_SEA_M * _MOST_DRY * pressure[1] + _MOST_WET_M
    return np.asarray(least), np.asarray(most)


def what_is_wrong(delay_m: FloatArray, height_m: FloatArray) -> str:
    """Say what is wrong with zenith delays, from their values; nothing where they are possible.

    Parameters
    ----------
    delay_m : ndarray of float, shape (n,)
        m, positive = longer path; NaN is passed over.
    height_m : ndarray of float, shape (n,)

    Returns
    -------
    str
        Values found and expected, and what explains them.
    """
    is_known = ~np.isnan(delay_m)
    values = np.asarray(delay_m[is_known], dtype=np.float64)
    least, most = possible_zenith_delay(np.asarray(height_m, dtype=np.float64)[is_known])
    if not values.size or ((values >= least) & (values <= most)).all():
        return ""
    found = f"{values.min():.4g} to {values.max():.4g} m of zenith delay"
    expected = f"expected {least.min():.2f} to {most.max():.2f} m at these heights"
    if np.isfinite(values).all():
        for factor, unit in _UNITS.items():
            if ((values >= factor * least) & (values <= factor * most)).all():
                return f"{found}, {expected}: they are in {unit}; divide them by {factor:.0f}"
        if ((-values >= least) & (-values <= most)).all():
            return f"{found}, {expected}: their sign is reversed; a longer path is positive"
    return f"{found}, {expected}"
