"""Whether neighbourhoods move other than linearly: by likelihood, steps among the courses."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np

from pystamps.arrays import Float64

_AMPLITUDES = (0.3, 1.0, 3.0, 10.0)
"""Motion that is tried, its variance as a multiple of that of the atmosphere."""
_LEAST_EIGENVALUE = 1e-6
"""Of the atmosphere, in units of its largest: below it are the lines, which residuals lack."""
_LEAST_SIZE = 1e-3
"""Of a direction of a course, in units of their mean: smaller ones change no ratio."""


@dataclass(frozen=True, slots=True)
class MotionTest:
    """Windows in units of their atmosphere, and the courses of motion.

    Attributes
    ----------
    moments : float64, (n_window, n_dimension, n_dimension)
        Second moments in coordinates in which the atmosphere has variance 1 and no correlation.
    axes, sizes : tuple of float64, (n_dimension, n_axis) and (n_axis,)
        Eigenvectors and eigenvalues of every course in these coordinates; a course has as much
        variance as the atmosphere.
    """

    moments: Float64
    axes: tuple[Float64, ...]
    sizes: tuple[Float64, ...]

    @classmethod
    def of(cls, moments: Float64, noise: Float64, courses: Float64) -> Self:
        """Prepare the test.

        Parameters
        ----------
        moments : ndarray of float64, shape (n_window, n_column, n_column)
            Second moments of the residuals of straight lines.
        noise : ndarray of float64, shape (n_column, n_column)
            Their covariance where nothing moves, up to a factor of the window.
        courses : ndarray of float64, shape (n_course, n_column, n_column)
            Covariances in time of motion, of residuals of lines too, each up to a factor.
        """
        whitener = _whitener(noise)
        found = [_axes(whitener @ course @ whitener.T) for course in courses]
        axes, sizes = (tuple(each) for each in zip(*found, strict=True))
        return cls(whitener @ moments @ whitener.T, axes, sizes)

    def ratios(self, signs: Float64) -> Float64:
        """Give how much more likely the windows are with motion than without.

        Parameters
        ----------
        signs : ndarray of float64, shape (n_draw, n_dimension)
            1 or -1: coordinates, each nearly an image, whose phase is turned over.

        Returns
        -------
        ndarray of float64, shape (n_draw, n_window)

        Notes
        -----
        The largest of the likelihood ratios of y (S0 + a C) to y S0 over the courses C and some
        amplitudes a, the factor y estimated under each: in coordinates in which S0 is the identity
        of n dimensions and e_i are the eigenvalues of C, twice its logarithm is n log(|z|^2 /
        sum_i z_i^2 / (1 + a e_i)) - sum_i log(1 + a e_i).
        """
        return np.stack([self._ratios_of(one) for one in signs])

    def _ratios_of(self, signs: Float64) -> Float64:
        n_window, n_dimension = self.moments.shape[:2]
        every = signs[:, None] * np.hstack(self.axes)
        products = self.moments.reshape(-1, n_dimension) @ every
        squares = np.einsum("wia,ia->wa", products.reshape(n_window, n_dimension, -1), every)
        whole, first = np.trace(self.moments, axis1=1, axis2=2), 0
        best = np.full(n_window, -np.inf)
        for size in self.sizes:
            shrunk = 1 / (1 + np.multiply.outer(np.asarray(_AMPLITUDES), size))
            fitted = whole[:, None] - squares[:, first : first + size.size] @ (1 - shrunk).T
            ratios = n_dimension * np.log(whole[:, None] / fitted) + np.log(shrunk).sum(axis=1)
            best = np.maximum(best, ratios.max(axis=1))
            first += size.size
        return best


def _whitener(noise: Float64) -> Float64:
    """Give coordinates in which noise that lacks lines is white, each nearly that of one image.

    As many images as the noise lacks dimensions have no coordinate of their own (Theil, 1965, J.
    Am. Stat. Assoc. 60, 1067-1079: best linear unbiased residuals with scalar covariance).
    """
    values, vectors = np.linalg.eigh(noise)
    is_known = values > _LEAST_EIGENVALUE * values[-1]
    vectors = vectors[:, is_known]
    n_column, n_dimension = vectors.shape
    without = np.linspace(0, n_column - 1, n_column - n_dimension + 2)[1:-1].round().astype(int)
    has_own = np.ones(n_column, dtype=bool)
    has_own[without] = False
    left, _, right = np.linalg.svd(vectors[has_own].T)
    return np.asarray((left @ right).T @ (vectors / np.sqrt(values[is_known])).T)


def _axes(course: Float64) -> tuple[Float64, Float64]:
    """Give eigenvectors and eigenvalues of a course, those on the mean 1."""
    sizes, vectors = np.linalg.eigh(course)
    sizes = np.maximum(sizes, 0) * sizes.size / sizes.sum()
    is_seen = sizes > _LEAST_SIZE
    return vectors[:, is_seen], sizes[is_seen]
