"""Which two images every interferogram combines, and how its columns are counted.

Phase grows with range: an interferogram holds the phase of its second image minus that of its
first, so that ``design() @ phase_of_images = phase_of_interferograms`` with -1 at the first and
+1 at the second image.

Single master
    Column k combines the reference image (StaMPS: master) with image k. So columns and images have
    one numbering, and with the phase of the reference image set to 0 the columns are the series of
    the images. Column ``reference_ix`` combines the reference image with itself: the *null column*,
    an interferogram of which nothing is observed.
Small baselines
    Column k combines two images of its own. No column is null.

Files of StaMPS hold the null column or they do not:

================================================  =====================================
ps (bperp), ph, rc, ifgstd, phuw, scla, scn       with the null column
bp (bperp_mat), pm and select (ph_patch, ph_res)  without
uw_grid, uw_space_time, uw_phaseuw                without, and without what is dropped
================================================  =====================================

Numbers that people give (``drop_ifg_index``) count from 1 and count the null column.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any, TypeVar, overload

import numpy as np
import numpy.typing as npt

from pystamps.arrays import Array, Bool, Float64, FloatArray, Index
from pystamps.dates import yyyymmdd
from pystamps.errors import ArtifactError, ParameterError
from pystamps.rows import Matrix, Rows

Number = TypeVar("Number", bound=np.number[Any])


@dataclass(frozen=True, slots=True)
class InterferogramName:
    """Name of an interferogram for people and files.

    Attributes
    ----------
    number : int
        1-based, the null column counted.
    date : str
        YYYYMMDD of the second image; of small baselines, those of both images.
    """

    number: int
    date: str

    def __str__(self) -> str:
        """Give number and date."""
        return f"interferogram {self.number} ({self.date})"


@dataclass(frozen=True, slots=True)
class Interferograms:
    """The interferograms of a stack; made by :meth:`single_master` or :meth:`small_baselines`.

    Attributes
    ----------
    first, second : int64, (n_ifg,), 0-based images that each column combines
    bperp : float32 or float64, (n_ifg,), perpendicular baseline of each column in m
    day : float64, (n_image,), MATLAB date numbers, ascending
    reference_ix : int, image whose phase is 0 by definition
    """

    first: Index
    second: Index
    bperp: FloatArray
    day: Float64
    reference_ix: int

    @classmethod
    def single_master(cls, day: Float64, bperp: FloatArray, reference_ix: int) -> Interferograms:
        """Combine the reference image with every image, itself included.

        Parameters
        ----------
        day, bperp : ndarray of float, shape (n_image,)
            Date numbers, and baselines in m: 0 at the reference image.
        reference_ix : int

        Raises
        ------
        ArtifactError
            There is no such image, or there are not as many dates as baselines.
        """
        if day.size != bperp.size or not 0 <= reference_ix < bperp.size:
            raise ArtifactError(
                f"master_ix: {reference_ix + 1}, with {day.size} dates (day) and {bperp.size} "
                "baselines (bperp); expected one of the images, with a date and a baseline each; "
                "run stage1_load again"
            )
        second = np.arange(bperp.size, dtype=np.int64)
        return cls(np.full_like(second, reference_ix), second, bperp, day, reference_ix)

    @classmethod
    def of_secondary_images(
        cls, day: Float64, bperp: FloatArray, reference_day: float
    ) -> Interferograms:
        """Put the reference image among secondary images, whose days ascend: (n_observed,)."""
        at = int(np.searchsorted(day, reference_day))
        return cls.single_master(np.insert(day, at, reference_day), np.insert(bperp, at, 0), at)

    @classmethod
    def small_baselines(
        cls, pairs: Index, *, day: Float64, bperp: FloatArray, reference_ix: int
    ) -> Interferograms:
        """Combine the two images of every pair.

        Parameters
        ----------
        pairs : ndarray of int64, shape (n_ifg, 2)
            0-based first and second image (StaMPS ``ifgday_ix``).
        day : ndarray of float64, shape (n_image,)
        bperp : ndarray of float, shape (n_ifg,)
            m, of the second image relative to the first.
        reference_ix : int
            Image to which a series of the images will be relative (StaMPS ``master_ix``).

        Raises
        ------
        ArtifactError
            A pair names an image that does not exist, or one image twice.
        """
        _check_pairs(pairs, day.size, bperp.size)
        return cls(pairs[:, 0], pairs[:, 1], bperp, day, reference_ix)

    def paired(self, pairs: Index, bperp: FloatArray) -> Interferograms:
        """Combine the images otherwise: pairs and baselines as for :meth:`small_baselines`."""
        return Interferograms.small_baselines(
            pairs, day=self.day, bperp=bperp, reference_ix=self.reference_ix
        )

    def of_images(self) -> Interferograms:
        """Combine the reference image with every image: the columns of a series of the images.

        Of a single reference image the interferograms themselves. The baselines of the images of
        small baselines follow from those of the pairs by least squares.
        """
        if self.has_null_column:
            return self
        others = np.delete(np.arange(self.n_image), self.reference_ix)
        bperp = np.zeros(self.n_image)
        bperp[others] = np.linalg.lstsq(self.design()[:, others], self.bperp, rcond=None)[0]
        return Interferograms.single_master(self.day, bperp, self.reference_ix)

    @property
    def n_ifg(self) -> int:
        """Number of columns, the null column counted."""
        return self.first.size

    @property
    def n_image(self) -> int:
        """Number of images."""
        return self.day.size

    @property
    def n_observed(self) -> int:
        """Number of columns without the null column."""
        return self.observed.size

    @property
    def is_null(self) -> Bool:
        """Tell which column is the null column: (n_ifg,)."""
        return np.asarray(self.first == self.second)

    @property
    def has_null_column(self) -> bool:
        """Tell whether a column holds the reference image with itself; none of small baselines."""
        return bool(self.is_null.any())

    @property
    def is_single_master(self) -> bool:
        """Tell whether the reference image is the first of every column."""
        return bool((self.first == self.reference_ix).all())

    @property
    def shares_first_image(self) -> bool:
        """Tell whether all columns have one first image, whichever it is."""
        return bool((self.first == self.first[:1]).all())

    @property
    def null_columns(self) -> slice:
        """The null column as a slice; a slice of nothing for small baselines."""
        return _as_slice(self.is_null)

    @property
    def observed(self) -> Index:
        """Columns without the null column, of arrays that hold it."""
        return np.flatnonzero(~self.is_null)

    @property
    def observed_bperp(self) -> FloatArray:
        """Baselines without the null column: (n_observed,), m."""
        return self.bperp[self.observed]

    @property
    def pairs(self) -> Index:
        """First and second image of every column: (n_ifg, 2)."""
        return np.column_stack([self.first, self.second])

    @property
    def is_reference_image(self) -> Bool:
        """Tell which image is the reference image: (n_image,)."""
        return np.asarray(np.arange(self.n_image) == self.reference_ix)

    @property
    def second_day(self) -> Float64:
        """Date number of the second image of every column: (n_ifg,)."""
        return np.asarray(self.day[self.second])

    @property
    def reference_day(self) -> float:
        """Date number of the reference image."""
        return float(self.day[self.reference_ix])

    @property
    def temporal_baseline(self) -> Float64:
        """Days from the first to the second image of every column: (n_ifg,)."""
        return np.asarray(self.second_day - self.day[self.first])

    def design(self) -> Float64:
        """Give the matrix that turns phases of images into those of interferograms (StaMPS: G).

        Returns
        -------
        ndarray of float64, shape (n_ifg, n_image)
            -1 at the first and +1 at the second image; the row of the null column is 0.
        """
        design, rows = np.zeros((self.n_ifg, self.n_image)), np.arange(self.n_ifg)
        design[rows, self.first] -= 1
        design[rows, self.second] += 1
        return design

    def used(self, drop: Iterable[int], *, name: str = "drop_ifg_index") -> UsedInterferograms:
        """Leave out interferograms.

        Parameters
        ----------
        drop : iterable of int, 1-based numbers
        name : str, parameter to blame

        Raises
        ------
        ParameterError
            A number does not exist, or nothing is left.

        Notes
        -----
        The null column may be left out like any other, as in StaMPS. What has no use for it anyway
        (stages 3 and 6, products) gives the same then.
        """
        everything = UsedInterferograms(np.ones(self.n_ifg, dtype=np.bool_), self.is_null)
        used = everything.without(self.numbered(drop, name=name))
        if self.n_observed and not used.observed.size:
            raise ParameterError(
                f"{name}: all {self.n_observed} interferograms are dropped; keep some"
            )
        return used

    def numbered(self, numbers: Iterable[int], *, name: str) -> Index:
        """Give the columns of 1-based numbers, ascending, each once.

        Raises
        ------
        ParameterError
            A number does not exist.
        """
        # not by np.unique, which imports numpy.ma
        columns = np.array(sorted({*numbers}), dtype=np.int64) - 1
        wrong = columns[(columns < 0) | (columns >= self.n_ifg)] + 1
        if wrong.size:
            counted = ", the reference image counted" if self.has_null_column else ""
            raise ParameterError(
                f"{name}: {', '.join(map(str, wrong))} does not exist; this data set has "
                f"interferograms 1 to {self.n_ifg}{counted}"
            )
        return columns

    @overload
    def with_null_column(self, values: npt.NDArray[Number], fill: float) -> npt.NDArray[Number]: ...
    @overload
    def with_null_column(self, values: Matrix, fill: float) -> Matrix: ...
    def with_null_column(self, values: Matrix, fill: float) -> Matrix:
        """Put the null column in: the last axis grows from n_observed to n_ifg.

        Parameters
        ----------
        values : Matrix, last axis n_observed
        fill : float, value of the null column

        Returns
        -------
        Matrix
            As far in memory as the values, of their class; they themselves for small baselines.
        """
        _check_columns(values, self.n_observed)
        if not self.has_null_column:
            return values
        at = self.null_columns.start
        return _each_row(values, self.n_ifg, lambda rows: np.insert(rows, at, fill, axis=-1))

    @overload
    def without_null_column(self, values: npt.NDArray[Number]) -> npt.NDArray[Number]: ...
    @overload
    def without_null_column(self, values: Matrix) -> Matrix: ...
    def without_null_column(self, values: Matrix) -> Matrix:
        """Take the null column out: the last axis shrinks from n_ifg to n_observed.

        Parameters and result as for :meth:`with_null_column`.
        """
        _check_columns(values, self.n_ifg)
        if not self.has_null_column:
            return values
        at = self.null_columns.start
        return _each_row(values, self.n_observed, lambda rows: np.delete(rows, at, axis=-1))

    def name_of(self, column: int) -> InterferogramName:
        """Give the name of a column of arrays that hold the null column."""
        images = [self.second] if self.is_single_master else [self.first, self.second]
        date = "_".join(yyyymmdd(self.day[image[column]]) for image in images)
        return InterferogramName(int(column) + 1, date)

    def name_of_image(self, image: int) -> str:
        """Give the date of an image for people: YYYYMMDD."""
        return yyyymmdd(self.day[image])

    @property
    def name_of_reference(self) -> str:
        """Date of the reference image for people: YYYYMMDD."""
        return self.name_of_image(self.reference_ix)

    def of_columns(self, columns: Index) -> Interferograms:
        """Give some of the interferograms; the images stay."""
        first, second, bperp = self.first[columns], self.second[columns], self.bperp[columns]
        return replace(self, first=first, second=second, bperp=bperp)

    def in_all_columns(self, values: npt.NDArray[Number], columns: Index) -> npt.NDArray[Number]:
        """Put values of some columns (last axis) at their places among all, 0 elsewhere."""
        spread = np.zeros((*values.shape[:-1], self.n_ifg), dtype=values.dtype)
        spread[..., columns] = values
        return spread


@dataclass(frozen=True, slots=True)
class UsedInterferograms:
    """Columns that are not left out; columns are 0-based and ascending.

    Attributes
    ----------
    is_used : bool, (n_ifg,)
    is_null : bool, (n_ifg,), the null column
    """

    is_used: Bool
    is_null: Bool

    @property
    def with_null(self) -> Index:
        """Columns of arrays that hold the null column, null column included."""
        return np.flatnonzero(self.is_used)

    @property
    def observed(self) -> Index:
        """Columns of the same arrays, without the null column."""
        return np.flatnonzero(self.is_used & ~self.is_null)

    @property
    def without_null(self) -> Index:
        """Columns of arrays that lack the null column, in the order of ``observed``."""
        return np.flatnonzero(self.is_used[~self.is_null])

    @property
    def not_observed(self) -> Index:
        """Columns of the same arrays that are left out, and the null column."""
        return np.flatnonzero(~self.is_used | self.is_null)

    @property
    def null_columns(self) -> slice:
        """Place of the null column among ``with_null``; of nothing where it is not there."""
        return _as_slice(self.is_null[self.is_used])

    @property
    def is_null_dropped(self) -> bool:
        """Whether there is a null column, and it is left out."""
        return bool((self.is_null & ~self.is_used).any())

    def null_columns_of_stamps(self) -> slice:
        """Give the place among ``with_null`` where StaMPS looks for the null column in stage 8.

        That is its place among all columns, so that a later image takes it where an earlier one or
        the null column itself is left out. Where it is beyond the end, StaMPS stops; the place of
        the null column is given then.

        Raises
        ------
        ParameterError
            StaMPS stops, and the null column is left out.
        """
        everywhere = _as_slice(self.is_null)
        if everywhere.stop <= np.count_nonzero(self.is_used):
            return everywhere
        if self.is_null_dropped:
            raise ParameterError(
                f"drop_ifg_index: {everywhere.stop} is the reference image, and no later image is "
                "left: the filter in time of StaMPS stops there (stage 8); take it off the list, "
                "or set compat.scn_full_list_master_position to false"
            )
        return self.null_columns

    def places_of(self, columns: Index) -> Index:
        """Give the places among ``with_null`` of those of some columns that are used."""
        place = np.cumsum(self.is_used) - 1
        return np.asarray(place[columns[self.is_used[columns]]])

    def without(self, columns: Index) -> UsedInterferograms:
        """Leave out more columns of arrays that hold the null column."""
        is_used = self.is_used.copy()
        is_used[columns] = False
        return replace(self, is_used=is_used)


def _each_row(values: Matrix, n_column: int, change: Callable[[Matrix], Array]) -> Matrix:
    """Change the columns of an array, or of every block of rows when it is read."""
    if not isinstance(values, Rows):
        return change(values)
    return Rows((len(values), n_column), values.dtype, lambda rows: change(values[rows]))


def _as_slice(is_null: Bool) -> slice:
    """Give the place of the one True as a slice; a slice of nothing where there is none."""
    at = int(np.argmax(is_null)) if is_null.any() else 0
    return slice(at, at + int(is_null.any()))


def _check_columns(values: Matrix, expected: int) -> None:
    """Refuse values whose null column is in already, or out already: a mistake of the caller."""
    if values.shape[-1] != expected:
        raise ValueError(f"{values.shape[-1]} columns, expected {expected}")


def _check_pairs(pairs: Index, n_image: int, n_bperp: int) -> None:
    """Refuse pairs that are no interferograms of the images."""
    if pairs.shape != (n_bperp, 2):
        raise ArtifactError(
            f"ifgday_ix: {pairs.shape[0]} pairs of images and {n_bperp} baselines (bperp); "
            "run stage1_load again"
        )
    wrong = (pairs < 0).any(axis=1) | (pairs >= n_image).any(axis=1) | (pairs[:, 0] == pairs[:, 1])
    if wrong.any():
        number = int(np.argmax(wrong))
        first, second = pairs[number] + 1
        raise ArtifactError(
            f"ifgday_ix: interferogram {number + 1} combines images {first} and {second}, "
            f"expected two different ones of 1 to {n_image}; run stage1_load again"
        )
