"""Inputs with seeded damage: every reader gives a value or one line; nothing else, and in time."""

from __future__ import annotations

import json
import os
import random
import resource
import signal
import sqlite3
import struct
import traceback
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import scipy.io
import scipy.sparse
from campaigns import Campaign

from pystamps.config import load_config
from pystamps.errors import PystampsError
from pystamps.io.dataset import discover_dataset
from pystamps.io.mat import describe_mat, read_mat, stored_rows, write_mat
from pystamps.io.par_file import read_par
from pystamps.io.raw_paths import read_path_list
from pystamps.io.text_numbers import read_dates, read_numbers
from pystamps.prep.area import read_area
from pystamps.simulate.scene import Scene
from pystamps.simulate.scene_file import read_scene, scene_text

SLOW_HDF5 = 4
"""A process looks through each HDF5 file: so many times fewer of them."""
SECONDS, MEMORY_BYTES = 200, 8 << 30
GOOD, REFUSED, UNFORESEEN = 0, 1, 2

VALUES = {"x": np.arange(12.0).reshape(4, 3), "c": np.ones((3, 2), np.complex64), "t": "text"}
SETTINGS = 'stamps: {clap_win: 32}\nruntime: {io_workers: 2, raw_root: "a"}\n'
PAR = "sensor: ASAR IS2\nheading: 190.5 degrees\nradar_frequency: 5.3e9 Hz\n"
RING = [[10.0, 20.0], [11.0, 20.0], [11.0, 21.0], [10.0, 20.0]]
BLOB = b"GP\0\1" + struct.pack("<iBIII6d", 4326, 1, 3, 1, 3, 10, 20, 11, 20, 11, 21)


def read_whole_mat(path: Path) -> None:
    describe_mat(path)
    for name in read_mat(path):
        stored_rows(path, name)


def mat_by_scipy(path: Path, **how: Any) -> None:
    values: dict[str, Any] = {**VALUES, "s": scipy.sparse.csc_matrix(np.eye(4))}
    scipy.io.savemat(path, values, **how)


def geopackage(path: Path) -> None:
    connection = sqlite3.connect(path)
    connection.execute("create table gpkg_geometry_columns(table_name, column_name, srs_id)")
    connection.execute("insert into gpkg_geometry_columns values('t', 'g', 4326)")
    connection.execute("create table t(g)")
    connection.execute("insert into t values(?)", (BLOB,))
    connection.commit()
    connection.close()


