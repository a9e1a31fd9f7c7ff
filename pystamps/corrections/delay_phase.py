"""From delays of images to tropospheric phase of interferograms."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from pystamps.arrays import Array, Bool, Float32, Float64, Index
from pystamps.interferograms import Interferograms
from pystamps.rows import Matrix, made_from


@dataclass(frozen=True, slots=True)
class TroposphericPhase:
    """What a method makes.

    Attributes
    ----------
    phase : Matrix of float, shape (n_ps, n_ifg)
        rad, to be subtracted; 0 where nothing is known, as TRAIN leaves it.
    parts : dict of str to Matrix
        The same of parts of the delay, by the ending that ``tca2.mat`` gives them (``_wet``).
    uncorrected : ndarray of int64
        Interferograms of which no delay is known.
    details : str
        One line for people.
    others : dict of str to array
        Further variables of ``tca2.mat`` by their names.
    """

    phase: Matrix
    parts: Mapping[str, Matrix]
    uncorrected: Index
    details: str = ""
    others: Mapping[str, Array] = field(default_factory=dict)


def interferogram_delay_phase(
    delays: Float64, stack: Interferograms, *, wavelength: float
) -> Matrix:
    """Give the phase that delays of the images leave in the interferograms.

    Parameters
    ----------
    delays : ndarray of float64, shape (n_ps, n_image)
        m along the line of sight, one way, positive = longer path. Images whose delays are all NaN
        are not known.
    stack : Interferograms
    wavelength : float
        Of the radar, m.

    Returns
    -------
    Matrix of float32, shape (n_ps, n_ifg)
        rad; 0 where the delay of one of the two images is not known.

    Notes
    -----
    A longer path is a phase of ``4 pi / lambda`` times its length, as in the unwrapped phase of
    StaMPS (positive = away from the satellite); an interferogram is the second image minus the
    first. TRAIN writes the same as ``phi(master) - phi(slave)`` with ``phi = -4 pi / lambda * d``.
    """
    factor = 4 * math.pi / wavelength
    known = ~without_delay(delays, stack)

    def give(rows: slice) -> Float32:
        change = delays[rows][:, stack.second] - delays[rows][:, stack.first]
        return np.asarray(np.where(known, factor * change, 0.0), dtype=np.float32)

    return made_from((delays,), (len(delays), stack.n_ifg), np.float32, give)


def without_delay(delays: Float64, stack: Interferograms) -> Bool:
    """Tell of which interferograms the delay of an image is not known; never the null column.

    Parameters
    ----------
    delays : ndarray of float64, shape (n_ps, n_image)
        NaN in the whole column of an image that is not known.
    stack : Interferograms

    Returns
    -------
    ndarray of bool, shape (n_ifg,)
    """
    if not len(delays):
        return np.zeros(stack.n_ifg, dtype=np.bool_)
    is_missing = np.asarray(np.isnan(delays).all(axis=0))
    return np.asarray((is_missing[stack.first] | is_missing[stack.second]) & ~stack.is_null)
