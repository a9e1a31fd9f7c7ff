"""Which interferograms a stage uses, and how their columns are counted.

Signatures::

    used_interferograms(n_ifg, drop_ifg_index, *, master_ix, name=...) -> UsedInterferograms
        .with_master      columns of arrays that hold the reference image, reference included
        .secondary        columns of the same arrays without the reference image
        .without_master   columns of arrays that lack the reference image (bperp_mat, ph_patch)
    listed_columns(numbers, n_ifg, *, name) -> columns of 1-based numbers, sorted, each once

All columns are 0-based int64 arrays in ascending order. ``drop_ifg_index`` keeps the 1-based
numbers of StaMPS, in which the reference image (StaMPS: master) is counted.

=====  ==========================================  ====================
stage  array                                       columns
=====  ==========================================  ====================
3      pm1, select1 (``ifg_index``)                ``without_master``
4      ph1 (``ifg_index`` of weed1)                ``with_master``
6      rc2, phuw2                                  ``secondary``
7      phuw2: observations, reference is zero      ``with_master``
8      phuw2, scla2                                ``with_master``
=====  ==========================================  ====================
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pystamps.errors import ParameterError


@dataclass(frozen=True, slots=True)
class UsedInterferograms:
    """Columns that are not dropped, see the top of the module.

    Attributes
    ----------
    with_master : int64, (n,)
    secondary : int64, (n,) or (n - 1,)
    without_master : int64, as ``secondary``
    """

    with_master: NDArray[np.int64]
    secondary: NDArray[np.int64]
    without_master: NDArray[np.int64]


def used_interferograms(
    n_ifg: int, drop_ifg_index: Iterable[int], *, master_ix: int, name: str = "drop_ifg_index"
) -> UsedInterferograms:
    """Give the columns of the interferograms that are left after dropping (single master).

    Parameters
    ----------
    n_ifg : int
        Number of interferograms, the null one of the reference image counted.
    drop_ifg_index : iterable of int
        1-based numbers.
    master_ix : int
        0-based column of the reference image.
    name : str
        Parameter to blame.

    Raises
    ------
    ParameterError
        A number is outside 1..n_ifg, is the reference image, or nothing is left.
    """
    dropped = listed_columns(drop_ifg_index, n_ifg, name=name)
    if master_ix in dropped:
        raise ParameterError(
            f"{name}: {master_ix + 1} is the reference image, which cannot be dropped; "
            "take it off the list"
        )
    with_master = np.setdiff1d(np.arange(n_ifg, dtype=np.int64), dropped)
    secondary = with_master[with_master != master_ix]
    if n_ifg > 1 and secondary.size == 0:
        raise ParameterError(f"{name}: all {n_ifg - 1} interferograms are dropped; keep some")
    return UsedInterferograms(with_master, secondary, secondary - (secondary > master_ix))


def listed_columns(numbers: Iterable[int], n_ifg: int, *, name: str) -> NDArray[np.int64]:
    """Give the 0-based columns of 1-based interferogram numbers, ascending, each once.

    Raises
    ------
    ParameterError
        A number is outside 1..n_ifg.
    """
    columns = np.unique(np.fromiter(numbers, dtype=np.int64)) - 1
    wrong = columns[(columns < 0) | (columns >= n_ifg)] + 1
    if wrong.size:
        raise ParameterError(
            f"{name}: {', '.join(map(str, wrong))} does not exist; this data set has "
            f"interferograms 1 to {n_ifg}, the reference image counted"
        )
    return columns
