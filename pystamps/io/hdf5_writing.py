"""Writing HDF5 files: what the system refuses is said as by every other file."""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, cast

from pystamps.io.hdf5_files import library_errors_named


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

    Yields
    ------
    h5py.File
        Who writes more than memory holds calls :func:`refuse_after_failure` on the way.

    Raises
    ------
    OSError
        Of the first call that the system has refused, when the file is closed at the latest.
    """
    import h5py

    with path.open("w+b" if mode == "w" else "r+b", buffering=0) as stream:
        output = _Output(cast("BinaryIO", stream))
        try:
            with library_errors_named(path), h5py.File(output, mode, **options) as file:
                file.output = output
                yield file
        finally:
            output.raise_failure(path)


def refuse_after_failure(file: Any) -> None:
    """Raise the error of a call that the system has refused; nothing where there is none.

    Parameters
    ----------
    file : h5py.File
        Of :func:`written_hdf5`.

    Raises
    ------
    OSError
    """
    file.output.raise_failure(Path(file.output.name))


class _Output(io.RawIOBase):
    """The file below the library, whose calls never fail as far as the library sees.

    An object of HDF5 whose last chunks cannot be written is half freed when it is closed; to
    close the file after that reads freed memory: the process crashes, or prints tracebacks of
    errors that cannot be raised. What the system refuses is therefore noted here, and the bytes
    are kept, so that the library reads back what it has written; the error is raised when the
    library is done. That goes for any error: an interrupt can arrive while a method of this
    class runs.
    """

    def __init__(self, stream: BinaryIO) -> None:
        super().__init__()
        self.name = stream.name
        self._stream = stream
        self._at = 0
        self._failure: BaseException | None = None
        self._unwritten: list[tuple[int, bytes]] = []

    def raise_failure(self, path: Path) -> None:
        """Raise the first error, with the path of the file where it is one of the system."""
        failure = self._failure
        if isinstance(failure, OSError) and failure.errno is not None:
            raise OSError(failure.errno, os.strerror(failure.errno), str(path)) from failure
        if failure is not None:
            raise failure

    def _tried(self, call: Callable[..., int | None], *values: Any) -> int | None:
        """Make a call of the system; give nothing where it fails."""
        try:
            return call(*values)
        except BaseException as error:  # noqa: BLE001 - raised by who closes the file
            self._failure = self._failure or error
            return None

    def seek(self, at: int, whence: int = os.SEEK_SET) -> int:
        """Go to a place; the end is that of the bytes kept as well."""
        if whence == os.SEEK_END:
            ends = [place + len(content) for place, content in self._unwritten]
            at += max([os.fstat(self._stream.fileno()).st_size, *ends])
        self._at = at
        return at

    def tell(self) -> int:
        """Give the place."""
        return self._at

    def write(self, content: Any) -> int:
        """Write bytes at the place; keep them from the first failure on."""
        size = len(content)
        while self._failure is None and len(content):
            done = self._tried(os.pwrite, self._stream.fileno(), content, self._at) or 0
            content, self._at = content[done:], self._at + done
        if len(content):
            self._unwritten.append((self._at, bytes(content)))
            self._at += len(content)
        return size

    def readinto(self, room: Any) -> int:
        """Read bytes from the place: those of the file, and over them those that were kept."""
        start, size, done = self._at, len(room), 0
        while got := self._tried(os.preadv, self._stream.fileno(), [room[done:]], start + done):
            done += got
        room[done:] = bytes(size - done)
        for place, kept in self._unwritten:
            first, last = max(place, start), min(place + len(kept), start + size)
            if first < last:
                room[first - start : last - start] = kept[first - place : last - place]
        self._at += size
        return size

    def truncate(self, size: int | None = None) -> int:
        """Give the file a size."""
        wanted = self._at if size is None else size
        self._tried(os.ftruncate, self._stream.fileno(), wanted)
        return wanted
