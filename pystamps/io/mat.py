"""MAT files: read named variables, write whole files atomically.

Reading accepts what MATLAB, Octave and h5py make (v4, v5 plain and compressed, v7.3).
Writing gives v5 without compression, because compression costs far more time than the
writing itself, and v7.3 (:mod:`pystamps.io.mat73`) where a variable exceeds the v5 limit.
"""

from __future__ import annotations

import errno
import struct
import zlib
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from pystamps.arrays import Array
from pystamps.errors import ArtifactError
from pystamps.io.atomic import temporary_beside
from pystamps.io.hdf5_files import HDF5_SIGNATURE
from pystamps.io.mat5 import HEADER, save_plain
from pystamps.io.mat_contents import contents
from pystamps.io.sparse import is_sparse, sparse_matrix
from pystamps.io.stored_arrays import StoredArray
from pystamps.rows import Rows, is_tall

V5_LIMIT_BYTES = 2**31 - 2**12
"""Size from which a variable needs v7.3: 2 GiB with the space of its header taken off."""

_MATLAB_DTYPES = {"bool", "float32", "float64", "complex64", "complex128"} | {
    f"{sign}int{bits}" for sign in ("", "u") for bits in (8, 16, 32, 64)
}
NOT_ARRAYS = ("cell", "struct", "object", "function", "opaque", "unknown")
"""MATLAB classes of variables that are not read."""

_UNREADABLE = (
    ValueError,
    TypeError,
    OSError,
    zlib.error,
    struct.error,
    LookupError,
    ArithmeticError,
    MemoryError,
    EOFError,
    RuntimeError,
)
"""What our reader and h5py raise on a truncated or damaged file, depending on where it is hurt."""


_OF_MACHINE = (errno.EIO, errno.ENOMEM, errno.EMFILE, errno.ENFILE, errno.ESTALE, errno.EACCES)
"""What the system says of itself, not of a file."""


def read_mat(path: Path, names: Collection[str] | None = None) -> dict[str, Any]:
    """Read variables of a MAT file in the class that MATLAB would give them.

    Parameters
    ----------
    path : Path
        If it does not exist, the same name without ``.mat`` is tried: Octave saves ``psver``
        and ``parms`` so.
    names : collection of str, optional
        Variables wanted; those that the file lacks are left out. All when omitted.

    Returns
    -------
    dict
        Numeric and logical arrays keep MATLAB's two (or more) dimensions and come in
        column-major order, char arrays become ``str`` (several rows: an array of ``str``),
        sparse arrays become ``scipy.sparse.csc_array``. Of a variable that occurs twice the
        last one is taken. Cells, structures and objects are left out when all variables are
        read, and refused when asked for.

    Raises
    ------
    ArtifactError
        The file is missing, is damaged or is not a MAT file, or a wanted variable is no array.
    """
    there = _existing(path)
    before = _identity(there)
    try:
        found = _read_mat73(there, names) if is_hdf5(there) else _read_mat5(there, names)
    except _UNREADABLE as error:
        if _identity(there) == before:
            raise _unreadable(there, error) from error
    else:
        if _identity(there) == before:
            return found
    # The file was renamed into place meanwhile (parms.mat is, by any job): what was read of it
    # belongs to two files.
    return read_mat(path, names)


def _identity(path: Path) -> tuple[int, int, int] | None:
    """Tell one content of a file from the next: writers rename, and change nothing in place."""
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return found.st_ino, found.st_mtime_ns, found.st_size


def stored_rows(path: Path, name: str) -> Rows | None:
    """Give a matrix of a file whose rows are read when they are asked for.

    None when the file or the variable is of a kind that can only be read as a whole, or the
    matrix is so wide that its rows lie in too many places.

    Raises
    ------
    ArtifactError
        As :func:`read_mat`.
    """
    there = _existing(path)
    try:
        if is_hdf5(there):
            from pystamps.io.mat73 import stored_rows73

            rows = stored_rows73(there, name)
        else:
            found = contents(there).get(name)
            is_matrix = isinstance(found, StoredArray) and len(found.shape) == 2
            rows = found.rows() if isinstance(found, StoredArray) and is_matrix else None
    except _UNREADABLE as error:
        raise _unreadable(there, error) from error
    return rows if rows is not None and is_tall(rows) else None


def describe_mat(path: Path) -> dict[str, tuple[tuple[int, ...], str]]:
    """Give shape and MATLAB class of every variable without reading the values.

    Raises
    ------
    ArtifactError
        As :func:`read_mat`.
    """
    there = _existing(path)
    try:
        if is_hdf5(there):
            from pystamps.io.mat73 import describe_mat73

            return describe_mat73(there)
        return {name: (v.shape, v.matlab_class) for name, v in contents(there).items()}
    except _UNREADABLE as error:
        raise _unreadable(there, error) from error


def existing_mat_file(path: Path) -> Path | None:
    """Give ``path``, else its name without ``.mat`` (Octave), else None when neither exists."""
    for candidate in (path, path.with_suffix("") if path.suffix == ".mat" else path):
        if candidate.is_file():
            return candidate
    return None


def is_hdf5(path: Path) -> bool:
    """Tell whether a file is HDF5 (v7.3), with MATLAB's user block or without."""
    with path.open("rb") as stream:
        head = stream.read(512 + len(HDF5_SIGNATURE))
    return head.startswith(HDF5_SIGNATURE) or head[512:] == HDF5_SIGNATURE


