"""How well estimates follow the truth."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pystamps.arrays import Float64, FloatArray


@dataclass(frozen=True, slots=True)
class Agreement:
    """How well estimates follow the truth.

    Attributes
    ----------
    count : int
        Pixels compared.
    bias : float
        Mean of estimate minus truth; it depends on the reference area.
    rms : float
        Of the differences without the bias.
    rms_without_plane : float
        Of the differences without a plane over the scene, which orbits and long-wave
        atmosphere leave.
    median_absolute : float
        Of the differences without their median: what the bulk of the pixels does.
    correlation : float
        NaN when truth or estimate is constant.
    """

    count: int
    bias: float
    rms: float
    rms_without_plane: float
    median_absolute: float
    correlation: float

    def line(self, unit: str) -> str:
        """Give the result as a line for people."""
        return (
            f"rms {self.rms:.2f} {unit} ({self.rms_without_plane:.2f} without a plane), "
            f"correlation {self.correlation:.3f}, bias {self.bias:+.2f} {unit}"
        )


def agreement(estimate: FloatArray, truth: FloatArray, place: Float64) -> Agreement:
    """Compare estimates with the truth.

    Parameters
    ----------
    estimate, truth : float, (n,)
        Pixels where either is NaN are left out.
    place : float64, (n, 2), positions in m
    """
    valid = np.isfinite(estimate) & np.isfinite(truth)
    a, b = estimate[valid].astype(np.float64), truth[valid].astype(np.float64)
    if not a.size:
        return Agreement(0, *[float("nan")] * 5)
    difference = a - b
    bias = float(difference.mean())
    varies = a.size > 1 and a.std() > 0 and b.std() > 0
    return Agreement(
        count=a.size,
        bias=bias,
        rms=rms(difference - bias),
        rms_without_plane=rms(without_plane(difference, place[valid])),
        median_absolute=float(np.median(np.abs(difference - np.median(difference)))),
        correlation=float(np.corrcoef(a, b)[0, 1]) if varies else float("nan"),
    )


def without_plane(values: Float64, place: Float64) -> Float64:
    """Take the best plane over the positions off values, (n,) or (n, columns)."""
    design = np.column_stack([np.ones(len(values)), place - place.mean(axis=0)])
    return np.asarray(values - design @ np.linalg.lstsq(design, values, rcond=None)[0])


def rms(values: Float64) -> float:
    """Give the root of the mean square; NaN of nothing."""
    return float(np.sqrt(np.mean(values**2))) if values.size else float("nan")
