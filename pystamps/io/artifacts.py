"""MAT artifacts to dataclasses and back.

``read_artifact`` and ``write_artifact`` work for every class of :mod:`pystamps.model` that
:data:`pystamps.io.layouts.LAYOUTS` lists; the shift from 1-based to 0-based happens here.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Collection
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from pystamps.arrays import Array
from pystamps.errors import ArtifactError
from pystamps.io.artifact_checks import ArtifactCheck
from pystamps.io.atomic import flush_to_disk, remove_stale_temporaries, temporary_name
from pystamps.io.checksums import copied_checksum
from pystamps.io.layouts import LAYOUTS
from pystamps.io.mat import (
    describe_mat,
    fill_columns,
    read_mat,
    save_mat,
    stored_rows,
    write_mat,
)
from pystamps.io.sizes import Sizes
from pystamps.io.sparse import sparse_matrix
from pystamps.io.statements import Variable
from pystamps.model import Pixels
from pystamps.rows import Matrix, Rows

Artifact = TypeVar("Artifact")

_F8, _F4, _C8 = np.float64, np.float32, np.complex64


def artifact_name(kind: type, generation: int | None = None) -> str:
    """Give the file name of an artifact: ``ps1.mat``, ``uw_grid.mat`` (no generation)."""
    return f"{LAYOUTS[kind].base}{'' if generation is None else generation}.mat"


def read_artifact(
    kind: type[Artifact],
    path: Path,
    *,
    by_rows: Collection[str] = (),
    sizes: Sizes | None = None,
) -> Artifact:
    """Read one artifact, and check it against its layout.

    Parameters
    ----------
    kind : type
        Class of :mod:`pystamps.model`.
    path : Path
    by_rows : collection of str, optional
        Matrices (fields) whose rows are read and checked when they are asked for.
    sizes : Sizes, optional
        What other files say about the dimensions.

    Raises
    ------
    ArtifactError
        The file or a variable that is not optional is missing, or a variable is not as its
        layout states.
    """
    found = _read_checked(kind, path, list(LAYOUTS[kind].fields), sizes)
    fields = {
        name: (_rows_from_mat if name in by_rows else _from_mat)(path, v, found)
        for name, v in LAYOUTS[kind].fields.items()
    }
    return kind(**fields)


def read_variable(kind: type, field_name: str, path: Path, sizes: Sizes | None = None) -> Any:
    """Read one field of an artifact without the rest of the file, and check it."""
    variable = LAYOUTS[kind].fields[field_name]
    return _from_mat(path, variable, _read_checked(kind, path, [field_name], sizes))


def read_fields(
    kind: type, names: Collection[str], path: Path, sizes: Sizes | None = None
) -> dict[str, Any]:
    """Read some fields of an artifact, and check that they fit each other."""
    found = _read_checked(kind, path, list(names), sizes)
    return {name: _from_mat(path, LAYOUTS[kind].fields[name], found) for name in names}


def read_rows(kind: type, field_name: str, path: Path, sizes: Sizes | None = None) -> Matrix:
    """Give a matrix of an artifact whose rows are read and checked when they are asked for.

    Returns
    -------
    Matrix
        An array where the file can only be read as a whole.
    """
    variable = LAYOUTS[kind].fields[field_name]
    found = _read_checked(kind, path, [field_name], sizes)
    matrix: Matrix = _rows_from_mat(path, variable, found)
    return matrix


def _rows_from_mat(path: Path, variable: Variable, found: dict[str, Any]) -> Any:
    """Convert a MAT matrix to rows; to an array where it can only be read as a whole."""
    stored = found.get(variable.name)
    return (
        _converted(variable, stored)
        if isinstance(stored, Rows)
        else _from_mat(path, variable, found)
    )


def _read_checked(
    kind: type, path: Path, field_names: list[str], sizes: Sizes | None
) -> dict[str, Any]:
    """Read variables as they are stored and check them; matrices as :class:`Rows` if possible."""
    layout = LAYOUTS[kind]
    variables = [layout.fields[name] for name in field_names]
    matrices = {v.name: stored_rows(path, v.name) for v in variables if v.kind == "matrix"}
    found: dict[str, Any] = {name: rows for name, rows in matrices.items() if rows is not None}
    others = [v.name for v in variables if v.name not in found]
    found |= read_mat(path, [*others, *layout.sizes])
    check = ArtifactCheck(path, layout, sizes)
    check.check(variables, found)
    if len(variables) < len(layout.fields):
        shapes = {name: shape for name, (shape, _) in describe_mat(path).items()}
        check.check_sizes_of_others(variables, shapes)
    for variable in variables:
        stored = found.get(variable.name)
        if isinstance(stored, Rows):
            found[variable.name] = check.checked_rows(variable, stored)
    return found


def _converted(variable: Variable, stored: Rows) -> Rows:
    """Give rows as the dataclass holds them."""
    if variable.one_based:
        return Rows(stored.shape, np.int64, lambda rows: np.rint(stored[rows]).astype(np.int64) - 1)
    dtype = variable.dtype or _float_class(stored)

    def give_columns(columns: slice) -> np.ndarray[Any, Any]:
        return stored.columns(columns).astype(dtype, copy=False)

    return Rows(
        stored.shape,
        dtype,
        lambda rows: stored[rows].astype(dtype, copy=False),
        give_columns=give_columns,
    )


def to_variables(artifact: Any) -> dict[str, Any]:
    """Give the MAT variables of an artifact, with the classes and shapes of StaMPS."""
    layout = LAYOUTS[type(artifact)]
    variables = {
        v.name: _to_mat(v, getattr(artifact, name))
        for name, v in layout.fields.items()
        if getattr(artifact, name) is not None
    }
    derived = {name: compute(artifact) for name, compute in layout.derived.items()}
    return variables | {name: value for name, value in derived.items() if value is not None}


def write_artifact(path: Path, artifact: Any, *, mat_version: str = "5") -> None:
    """Write one artifact: complete file under a temporary name, then renamed."""
    write_mat(path, to_variables(artifact), version=mat_version)


class ArtifactSet:
    """Artifacts of one stage that appear together: :meth:`commit` or :meth:`discard`."""

    def __init__(self, directory: Path, mat_version: str, *, folder: str = "") -> None:
        """Collect artifacts of ``directory``, or of a folder in it, in the given MAT version."""
        self.directory = directory
        self.folder = folder
        self.mat_version = mat_version
        self._temporary: dict[str, Path] = {}

    @property
    def names(self) -> tuple[str, ...]:
        """File names, in the order in which they were written."""
        return tuple(self._temporary)

    def write(self, artifact: Any, generation: int | None = None) -> None:
        """Write an artifact under its temporary name."""
        self.write_variables(artifact_name(type(artifact), generation), to_variables(artifact))

    def fill(
        self, kind: type, field_name: str, generation: int | None, first: int, columns: Array
    ) -> None:
        """Put columns into a matrix that was written as ``LaterColumns``, from column ``first``."""
        variable = LAYOUTS[kind].fields[field_name].name
        fill_columns(self._written(kind, generation), variable, first, columns)

    def rows_of(self, kind: type, field_name: str, generation: int | None) -> Matrix:
        """Give a matrix of an artifact under its temporary name (see :func:`read_rows`)."""
        return read_rows(kind, field_name, self._written(kind, generation))

    def _written(self, kind: type, generation: int | None) -> Path:
        """Give the temporary name of an artifact that was written."""
        name = artifact_name(kind, generation)
        return self._temporary[f"{self.folder}/{name}" if self.folder else name]

    def write_variables(self, name: str, variables: dict[str, Any]) -> None:
        """Write a MAT file that is no dataclass under its temporary name."""
        save_mat(self._placed(name), variables, version=self.mat_version)

    def copy_file(self, source: Path) -> str:
        """Copy a file byte for byte under its temporary name; give its checksum."""
        return copied_checksum(source, self._placed(source.name))

    def new_file(self, name: str) -> Path:
        """Give the temporary name of a file that is written by others; its folder is made."""
        (self.directory / name).parent.mkdir(parents=True, exist_ok=True)
        return self._temporary_of(name)

    def _placed(self, name: str) -> Path:
        """Give the temporary name of a file in the folder."""
        return self.new_file(f"{self.folder}/{name}") if self.folder else self._temporary_of(name)

    def _temporary_of(self, name: str) -> Path:
        """Give the temporary name of a file."""
        if name not in self._temporary:
            remove_stale_temporaries(self.directory / name)
            self._temporary[name] = temporary_name(self.directory / name)
        return self._temporary[name]

    def commit(self) -> None:
        """Give all files their real names, in the order in which they were written.

        They are on the disk before the first one has its name.
        """
        for temporary in self._temporary.values():
            flush_to_disk(temporary)
        for name, temporary in self._temporary.items():
            temporary.replace(self.directory / name)
        for folder in {(self.directory / name).parent for name in self._temporary}:
            flush_to_disk(folder)

    def discard(self) -> None:
        """Remove what has not been committed."""
        for temporary in self._temporary.values():
            temporary.unlink(missing_ok=True)


def _from_mat(path: Path, variable: Variable, found: dict[str, Any]) -> Any:
    """Convert a MAT variable to what the dataclass holds."""
    if variable.name not in found:
        if variable.optional:
            return None
        present = ", ".join(sorted(describe_mat(path))) or "none at all"
        raise ArtifactError(
            f"{path}: variable {variable.name} is missing; found {present}; run the stage that "
            "writes it again (a copy that holds some variables only is no input of a stage)"
        )
    value = found[variable.name]
    if isinstance(value, Rows):
        return np.asarray(_converted(variable, value))
    if variable.kind == "text":
        return value
    if variable.kind == "sparse":
        from scipy.sparse import csc_array

        return csc_array(value)
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
        return sparse_matrix(value, variable.dtype)
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


def sizes_of(pixels: Pixels, path: Path) -> Sizes:
    """Give the sizes that the pixels of a ``ps`` file prescribe for the other files.

    Raises
    ------
    ArtifactError
        Dates and baselines are no stack of interferograms.
    """
    try:
        n_used = pixels.interferograms.n_observed
    except ArtifactError as error:
        raise ArtifactError(f"{path}: {error}") from error
    n_ps, n_ifg, n_image = pixels.n_ps, pixels.n_ifg, pixels.n_image
    return Sizes(path.name, n_ps=n_ps, n_ifg=n_ifg, n_image=n_image, n_used=n_used)


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
