"""HDF5 files of users (MAT files of version 7.3, truth, elevation models), opened in one way.

The HDF5 library loops for ever on some damaged files and may crash on others, and nothing stops
it within this process. So a process of its own looks through a file first
(:mod:`pystamps.io.hdf5_probe`); a file that it has come through is read here.
"""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pystamps.errors import ArtifactError

HDF5_SIGNATURE = b"\x89HDF\r\n\x1a\n"
_PROBE = Path(__file__).with_name("hdf5_probe.py")
_SECONDS = 120.0
_BYTES_PER_S = 4e6
"""Slowest reading that is waited for, on top of the seconds."""
_ENVIRONMENT = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "HDF5_PLUGIN_PRELOAD": "::"}
_OF_THE_LIBRARY = re.compile(r"^['\"]?(Can't|Unable to) .*\(.*\)['\"]?$", re.DOTALL)
"""How h5py words what the library says: what was tried, and in brackets why it failed."""
_ALREADY_SEEN: dict[tuple[str, int, int, int], str] = {}
"""What was said about a file, by path, inode, size and time of its last change."""


@contextlib.contextmanager
def opened_hdf5(path: Path) -> Iterator[Any]:
    """Open an HDF5 file for reading, if a process of its own has come through it.

    Parameters
    ----------
    path : Path

    Yields
    ------
    h5py.File

    Raises
    ------
    ArtifactError
        It is damaged, or holds what is refused: links that lead out of it or nowhere, parts in
        other files, unknown filters, a size that nothing stands behind.
    """
    import h5py

    refuse_damaged_hdf5(path)
    with library_errors_named(path), h5py.File(path, "r") as file:
        yield file


@contextlib.contextmanager
def library_errors_named(path: Path) -> Iterator[None]:
    """Say of which file an error of the HDF5 library is, and what the system has refused.

    The library finds no memory in the middle of anything, and has a kind of error for each place;
    a block that it could not unpack may be one that there was no memory for.

    Raises
    ------
    MemoryError
        There is none left.
    ArtifactError
        Any other error without a number of the system.
    """
    try:
        yield
    except (OSError, RuntimeError, ValueError, KeyError) as error:
        words = str(error)
        if not _OF_THE_LIBRARY.search(words) or getattr(error, "errno", None) is not None:
            raise
        if "memory allocation failed" in words:
            raise MemoryError(f"{path}: {words}") from error
        raise ArtifactError(
            f"{path}: the HDF5 library failed at it ({words}); it is damaged, or memory is short"
        ) from error


def refuse_damaged_hdf5(path: Path) -> None:
    """Let a process of its own look through a file, once as long as it does not change.

    Raises
    ------
    ArtifactError
        As :func:`opened_hdf5`.
    """
    found = path.stat()
    key = (str(path.absolute()), found.st_ino, found.st_size, found.st_mtime_ns)
    if key not in _ALREADY_SEEN:
        _ALREADY_SEEN[key] = _problem(path, found.st_size)
    if _ALREADY_SEEN[key]:
        raise ArtifactError(f"{path}: cannot be read as HDF5: {_ALREADY_SEEN[key]}")


def _problem(path: Path, size: int) -> str:
    """Give what is wrong with a file; empty when it can be read."""
    from pystamps.io.hdf5_probe import REFUSED_CODE  # h5py is loaded for files that are looked at

    seconds = _SECONDS + size / _BYTES_PER_S
    environment = os.environ | _ENVIRONMENT | {"HDF5_PLUGIN_PATH": os.devnull}
    try:
        done = subprocess.run(
            [sys.executable, "-P", str(_PROBE), str(path.absolute())],
            capture_output=True, text=True, errors="replace", stdin=subprocess.DEVNULL,
            timeout=seconds, env=environment, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return f"the HDF5 library did not come through it within {seconds:.0f} s; it is damaged"
    if done.returncode == REFUSED_CODE:
        return done.stdout.strip() or "it is damaged"
    if done.returncode == -signal.SIGXCPU:
        return "the HDF5 library came to no end with it; it is damaged"
    if done.returncode < 0:
        name = signal.Signals(-done.returncode).name
        return f"the HDF5 library crashed on it ({name}); it is damaged"
    if done.returncode:
        raise RuntimeError(f"{_PROBE.name} failed: {done.stderr[-500:]}")
    return ""
