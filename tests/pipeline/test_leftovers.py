"""Temporary files of killed commands are found wherever the commands write."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path, PurePath

import pytest

from pystamps.io.atomic import temporary_name
from pystamps.pipeline.leftovers import clear_leftovers
from pystamps.pipeline.processes import mark_of_this_process
from pystamps.pipeline.scratch import remove_abandoned_scratch, scratch_beginning
from pystamps.stage_table import FIGURES, STAGES, expanded

RECORDS = (
    ".snakemake/metadata", ".pystamps", ".pystamps/provenance", ".pystamps/jobs",
    ".pystamps/runs/20240101T000000", ".pystamps/stage6", ".pystamps/stage6/resumable",
)  # fmt: skip
OUTPUTS = expanded(
    [name for stage in (*STAGES, *FIGURES) for name in stage.all_outputs],
    patches=["PATCH_1"],
    angle="la",
)
FOLDERS = sorted({*RECORDS, *(str(PurePath(name).parent) for name in OUTPUTS)})


def pid_of_an_ended_process() -> int:
    with subprocess.Popen([sys.executable, "-I", "-S", "-c", ""]) as process:
        process.wait()
    return process.pid


@pytest.mark.parametrize("folder", FOLDERS)
def test_a_temporary_file_of_a_killed_command_goes_with_the_next_one(
    tmp_path: Path, folder: str
) -> None:
    """Killed between the writing and the renaming of a file, in any folder that is written to."""
    (tmp_path / folder).mkdir(parents=True, exist_ok=True)
    ours = temporary_name(tmp_path / folder / "some.json")
    left = ours.with_name(f".some.json.{pid_of_an_ended_process()}-0123abcd.part")
    for path in (ours, left):
        path.touch()
    assert clear_leftovers(tmp_path, is_local=True) == ["temporary files (1)"]
    assert ours.exists()
    assert not left.exists()


def test_folders_of_killed_commands_are_looked_for_without_a_trial_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Python writes a file to find its temporary folder, and a kill in that moment left it."""
    place = tmp_path / "temporary"
    place.mkdir()
    monkeypatch.setenv("TMPDIR", str(place))
    monkeypatch.setattr(tempfile, "tempdir", None)
    monkeypatch.setattr(tempfile, "_get_default_tempdir", None)  # a call would fail
    mark = mark_of_this_process()
    left = place / f"pystamps-{pid_of_an_ended_process()}.{mark.born}.{mark.boot}-abc"
    ours = place / f"pystamps-{mark.pid}.{mark.born}.{mark.boot}-abc"
    for folder in (left, ours):
        folder.mkdir()
    assert remove_abandoned_scratch() == [left]
    assert list(place.iterdir()) == [ours]
    monkeypatch.undo()
    monkeypatch.setenv("TMPDIR", str(place))
    monkeypatch.setattr(tempfile, "tempdir", None)
    assert Path(scratch_beginning()).parent == place
