"""Temporary files of killed commands are found wherever the commands write."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path, PurePath

import pytest

from pystamps.io.atomic import temporary_name
from pystamps.pipeline.leftovers import clear_leftovers
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