def _existing(path: Path) -> Path:
    there = existing_mat_file(path)
    if there is None:
        raise ArtifactError(f"{path}: file is missing; run the stage that writes it")
    return there


def _unreadable(path: Path, error: BaseException) -> ArtifactError:
    """Say why a file cannot be read; what the machine refuses says nothing about the file."""
    if isinstance(error, MemoryError):
        return ArtifactError(
            f"{path}: memory has run out while it was read; use smaller patches, or run fewer "
            "jobs at a time (--cores)"
        )
    if isinstance(error, OSError) and error.errno in _OF_MACHINE:
        return ArtifactError(
            f"{path}: cannot be read ({error.strerror}); see what the system or the disk refuses, "
            "and run again"
        )
    reason = " ".join(str(error).split())[:200] or type(error).__name__
    return ArtifactError(
        f"{path}: cannot be read as a MAT file ({reason}); it is damaged, cut off or something "
        "else: make it again"
    )


def _read_mat5(path: Path, names: Collection[str] | None) -> dict[str, Any]:
    present = contents(path)
    classes = {name: stored.matlab_class for name, stored in present.items()}
    return {name: present[name].read() for name in _wanted(path, classes, names)}


def _read_mat73(path: Path, names: Collection[str] | None) -> dict[str, Any]:
    from pystamps.io.mat73 import describe_mat73, load_mat73

    classes = {name: kind for name, (_, kind) in describe_mat73(path).items()}
    return load_mat73(path, _wanted(path, classes, names))


def _wanted(path: Path, classes: Mapping[str, str], names: Collection[str] | None) -> list[str]:
    """Give the variables to read, in the order of the file."""
    for name in names or ():
        if classes.get(name) in NOT_ARRAYS:
            raise ArtifactError(f"{path}: {name} is a {classes[name]}, expected an array or text")
    return [
        name
        for name, kind in classes.items()
        if (names is None and kind not in NOT_ARRAYS) or (names is not None and name in names)
    ]


def write_mat(
    path: Path, variables: Mapping[str, Any], *, version: str = "5", compress: bool = False
) -> None:
    """Write a MAT file under a temporary name beside ``path``, then rename it.

    Parameters
    ----------
    path : Path
    variables : mapping
        Arrays (one dimension = column vector), :class:`~pystamps.rows.Rows`, Python numbers
        (double), bool (logical), str, sparse arrays.
    version : str
        "5", which becomes v7.3 where a variable exceeds the limit of v5, or "7.3".
    compress : bool
        Smaller files, many times slower to write.
    """
    with temporary_beside(path) as temporary:
        save_mat(temporary, variables, version=version, compress=compress)


def save_mat(
    path: Path, variables: Mapping[str, Any], *, version: str = "5", compress: bool = False
) -> None:
    """Write a MAT file under the given name at once (see :func:`write_mat`)."""
    if version not in ("5", "7.3"):
        raise ValueError(f"{version=} is no MAT version; expected '5' or '7.3'")
    arrays = {name: as_matlab_array(name, value) for name, value in variables.items()}
    if version == "7.3" or any(_n_bytes(value) >= V5_LIMIT_BYTES for value in arrays.values()):
        from pystamps.io.mat73 import save_mat73

        save_mat73(path, arrays, compress=compress)
        return
    if compress:
        import scipy.io

        whole = {name: np.asarray(v) if isinstance(v, Rows) else v for name, v in arrays.items()}
        scipy.io.savemat(path, whole, appendmat=False, oned_as="column", do_compression=True)
        with path.open("r+b") as stream:  # SciPy puts the time of day into the header
            stream.write(HEADER)
        return
    save_plain(path, arrays)


def fill_columns(path: Path, name: str, first: int, columns: Array) -> None:
    """Put columns into a matrix that was saved as :class:`~pystamps.rows.LaterColumns`.

    Parameters
    ----------
    path : Path
        The file, under its temporary name.
    name : str
        Of the variable.
    first : int
        Number of the first column.
    columns : ndarray, shape (n_row, n)
        In the class that the matrix was saved in.
    """
    if is_hdf5(path):
        from pystamps.io.mat73 import fill_columns73

        fill_columns73(path, name, first, columns)
        return
    stored = contents(path)[name]
    if not isinstance(stored, StoredArray):
        raise TypeError(f"{path}: {name} is no matrix")
    with path.open("r+b", buffering=0) as stream:
        stored.write_columns(stream, first, columns)


def as_matlab_array(name: str, value: Any) -> Any:
    """Give what MATLAB would hold: at least two dimensions, Python numbers as double."""
    if isinstance(value, str | Rows):
        return value
    if is_sparse(value):
        matrix: Any = value
        stored = bool if matrix.dtype == bool else np.result_type(matrix.dtype, np.float64)
        return sparse_matrix(matrix.astype(stored))
    if isinstance(value, int) and not isinstance(value, bool):
        value = float(value)
    array = np.asarray(value)
    if array.dtype.name not in _MATLAB_DTYPES:
        raise TypeError(f"{name}: a {array.dtype} array has no MATLAB class")
    return array.reshape(-1, 1) if array.ndim == 1 else np.atleast_2d(array)


def _n_bytes(value: Any) -> int:
    if isinstance(value, str):
        return 2 * len(value)
    return int(value.nbytes if isinstance(value, np.ndarray | Rows) else value.data.nbytes)
