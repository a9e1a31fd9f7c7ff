"""MAT files of version 7.3: HDF5 with MATLAB's conventions.

Conventions: a user block of 512 bytes with a MATLAB header; one data set per variable with
the axes reversed (column-major memory seen row-major); the attribute ``MATLAB_class``;
complex numbers as a compound (real, imag); logicals as bytes and text as 16-bit codes with
``MATLAB_int_decode``; empty arrays as their size with ``MATLAB_empty``; sparse arrays as a
group (data, ir, jc) with ``MATLAB_sparse`` = number of rows.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from pystamps.io.hdf5_files import opened_hdf5, refuse_damaged_hdf5
from pystamps.io.hdf5_writing import refuse_after_failure, written_hdf5
from pystamps.io.sparse import is_sparse, sparse_columns
from pystamps.rows import LaterColumns, Rows, row_blocks

_CLASS_OF = {"float64": "double", "float32": "single", "bool": "logical"}
_DTYPE_OF = {"double": "float64", "single": "float32", "logical": "bool"}
_ARRAY_CLASSES = {"double", "single", "logical", "char", "sparse"} | {
    f"{sign}int{bits}" for sign in ("", "u") for bits in (8, 16, 32, 64)
}


def describe_mat73(path: Path) -> dict[str, tuple[tuple[int, ...], str]]:
    """Give shape and MATLAB class of every variable ("unknown" for what is no MATLAB array)."""
    with opened_hdf5(path) as file:
        return {name: _describe(item) for name, item in _items(file)}


def load_mat73(path: Path, names: Collection[str]) -> dict[str, Any]:
    """Read variables; arrays come in column-major order."""
    with opened_hdf5(path) as file:
        return {name: _load(item) for name, item in _items(file) if name in names}


def stored_rows73(path: Path, name: str) -> Rows | None:
    """Give a dense numeric matrix whose rows are read when they are asked for, else None."""
    with opened_hdf5(path) as file:
        item = file.get(name)
        if item is None or item.attrs.get("MATLAB_empty") or "MATLAB_sparse" in item.attrs:
            return None
        shape, kind = _describe(item)
        if len(shape) != 2 or kind not in _ARRAY_CLASSES - {"char"}:
            return None
        dtype = _plain(item[:0], np.dtype(_DTYPE_OF.get(kind, kind))).dtype

    def read(rows: slice) -> Any:
        with opened_hdf5(path) as file:
            return np.ascontiguousarray(_plain(file[name][:, rows], dtype.type(0).real.dtype).T)

    def read_columns(columns: slice) -> Any:
        with opened_hdf5(path) as file:
            return _plain(file[name][columns], dtype.type(0).real.dtype).T

    return Rows(shape, dtype, read, give_columns=read_columns)


def save_mat73(path: Path, arrays: Mapping[str, Any], *, compress: bool = False) -> None:
    """Write arrays of two or more dimensions, str and ``scipy.sparse.csc_matrix``."""
    options: dict[str, Any] = {"compression": "gzip", "compression_opts": 1} if compress else {}
    with written_hdf5(path, userblock_size=512, libver="earliest") as file:
        for name, value in arrays.items():
            _save_variable(file, name, value, options)
            refuse_after_failure(file)
    with path.open("r+b") as stream:
        stream.write(_header())


def change_mat73(path: Path, arrays: Mapping[str, Any], removed: Collection[str]) -> None:
    """Replace, add and remove variables in the file itself; the others stay as they are."""
    refuse_damaged_hdf5(path)
    with written_hdf5(path, "r+") as file:
        for name in {*arrays, *removed} & set(file):
            del file[name]
        for name, value in arrays.items():
            _save_variable(file, name, value, {})
            refuse_after_failure(file)


def fill_columns73(path: Path, name: str, first: int, columns: np.ndarray[Any, Any]) -> None:
    """Put columns into the place that was left free for them."""
    with written_hdf5(path, "r+") as file:
        stored = _stored(np.ascontiguousarray(columns.T))
        file[name][first : first + len(stored)] = stored
        refuse_after_failure(file)


def _save_variable(file: Any, name: str, value: Any, options: dict[str, Any]) -> None:
    if isinstance(value, str):
        _save_text(file, name, value)
    elif is_sparse(value):
        _save_sparse(file, name, value)
    else:
        _save_dense(file, name, value, options)


def _header() -> bytes:
    """Give the first 128 bytes: text, no subsystem data, version 2.0, little-endian.

    No time of day is in it, so that equal results are equal files.
    """
    text = b"MATLAB 7.3 MAT-file, Platform: pySTAMPS, HDF5 schema 1.00 ."
    return text.ljust(116) + bytes(8) + b"\x00\x02IM"


def _items(file: Any) -> Iterator[tuple[str, Any]]:
    """Give the variables; ``#refs#`` and ``#subsystem#`` hold the insides of cells and objects."""
    return ((name, item) for name, item in file.items() if not name.startswith("#"))


