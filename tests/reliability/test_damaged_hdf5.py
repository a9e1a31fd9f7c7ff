"""HDF5 files that are damaged or lead elsewhere: refused by name; nothing hangs or crashes."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from pystamps.errors import ArtifactError
from pystamps.io import hdf5_files, hdf5_probe
from pystamps.io.hdf5_files import opened_hdf5
from pystamps.io.mat import read_mat, write_mat
from pystamps.simulate.scene import PRESETS
from pystamps.simulate.truth import PLANES, SMALL_ARRAYS, read_truth
from pystamps.simulate.writer import simulate_dataset


def huge(file: h5py.File) -> None:
    file.create_dataset("y", shape=(3, 10**11), dtype="f8", chunks=(1, 10**6))


def external_storage(file: h5py.File) -> None:
    file.create_dataset("y", shape=(1, 20), dtype="f8", external=[("/etc/passwd", 0, 160)])


def virtual(file: h5py.File) -> None:
    layout = h5py.VirtualLayout(shape=(1, 20), dtype="f8")
    layout[:] = h5py.VirtualSource("/etc/passwd", "x", shape=(1, 20))
    file.create_virtual_dataset("y", layout)


def deep(file: h5py.File) -> None:
    file.create_group("/".join("g" * 40))


def set_y(link: Any) -> Callable[[h5py.File], None]:
    def change(file: h5py.File) -> None:
        file["y"] = link

    return change


REFUSED = {
    "external link": (set_y(h5py.ExternalLink("/etc/passwd", "x")), "a link to another file"),
    "dangling link": (set_y(h5py.SoftLink("/nowhere")), "a link that leads nowhere (/nowhere)"),
    "circle of links": (set_y(h5py.SoftLink("/y")), "a link that leads nowhere"),
    "external storage": (external_storage, "external storage"),
    "virtual data": (virtual, "virtual"),
    "unknown filter": (
        lambda file: file.create_dataset("y", data=np.zeros(9), compression="lzf"),
        "unknown filter",
    ),
    "size that nothing stands behind": (huge, "are stored: damaged or cut off"),
    "depth": (deep, "levels deep"),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_what_leads_out_of_the_file_or_nowhere_is_refused_by_name(
    tmp_path: Path, kind: str
) -> None:
    path = tmp_path / "a.mat"
    write_mat(path, {"x": np.ones((2, 3))}, version="7.3")
    change, words = REFUSED[kind]
    with h5py.File(path, "a") as file:
        change(file)
    with pytest.raises(ArtifactError) as caught:
        read_mat(path, ["x"])
    message = str(caught.value)
    assert message.startswith(f"{path}: ") and words in message and "\n" not in message


def test_a_file_that_is_sound_is_looked_through_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []
    ask = hdf5_files._problem
    monkeypatch.setattr(hdf5_files, "_problem", lambda *a: asked.append(a) or ask(*a))
    path = tmp_path / "a.mat"
    for value in (1.0, 2.0):
        write_mat(path, {"x": np.full((2, 3), value)}, version="7.3")
        for _ in range(3):
            assert read_mat(path)["x"][0, 0] == value
    assert len(asked) == 2


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("import os; os.abort()", "crashed on it (SIGABRT)"),
        ("import os; os.kill(os.getpid(), 11)", "crashed on it (SIGSEGV)"),
        ("while True: pass", "came to no end"),
    ],
)
def test_a_library_that_crashes_or_hangs_is_survived(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, body: str, words: str
) -> None:
    limit = "import resource; resource.setrlimit(resource.RLIMIT_CPU, (1, 2))\n"
    probe = tmp_path / "probe.py"
    probe.write_text(limit + body)
    monkeypatch.setattr(hdf5_files, "_PROBE", probe)
    path = tmp_path / "a.h5"
    with h5py.File(path, "w") as file:
        file["x"] = 1.0
    with pytest.raises(ArtifactError) as caught, opened_hdf5(path):
        pass
    assert words in str(caught.value)


def test_every_step_of_the_look_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    limits = []
    monkeypatch.setattr(hdf5_probe.resource, "setrlimit", lambda _, both: limits.append(both[0]))
    hdf5_probe._begin_step()
    hdf5_probe._begin_step(10**9)
    assert 0 < limits[0] - time.process_time() < 6 < limits[1] - limits[0]


@pytest.fixture(scope="module")
def truth(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("truth") / "D"
    simulate_dataset(root, PRESETS["tiny"])
    return root / "truth.h5"


@pytest.mark.parametrize("name", [*SMALL_ARRAYS, *PLANES])
def test_a_truth_without_an_array_or_with_a_text_in_its_place_is_refused(
    truth: Path, tmp_path: Path, name: str
) -> None:
    path = tmp_path / "truth.h5"
    for replaced in (None, "text", np.zeros((2, 2, 2, 2))):
        path.write_bytes(truth.read_bytes())
        with h5py.File(path, "a") as file:
            steps = file["atmosphere_nodes"].attrs["steps"]
            del file[name]
            if replaced is not None:
                file[name] = replaced
                file[name].attrs["steps"] = steps
        with pytest.raises(ArtifactError, match=name) as caught:
            read_truth(path)
        assert str(caught.value).startswith(f"{path}: ")
    assert read_truth(truth).header.dates.size


def test_zeros_over_a_page_of_a_truth_end_with_a_message(truth: Path, tmp_path: Path) -> None:
    """The HDF5 library loops for ever on one of these."""
    path, content = tmp_path / "truth.h5", truth.read_bytes()
    for page in (1, 2):
        start = 4096 * page
        path.write_bytes(content[:start] + bytes(4096) + content[start + 4096 :])
        with pytest.raises(ArtifactError, match="HDF5"):
            read_truth(path)
