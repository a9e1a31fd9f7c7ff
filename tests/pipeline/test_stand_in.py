"""The folder of links that a dry run takes for the data set."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from pystamps.pipeline.stand_in import stand_in_for


def test_a_file_that_a_stage_takes_away_meanwhile_is_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("ps2.mat", "ps2.mat.tmp"):
        (tmp_path / name).write_text(name)
    listed = os.scandir

    @contextmanager
    def with_a_loss(folder: str | os.PathLike[str]) -> Iterator[Iterator[os.DirEntry[str]]]:
        with listed(folder) as entries:
            found = list(entries)
        (tmp_path / "ps2.mat.tmp").unlink(missing_ok=True)
        yield iter(found)

    monkeypatch.setattr(os, "scandir", with_a_loss)
    with stand_in_for(tmp_path, []) as folder:
        monkeypatch.undo()
        assert (folder / "ps2.mat").read_text() == "ps2.mat"
        assert not (folder / "ps2.mat.tmp").is_symlink()
        assert (folder / "ps2.mat").lstat().st_mtime_ns == (tmp_path / "ps2.mat").stat().st_mtime_ns


def test_a_patch_is_one_link_unless_something_in_it_is_protected(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = tmp_path / "dataset"
    for patch in ("PATCH_1", "PATCH_2"):
        (root / patch).mkdir(parents=True)
        (root / patch / "ps1.mat").write_text(patch)
    protected = root / "PATCH_2" / "ps1.mat"
    may = os.access
    monkeypatch.setattr(  # who runs the tests may be allowed to write everything
        os, "access", lambda path, mode: str(path) != str(protected) and may(path, mode)
    )
    with stand_in_for(root, ["PATCH_1", "PATCH_2"]) as folder:
        assert (folder / "PATCH_1").is_symlink()
        assert not (folder / "PATCH_2").is_symlink()
        assert (folder / "PATCH_2" / "ps1.mat").is_symlink()
        assert [(folder / p / "ps1.mat").read_text() for p in ("PATCH_1", "PATCH_2")] == [
            "PATCH_1",
            "PATCH_2",
        ]
    assert protected.is_file()
