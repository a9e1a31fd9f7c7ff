"""Jobs and commands that begin at the same moment: what they share is whole, and none fails."""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from side_by_side import run_side_by_side

from pystamps.config import RunConfig
from pystamps.errors import DatasetError
from pystamps.io.mat import read_mat
from pystamps.io.result_sets import PREVIOUS, set_swap
from pystamps.io.stage_records import versions_of
from pystamps.parameters.files import effective_parameters
from pystamps.pipeline.job_notes import note_of, noted_job
from pystamps.pipeline.leftovers import clear_temporary_files
from pystamps.pipeline.previous_results import recover_results, recovery_held_off
from pystamps.pipeline.processes import boot_mark
from pystamps.pipeline.replaying import run_or_replay_stage
from pystamps.pipeline.run_lock import holder_of_lock, run_lock
from pystamps.pipeline.scratch import remove_abandoned_scratch
from pystamps.simulate import PRESETS, changed_scene, simulate_dataset
from pystamps.stage_table import stage_named

PATCHES = tuple(f"PATCH_{number}" for number in range(1, 9))
OFTEN = 6
"""Times that every process repeats its work."""


@pytest.fixture(scope="module")
def of_many_patches(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small data set of eight patches, with stage 1 done once, so that all modules are loaded."""
    root = tmp_path_factory.mktemp("patches") / "dataset"
    changes = {"lines": 40, "samples": 40, "preparation.patches": (4, 2),
               "acquisitions.interferograms": 4}  # fmt: skip
    simulate_dataset(root, changed_scene(PRESETS["tiny"], changes))
    load(root, PATCHES[0])
    return root


def load(root: Path, patch: str) -> None:
    """Do what a job of stage 1 does, without a lock of its own: Snakemake or a cluster runs it."""
    with noted_job(root, "stage1_load", patch):
        run_or_replay_stage(stage_named("stage1_load"), root / patch, RunConfig(dataset=root))


def load_often(root: Path, patch: str) -> None:
    for _ in range(OFTEN):
        load(root, patch)


def look_often(root: Path) -> None:
    """Do what `status`, the console and other runs do while jobs work."""
    for _ in range(10 * OFTEN):
        recover_results(root)
        for patch in PATCHES:
            note_of(root, "stage1_load", patch)
            versions_of(root, "stage1_load", patch, [f"{patch}/ps1.mat"])
        effective_parameters(root, root / PATCHES[0], {})
        holder_of_lock(root)
        time.sleep(0.002)


@pytest.mark.slow
def test_jobs_of_many_patches_and_those_who_look_at_them(of_many_patches: Path) -> None:
    root = of_many_patches
    jobs: list[Callable[[], None]] = [partial(load_often, root, patch) for patch in PATCHES]
    lookers: list[Callable[[], None]] = [partial(look_often, root)] * 2
    assert run_side_by_side(jobs + lookers) == []
    recover_results(root)
    for patch in PATCHES:
        record = json.loads((root / f".pystamps/provenance/stage1_load.{patch}.json").read_text())
        assert set(record["files"]) >= {"ps1.mat", "ph1.mat", "bp1.mat"}
        names = [f"{patch}/{name}" for name in record["files"]]
        assert set(versions_of(root, "stage1_load", patch, names).values()) == {record["version"]}
        assert read_mat(root / patch / "psver.mat")["psver"] == 1
    assert read_mat(root / "parms.mat")["max_topo_err"] == 20
    assert not (root / PREVIOUS).exists()
    assert not list((root / ".pystamps" / "jobs").iterdir())
    assert not list(root.rglob("*.part"))


def test_swaps_in_several_processes_make_and_remove_their_common_folder(tmp_path: Path) -> None:
    (tmp_path / ".pystamps").mkdir()

    def swap_often(patch: str) -> None:
        for _ in range(40):
            names = [f"{patch}.mat"]
            with recovery_held_off(tmp_path), set_swap(tmp_path, f"s.{patch}", names, names):
                (tmp_path / names[0]).write_text("new")

    def look() -> None:
        for _ in range(200):
            recover_results(tmp_path)

    swaps: list[Callable[[], None]] = [partial(swap_often, patch) for patch in PATCHES]
    assert run_side_by_side([*swaps, look]) == []
    assert not (tmp_path / PREVIOUS).exists()
    assert all((tmp_path / f"{patch}.mat").read_text() == "new" for patch in PATCHES)


def test_commands_that_start_together_in_a_new_folder_have_it_one_after_the_other(
    tmp_path: Path,
) -> None:
    root, taken = tmp_path / "new", tmp_path / "taken"

    def command() -> None:
        got = 0
        deadline = time.monotonic() + 300
        while got < 3 and time.monotonic() < deadline:
            try:
                with run_lock(root, "simulate"):
                    taken.mkdir()  # fails where another one is here
                    taken.rmdir()
                    got += 1
            except DatasetError:
                time.sleep(0.01)
        assert got == 3

    assert run_side_by_side([command] * 6) == []
    # who was refused while another one made the folder cannot know that it is nobody's
    assert {path.name for path in root.rglob("*")} <= {".pystamps", "run.lock"}


def test_several_commands_clear_the_same_leftovers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    dead = 999_999_999  # beyond every number of a process

    def clear() -> None:
        remove_abandoned_scratch()
        clear_temporary_files(tmp_path, is_local=True)

    for number in range(60):
        folder = tmp_path / f"pystamps-{dead}.{number}.{boot_mark()}-x{number}"
        (folder / "tmp").mkdir(parents=True)
        (tmp_path / f".ps1.mat.{dead}-{number:08x}.part").touch()
    assert run_side_by_side([clear] * 6) == []
    assert not list(tmp_path.iterdir())
