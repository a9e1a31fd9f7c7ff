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