def _class_of(item: Any) -> str:
    given = item.attrs.get("MATLAB_class")
    if given is not None:
        return given.decode() if isinstance(given, bytes) else str(given)
    if isinstance(item, h5py.Group):
        return "unknown"
    dtype = np.empty(0, dtype=item.dtype[0] if item.dtype.names else item.dtype).real.dtype
    return _CLASS_OF.get(str(dtype.name), str(dtype.name))


def _describe(item: Any) -> tuple[tuple[int, ...], str]:
    kind = _class_of(item)
    if "MATLAB_sparse" in item.attrs:
        return (int(item.attrs["MATLAB_sparse"]), item["jc"].size - 1), "sparse"
    if kind not in _ARRAY_CLASSES or isinstance(item, h5py.Group):
        return (), kind if kind in ("cell", "struct") else "unknown"
    if item.attrs.get("MATLAB_empty"):
        return tuple(int(size) for size in item[()]), kind
    return item.shape[::-1], kind


def _load(item: Any) -> Any:
    kind = _class_of(item)
    dtype = np.dtype(_DTYPE_OF.get(kind, "uint16" if kind == "char" else kind))
    if "MATLAB_sparse" in item.attrs:
        return _load_sparse(item, dtype)
    if item.attrs.get("MATLAB_empty"):
        array = np.zeros(tuple(int(size) for size in item[()]), dtype=dtype, order="F")
    else:
        array = _plain(item[()], dtype).T
    if kind != "char":
        return array
    rows = [row.tobytes().decode("utf-16-le") for row in np.atleast_2d(array)]
    return "".join(rows) if len(rows) < 2 else np.array(rows)


def _plain(stored: Any, dtype: np.dtype[Any]) -> Any:
    """Turn stored numbers into the MATLAB class; a compound (real, imag) into complex."""
    stored = np.asarray(stored)
    if stored.dtype.names:
        parts, packed = stored.dtype[0], np.result_type(stored.dtype[0], np.complex64)
        is_packed = parts.kind == "f" and stored.dtype.itemsize == packed.itemsize
        stored = stored.view(packed) if is_packed else stored["real"] + 1j * stored["imag"]
    is_complex = stored.dtype.kind == "c"
    return stored.astype(np.result_type(dtype, np.complex64) if is_complex else dtype, copy=False)


def _load_sparse(group: Any, dtype: np.dtype[Any]) -> Any:
    columns = group["jc"][()].astype(np.int64)
    # MATLAB leaves out data and ir when no element is stored
    data = _plain(group["data"][()], dtype) if "data" in group else np.zeros(0, dtype)
    rows = group["ir"][()].astype(np.int64) if "ir" in group else np.zeros(0, np.int64)
    shape = (int(group.attrs["MATLAB_sparse"]), columns.size - 1)
    return sparse_columns((data, rows, columns), shape)


def _set_class(item: Any, kind: str) -> None:
    item.attrs["MATLAB_class"] = np.bytes_(kind)
    decode = {"logical": 1, "char": 2}.get(kind)
    if decode is not None:
        item.attrs["MATLAB_int_decode"] = np.int32(decode)


def _save_empty(file: Any, name: str, shape: tuple[int, ...], kind: str) -> None:
    item = file.create_dataset(name, data=np.array(shape, dtype=np.uint64))
    _set_class(item, kind)
    item.attrs["MATLAB_empty"] = np.uint8(1)


def _save_text(file: Any, name: str, text: str) -> None:
    if not text:
        _save_empty(file, name, (0, 0), "char")
        return
    codes = np.frombuffer(text.encode("utf-16-le"), dtype=np.uint16)
    _set_class(file.create_dataset(name, data=codes[:, None]), "char")


def _stored(array: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Give an array as it lies in the file: logicals as bytes, complex as a compound."""
    if array.dtype == bool:
        return array.view(np.uint8)
    if array.dtype.kind == "c":
        part = array.real.dtype
        return array.view(np.dtype([("real", part), ("imag", part)]))
    return array


def _save_dense(
    file: Any, name: str, array: np.ndarray[Any, Any] | Rows, options: dict[str, Any]
) -> None:
    part = np.empty(0, dtype=array.dtype).real.dtype.name
    kind = _CLASS_OF.get(part, part)
    if array.size == 0:
        _save_empty(file, name, array.shape, kind)
        return
    dtype = _stored(np.empty(1, dtype=array.dtype)).dtype
    item = file.create_dataset(name, shape=array.shape[::-1], dtype=dtype, **options)
    if not isinstance(array, LaterColumns):
        for rows in row_blocks(array):  # bounds the size of transposed copies
            item[..., rows] = _stored(np.ascontiguousarray(array[rows].T))
    _set_class(item, kind)


def _save_sparse(file: Any, name: str, matrix: Any) -> None:
    group = file.create_group(name)
    _set_class(group, "logical" if matrix.dtype == bool else "double")
    group.attrs["MATLAB_sparse"] = np.uint64(matrix.shape[0])
    matrix.sort_indices()
    group.create_dataset("jc", data=matrix.indptr.astype(np.uint64))
    if matrix.nnz:
        group.create_dataset("ir", data=matrix.indices.astype(np.uint64))
        group.create_dataset("data", data=_stored(matrix.data))
