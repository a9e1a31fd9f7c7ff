"""Numba version of :mod:`pystamps_kernels.stage4_edge_stats`.

All that an arc needs are a few vectors with one value per image, so that the steps are fused
arc by arc. ``LANES`` arcs go side by side through the loops over images: the inner loops become
vector instructions without reordering any sum. Each line fit is a dot product with a vector
that depends on the dates only (``fit_vectors``).

For image i of an arc with phasors d_k = w_b conj(w_a), StaMPS ``ps_weed`` does

    mu = sum w_k d_k;  y_k = angle(d_k conj(mu));  m0, m1 = line through y
    y'_k = wrap(y_k - m0 - m1 t_k);  n0 = intercept of the line through y'
    noise_i = angle(d_i conj(mu exp(1j (m0 + n0))))
    left out_i = angle(d_i conj(sum_(k != i) w_k d_k))

The smooth phase is a sum of angles here, as angle(z conj(z')) is wrap(angle z - angle z'):

    y_k = wrap(angle d_k - angle mu),    noise_i = wrap(angle d_i - angle mu - m0 - n0).

The second fit: with r_k = y_k - m0 - m1 t_k and whole numbers q_k = rint(r_k / (2 pi)), y' is
r - 2 pi q. The line through r is zero, by (1) of ``fit_vectors``: sum level r = m0 - m0 1 - m1 0.
Hence

    n0 = -2 pi sum level q,

which is 0 unless some r leaves half a cycle. The noise is kept in single, as the results are, even
where it is used at once: which arcs are kept between the passes must not show. Then, with v_i the
variance of left out_i over all arcs and B the baselines,

    K = sum (B noise / v) / sum (B**2 / v);  noise = noise - K B    (not wrapped again).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from pystamps_kernels.host.compile import compiled, inlined
from pystamps_kernels.host.tasks import do_tasks
from pystamps_kernels.stage4_edge_stats.fit_vectors import fit_vectors
from pystamps_kernels.stage4_edge_stats.reference import dem_error_weights, variance_over_arcs

Array = np.ndarray[Any, Any]

LANES = 64
BLOCK = 1024  # arcs per partial sum: fixed, so that sums do not depend on the number of threads
TWO_PI = 2 * np.pi
ONE_TURN = 1 / TWO_PI


def stage4_edge_stats(
    w: Array, edges: Array, bperp: Array, day: Array, time_win: float, n_kept: int
) -> tuple[Array, Array, Array, Array, Array]:
    """See the package; the noise of the first ``n_kept`` arcs is kept between the passes."""
    n_edge, n_image = len(edges), day.size
    n_kept = min(n_edge, n_kept // BLOCK * BLOCK if n_kept < n_edge else n_edge)
    fit = fit_vectors(day, time_win)
    kept = np.empty((n_kept, n_image), np.float32)
    sums = np.zeros((-(-n_edge // BLOCK), 2, n_image))
    edge_std, edge_max = np.empty((2, n_edge), np.float32)
    if n_edge:
        do_tasks(_first_pass, len(sums), w, edges, fit, kept, sums)
    total, square = sums.sum(axis=0)
    ifg_var = variance_over_arcs(total, square, n_edge)
    if n_edge:
        weights = dem_error_weights(bperp, ifg_var)
        do_tasks(_second_pass, len(sums), w, edges, fit, kept, weights, bperp, edge_std, edge_max)
    ps_std, ps_max = np.full((2, len(w)), np.inf, np.float32)
    _best_of_pixel(edges, edge_std, edge_max, ps_std, ps_max)
    return edge_std, edge_max, ps_std, ps_max, ifg_var


@compiled
def _first_pass(
    first_task: int, end_task: int,
    w: Array, edges: Array, fit: Array, kept: Array, sums: Array,
) -> None:  # fmt: skip
    """Sum the leave-one-out noise per image and block, and keep the noise of the first arcs."""
    n_edge, n_image = edges.shape[0], w.shape[1]
    for block in range(first_task, end_task):
        lanes, images = np.empty((6, LANES)), np.empty((5, n_image, LANES))
        for first in range(block * BLOCK, min((block + 1) * BLOCK, n_edge), LANES):
            n_lane = min(LANES, n_edge - first)
            _noise_of_arcs(w, edges, first, n_lane, fit, lanes, images)
            for i in range(n_image):
                for lane in range(n_lane):
                    left_out = images[4, i, lane]
                    sums[block, 0, i] += left_out
                    sums[block, 1, i] += left_out * left_out
            if first < kept.shape[0]:
                for lane in range(n_lane):
                    for i in range(n_image):
                        kept[first + lane, i] = images[3, i, lane]


@compiled
def _second_pass(
    first_task: int, end_task: int,
    w: Array, edges: Array, fit: Array, kept: Array, weights: Array, bperp: Array,
    edge_std: Array, edge_max: Array,
) -> None:  # fmt: skip
    """Take the DEM error out of the noise and give its statistics per arc."""
    n_edge, n_image = edges.shape[0], w.shape[1]
    for block in range(first_task, end_task):
        noise = np.empty(n_image, np.float32)
        lanes, images = np.empty((6, LANES)), np.empty((5, n_image, LANES))
        for first in range(block * BLOCK, min((block + 1) * BLOCK, n_edge), LANES):
            n_lane = min(LANES, n_edge - first)
            if first >= kept.shape[0]:
                _noise_of_arcs(w, edges, first, n_lane, fit, lanes, images)
            for lane in range(n_lane):
                arc = first + lane
                for i in range(n_image):
                    noise[i] = (
                        kept[arc, i] if arc < kept.shape[0] else np.float32(images[3, i, lane])
                    )
                edge_std[arc], edge_max[arc] = _statistics(noise, weights, bperp)


@compiled
def _noise_of_arcs(
    w: Array, edges: Array, first: int, n_lane: int, fit: Array, lanes: Array, images: Array
) -> None:
    """Fill images[3] with the noise and images[4] with the leave-one-out noise of a few arcs."""
    real, imag, angle, noise, left_out = images[0], images[1], images[2], images[3], images[4]
    mean_real, mean_imag, mean_angle = lanes[0], lanes[1], lanes[2]
    m0, m1, turns = lanes[3], lanes[4], lanes[5]
    _differences(w, edges, first, n_lane, images)
    for i in range(angle.shape[0]):
        lanes[:] = 0
        # the sum without image i serves both means: taking the image away from the whole sum
        # would leave rounding where it has nearly all the weight
        _add_mean(real, imag, fit[1, i], mean_real, mean_imag)
        own = fit[4, i, i]
        for lane in range(angle.shape[1]):
            re, im = real[i, lane], imag[i, lane]
            rest_real, rest_imag = mean_real[lane], mean_imag[lane]
            mean_angle[lane] = _arctangent(rest_imag + own * im, rest_real + own * re)
            left_out[i, lane] = _arctangent(
                im * rest_real - re * rest_imag, re * rest_real + im * rest_imag
            )
        _add_line(angle, mean_angle, fit[2, i], fit[3, i], m0, m1)
        _add_turns(angle, mean_angle, fit[2, i], fit[0, i], m0, m1, turns)
        for lane in range(angle.shape[1]):
            smooth = mean_angle[lane] + m0[lane] - TWO_PI * turns[lane]
            noise[i, lane] = _wrapped(angle[i, lane] - smooth)


# The loops below are functions of their own, over arrays whose extent the compiler does not
# know: only then does it make vector instructions of the loop over lanes.


@compiled
def _add_mean(real: Array, imag: Array, weight: Array, mean_real: Array, mean_imag: Array) -> None:
    """Add up the weighted mean phasors."""
    for k in range(real.shape[0]):
        for lane in range(real.shape[1]):
            mean_real[lane] += weight[k] * real[k, lane]
            mean_imag[lane] += weight[k] * imag[k, lane]


@compiled
def _add_line(
    angle: Array, mean_angle: Array, level: Array, tilt: Array, m0: Array, m1: Array
) -> None:
    """Add up intercepts and slopes of the first line fits."""
    for k in range(angle.shape[0]):
        for lane in range(angle.shape[1]):
            y = _wrapped(angle[k, lane] - mean_angle[lane])
            m0[lane] += level[k] * y
            m1[lane] += tilt[k] * y


@compiled
def _add_turns(
    angle: Array, mean_angle: Array, level: Array, t: Array, m0: Array, m1: Array, turns: Array
) -> None:
    """Add up the intercepts of the second line fits in whole turns.

    ``turns`` becomes sum level q: the intercept of the second fit is -2 pi times that.
    """
    for k in range(angle.shape[0]):
        for lane in range(angle.shape[1]):
            y = _wrapped(angle[k, lane] - mean_angle[lane])
            turns[lane] += level[k] * np.rint((y - m0[lane] - m1[lane] * t[k]) * ONE_TURN)


@compiled
def _differences(w: Array, edges: Array, first: int, n_lane: int, images: Array) -> None:
    """Fill images[0:3] with real part, imaginary part and angle of the arcs' phasors."""
    real, imag, angle = images[0], images[1], images[2]
    for lane in range(angle.shape[1]):
        arc = first + min(lane, n_lane - 1)
        a, b = edges[arc, 0], edges[arc, 1]
        for i in range(w.shape[1]):
            a_real, a_imag = np.float64(w[a, i].real), np.float64(w[a, i].imag)
            b_real, b_imag = np.float64(w[b, i].real), np.float64(w[b, i].imag)
            real[i, lane] = b_real * a_real + b_imag * a_imag
            imag[i, lane] = b_imag * a_real - b_real * a_imag
    for i in range(w.shape[1]):
        for lane in range(angle.shape[1]):
            angle[i, lane] = _arctangent(imag[i, lane], real[i, lane])


