"""Weights of the candidates in the phase filter."""

from __future__ import annotations

import numpy as np

from pystamps.arrays import Float32, Float64
from pystamps.matlab import causal_fir, gauss_window, histogram, interpolate_signal, round_half_away
from pystamps.stages.random_reference import COHERENCE_BINS, LOW_BINS, scaled_to
from pystamps_kernels import AUTO, KernelChoice

_SMOOTHING = 7


def psquare_weights(
    coh_ps: Float64,
    nr: Float64,
    *,
    last_occupied: int,
    low_bins: int = LOW_BINS,
    as_zero: bool = True,
    choice: KernelChoice = AUTO,
) -> tuple[Float64, Float64]:
    """Square of the probability that a candidate's phase is not random.

    Parameters
    ----------
    coh_ps : ndarray of float64, shape (n_ps,)
    nr : ndarray of float64, shape (100,)
        Histogram of the coherence of random phases, any scale.
    last_occupied : int
        1-based number of the last bin of the reference that is not empty.
    low_bins : int, optional
        Bins of coherence in which all candidates count as random.
    as_zero : bool, optional
        ``compat.empty_low_bins_as_zero``, see :func:`scaled_to`.
    choice : KernelChoice, optional

    Returns
    -------
    weights : ndarray of float64, shape (n_ps,)
        About 0 to 1; the interpolation overshoots a little. NaN where the probability is not
        known because the random histogram is not (``as_zero``).
    nr : ndarray of float64, shape (100,)
        The random histogram scaled to the candidates.

    Notes
    -----
    Part of StaMPS ``ps_est_gamma_quick`` (Hooper et al. 2007). The smoothing is causal, which
    delays the curve by three bins, and the probability of a bin is put at its upper edge:
    weights are those of a coherence lower by 0.035. Kept as it is.
    """
    observed = histogram(coh_ps, COHERENCE_BINS, choice=choice)
    nr = scaled_to(observed, nr, low_bins=low_bins, as_zero=as_zero)
    curve = _random_probability(observed, nr, last_occupied, low_bins)
    at = round_half_away(coh_ps * 1000).astype(np.int64)
    weights: Float64 = (1 - curve[at]) ** 2
    return weights, nr


def _random_probability(
    observed: Float64, nr: Float64, last_occupied: int, low_bins: int
) -> Float64:
    """Probability of random phase at the coherences 0, 0.001 ... 1: float64, shape (1001,)."""
    probability = nr / np.where(observed == 0, 1, observed)
    probability[:low_bins] = 1
    probability[last_occupied:] = 0
    probability[probability > 1] = 1
    window = gauss_window(_SMOOTHING)
    padded = np.concatenate([np.ones(_SMOOTHING), probability])
    smoothed = causal_fir(window, padded)[_SMOOTHING:] / window.sum()
    return interpolate_signal(np.concatenate([[1.0], smoothed]))[:-9]


def _running_mean(values: Float32) -> Float32:
    """Mean of each row, summed column after column in single as the original does.

    The noise is a small difference of such means, so the order of the sum shows in the weights.
    """
    total = np.zeros(values.shape[0], np.float32)
    for column in values.T:
        total += column
    return total / np.float32(values.shape[1])


def snr_weights(ph_res: Float32, amplitude: Float32) -> Float64:
    """Signal over noise of each candidate.

    Parameters
    ----------
    ph_res : ndarray of float32, shape (n_ps, n_used)
        Residual phase in rad.
    amplitude : ndarray of float32, shape (n_ps, n_used)
        Moduli of the phase as loaded, 1 where it is null.

    Returns
    -------
    ndarray of float64, shape (n_ps,)
        May be negative; 0 where no noise is left.

    Notes
    -----
    Part of StaMPS ``ps_est_gamma_quick`` (``filter_weighting`` other than P-square). A radicand
    that rounding makes negative counts as 0; the original goes on with complex weights there.
    """
    signal = _running_mean(amplitude * np.cos(ph_res))
    power = _running_mean(amplitude**2)
    noise = np.sqrt(np.maximum(np.float32(0.5) * (power - signal**2), 0))
    weights = np.zeros(signal.size)
    np.divide(signal, noise, out=weights, where=noise != 0, casting="same_kind")
    return weights
