"""Gaussian low-pass filter in space on scattered pixels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from pystamps_kernels.choice import AUTO, KernelChoice, implementation, resident
from pystamps_kernels.device import gpu

Bool = npt.NDArray[np.bool_]
Float32 = npt.NDArray[np.float32]
Float64 = npt.NDArray[np.float64]
FloatArray = npt.NDArray[np.floating[Any]]
Index = npt.NDArray[np.int64]

RADIUS = 4
"""Radius of the filter in wavelengths; the weight there is exp(-8)."""


@dataclass(frozen=True, slots=True)
class Neighbourhoods:
    """Sources and targets sorted by square cells whose side is the radius of the filter.

    Attributes
    ----------
    source_ix : int64, (n_source,): sources in the order of their cells
    target_ix : int64, (n_ps,): targets in the order of their cells
    cell_of_target : int64, (n_ps,): position of the cell of each sorted target in ``first``
    first, last : int64, (n_cell, 3): sorted sources ``first[c, r] : last[c, r]`` fill the three
        cells around cell c in row r - 1, r, r + 1; a radius around c reaches nothing else
    """

    source_ix: Index
    target_ix: Index
    cell_of_target: Index
    first: Index
    last: Index


def stage8_spatial_filter(
    xy: FloatArray,
    values: Float32,
    *,
    wavelength: float,
    is_source: Bool | None = None,
    choice: KernelChoice = AUTO,
) -> Float64:
    """Give the Gaussian mean of the values around each pixel, unit of ``values``.

    Parameters
    ----------
    xy : ndarray of float, shape (n_ps, 2)
        Local coordinates in m, used in single precision; any order.
    values : ndarray of float32, shape (n_ps, n_column)
    wavelength : float
        Standard deviation L of the Gaussian in m. Pixels nearer than 4 L take part, the pixel
        itself included.
    is_source : ndarray of bool, shape (n_ps,), optional
        Pixels whose values count; all when omitted.
    choice : KernelChoice

    Returns
    -------
    ndarray of float64, shape (n_ps, n_column)
        NaN where no source is in reach. The sum runs over cells in a fixed order: it does not
        depend on the number of threads.

    Notes
    -----
    StaMPS routine ``ps_scn_filt``, which finds the neighbours with a moving window over pixels
    sorted by y. Hooper et al. (2007), J. Geophys. Res. 112, B07407. At pixel i,

        mean = sum_j w_j value_j / sum_j w_j,   w_j = exp(-r_ij**2 / (2 L**2)),   r_ij < 4 L,

    with the squared distance in single, which decides who is in reach, and the rest in double.
    """
    if xy.shape != (values.shape[0], 2):
        raise ValueError(f"{xy.shape=} does not fit {values.shape=}")
    if not wavelength > 0:
        raise ValueError(f"{wavelength=} must be positive")
    if is_source is not None and is_source.shape != values.shape[:1]:
        raise ValueError(f"{is_source.shape=} does not fit {values.shape=}")
    xy = gpu.contiguous(gpu.to_host(xy), np.float32)
    sources = np.arange(len(xy)) if is_source is None else np.flatnonzero(gpu.to_host(is_source))
    near = neighbourhoods(xy, sources, side=RADIUS * wavelength)
    smooth = implementation("stage8_spatial_filter", choice, size=values.size)
    source_ix, target_ix = near.source_ix, near.target_ix
    is_sent = not gpu.is_on_device(values) and resident(
        choice, ("stage8_spatial_filter",), values.size, 32 * values.size
    )
    if is_sent:  # the device also sorts: random access costs the host more than the transfers
        values = gpu.to_device(values)
    if gpu.is_on_device(values):
        source_ix, target_ix = gpu.to_device(source_ix), gpu.to_device(target_ix)
    result: Float64 = gpu.empty(values, values.shape, np.float64)
    result[target_ix] = smooth(
        xy[near.target_ix],
        near.cell_of_target,
        near.first,
        near.last,
        xy[near.source_ix],
        gpu.contiguous(values[source_ix], np.float32),
        float(wavelength),
    )
    return gpu.to_host(result) if is_sent else result


class FilterByRows:
    """The filter for some pixels at a time, with the result of :func:`stage8_spatial_filter`.

    A pixel's sum has the same sources in the same order whichever pixels are asked for with it.
    """

    def __init__(
        self,
        xy: FloatArray,
        *,
        wavelength: float,
        is_source: Bool | None = None,
        choice: KernelChoice = AUTO,
    ) -> None:
        """Sort the pixels; for the arguments see :func:`stage8_spatial_filter`."""
        self._xy = gpu.contiguous(gpu.to_host(xy), np.float32)
        sources = np.arange(len(xy)) if is_source is None else np.flatnonzero(is_source)
        near = neighbourhoods(self._xy, sources, side=RADIUS * wavelength)
        self._source_ix, self._first, self._last = near.source_ix, near.first, near.last
        self._cell = np.empty(len(xy), dtype=np.int64)
        self._cell[near.target_ix] = near.cell_of_target
        self._wavelength, self._choice = float(wavelength), choice

    def of_rows(self, values: Float32, rows: slice) -> Float64:
        """Give the means around some pixels, (n, n_column), from the values of all."""
        cell = self._cell[rows]
        if not cell.size:
            return np.empty((0, values.shape[1]))
        order = np.argsort(cell, kind="stable")
        cells = slice(int(cell.min()), int(cell.max()) + 1)
        first, last = self._first[cells], self._last[cells]
        begin = int(first.min())
        sources = self._source_ix[begin : int(last.max())]
        smooth = implementation("stage8_spatial_filter", self._choice, size=values.size)
        result = np.empty((cell.size, values.shape[1]))
        result[order] = gpu.to_host(
            smooth(
                self._xy[rows][order],
                cell[order] - cells.start,
                first - begin,
                last - begin,
                self._xy[sources],
                gpu.contiguous(values[sources], np.float32),
                self._wavelength,
            )
        )
        return result


def neighbourhoods(xy: Float32, sources: Index, *, side: float) -> Neighbourhoods:
    """Sort pixels into cells and find, per occupied cell, what lies in the 3 x 3 cells around.

    The side of a cell is the radius, so that nothing in reach lies outside the 3 x 3 cells. Cells
    are numbered row by row with an empty column between the rows, so that the three cells of a row
    have consecutive numbers, middle - 1 to middle + 1, also at the first and the last column: they
    are one stretch of the sorted sources, and none of them belongs to another row.
    """
    if not len(xy):
        none = np.zeros(0, dtype=np.int64)
        return Neighbourhoods(none, none, none, none.reshape(0, 3), none.reshape(0, 3))
    cell = np.floor((xy.astype(np.float64) - xy.min(axis=0)) / side).astype(np.int64)
    n_column = int(cell[:, 0].max()) + 2
    number = cell[:, 1] * n_column + cell[:, 0]
    if number.max() < 2**16:
        number = number.astype(np.uint16)  # NumPy sorts these by counting
    source_ix = sources[np.argsort(number[sources], kind="stable")]
    target_ix = np.argsort(number, kind="stable")
    occupied, cell_of_target = np.unique(number[target_ix], return_inverse=True)
    middle = occupied[:, None].astype(np.int64) + n_column * np.array([-1, 0, 1])
    sorted_number = number[source_ix]
    first = np.searchsorted(sorted_number, middle - 1, side="left")
    last = np.searchsorted(sorted_number, middle + 1, side="right")
    return Neighbourhoods(source_ix, target_ix, cell_of_target, first, last)
