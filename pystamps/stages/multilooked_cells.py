"""Multilooked cells in place of candidates: which are coherent enough, where they lie, their order.

A cell is the mean of a block of samples. Cells whose interferograms are coherent are pixels at
once, without the phase analysis of stages 2 to 4. Flat indices of cells run along the columns of
the image, as MATLAB counts them: pixels of one place keep that order.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pystamps.arrays import Bool, Complex64, Float32, Float64, FloatArray, Index
from pystamps.errors import NothingLeftError
from pystamps.geo import local_coordinates, local_origin, sorted_by_y


@dataclass(frozen=True, slots=True)
class CellSize:
    """How many samples a cell takes in.

    Attributes
    ----------
    looks : int, samples along range
    aspect_ratio : int, lines along azimuth for each of them
    """

    looks: int
    aspect_ratio: int

    @property
    def lines(self) -> int:
        """Lines of a cell."""
        return self.looks * self.aspect_ratio

    def places(self, cells: Index, n_line: int, *, numbers: Index) -> Float64:
        """Give number, line and sample of cells as StaMPS does: (n, 3), middle of the cell.

        Parameters
        ----------
        cells : ndarray of int64, shape (n,)
            Flat indices along the columns.
        n_line : int
            Lines of cells.
        numbers : ndarray of int64, shape (n,)
            1-based numbers of the pixels.
        """
        sample, line = np.divmod(cells, n_line)
        # half of a cell is rounded up; MATLAB counts cells from 1
        middle_line, middle_sample = (self.lines + 1) // 2, (self.looks + 1) // 2
        lines = (line + 1) * self.lines - middle_line
        samples = (sample + 1) * self.looks - middle_sample
        return np.column_stack([numbers, lines, samples]).astype(np.float64)


@dataclass(frozen=True, slots=True)
class PlacedCells:
    """Selected cells in the order of the pixels.

    Attributes
    ----------
    cells : int64, (n_ps,), flat indices along the columns of the image
    shown_at : int64, (n_ps,), those that line and sample are taken from
    lonlat : float64, (n_ps, 2), degrees
    xy : float32, (n_ps, 2), local coordinates in m
    ll0 : float64, (2,), origin of the local projection in degrees
    n_no_place, n_same_place : int
        Cells left out: without a position, or less coherent than another one at its place.
    """

    cells: Index
    shown_at: Index
    lonlat: Float64
    xy: Float32
    ll0: Float64
    n_no_place: int
    n_same_place: int


def is_coherent(coherence: Float32, threshold: float) -> Bool:
    """Tell which cells reach a threshold; compared in single precision, as MATLAB does."""
    return np.asarray(coherence >= np.float32(threshold))


def cells_coherent_enough(counts: Index, n_ifg: int, fraction: float) -> Index:
    """Give the cells that are coherent in a fraction of the interferograms.

    Parameters
    ----------
    counts : ndarray of int64, shape (lines, samples)
        Interferograms in which each cell is coherent.
    n_ifg : int
    fraction : float
        0 to 1.

    Returns
    -------
    ndarray of int64, shape (n,)
        Flat indices along the columns.

    Raises
    ------
    NothingLeftError
        There is no such cell.
    """
    cells = np.flatnonzero((counts >= n_ifg * fraction).ravel(order="F")).astype(np.int64)
    if not cells.size:
        raise NothingLeftError(
            f"no cell is coherent in {fraction:g} of the {n_ifg} interferograms (the best one is "
            f"in {int(counts.max(initial=0))} of them); lower the coherence or the fraction"
        )
    return cells


def place_cells(
    cells: Index, counts: Index, lonlat: FloatArray, heading_deg: float, *, with_own_places: bool
) -> PlacedCells:
    """Drop cells that lie where a more coherent one does, and bring the others in order.

    Parameters
    ----------
    cells : ndarray of int64, shape (n,)
    counts : ndarray of int64, shape (n,)
        Interferograms in which each of them is coherent.
    lonlat : ndarray of float32 or float64, shape (n, 2)
        Degrees. The origin is computed in the class of the positions, as StaMPS does.
    heading_deg : float
    with_own_places : bool
        Take line and sample of a pixel from its own cell. StaMPS does not shift their list where it
        drops a duplicate, so that all pixels behind one have those of other cells.

    Notes
    -----
    StaMPS routine ``mt_ml_select``, which keeps positions that are not numbers; stage 6 stops on
    them.
    """
    placed = np.flatnonzero(np.isfinite(lonlat).all(axis=1))
    new = placed[most_coherent_of_place(lonlat[placed], counts[placed])]
    if not new.size:
        raise NothingLeftError(
            f"none of the {cells.size} coherent cells has a longitude and a latitude; look at lon "
            "and lat of the data set"
        )
    positions = lonlat[new].astype(np.float64)
    ll0 = local_origin(positions).astype(lonlat.dtype).astype(np.float64)
    order, xy = sorted_by_y(local_coordinates(positions, ll0, heading_deg))
    rows = new[order]
    return PlacedCells(
        cells=cells[rows],
        shown_at=cells[rows] if with_own_places else cells[placed][order],
        lonlat=lonlat[rows].astype(np.float64),
        xy=xy,
        ll0=ll0,
        n_no_place=cells.size - placed.size,
        n_same_place=placed.size - new.size,
    )


def most_coherent_of_place(lonlat: FloatArray, counts: Index) -> Index:
    """Give the rows that stay, ascending: of each position the one with most; of equals the first.

    Parameters
    ----------
    lonlat : ndarray of float, shape (n, 2)
    counts : ndarray of int64, shape (n,)
    """
    _, place = np.unique(lonlat, axis=0, return_inverse=True)
    place = place.ravel()
    order = np.lexsort((-counts, place))  # stable: of equals the first
    first = np.ones(order.size, dtype=np.bool_)
    first[1:] = place[order][1:] != place[order][:-1]
    return np.sort(order[first]).astype(np.int64)


def mean_of_cells(block: FloatArray, n_sample: int, looks: int) -> Float32:
    """Average lines of the full image to one line of cells: float32, (n_sample,).

    Parameters
    ----------
    block : ndarray of float, shape (lines, width)
    n_sample : int
        Cells along range; samples behind the last whole one do not count.
    looks : int

    Notes
    -----
    Added in double precision; the original adds in single, which for a longitude of 100 degrees and
    80 samples is wrong by up to a metre.
    """
    whole = block[:, : n_sample * looks].astype(np.float64)
    means = whole.reshape(len(block), n_sample, looks).mean(axis=(0, 2))
    return np.asarray(means, dtype=np.float32)


def has_phase(phase: Complex64) -> Bool:
    """Tell which pixels have a phase in every interferogram: (n_ps,)."""
    return np.asarray((np.isfinite(phase) & (phase != 0)).all(axis=1))