@inlined
def _wrapped(phase: float) -> float:
    """Give a phase in [-pi, pi]."""
    turns: float = np.rint(phase * ONE_TURN)
    return phase - TWO_PI * turns


@inlined
def _arctangent(y: float, x: float) -> float:
    """Give atan2 to 6e-12 rad without branches, so that loops over lanes become vectors.

    The polynomial interpolates atan(q) / q in q * q at the Chebyshev nodes of [0, 1].
    """
    high, low = max(abs(x), abs(y)), min(abs(x), abs(y))
    q = low / high if high > 0 else 0.0
    z = q * q
    p = 0.00041923393867625194
    p = p * z - 0.003195461834616629
    p = p * z + 0.011427729645781124
    p = p * z - 0.02600614172204219
    p = p * z + 0.043646729133535726
    p = p * z - 0.06022205218890623
    p = p * z + 0.07495266091119122
    p = p * z - 0.09049180114773321
    p = p * z + 0.11105306907877154
    p = p * z - 0.1428522562534094
    p = p * z + 0.19999978337002625
    p = p * z - 0.33333332951665584
    p = (p * z + 0.999999999988737) * q
    p = 0.5 * np.pi - p if abs(y) > abs(x) else p
    p = np.pi - p if x < 0 else p
    return -p if y < 0 else p


@compiled
def _statistics(noise: Array, weights: Array, bperp: Array) -> tuple[float, float]:
    """Give standard deviation and largest modulus of one arc without its DEM error."""
    n_image = noise.size
    slope = 0.0
    for i in range(n_image):
        slope += noise[i] * weights[i]
    mean = largest = 0.0
    for i in range(n_image):
        value = noise[i] - slope * bperp[i]
        mean += value / n_image
        largest = max(largest, abs(value))
    square = 0.0
    for i in range(n_image):
        square += (noise[i] - slope * bperp[i] - mean) ** 2
    return np.sqrt(square / max(n_image - 1, 1)), largest


@compiled
def _best_of_pixel(
    edges: Array, edge_std: Array, edge_max: Array, ps_std: Array, ps_max: Array
) -> None:
    """Give the smallest value of the arcs of each pixel; NaN is never smaller."""
    for arc in range(edges.shape[0]):
        for end in range(2):
            pixel = edges[arc, end]
            if edge_std[arc] < ps_std[pixel]:
                ps_std[pixel] = edge_std[arc]
            if edge_max[arc] < ps_max[pixel]:
                ps_max[pixel] = edge_max[arc]
