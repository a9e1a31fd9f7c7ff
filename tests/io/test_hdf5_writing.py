"""Writing HDF5 files: what the system refuses is one error, and the process lives on."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from pystamps.errors import ArtifactError
from pystamps.io import hdf5_writing
from pystamps.io.hdf5_files import opened_hdf5
from pystamps.io.hdf5_writing import refuse_after_failure, written_hdf5

WRITTEN_UNDER_A_LIMIT = """
import resource, signal, sys
from pathlib import Path
import numpy as np
from pystamps.io.hdf5_writing import written_hdf5

signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
sys.dont_write_bytecode = True
limit = int(sys.argv[2])
resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
values = np.random.default_rng(1).random(30_000)
try:
    with written_hdf5(Path(sys.argv[1])) as file:
        for k in range(3):
            room = dict(shape=(30_000,), dtype="f8", chunks=(1000,), compression="gzip")
            data = file.create_dataset(f"a/b/x{k}", **room)
            data[:] = values
            data.attrs["k"] = k
            del data
            file[f"a/b/x{k}"][-1500:] = 1
except OSError as error:
    print(error.errno, error.filename)
"""


@pytest.mark.parametrize("limit", [0, 90, 5_000, 60_000, 400_000])
def test_a_full_disk_is_one_error_wherever_it_is_met(tmp_path: Path, limit: int) -> None:
    """An object closed after a write that failed was freed twice: the interpreter crashed."""
    path = tmp_path / "x.h5"
    command = [sys.executable, "-c", WRITTEN_UNDER_A_LIMIT, str(path), str(limit)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"{errno.EFBIG} {path}\n"


@pytest.mark.parametrize("fails_at", [1, 4, 9, 15])
def test_a_write_that_fails_once_is_no_file_that_looks_complete(
    tmp_path: Path, fails_at: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "x.h5"
    calls = []

    def pwrite(*values: object) -> int:
        calls.append(values)
        if len(calls) == fails_at:
            raise OSError(errno.EIO, "no name")
        return real(*values)  # type: ignore[arg-type]

    real = os.pwrite
    monkeypatch.setattr(hdf5_writing.os, "pwrite", pwrite)
    with pytest.raises(OSError, match="Input/output error") as caught, written_hdf5(path) as file:
        for k in range(20):
            file.create_dataset(f"x{k}", data=np.arange(5000.0), chunks=(500,))
            assert file[f"x{k}"][3] == 3
        file.flush()
        with pytest.raises(OSError, match="Input/output error"):
            refuse_after_failure(file)
    assert caught.value.filename == str(path)


def test_an_interrupt_while_bytes_are_written_ends_the_writing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def pwrite(*_: object) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr(hdf5_writing.os, "pwrite", pwrite)
    with pytest.raises(KeyboardInterrupt), written_hdf5(tmp_path / "x.h5") as file:
        file.create_dataset("x", data=np.arange(50_000.0))


def test_a_file_is_the_same_as_the_library_writes_by_itself(tmp_path: Path) -> None:
    def fill(file: h5py.File) -> None:
        for k in range(5):
            values = np.arange(3000.0) + k
            data = file.create_dataset(f"g{k}/x", data=values, chunks=(100,), compression="gzip")
            data.attrs["unit"] = "mm"

    with written_hdf5(tmp_path / "ours.h5", userblock_size=512) as file:
        fill(file)
        refuse_after_failure(file)
    with h5py.File(tmp_path / "plain.h5", "w", userblock_size=512) as file:
        fill(file)
    for name in ("ours.h5", "plain.h5"):
        with written_hdf5(tmp_path / name, "r+") as file:
            del file["g1/x"]
            file["g1/y"] = np.arange(7)
    ours, plain = ((tmp_path / name).read_bytes() for name in ("ours.h5", "plain.h5"))
    assert len(ours) == len(plain)
    with h5py.File(tmp_path / "ours.h5") as a, h5py.File(tmp_path / "plain.h5") as b:
        assert [*a] == [*b]
        np.testing.assert_array_equal(a["g1/y"], np.arange(7))
        for k in (0, 2, 3, 4):
            np.testing.assert_array_equal(a[f"g{k}/x"], b[f"g{k}/x"])


@pytest.mark.parametrize(
    ("words", "kind", "said"),
    [
        (
            "Can't decrement id ref count (memory allocation failed for x)",
            MemoryError,
            "allocation",
        ),
        ("Can't synchronously read data (filter returned failure)", ArtifactError, "or memory is"),
        ("'Unable to create group (unable to insert)'", ArtifactError, "or memory is short"),
    ],
)
@pytest.mark.parametrize("opened", [written_hdf5, opened_hdf5])
def test_what_the_library_could_not_do_names_the_file(
    tmp_path: Path, words: str, kind: type[Exception], said: str, opened: Callable[[Path], Any]
) -> None:
    path = tmp_path / "x.h5"
    h5py.File(path, "w").close()
    with pytest.raises(kind, match=said) as caught, opened(path):
        raise RuntimeError(words)
    assert str(path) in str(caught.value)


def test_an_error_of_others_stays_what_it_is(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"^Unable to see$"), written_hdf5(tmp_path / "x.h5"):
        raise ValueError("Unable to see")
