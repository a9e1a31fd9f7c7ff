"""What all readers of delays in HDF5 files (and NetCDF 4, which is HDF5) share."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from pystamps.arrays import Float64
from pystamps.errors import DatasetError


def dataset_of(file: Any, path: Path, name: str) -> Any:
    """Give a dataset of an open file.

    Raises
    ------
    DatasetError
        There is none of this name.
    """
    import h5py

    if name not in file or not isinstance(file[name], h5py.Dataset):
        found = ", ".join(sorted(file)) or "nothing"
        raise DatasetError(f"{path}: has no variable {name}; found {found}; is it of this kind?")
    return file[name]


def numbers_of_variable(file: Any, path: Path, name: str, n_dim: int = 1) -> Float64:
    """Give a whole variable of real numbers.

    Raises
    ------
    DatasetError
        It is missing, or has other dimensions or no numbers.
    """
    stored = dataset_of(file, path, name)
    if stored.ndim != n_dim or stored.dtype.kind not in "fiu":
        raise DatasetError(
            f"{path}: {name} has {stored.dtype} of shape {stored.shape}, expected numbers in "
            f"{n_dim} dimension(s)"
        )
    return np.asarray(stored[()], dtype=np.float64)


def text_of(value: Any) -> str:
    """Give an attribute as text, whichever way it is stored."""
    first = np.asarray(value).ravel()[:1]
    item = first[0] if first.size else ""
    return item.decode("utf-8", "replace") if isinstance(item, bytes) else str(item)


def dates_of(file: Any, path: Path) -> list[str]:
    """Give the dates of a file (variable ``date``), YYYYMMDD.

    Raises
    ------
    DatasetError
        They are no dates, or one is there twice.
    """
    stored = dataset_of(file, path, "date")
    dates = [text_of(value) for value in np.asarray(stored[()]).ravel()]
    wrong = [date for date in dates if len(date) != 8 or not date.isdigit()]
    twice = sorted({date for date in dates if dates.count(date) > 1})
    if wrong or twice:
        what = f"{wrong[0]!r} is no date YYYYMMDD" if wrong else f"{twice[0]} is there twice"
        raise DatasetError(f"{path}: date: {what}; correct it")
    return dates
