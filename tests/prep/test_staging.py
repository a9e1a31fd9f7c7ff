"""Preparations that are interrupted, repeated or forced."""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import raw_exports

from pystamps.config import RawExport
from pystamps.errors import DatasetError
from pystamps.io.dataset import discover_dataset
from pystamps.io.mat import read_mat, write_mat
from pystamps.prep import prepare, staging
from pystamps.prep.prepare import prepare_dataset


@pytest.fixture
def raw(tmp_path: Path) -> RawExport:
    return RawExport(export=raw_exports.snap_export(tmp_path / "raw"), patches="1x2")


@pytest.fixture
def run(tmp_path: Path, raw: RawExport) -> Path:
    """A prepared data set with results of later stages, parameters and a foreign file."""
    root = tmp_path / "run"
    prepare_dataset(root, raw)
    for name in ("PATCH_1/ps1.mat", "PATCH_2/pm1.mat", "ps2.mat", "phuw2.mat", "uw_grid.mat"):
        (root / name).write_text("a result")
    (root / "notes.txt").write_text("mine")
    write_mat(root / "parms.mat", read_mat(root / "parms.mat") | {"clap_win": 64.0})
    return root


def contents(root: Path) -> dict[str, bytes]:
    """Give all files but locks."""
    found = (path for path in root.rglob("*") if path.is_file() and path.suffix != ".lock")
    return {str(path.relative_to(root)): path.read_bytes() for path in found}


def test_a_data_set_is_never_prepared_over_without_force(run, raw):
    before = contents(run)
    with pytest.raises(
        DatasetError, match=r"holds a data set already \(patch\.list, PATCH_1.*--force"
    ):
        prepare_dataset(run, raw)
    assert contents(run) == before


def test_results_without_patches_protect_a_data_set_too(tmp_path, raw):
    (tmp_path / "old").mkdir()
    (tmp_path / "old" / "phuw2.mat").write_text("a result")
    with pytest.raises(DatasetError, match=r"phuw2\.mat"):
        prepare_dataset(tmp_path / "old", raw)


def test_force_replaces_patches_and_results_and_keeps_parameters(run, raw):
    import dataclasses

    prepare_dataset(run, dataclasses.replace(raw, patches="1x1"), existing="replace")
    found = contents(run)
    assert not {"PATCH_1/ps1.mat", "ps2.mat", "phuw2.mat", "uw_grid.mat"} & found.keys()
    assert not (run / "PATCH_2").exists()
    assert found["notes.txt"] == b"mine"
    assert read_mat(run / "parms.mat")["clap_win"].item() == 64


def test_the_workflow_exchanges_prepared_files_only(run, raw):
    (run / "PATCH_1" / "pscands.1.ij").write_text("old")
    prepare_dataset(run, raw, existing="keep results")
    assert (run / "PATCH_1" / "ps1.mat").read_text() == "a result"
    assert (run / "PATCH_1" / "pscands.1.ij").read_text() != "old"


def test_an_error_on_the_way_leaves_an_existing_data_set_as_it_was(run, raw, monkeypatch):
    def fail(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    before = contents(run)
    monkeypatch.setattr(prepare, "extract_phases", fail)
    with pytest.raises(KeyboardInterrupt):
        prepare_dataset(run, raw, existing="replace")
    assert contents(run) == before
    assert not (run / staging.STAGING).exists()


def test_a_preparation_killed_while_moving_files_is_finished_by_the_next(
    tmp_path, raw, monkeypatch
):
    whole = tmp_path / "whole"
    prepare_dataset(whole, raw)
    root = tmp_path / "run"
    moved = []
    replace = Path.replace

    def stop_after_five(self: Path, target: Path) -> Path:
        if "stage0" in str(self) and "stage0" not in str(target):
            moved.append(target)
            if len(moved) > 5:
                raise RuntimeError("killed")
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", stop_after_five)
    with pytest.raises(RuntimeError):
        prepare_dataset(root, raw)
    monkeypatch.setattr(Path, "replace", replace)
    with pytest.raises(DatasetError, match="interrupted"):
        discover_dataset(root)
    monkeypatch.setattr(prepare, "calibrate", None)  # nothing is computed again
    summary = prepare_dataset(root, raw)
    assert summary.patches and summary.root == root
    # parms.mat holds the time of writing in its header
    skipped = {"parms.mat", ".pystamps/preparation.json"}
    found, expected = contents(root), contents(whole)
    assert found.keys() == expected.keys()
    assert all(found[name] == expected[name] for name in found.keys() - skipped)


def test_a_killed_preparation_leaves_no_half_data_set_and_begins_anew(tmp_path, raw):
    root = tmp_path / "run"
    code = (
        "import time; from pathlib import Path; from pystamps.config import RawExport\n"
        "from pystamps.prep import prepare\n"
        "prepare.extract_phases = lambda *a, **k: time.sleep(60)\n"
        f"prepare.prepare_dataset(Path({str(root)!r}), RawExport(export=Path({str(raw.export)!r})))"
    )
    process = subprocess.Popen([sys.executable, "-c", code], cwd=tmp_path)
    staged = root / staging.STAGING / "PATCH_1" / "pscands.1.da"
    deadline = time.monotonic() + 60
    while not (staged.exists() and staged.stat().st_size) and time.monotonic() < deadline:
        time.sleep(0.02)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert staged.exists()
    with pytest.raises(DatasetError, match="not a data set"):
        discover_dataset(root)
    assert prepare_dataset(root, raw).candidates
    assert [patch.name for patch in discover_dataset(root).patches] == ["PATCH_1", "PATCH_2"]
    assert not (root / staging.STAGING).exists()


def test_two_preparations_of_one_data_set_at_a_time_are_refused(tmp_path, raw):
    lock = tmp_path / "run" / ".pystamps" / "stage0.lock"
    lock.parent.mkdir(parents=True)
    with lock.open("w") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        with pytest.raises(DatasetError, match="being prepared by another process"):
            prepare_dataset(tmp_path / "run", raw)


def test_a_directory_that_cannot_be_made_is_an_error_of_one_line(tmp_path, raw):
    (tmp_path / "file").write_text("")
    with pytest.raises(DatasetError, match="cannot be made"):
        prepare_dataset(tmp_path / "file" / "run", raw)
