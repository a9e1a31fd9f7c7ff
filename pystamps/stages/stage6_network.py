"""Stage 6: what all arcs share: the network of images, where slopes are searched, what smooths.

Single master: every interferogram combines the reference image with another. Small baselines: any
pairs of images. An interferogram that is turned round (first and second image exchanged, baseline
and phase negated) says the same.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from pystamps.arrays import Bool, Float64, Index
from pystamps.model import Interferograms
from pystamps.stages.image_network import connected_image_groups
from pystamps_kernels.stage8_edge_noise import LocalLines, SlopeSearch, SmoothedSeries

_TRIALS_PER_CYCLE = 8
"""A step turns the phase by pi / 4 over the range of baselines of the chain."""

_MAY_LACK = 2
"""An image with all but so many of the images as partners (itself counted) sees nearly all."""


def connected_images(interferograms: Interferograms) -> Interferograms:
    """Leave out images without interferogram and renumber the others; days from the reference."""
    images = np.unique(interferograms.pairs)
    first, second = np.searchsorted(images, interferograms.pairs).T
    return replace(
        interferograms,
        first=first,
        second=second,
        day=(interferograms.day - interferograms.reference_day)[images],
        reference_ix=int(np.searchsorted(images, interferograms.reference_ix)),
    )


def chain_image(network: Interferograms) -> int | None:
    """Give the image whose interferograms make a chain of dates; None where none has enough.

    That is the one with most interferograms, if it lacks at most one partner, where interferograms
    of adjacent images make no chain.
    """
    if _adjacent(network).size >= network.n_image - 1:
        return None
    per_image = np.bincount(network.pairs.ravel(), minlength=network.n_image)
    most = int(np.argmax(per_image))
    return most if per_image[most] >= network.n_image - _MAY_LACK else None


def turned_round(network: Interferograms, image: int | None) -> tuple[Interferograms, Bool]:
    """Make an image the first of all its interferograms; tell which were turned: (n_ifg,).

    Without an image, the earlier image becomes the first in networks of any images: what deforms
    steadily has one sign then, and the search of the slope takes it off as a constant. The original
    takes for granted that they are stored so.
    """
    if image is not None:
        is_turned = network.second == image
    else:
        is_turned = (network.second < network.first) & (not network.shares_first_image)
    if not is_turned.any():
        return network, is_turned
    first = np.where(is_turned, network.second, network.first)
    second = np.where(is_turned, network.first, network.second)
    bperp = np.where(is_turned, -network.bperp, network.bperp)
    return replace(network, first=first, second=second, bperp=bperp), is_turned


def _adjacent(network: Interferograms) -> Index:
    """Interferograms of images next to each other in time."""
    return np.flatnonzero(np.abs(network.second - network.first) == 1)


def slope_search(network: Interferograms, n_trial_wraps: float) -> SlopeSearch | None:
    """Terms in which the look-angle error of an arc is searched.

    Parameters
    ----------
    network : Interferograms
        Turned round at :func:`chain_image` (:func:`turned_round`).
    n_trial_wraps : float
        Cycles of look-angle error searched over the whole range of baselines.

    Notes
    -----
    Interferograms of adjacent images where they form a chain; else differences of the
    interferograms of one image with successive dates, that image included; else all
    interferograms. With phases x of images, (x_k - x_r) - (x_j - x_r) = x_k - x_j is the
    interferogram of the images j and k, whatever the image r, and its baseline is B_k - B_j. Image
    r has the phase x_r - x_r = 0 and the baseline 0: it is column -1 of the kernel. Little
    deformation fits between successive dates.
    """
    bperp, image = network.bperp, chain_image(network)
    if image is not None:
        of_image = np.flatnonzero(network.first == image)
        images = np.append(network.second[of_image], image)
        by_day = np.argsort(network.day[images], kind="stable")
        column = np.append(of_image, -1)[by_day]
        later, earlier = column[1:], column[:-1]
        base = np.diff(np.append(bperp[of_image], bperp.dtype.type(0))[by_day])
    else:
        later = _adjacent(network)
        if later.size < network.n_image - 1:
            later = np.arange(network.n_ifg)
        earlier, base = np.full(later.size, -1), bperp[later]
    span, whole_span = np.ptp(base), np.ptp(bperp)
    if not (0 < span < np.inf and whole_span > 0):
        return None  # no slope can be seen; the original never ends here
    # a slope of so many cycles over all baselines makes fewer over those of the chain
    n_trial = int(np.ceil(_TRIALS_PER_CYCLE * n_trial_wraps * span / whole_span))
    return SlopeSearch(
        later.astype(np.int64),
        earlier.astype(np.int64),
        base.astype(np.float64),
        float(span),
        n_trial,
    )


def gaussian_weights(day: Float64, time_win: float) -> Float64:
    """Weights of all dates around every date; rows sum to one."""
    weights = np.exp(-((day[:, None] - day) ** 2) / (2 * time_win**2))
    return np.asarray(weights / weights.sum(axis=1, keepdims=True))


def line_smoother(network: Interferograms, image: int, time_win: float) -> LocalLines:
    """Weights and straight-line functionals of method 3D_FULL.

    Parameters
    ----------
    network : Interferograms
        All with one first image.
    image : int
        That image.
    time_win : float, days

    Notes
    -----
    Around date k the data r_l are fitted by a + b t_kl with t_kl = day_k - day_l and weights w_kl,
    so that a is the value at date k. With S_j = sum over l of w_kl t_kl^j the normal equations are
    S0 a + S1 b = sum w r and S1 a + S2 b = sum w t r, hence
    a = sum of h_kl r_l, h_kl = w_kl (S2 - S1 t_kl) / (S0 S2 - S1^2); S0 = 1, the weights are
    normalised. Where only one date has weight, the line is its mean.
    """
    others = network.second
    order = np.argsort(network.second_day, kind="stable").astype(np.int64)
    day = network.second_day[order]
    weights = gaussian_weights(day, time_win)
    t = day[:, None] - day
    s1, s2 = ((weights * t**power).sum(axis=1, keepdims=True) for power in (1, 2))
    determinant = s2 - s1**2
    solvable = determinant > 0
    with np.errstate(invalid="ignore", divide="ignore"):
        line = weights * (s2 - s1 * t) / determinant
    intercept = np.where(solvable, line, weights)
    if day.size == 1:
        intercept = np.zeros((1, 1))
    # The smoothed series is summed up from date to date, which leaves whole cycles open. Its mean
    # over the dates before and after the image, whose phase is 0, is brought to within half a
    # cycle of 0.
    after = np.flatnonzero(others[order] > image)
    first_after = int(after[0]) if after.size else others.size
    level = [c for c in (first_after - 1, first_after) if 0 <= c < others.size]
    return LocalLines(order, weights, intercept, np.array(level, dtype=np.int64))


def images_for_lines(network: Interferograms) -> list[int]:
    """Give the images that lack at most one partner: method 3D_FULL smooths their series."""
    per_image = np.bincount(network.pairs.ravel(), minlength=network.n_image)
    return np.flatnonzero(per_image >= network.n_image - _MAY_LACK).tolist()


def series_smoother(network: Interferograms, time_win: float) -> SmoothedSeries:
    """Operator of method 3D_QUICK: inversion to a series of images, then Gaussian smoothing."""
    return smoothed_series(network, smoothing_of_images(network, time_win) @ series_rows(network))


def smoothed_series(network: Interferograms, operator: Float64) -> SmoothedSeries:
    """Give the kernel's record of an operator from differences to a smoothed series of images."""
    first, second = (
        np.ascontiguousarray(image, dtype=np.int64) for image in (network.first, network.second)
    )
    return SmoothedSeries(operator, first, second)


def series_rows(network: Interferograms) -> Float64:
    """Give the inversion of differences to a series of images, shape (n_image, n_ifg).

    The differences y of an arc are G x for a series x of the images. The rows of G add up to 0, so
    that x is known up to a constant: the first image is set to 0, the others are the least-squares
    solution with the other columns of G. The kernel turns the smoothed series back into
    differences, second minus first image, in which the constant is gone.
    """
    inverse = np.zeros((network.n_image, network.n_ifg))
    inverse[1:] = np.linalg.pinv(network.design()[:, 1:])
    return inverse


def smoothing_of_images(network: Interferograms, time_win: float) -> Float64:
    """Give the Gaussian weights of all images around every image, shape (n_image, n_image).

    Nothing is known of the phase between images that no interferograms connect: they do not enter
    each other's mean. The original lets them.
    """
    weights = gaussian_weights(network.day, time_win)
    groups = connected_image_groups(network.pairs)
    if len(groups) > 1:
        together = np.zeros(weights.shape, np.bool_)
        for group in groups:
            together[np.ix_(group, group)] = True
        weights = np.where(together, weights, 0.0)
        weights /= weights.sum(axis=1, keepdims=True)
    return weights