def text(content: str) -> Callable[[Path], Any]:
    return lambda path: path.write_text(content)


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of input: its name, how a good one is made, and who reads it."""

    name: str
    make: Callable[[Path], Any]
    read: Callable[[Path], Any]
    is_hdf5: bool = False


POLYGON = json.dumps({"type": "Feature", "geometry": {"type": "Polygon", "coordinates": [RING]}})
KINDS = {
    "MAT": Kind("a.mat", lambda path: write_mat(path, VALUES), read_whole_mat),
    "MAT, compressed": Kind(
        "a.mat", lambda path: mat_by_scipy(path, do_compression=True), read_whole_mat
    ),
    "MAT, version 4": Kind("a.mat", lambda path: mat_by_scipy(path, format="4"), read_whole_mat),
    "MAT, version 7.3": Kind(
        "a.mat", lambda path: write_mat(path, VALUES, version="7.3"), read_whole_mat, is_hdf5=True
    ),
    "settings": Kind("a.yaml", text(SETTINGS), load_config),
    "settings, JSON": Kind("a.json", text('{"runtime": {"io_workers": 2}}'), load_config),
    "scene": Kind("a.yaml", lambda path: path.write_text(scene_text(Scene())), read_scene),
    "GeoJSON": Kind("a.geojson", text(POLYGON), lambda path: read_area(str(path))),
    "GeoPackage": Kind("a.gpkg", geopackage, lambda path: read_area(str(path))),
    "list of paths": Kind("pscphase.in", text("126\na.diff\nb.diff\n"), read_path_list),
    "list of patches": Kind(
        "patch.list", text("PATCH_1\nPATCH_2\n"), lambda path: discover_dataset(path.parent)
    ),
    "numbers": Kind("pscands.1.ij", text("1 2 3\n4 5 6\n"), read_numbers),
    "dates": Kind("day.1.in", text("20190713\n20190725\n"), read_dates),
    "parameters of an image": Kind(
        "a.par", text(PAR), lambda path: read_par(path).number("heading")
    ),
}  # fmt: skip


def damaged(content: bytes, draw: random.Random) -> Iterator[bytes]:
    """Give damaged forms of a file without end."""
    pieces = (
        b"", b"\0", b"\xff" * 8, b"[" * 5000, b"{" * 5000, b"9" * 5000, b"nan", b"1e999", b"-",
        b"&a [*a]", b"%s{x}$(y)", b"\xef\xbb\xbf", b"A" * 5000, b"\r", "ä".encode("latin-1"),
        struct.pack("<I", 2**32 - 1), struct.pack("<i", -1), struct.pack("<I", 2**31 - 1),
    )  # fmt: skip
    while True:
        found = bytearray(content)
        for _ in range(draw.choice((1, 1, 1, 2, 5))):
            at, length = draw.randrange(len(found) + 1), draw.choice((1, 4, 8, 64, 4096))
            what = draw.randrange(6)
            if what == 0 and at < len(found):
                found[at] ^= 1 << draw.randrange(8)
            elif what == 1:
                del found[at:]
            elif what == 2:
                piece = draw.choice(pieces)
                found[at : at + draw.choice((0, len(piece)))] = piece
            elif what == 3:
                found[at : at + length] = bytes(min(length, len(found) - at))
            elif what == 4:
                found[at:at] = found[at : at + length]
            else:
                del found[at : at + length]
        yield bytes(found)


def outcome(read: Callable[[Path], Any], path: Path, notes: Path) -> int:
    """Read a file in a process of its own; give how it ended, negative for a signal."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # the child does nothing but read
        process = os.fork()
    if process:
        return os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])
    code = UNFORESEEN
    try:
        signal.alarm(SECONDS)
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        read(path)
        code = GOOD
    except PystampsError as error:
        one_line = "\n" not in str(error) or path.suffix in (".yaml", ".json")
        code = REFUSED if one_line and len(str(error)) < 20_000 else UNFORESEEN
        notes.write_text(str(error))
    except BaseException:  # noqa: BLE001 - whatever it is, the test has to see it
        notes.write_text(traceback.format_exc())
    finally:
        os._exit(code)


@pytest.mark.parametrize("name", KINDS)
def test_damaged_inputs_give_a_value_or_one_line(
    tmp_path: Path,
    name: str,
    campaign: Campaign,
    campaign_seed: int,
    note_figures: Callable[..., None],
) -> None:
    """Read so many damaged forms of an input; fail with the first that ends otherwise."""
    kind = KINDS[name]
    path, notes = tmp_path / kind.name, tmp_path / "notes.txt"
    (tmp_path / "PATCH_1").mkdir()
    (tmp_path / "PATCH_2").mkdir()
    kind.make(path)
    content = path.read_bytes()
    assert outcome(kind.read, path, notes) == GOOD, notes.read_text()
    forms = damaged(content, random.Random(campaign_seed))
    count = campaign.mutations // (SLOW_HDF5 if kind.is_hdf5 else 1)
    found = []
    for number, form in zip(range(count), forms, strict=False):
        path.write_bytes(form)
        found.append(outcome(kind.read, path, notes))
        if found[-1] not in (GOOD, REFUSED):
            raise AssertionError(
                f"form {number} of seed {campaign_seed} ended with {found[-1]} "
                f"({notes.read_text()[-2000:] if notes.exists() else 'no word'}); first bytes "
                f"{form[:200]!r}"
            )
    note_figures("damaged inputs", forms=count, refused=found.count(REFUSED), unforeseen=0)
    assert REFUSED in found, "no damage was noticed: is this the right reader?"


def test_a_damaged_input_that_hangs_or_crashes_would_be_noticed(tmp_path: Path) -> None:
    """The check itself sees an unforeseen error, a signal, and a good end."""

    def crash(_: Path) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    def fail(_: Path) -> None:
        raise KeyError("x")

    notes = tmp_path / "notes.txt"
    assert outcome(crash, tmp_path, notes) == -signal.SIGKILL
    assert outcome(fail, tmp_path, notes) == UNFORESEEN and "KeyError" in notes.read_text()
    assert outcome(lambda _: None, tmp_path, notes) == GOOD
