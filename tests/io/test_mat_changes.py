"""Changing some variables of a MAT file keeps the bytes of all others."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
import scipy.io
import scipy.sparse

from pystamps.io.mat import describe_mat, read_mat, write_mat
from pystamps.io.mat_changes import CannotKeepError, change_mat

FOREIGN = {
    "notes": {"author": "me", "years": [2018.0, 2019.0], "inner": {"deep": 1.0}},
    "names": np.array(["one", 2.0, [3.0]], dtype=object),
    "matrix": scipy.sparse.csc_array(np.diag([1.0, 0, 3.0])),
    "lines": np.array(["first", "other"]),
    "whole": np.array([[1, 2]], dtype=np.int16),
}
"""What people keep beside the parameters: structure, cell, sparse, text of two rows, int16."""


def elements_of(path: Path) -> dict[str, bytes]:
    """Give the bytes of every variable, by name."""
    from pystamps.io import mat_changes

    found = mat_changes._elements_of(path.read_bytes(), path)
    return {element.name: element.stored for element in found}


@pytest.mark.parametrize("compressed", [False, True], ids=["plain", "compressed"])
def test_structures_cells_and_sparse_matrices_keep_their_bytes(
    tmp_path: Path, compressed: bool
) -> None:
    path = tmp_path / "parms.mat"
    known = {"weed_time_win": 500.0, "clap_alpha": 1.0}
    scipy.io.savemat(path, {**FOREIGN, **known}, do_compression=compressed)
    before = elements_of(path)
    change_mat(path, {"weed_time_win": 730.0, "new": "text"}, removed=["clap_alpha", "absent"])
    after = elements_of(path)
    assert {name: after[name] for name in FOREIGN} == {name: before[name] for name in FOREIGN}
    assert after.keys() == {*FOREIGN, "weed_time_win", "new"}
    found = scipy.io.loadmat(path, simplify_cells=True)
    assert found["weed_time_win"] == 730 and found["new"] == "text"
    assert found["notes"]["inner"] == {"deep": 1.0}
    assert found["names"].tolist()[:2] == ["one", 2.0]
    assert read_mat(path)["weed_time_win"].tolist() == [[730.0]]


def save_hdf5(path: Path) -> None:
    """Write a file of version 7.3 that holds a structure and a cell, as MATLAB does."""
    write_mat(path, {"weed_time_win": np.array([[500.0]]), "clap_alpha": 1.0}, version="7.3")
    with h5py.File(path, "r+") as file:
        group = file.create_group("notes")
        group.attrs["MATLAB_class"] = np.bytes_("struct")
        group.create_dataset("years", data=[2018.0, 2019.0])
        inside = file.create_group("#refs#").create_dataset("a", data=[1.0])
        cell = file.create_dataset("names", (1, 1), dtype=h5py.ref_dtype)
        cell[0, 0] = inside.ref
        cell.attrs["MATLAB_class"] = np.bytes_("cell")


def test_files_of_version_7_3_keep_structures_and_cells(tmp_path: Path) -> None:
    path = tmp_path / "parms.mat"
    save_hdf5(path)
    header = path.read_bytes()[:512]
    change_mat(path, {"weed_time_win": 730.0, "new": "text"}, removed=["clap_alpha"])
    assert path.read_bytes()[:512] == header
    found = read_mat(path)
    assert (found["weed_time_win"].item(), found["new"]) == (730, "text")
    assert {name: kind for name, (_, kind) in describe_mat(path).items()} == {
        "weed_time_win": "double",
        "new": "char",
        "notes": "struct",
        "names": "cell",
    }
    with h5py.File(path) as file:
        assert file["notes/years"][()].tolist() == [2018.0, 2019.0]
        assert file[file["names"][0, 0]][()].tolist() == [1.0]


def test_what_cannot_be_kept_is_named_and_nothing_is_written(tmp_path: Path) -> None:
    path = tmp_path / "parms.mat"
    scipy.io.savemat(path, {"weed_time_win": 500.0, "notes": {"year": 2018.0}})
    content = path.read_bytes()
    path.write_bytes(content[:-24])
    with pytest.raises(CannotKeepError, match=r"parms\.mat: is damaged at byte \d+"):
        change_mat(path, {"weed_time_win": 730.0})
    assert path.read_bytes() == content[:-24]
    assert [entry.name for entry in tmp_path.iterdir()] == ["parms.mat"]


def test_a_structure_in_a_file_of_another_machine_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "parms.mat"
    scipy.io.savemat(path, {"weed_time_win": 500.0, "notes": {"year": 2018.0}})
    content = path.read_bytes()
    path.write_bytes(content[:124] + b"\x01\x00MI" + content[128:])
    described = {"weed_time_win": ((1, 1), "double"), "notes": ((1, 1), "struct")}
    monkeypatch.setattr("pystamps.io.mat_changes.describe_mat", lambda path: described)
    with pytest.raises(CannotKeepError, match=r"holds notes \(struct\), which would be lost"):
        change_mat(path, {"weed_time_win": 730.0})
    assert path.read_bytes()[128:] == content[128:]


def test_a_file_of_version_4_is_written_anew_with_all_its_variables(tmp_path: Path) -> None:
    path = tmp_path / "parms.mat"
    scipy.io.savemat(path, {"weed_time_win": 500.0, "mine": [[1.0, 2.0]]}, format="4")
    change_mat(path, {"weed_time_win": 730.0})
    found = read_mat(path)
    assert (found["weed_time_win"].item(), found["mine"].tolist()) == (730, [[1.0, 2.0]])


def test_a_variable_that_stands_twice_is_replaced_by_one(tmp_path: Path) -> None:
    path, other = tmp_path / "parms.mat", tmp_path / "other.mat"
    scipy.io.savemat(path, {"weed_time_win": 500.0})
    scipy.io.savemat(other, {"weed_time_win": 600.0, "mine": 1.0})
    path.write_bytes(path.read_bytes() + other.read_bytes()[128:])
    change_mat(path, {"weed_time_win": 730.0})
    assert scipy.io.whosmat(path) == [
        ("mine", (1, 1), "double"),
        ("weed_time_win", (1, 1), "double"),
    ]


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("octave-cli") is None, reason="Octave is not installed")
@pytest.mark.parametrize("option", ["-v7", "-v6"])
def test_octave_finds_its_own_structures_again(tmp_path: Path, option: str) -> None:
    def octave(code: str) -> str:
        run = ["octave-cli", "--quiet", "--no-init-file", "--eval", code]
        return subprocess.run(run, cwd=tmp_path, capture_output=True, text=True, check=True).stdout

    octave(
        "notes.years = [2018 2019]; notes.inner.deep = {'a', {1}}; f = {@sin}; names = {'one', 2};"
        f"weed_time_win = 500; save('{option}', 'parms.mat', 'notes', 'names', 'weed_time_win')"
    )
    change_mat(tmp_path / "parms.mat", {"weed_time_win": np.array([[730.0]]), "note": "text"})
    said = octave(
        "load parms.mat; disp(weed_time_win); disp(notes.inner.deep{2}{1}); disp(names{1});"
        "disp(note)"
    )
    assert said.split() == ["730", "1", "one", "text"]


def test_values_that_are_no_arrays_are_refused_before_anything_is_written(tmp_path: Path) -> None:
    path = tmp_path / "parms.mat"
    scipy.io.savemat(path, {"mine": 1.0})
    content, value = path.read_bytes(), {"a": Any}
    with pytest.raises(TypeError, match="no MATLAB class"):
        change_mat(path, {"mine": value})
    assert path.read_bytes() == content
