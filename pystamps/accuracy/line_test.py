"""Whether a series gains by a line that is taken off before a filter and put back: without truth.

The filter takes part of a straight line for atmosphere, most at both ends of a series. A line put
back returns it, with the error of its slope; and where the motion is no line, it brings motion that
is not there. Which of them is larger is seen in the series themselves.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.stats import chi2

from pystamps.arrays import Float32, Float64

_CHANCE = 0.05
"""How often the errors of a scene that rests are taken for motion."""


@dataclass(frozen=True, slots=True)
class LineGain:
    """Mean square errors that lines put back take away, in the early and the late half of series.

    Attributes
    ----------
    gain : float64, (2,), rad^2 summed over images, of the lines as they are
    error : float64, (2,), what errors of the slopes make with a chance of :data:`_CHANCE`
    """

    gain: Float64
    error: Float64

    @property
    def is_certain(self) -> bool:
        """Tell whether both halves gain more than errors of the slopes pretend."""
        return bool((self.gain > self.error).all())


def line_gain(
    returned: Float32, left: Float32, taken: Float32, slope: Float64, years: Float64
) -> LineGain:
    """Estimate what putting lines back gains.

    Parameters
    ----------
    returned : ndarray of float32, shape (n_ps, n_column)
        What the filter takes of the lines, rad: what is to be put back.
    left, taken : ndarray of float32, shape (n_ps, n_column)
        Series without lines, and what the filter takes of them, rad.
    slope : ndarray of float64, shape (n_ps,)
        Of the lines, rad/yr.
    years : ndarray of float64, shape (n_column,)
        Of the columns, which rise with time.

    Notes
    -----
    Let d be ``returned``, f what the filter takes of the whole series, f = ``taken`` + d, and e the
    noise of the series. Without lines put back the error is e - f, with them e - f + d; its mean
    square falls by <2 d f - d d - 2 d e> = <d d> + 2 <d ``taken``> - 2 <d e>. A motion that stops
    makes the second term negative where it rests. The noise is in d by its slopes: with d = h u, u
    the slopes and r the least squares row that gives them, <d e> = h r c, c the covariance of the
    noise of a pixel with that of its neighbourhood, from the residuals.

    How large the errors of slopes are is known for the mean of many scenes. One scene has m
    independent errors, 1 / m = mean(correlation^2) of what the filter takes of different images;
    they may be larger by chi-square(m) / m.
    """
    put_back, rest, filtered = (_centred(values) for values in (returned, left, taken))
    slope = slope - slope.mean()
    n_column = years.size
    after = years - years.mean()
    row = after / (after @ after)
    pull = put_back.T @ slope / max(float(slope @ slope), np.finfo(float).tiny)
    noise = np.mean(rest * filtered, axis=0) * n_column / max(n_column - 2, 1)
    gain = np.mean(put_back**2 + 2 * put_back * filtered, axis=0)
    samples = _independent_errors(filtered)
    error = 2 * pull * row * noise * chi2.isf(_CHANCE, samples) / samples
    is_late = after > 0
    halves = (~is_late, is_late)
    return LineGain(
        np.array([gain[half].sum() for half in halves]),
        np.array([error[half].sum() for half in halves]),
    )


def _centred(values: Float32) -> Float64:
    return np.asarray(values - values.mean(axis=0, dtype=np.float64))


def _independent_errors(taken: Float64) -> float:
    """Give how many independent values a map of what the filter takes has."""
    products = taken.T @ taken
    size = np.sqrt(np.maximum(np.diag(products), np.finfo(float).tiny))
    correlation = (products / size / size[:, None])[~np.eye(len(size), dtype=np.bool_)]
    return float(1 / max(float(np.mean(correlation**2)), 1e-9))
