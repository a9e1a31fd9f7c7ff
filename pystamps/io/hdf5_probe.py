"""Looks through an HDF5 file in a process of its own, because the HDF5 library may hang or crash.

Run as a program (:mod:`pystamps.io.hdf5_files` starts it): everything that a reader will touch is
touched here first, links, types, attributes and all numbers. What it does not like it says in one
line and ends with code 2.
"""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Iterator
from math import prod
from typing import Any

import h5py
import numpy as np

REFUSED_CODE = 2
"""Exit code when the file is refused."""
_FILTERS = {1, 2, 3}
"""Deflate, shuffle and Fletcher's checksum: what MATLAB, Octave and pySTAMPS write."""
_MOST_OBJECTS = 10_000
_DEEPEST = 16
_MOST_TIMES_PACKED = 1100
"""Bytes that one stored byte can stand for; deflate reaches 1032."""
_FREE_BYTES = 1 << 20
_LARGEST_CHUNK = 1 << 30
_LARGEST_ATTRIBUTE = 1 << 24
_BLOCK_BYTES = 1 << 26
_STEP_SECONDS = 3
"""Time of the processor that one step may take: the library loops where it takes more."""
_BYTES_PER_S = 20e6
_MEMORY_BYTES = 4 << 30


class RefusedError(Exception):
    """The file is not read; the text says why."""


def look_through(path: str) -> None:
    """Touch everything in a file.

    Raises
    ------
    RefusedError
        It holds links that lead out of it or nowhere, parts in other files, unknown filters, or
        says that it is larger than what it holds.
    """
    with h5py.File(path, "r") as file:
        _look_at_attributes("/", file)
        for name, item in _objects(file):
            _begin_step()
            _look_at_attributes(name, item)
            if isinstance(item, h5py.Dataset):
                _refuse_foreign_parts(name, item)
                _refuse_promised_size(name, item)
                _read(item)


def _objects(file: Any) -> Iterator[tuple[str, Any]]:
    """Give every object once, with its name."""
    waiting, seen, count = [("", file, 0)], {_address(file)}, 0
    while waiting:
        where, group, depth = waiting.pop()
        if depth > _DEEPEST:
            raise RefusedError(f"{where}: groups are nested more than {_DEEPEST} levels deep")
        for key in group:
            count += 1
            name = f"{where}/{key}".lstrip("/")
            if count > _MOST_OBJECTS:
                raise RefusedError(f"it holds more than {_MOST_OBJECTS} objects")
            item = _target(name, group, key)
            if _address(item) in seen:
                continue
            seen.add(_address(item))
            yield name, item
            if isinstance(item, h5py.Group):
                waiting.append((name, item, depth + 1))


def _target(name: str, group: Any, key: str) -> Any:
    """Give what a link of a group leads to."""
    link = group.get(key, getlink=True)
    if isinstance(link, h5py.ExternalLink):
        raise RefusedError(f"{name} is a link to another file ({link.filename}); put it in here")
    try:
        item = group.get(key)
    except (RuntimeError, OSError, KeyError):  # a circle of links, or nothing that can be opened
        item = None
    if item is None:
        target = f" ({link.path})" if isinstance(link, h5py.SoftLink) else ""
        raise RefusedError(f"{name} is a link that leads nowhere{target}; remove it")
    return item


def _address(item: Any) -> tuple[int, ...]:
    found = h5py.h5o.get_info(item.id)
    return (int(found.fileno), int(found.addr))


def _refuse_foreign_parts(name: str, item: Any) -> None:
    created = item.id.get_create_plist()
    if created.get_external_count():
        raise RefusedError(f"{name} lies in other files (external storage); write it in here")
    if created.get_layout() == h5py.h5d.VIRTUAL:
        raise RefusedError(f"{name} is put together from other data (virtual); write it in here")
    filters = [created.get_filter(k) for k in range(created.get_nfilters())]
    unknown = [f"{found[0]} {found[3].decode(errors='replace')}" for found in filters]
    unknown = [text for text in unknown if int(text.split()[0]) not in _FILTERS]
    if unknown:
        raise RefusedError(f"{name} is packed by an unknown filter ({unknown[0]}); use gzip")


def _refuse_promised_size(name: str, item: Any) -> None:
    """Refuse what says to be larger than any packing can make of the bytes that are there."""
    stored = item.id.get_storage_size()
    said = prod(item.shape or (0,)) * item.dtype.itemsize
    if said > _MOST_TIMES_PACKED * stored + _FREE_BYTES:
        raise RefusedError(f"{name} says {said} bytes, but {stored} are stored: damaged or cut off")
    chunk = prod(item.chunks or (0,)) * item.dtype.itemsize
    if chunk > _LARGEST_CHUNK:
        raise RefusedError(f"{name} is stored in pieces of {chunk} bytes; write smaller ones")


def _look_at_attributes(name: str, item: Any) -> None:
    for key in item.attrs:
        stored = item.attrs.get_id(key)
        if prod(stored.shape or (0,)) * stored.dtype.itemsize > _LARGEST_ATTRIBUTE:
            raise RefusedError(f"{name}: its attribute {key} is larger than any that is needed")
        item.attrs[key]


def _read(item: Any) -> None:
    """Read all numbers, some rows at a time; nothing else is ever read."""
    dtype = item.dtype if item.dtype.names is None else item.dtype[0]
    if dtype.kind not in "fiub" or item.shape is None or not prod(item.shape):
        return
    if not item.shape:
        np.asarray(item[()])
        return
    row_bytes = max(prod(item.shape[1:]) * item.dtype.itemsize, 1)
    rows = max(_BLOCK_BYTES // row_bytes, 1)
    rows = max(rows // item.chunks[0], 1) * item.chunks[0] if item.chunks else rows
    for first in range(0, item.shape[0], rows):
        _begin_step(rows * row_bytes)
        np.asarray(item[first : first + rows])


def _begin_step(n_bytes: int = 0) -> None:
    """Let this process be ended (SIGXCPU) when the next step takes too long."""
    seconds = int(time.process_time() + _STEP_SECONDS + n_bytes / _BYTES_PER_S) + 1
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, resource.getrlimit(resource.RLIMIT_CPU)[1]))


def _limit_memory() -> None:
    most = resource.getrlimit(resource.RLIMIT_AS)[1]
    wanted = _MEMORY_BYTES if most == resource.RLIM_INFINITY else min(_MEMORY_BYTES, most)
    resource.setrlimit(resource.RLIMIT_AS, (wanted, most))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def main(path: str) -> int:
    """Look through a file; give the exit code."""
    _limit_memory()
    _begin_step()
    try:
        look_through(path)
    except RefusedError as error:
        print(error)
    except Exception as error:  # noqa: BLE001 - whatever h5py raises is the answer
        print(" ".join(f"{type(error).__name__}: {error}".split())[:300])
    else:
        return 0
    return REFUSED_CODE


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
