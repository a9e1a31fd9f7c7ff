"""``products/ps.h5``: the table of points as NetCDF-4, written and read through HDF5.

A NetCDF-4 file is an HDF5 file whose dimensions are dimension scales; so xarray, MATLAB, QGIS and
the tools of NetCDF open it. Conventions: CF 1.11, discrete sampling ``timeSeries``. Nothing
in it says when it was written: equal results are equal files.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from pystamps.arrays import Array, Float64, Index
from pystamps.errors import ArtifactError
from pystamps.io.hdf5_files import opened_hdf5
from pystamps.io.hdf5_writing import refuse_after_failure, written_hdf5
from pystamps.rows import Matrix, Rows, row_blocks

FORMAT = "pySTAMPS points 1"
MADE_WITH = "settings"
"""Attribute that holds the settings that the file was made with."""

POINT, TIME, TERM = "point", "time", "surface_term"
_DATENUM_1970 = 719529


class PointFileWriter:
    """An open file; dimensions first, then variables."""

    def __init__(self, file: Any, sizes: Mapping[str, int]) -> None:
        """Make the dimensions."""
        self._file = file
        self._dimensions: dict[str, int] = {}
        file.attrs["_NCProperties"] = np.bytes_(b"version=2,h5py=pystamps")
        for name, size in sizes.items():  # numbers from 1, where no better coordinate comes
            self._coordinate(name, np.arange(1, size + 1, dtype=np.int32))

    def _coordinate(self, name: str, values: Array) -> Any:
        """Make a dimension with its coordinate, in the place of an earlier one."""
        number = len(self._dimensions) if name not in self._dimensions else self._dimensions[name]
        self._dimensions[name] = number
        if name in self._file:
            del self._file[name]
        dataset = self._file.create_dataset(name, data=values)
        dataset.attrs["_Netcdf4Dimid"] = np.int32(number)
        dataset.make_scale(name)
        return dataset

    def add_attributes(self, attributes: Mapping[str, Any]) -> None:
        """Set attributes of the whole file."""
        for name, value in attributes.items():
            self._file.attrs[name] = value

    def add_variable(
        self,
        name: str,
        values: Matrix | Array,
        dimensions: tuple[str, ...],
        attributes: Mapping[str, Any],
        *,
        advance: Callable[[int], None] | None = None,
    ) -> None:
        """Write a variable, block after block of rows; ``advance`` hears of the rows done."""
        if name in self._dimensions:
            dataset = self._coordinate(name, np.asarray(values))
        else:
            dataset = self._file.create_dataset(name, values.shape, values.dtype)
            for axis, dimension in enumerate(dimensions):
                dataset.dims[axis].attach_scale(self._file[dimension])
            self._fill(dataset, values, advance)
        if np.issubdtype(dataset.dtype, np.floating) and name not in dimensions:
            dataset.attrs["_FillValue"] = np.array([np.nan], dataset.dtype)
        dataset.attrs.update(attributes)

    def _fill(
        self, dataset: Any, values: Matrix | Array, advance: Callable[[int], None] | None
    ) -> None:
        if values.ndim == 0:
            dataset[()] = values
            return
        for rows in row_blocks(values, n_rows=0):
            dataset[rows] = values[rows]
            refuse_after_failure(self._file)
            if advance is not None:
                advance(rows.stop - rows.start)


@contextmanager
def point_file_writer(path: Path, sizes: Mapping[str, int]) -> Iterator[PointFileWriter]:
    """Open a new file under the name given; who calls sees that it appears complete."""
    with written_hdf5(path, libver=("v108", "v110")) as file:
        yield PointFileWriter(file, sizes)


def time_of_days(day: Float64) -> Index:
    """Give MATLAB date numbers as days since 1970-01-01."""
    return np.asarray(np.floor(day).astype(np.int64) - _DATENUM_1970)


def days_of_time(time: Index) -> Float64:
    """Give days since 1970-01-01 as MATLAB date numbers."""
    return np.asarray(time, dtype=np.float64) + _DATENUM_1970


class PointFile:
    """A file of points for reading: variables whole or by rows, and attributes.

    Attributes
    ----------
    path : Path
    attributes : mapping of str to str or number
        Of the whole file.
    names : tuple of str
        Variables.
    """

    def __init__(self, path: Path) -> None:
        """Look at the file.

        Raises
        ------
        ArtifactError
            It is missing, damaged, or no table of points.
        """
        if not path.is_file():
            raise ArtifactError(f"{path}: file is missing; pystamps export makes it")
        self.path = path
        with opened_hdf5(path) as file:
            self.attributes = {
                name: _plain(value) for name, value in file.attrs.items() if name[0] != "_"
            }
            self.names = tuple(file)
            self._about = {name: self._described(file[name]) for name in self.names}
        found = self.attributes.get("format")
        if found != FORMAT:
            raise ArtifactError(
                f"{path}: is no table of points: format is {found!r}, expected {FORMAT!r}; "
                "delete it, pystamps export makes it again"
            )

    @staticmethod
    def _described(dataset: Any) -> tuple[tuple[int, ...], np.dtype[Any], dict[str, Any]]:
        attributes = {
            name: _plain(value)
            for name, value in dataset.attrs.items()
            if name in ("units", "long_name", "comment", "letters")
        }
        return dataset.shape, dataset.dtype, attributes

    def meaning_of(self, name: str) -> dict[str, Any]:
        """Give unit, meaning and comment of a variable."""
        return dict(self._known(name)[2])

    def whole(self, name: str) -> Array:
        """Give a whole variable."""
        self._known(name)
        with opened_hdf5(self.path) as file:
            return np.asarray(file[name][()])

    def matrix_of(self, name: str) -> Rows:
        """Give a variable whose rows are read when they are asked for."""
        shape, dtype, _ = self._known(name)

        def give(rows: slice) -> Array:
            with opened_hdf5(self.path) as file:
                return np.asarray(file[name][rows])

        return Rows(shape, dtype, give)

    def mapped(self, name: str) -> Array:
        """Give a variable as a view of the file, of which only what is used comes into memory.

        Raises
        ------
        ArtifactError
            The file has none, or does not hold it in one piece, as pySTAMPS writes it.
        """
        shape, dtype, _ = self._known(name)
        if not np.prod(shape):
            return self.whole(name)
        with opened_hdf5(self.path) as file:
            begin = file[name].id.get_offset()
        if begin is None:
            raise ArtifactError(
                f"{self.path}: {name} does not lie in one piece, as pySTAMPS writes it; delete the "
                "file, pystamps export makes it again"
            )
        return np.memmap(self.path, dtype, "r", begin, shape)

    def _known(self, name: str) -> tuple[tuple[int, ...], np.dtype[Any], dict[str, Any]]:
        if name not in self._about:
            raise ArtifactError(
                f"{self.path}: has no variable {name}; found {', '.join(self.names)}"
            )
        return self._about[name]


def _plain(value: Any) -> Any:
    """Give an attribute as text or number."""
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return value.item() if isinstance(value, np.ndarray | np.generic) and value.size == 1 else value
