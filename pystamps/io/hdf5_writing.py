"""Writing HDF5 files: what the system refuses is said as by every other file."""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

_NUMBER = re.compile(r"errno = (\d+)")
"""How the library passes on what the system has said."""


@contextmanager
def written_hdf5(path: Path, mode: str = "w", **options: Any) -> Iterator[Any]:
    """Open a file of ``h5py`` for writing, and close it.

    Parameters
    ----------
    path : Path
    mode : str
        w, or r+ to change what is there.
    options : object
        Of ``h5py.File``.

    Raises
    ------
    OSError
        With the number of the system. The library wraps it, and raises ``RuntimeError`` where
        only closing finds out that the disk is full.
    """
    import h5py

    try:
        with h5py.File(path, mode, **options) as file:
            yield file
    except (OSError, RuntimeError) as error:
        number = _number_of(error)
        if number is None:
            raise
        raise OSError(number, os.strerror(number), str(path)) from error


def _number_of(error: BaseException) -> int | None:
    """Give the number of the system in an error of the library; none for errors of others."""
    if isinstance(error, OSError) and error.errno is not None:
        return None
    found = _NUMBER.search(str(error))
    if found is not None:
        return int(found[1])
    return errno.EIO if "file write failed" in str(error) else None
