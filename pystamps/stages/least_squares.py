"""Small least-squares problems whose design is the same for all pixels."""

from __future__ import annotations

import logging

import numpy as np

from pystamps.model import Float64, FloatArray

log = logging.getLogger(__name__)

_RECIPROCAL_CONDITION = 0.001
_ADDED_VARIANCE = 0.01


def solution_rows(design: Float64, *, std: FloatArray | None = None) -> Float64:
    """Give the matrix that turns observations into unknowns: ``unknowns = rows @ data``.

    Parameters
    ----------
    design : ndarray of float64, shape (n_observation, n_unknown)
    std : ndarray of float, shape (n_observation,), optional
        Standard deviation of each observation; all equal when omitted.

    Returns
    -------
    ndarray of float64, shape (n_unknown, n_observation)

    Notes
    -----
    The pseudo-inverse by singular values: equidistant dates make two columns of a design
    proportional, and the unknowns that are still determined keep their value then.
    """
    weights = np.ones(design.shape[0]) if std is None else 1.0 / np.asarray(std, dtype=np.float64)
    cut_off = max(design.shape) * np.finfo(np.float64).eps
    return np.linalg.pinv(design * weights[:, None], rcond=cut_off) * weights


def usable_std(std: FloatArray) -> Float64:
    """Give standard deviations that can be divided by.

    A variance of zero makes the covariance matrix singular; 0.01 is then added to all
    variances until the smallest is a thousandth of the largest, as StaMPS does with the
    covariance of small baselines.
    """
    variance = np.asarray(std, dtype=np.float64) ** 2
    if variance.size and not variance.all():
        log.warning(
            "noise of interferograms: %d of %d standard deviations are zero; "
            "variances are increased to keep the weights finite",
            np.count_nonzero(variance == 0), variance.size,
        )  # fmt: skip
        while variance.min() < _RECIPROCAL_CONDITION * variance.max() or not variance.max():
            variance = variance + _ADDED_VARIANCE
    return np.sqrt(variance)
