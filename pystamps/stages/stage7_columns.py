"""Stage 7: which columns the look-angle error is fitted to: images, or pairs of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pystamps.arrays import Float32, Float64, FloatArray, Index
from pystamps.errors import ParameterError
from pystamps.model import Interferograms, Pixels, UsedInterferograms
from pystamps.parameters import Parameters
from pystamps.rows import Matrix, made_from
from pystamps.stages.least_squares import solution_rows

_FEWEST = 3


@dataclass(frozen=True, slots=True)
class SclaInput:
    """What the estimate needs; columns are images relative to the reference image, or pairs.

    Attributes
    ----------
    pixels : Pixels
    ph_uw : Matrix of float32, (n_ps, n_column), unwrapped phase in rad, 0 in the null column
    bperp : Matrix of float32 or float64, (n_ps, n_column), m, 0 in the null column
    ifg_std_deg : float32, (n_column,) or None, noise of the interferograms of a single reference
        image; None = all equal
    deramp_degree : float, surface that ``scla_deramp`` removes
    images : int64, (n,) or None, small baselines: images that have phase; the columns are images
        then (``phuw2``), None = they are the interferograms of ``pixels``
    covariance : float64, (n_column, n_column) or None, noise of the columns of small baselines in
        rad^2; None = all equal
    """

    pixels: Pixels
    ph_uw: Matrix
    bperp: Matrix
    ifg_std_deg: Float32 | None = None
    deramp_degree: float = 1.0
    images: Index | None = None
    covariance: Float64 | None = None

    @property
    def columns(self) -> Interferograms:
        """What the columns combine."""
        if self.images is None:
            return self.pixels.interferograms
        return self.pixels.interferograms.of_images()

    def used(self, parameters: Parameters) -> UsedInterferograms:
        """Give the columns of the estimate.

        The null column of a single reference image stays in: the columns are a series of images
        relative to the reference image, and that is 0 there. So a difference of neighbouring
        columns is the interferogram of two images that follow each other, that of the reference
        image and the one before it included. Of small baselines StaMPS leaves it out.

        Raises
        ------
        ParameterError
            A number of the lists does not exist, or fewer than three columns are left.
        """
        columns = self.columns
        if self.images is not None:
            name, listed = "scla_drop_index", parameters.scla_drop_index
            missing = np.setdiff1d(np.arange(columns.n_image), self.images)
            used = columns.used(()).without(missing).without(np.flatnonzero(columns.is_null))
        else:
            name, listed = _drop_list(columns, parameters)
            used = columns.used(parameters.drop_ifg_index)
        used = used.without(columns.numbered(listed, name=name))
        if used.with_null.size < _FEWEST:
            what = "images" if columns.has_null_column else "interferograms"
            raise ParameterError(
                f"drop_ifg_index and {name} leave {used.with_null.size} of {columns.n_ifg} "
                f"{what}, the look-angle error needs {_FEWEST}; drop fewer"
            )
        return used


def _drop_list(columns: Interferograms, parameters: Parameters) -> tuple[str, tuple[int, ...]]:
    """Give name and numbers of the list of what the estimate leaves out."""
    if columns.has_null_column:
        return "scla_drop_index", parameters.scla_drop_index
    return "sb_scla_drop_index", parameters.sb_scla_drop_index


@dataclass(frozen=True, slots=True)
class SlopeObservations:
    """What the slope is fitted to.

    Attributes
    ----------
    columns : int64, (n_used,)
    reference : float64, (n_column,), phase of the reference area, rad
    is_differenced : bool
        Differences of consecutive columns; else the columns themselves.
    """

    columns: Index
    reference: Float64
    is_differenced: bool

    def of(self, ph: FloatArray) -> Float64:
        """Give the observations of some pixels, (n, n_observation), rad."""
        values = ph[:, self.columns].astype(np.float64) - self.reference[self.columns]
        return np.diff(values, axis=1) if self.is_differenced else values

    def weights_of_columns(self, weights: Float64) -> Float64:
        """Turn weights of the observations into weights of the columns, (n_used,)."""
        return -np.diff(weights, prepend=0.0, append=0.0) if self.is_differenced else weights


def image_baselines(
    interferograms: Interferograms, pair_bperp: Matrix, images: Index | None = None
) -> Matrix:
    """Give the baselines of the images relative to the reference image, of every pixel.

    Parameters
    ----------
    interferograms : Interferograms
        Of small baselines.
    pair_bperp : Matrix of float, shape (n_ps, n_ifg)
        m, of all pairs.
    images : ndarray of int64, optional
        Images that are solved for, without the reference image; all when omitted. The others get 0
        and stay in the pairs that they are part of, as in StaMPS.

    Returns
    -------
    Matrix of float32, shape (n_ps, n_image), as far in memory as ``pair_bperp``

    Notes
    -----
    Least squares of all pairs, dropped ones included, as in ``ps_calc_scla``.
    """
    others = interferograms.of_images().observed
    images = others if images is None else np.intersect1d(images, others)
    rows = np.zeros((interferograms.n_image, interferograms.n_ifg))
    rows[images] = solution_rows(interferograms.design()[:, images])

    def give(block: slice) -> Float32:
        return np.asarray((pair_bperp[block].astype(np.float64) @ rows.T).astype(np.float32))

    shape = (len(pair_bperp), interferograms.n_image)
    return made_from((pair_bperp,), shape, np.float32, give)
