"""MAT files: read named variables, write whole files atomically.

Reading accepts what MATLAB, Octave and h5py make (v4, v5 plain and compressed, v7.3).
Writing gives v5 without compression, because compression costs far more time than the
writing itself, and v7.3 where a variable exceeds the v5 limit.
"""

from __future__ import annotations

import warnings
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import scipy.io
from scipy.io.matlab import MatReadError, MatReadWarning

from pystamps.errors import ArtifactError


def read_mat(path: Path, names: Collection[str] | None = None) -> dict[str, Any]:
    """Read variables of a MAT file in the class that MATLAB would give them.

    Parameters
    ----------
    path : Path
    names : collection of str, optional
        Variables wanted; those that the file lacks are left out. All when omitted.

    Returns
    -------
    dict
        Numeric and logical arrays keep MATLAB's two (or more) dimensions, char arrays
        become ``str``, sparse arrays become ``scipy.sparse.csc_array``.

    Raises
    ------
    ArtifactError
        The file is missing or is not a MAT file.
    """
    if not path.is_file():
        raise ArtifactError(f"{path}: file is missing")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", MatReadWarning)  # a variable may occur twice
            found = scipy.io.loadmat(path, variable_names=names, spmatrix=False)
            classes = {name: kind for name, _, kind in scipy.io.whosmat(path)}
    except (MatReadError, ValueError, TypeError, OSError) as error:
        raise ArtifactError(f"{path}: cannot be read as a MAT file ({error})") from error
    return {
        name: _in_class(value, classes[name])
        for name, value in found.items()
        if not name.startswith("__")
    }


_CLASSES = {
    ("double", False): np.float64,
    ("double", True): np.complex128,
    ("single", False): np.float32,
    ("single", True): np.complex64,
    ("logical", False): np.bool_,
}


def _in_class(value: Any, matlab_class: str) -> Any:
    """Give a variable in its MATLAB class: files store whole doubles and logicals as bytes."""
    if matlab_class == "char":
        return str(value.ravel()[0]) if value.size else ""
    dtype = _CLASSES.get((matlab_class, np.iscomplexobj(value)))
    return value if dtype is None else value.astype(dtype, copy=False)


def write_mat(path: Path, variables: Mapping[str, Any]) -> None:
    """Write a MAT file under a temporary name beside ``path``, then rename it.

    Parameters
    ----------
    path : Path
    variables : mapping
        Arrays (one dimension = column vector), scalars, str, sparse arrays.
    """
    with temporary_beside(path) as temporary, temporary.open("wb") as stream:
        scipy.io.savemat(stream, dict(variables), oned_as="column", do_compression=False)


@contextmanager
def temporary_beside(path: Path) -> Iterator[Path]:
    """Give a temporary name in the directory of ``path``; rename it on success, else delete it."""
    temporary = path.with_name(f".{path.name}.part")
    try:
        yield temporary
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
