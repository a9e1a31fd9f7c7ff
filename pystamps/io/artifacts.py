"""MAT artifacts to dataclasses and back.

``read_artifact`` and ``write_artifact`` work for every class of :mod:`pystamps.model` that
:data:`pystamps.io.layouts.LAYOUTS` lists; the shift from 1-based to 0-based happens here.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import scipy.sparse

from pystamps.errors import ArtifactError
from pystamps.io.atomic import remove_stale_temporaries, temporary_name
from pystamps.io.layouts import LAYOUTS, Variable
from pystamps.io.mat import read_mat, save_mat, stored_rows, write_mat
from pystamps.rows import Matrix, Rows

Artifact = TypeVar("Artifact")

_F8, _F4, _C8 = np.float64, np.float32, np.complex64


def artifact_name(kind: type, generation: int | None = None) -> str:
    """Give the file name of an artifact: ``ps1.mat``, ``uw_grid.mat`` (no generation)."""
    return f"{LAYOUTS[kind].base}{'' if generation is None else generation}.mat"


def read_artifact(kind: type[Artifact], path: Path, *, by_rows: Collection[str] = ()) -> Artifact:
    """Read one artifact.

    Parameters
    ----------
    kind : type
        Class of :mod:`pystamps.model`.
    path : Path
    by_rows : collection of str, optional
        Matrices (fields) whose rows are read when they are asked for, see :func:`read_rows`.

    Raises
    ------
    ArtifactError
        The file or a variable that is not optional is missing or has a wrong shape.
    """
    layout = LAYOUTS[kind]
    found = _read_stored(path, list(layout.fields.values()))
    fields = {
        name: (_rows_from_mat if name in by_rows else _from_mat)(path, v, found)
        for name, v in layout.fields.items()
    }
    return kind(**fields)


def read_variable(kind: type, field_name: str, path: Path) -> Any:
    """Read one field of an artifact without the rest of the file."""
    variable = LAYOUTS[kind].fields[field_name]
    return _from_mat(path, variable, _read_stored(path, [variable]))


def read_rows(kind: type, field_name: str, path: Path) -> Matrix:
    """Give a matrix of an artifact whose rows are read when they are asked for.

    Returns
    -------
    Matrix
        An array where the file can only be read as a whole.
    """
    variable = LAYOUTS[kind].fields[field_name]
    matrix: Matrix = _rows_from_mat(path, variable, _read_stored(path, [variable]))
    return matrix


def _rows_from_mat(path: Path, variable: Variable, found: dict[str, Any]) -> Any:
    """Convert a MAT matrix to rows; to an array where it can only be read as a whole."""
    stored = found.get(variable.name)
    return (
        _converted(variable, stored)
        if isinstance(stored, Rows)
        else _from_mat(path, variable, found)
    )


def _read_stored(path: Path, variables: list[Variable]) -> dict[str, Any]:
    """Read variables; matrices as :class:`Rows` where possible."""
    matrices = {v.name: stored_rows(path, v.name) for v in variables if v.kind == "matrix"}
    found: dict[str, Any] = {name: rows for name, rows in matrices.items() if rows is not None}
    return found | read_mat(path, [v.name for v in variables if v.name not in found])


def _converted(variable: Variable, stored: Rows) -> Rows:
    """Give rows as the dataclass holds them."""
    if variable.one_based:
        return Rows(stored.shape, np.int64, lambda rows: np.rint(stored[rows]).astype(np.int64) - 1)
    dtype = variable.dtype or _float_class(stored)
    return Rows(stored.shape, dtype, lambda rows: stored[rows].astype(dtype, copy=False))


def to_variables(artifact: Any) -> dict[str, Any]:
    """Give the MAT variables of an artifact, with the classes and shapes of StaMPS."""
    layout = LAYOUTS[type(artifact)]
    variables = {
        v.name: _to_mat(v, getattr(artifact, name))
        for name, v in layout.fields.items()
        if getattr(artifact, name) is not None
    }
    return variables | {name: compute(artifact) for name, compute in layout.derived.items()}


def write_artifact(path: Path, artifact: Any, *, mat_version: str = "5") -> None:
    """Write one artifact: complete file under a temporary name, then renamed."""
    write_mat(path, to_variables(artifact), version=mat_version)


class ArtifactSet:
    """Artifacts of one stage that appear together or not at all (see :func:`artifact_set`)."""

    def __init__(self, directory: Path, mat_version: str) -> None:
        """Collect artifacts of ``directory``, written in the given MAT version."""
        self.directory = directory
        self.mat_version = mat_version
        self._temporary: dict[str, Path] = {}

    @property
    def names(self) -> tuple[str, ...]:
        """File names, in the order in which they were written."""
        return tuple(self._temporary)

    def write(self, artifact: Any, generation: int | None = None) -> None:
        """Write an artifact under its temporary name."""
        self.write_variables(artifact_name(type(artifact), generation), to_variables(artifact))

    def write_variables(self, name: str, variables: dict[str, Any]) -> None:
        """Write a MAT file that is no dataclass under its temporary name."""
        if name not in self._temporary:
            remove_stale_temporaries(self.directory / name)
            self._temporary[name] = temporary_name(self.directory / name)
        save_mat(self._temporary[name], variables, version=self.mat_version)

    def commit(self) -> None:
        """Give all files their real names, in the order in which they were written."""
        for name, temporary in self._temporary.items():
            temporary.replace(self.directory / name)

    def discard(self) -> None:
        """Remove what has not been committed."""
        for temporary in self._temporary.values():
            temporary.unlink(missing_ok=True)


@contextmanager
def artifact_set(directory: Path, *, mat_version: str = "5") -> Iterator[ArtifactSet]:
    """Collect the artifacts of a stage; rename all of them when the block ends without error."""
    written = ArtifactSet(directory, mat_version)
    try:
        yield written
        written.commit()
    finally:
        written.discard()


def _from_mat(path: Path, variable: Variable, found: dict[str, Any]) -> Any:
    """Convert a MAT variable to what the dataclass holds."""
    if variable.name not in found:
        if variable.optional:
            return None
        present = ", ".join(sorted(found)) or "none"
        raise ArtifactError(
            f"{path}: variable {variable.name} is missing; found {present}; run the stage that "
            "writes it again"
        )
    value = found[variable.name]
    if isinstance(value, Rows):
        return np.asarray(_converted(variable, value))
    if variable.kind == "text":
        return value
    if variable.kind == "sparse":
        return scipy.sparse.csc_array(value)
    value = np.asarray(value)
    if variable.kind in ("scalar", "integer"):
        return _scalar_from_mat(path, variable, value)
    if variable.kind in ("column", "row"):
        value = value.ravel()
    if variable.one_based:
        return np.ascontiguousarray(np.rint(value).astype(np.int64) - 1)
    return np.ascontiguousarray(value, dtype=variable.dtype or _float_class(value))


def _scalar_from_mat(path: Path, variable: Variable, value: np.ndarray[Any, Any]) -> Any:
    if value.size != 1:
        raise ArtifactError(f"{path}: {variable.name} has {value.size} values, expected one")
    if variable.kind == "integer":
        return round(float(value.item())) - int(variable.one_based)
    return float(value.item()) if variable.dtype is _F8 else value.ravel()[0]


def _float_class(value: Matrix) -> Any:
    """Keep single and double, real and complex; everything else becomes double."""
    return value.dtype if value.dtype in (_F4, _F8, _C8, np.complex128) else _F8


def _to_mat(variable: Variable, value: Any) -> Any:
    """Convert a field to the class and shape that StaMPS gives it."""
    if variable.kind == "text":
        return value
    if variable.kind == "sparse":
        return scipy.sparse.csc_matrix(value, dtype=variable.dtype)
    if isinstance(value, Rows) or (variable.kind == "matrix" and np.ndim(value) == 2):
        array: Any = _stored_rows(variable, value)
    else:
        array = np.asarray(value) + 1 if variable.one_based else np.asarray(value)
        array = array.astype(_stored_class(variable, array), copy=False)
    if array.shape == (0, 0) or (array.size == 0 and variable.kind == "row"):
        return np.zeros((0, 0))  # MATLAB's [] is double whatever the variable holds otherwise
    shapes = {"scalar": (1, 1), "integer": (1, 1), "column": (-1, 1), "row": (1, -1)}
    return array.reshape(shapes[variable.kind]) if variable.kind in shapes else array


def _stored_class(variable: Variable, value: Matrix) -> Any:
    """Give the class that a field gets in the file."""
    is_double = value.dtype in (_F8, np.complex128)
    return value.dtype if variable.keeps_double and is_double else variable.dtype or value.dtype


def _stored_rows(variable: Variable, value: Matrix) -> Matrix:
    """Give a matrix as it is stored; what must be converted, when its rows are written."""
    dtype = np.dtype(_stored_class(variable, value))
    if dtype == value.dtype and not variable.one_based:
        return value
    shift = int(variable.one_based)

    def convert(rows: slice) -> np.ndarray[Any, Any]:
        return np.asarray((value[rows] + shift if shift else value[rows]).astype(dtype))

    return Rows(value.shape, dtype, convert)


def check_rows(directory: Path, n_ps: int, **arrays: tuple[str, Matrix]) -> None:
    """Refuse arrays whose number of rows is not the number of pixels.

    Parameters
    ----------
    directory : Path
    n_ps : int
    **arrays : (file name, Matrix)
        Keyed by the MAT variable's name.
    """
    for name, (file_name, array) in arrays.items():
        if array.shape[0] != n_ps:
            raise ArtifactError(
                f"{directory / file_name}: {name} has {array.shape[0]} rows, expected {n_ps} "
                "(one per pixel of the ps file); run the stage that writes it again"
            )


def check_columns(path: Path, variable: str, array: Matrix, expected: int) -> None:
    """Refuse a matrix whose number of columns is not that of the interferograms."""
    if array.shape[1] != expected:
        raise ArtifactError(
            f"{path}: {variable} has {array.shape[1]} columns, expected {expected}; "
            "run the stage that writes it again"
        )


def check_shape(
    path: Path,
    variable: str,
    array: Matrix,
    expected: tuple[int, ...],
    *,
    writer: str = "the stage that writes it",
) -> None:
    """Refuse an array that was made from another selection of pixels or interferograms.

    Parameters
    ----------
    path : Path
    variable : str
        Name for people.
    array : Matrix
    expected : tuple of int
    writer : str, optional
        What to run again.
    """
    if array.shape != expected:
        raise ArtifactError(
            f"{path}: {variable} has shape {array.shape}, expected {expected} to go with the ps "
            f"file; run {writer} again"
        )


def field_names(kind: type) -> tuple[str, ...]:
    """Give the field names of an artifact class."""
    return tuple(item.name for item in dataclasses.fields(kind))
