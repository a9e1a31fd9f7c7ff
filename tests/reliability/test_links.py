"""Links where commands write, delete or create: refused, and nothing behind them changes."""

from __future__ import annotations

import os
import re
import shutil
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path

import pytest
from click.testing import CliRunner

import pystamps
from pystamps.cli import main
from pystamps.errors import DatasetError
from pystamps.io.dataset import OWN_FOLDERS
from pystamps.io.own_places import (
    links_in_own_places,
    new_own_file,
    open_own_file,
    own_folder,
    refuse_links,
    remove_own_folder,
)
from pystamps.pipeline.run_lock import run_lock
from pystamps.resources import workflow_directory
from pystamps.simulate import PRESETS, WriteOptions, changed_scene, simulate_dataset
from pystamps.stage_table import STAGES, names_of_results

SMALL = changed_scene(PRESETS["tiny"], {"preparation.patches": (1, 1), "lines": 40, "samples": 50})

FOLDERS = (
    ".pystamps", ".pystamps/stage6", ".pystamps/stage6/resumable", ".pystamps/runs",
    ".pystamps/provenance", ".pystamps/previous", ".pystamps/jobs", ".pystamps/stage0",
    ".snakemake", ".snakemake/locks", ".snakemake/metadata", ".snakemake/scripts",
    ".snakemake/log", ".snakemake/incomplete", "logs", "logs/PATCH_1", "benchmarks",
    "benchmarks/PATCH_1", "figures", "PATCH_7",
)  # fmt: skip
FILES = (
    ".pystamps/run.lock", ".pystamps/previous.lock", ".pystamps/stage0.lock", ".parms.mat.lock",
    ".pystamps/preparation.json", ".pystamps/provenance/stage7_scla.json",
    ".snakemake/metadata/c2NsYTIubWF0", "logs/stage7_scla.log", "logs/PATCH_1/stage1_load.log",
    "benchmarks/stage7_scla.tsv", "figures/velocity_map.png", "parms.mat", "psver.mat",
    "no_ps_info.mat", "report.html", "patch.list", "PATCH_1/pm1.mat", "PATCH_1/psver.mat",
    "scla2.mat", "mean_v.mat", "uw_space_time.mat",
)  # fmt: skip


@pytest.fixture(scope="module")
def prepared_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("prepared") / "data"
    simulate_dataset(root, SMALL)
    return root


@pytest.fixture
def root(prepared_once: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(prepared_once, tmp_path / "data", symlinks=True))


@pytest.fixture
def outside(tmp_path: Path) -> Iterator[Path]:
    """Give a folder of the user elsewhere; it is as it was when the test has ended."""
    folder = tmp_path / "home"
    for name in ("ifg_0001", "resumable", "stage0", "20200101-000000-000000", "scla.PATCH_1"):
        (folder / name).mkdir(parents=True)
        (folder / name / "precious").write_text("precious")
    for name in ("precious", "1.lock", ".bashrc", "tmp1.stage.py", "run.lock"):
        (folder / name).write_text("precious")
    before = contents(folder)
    yield folder
    assert contents(folder) == before


def contents(folder: Path) -> dict[str, tuple[object, ...]]:
    def seen(path: Path) -> tuple[object, ...]:
        found = path.lstat()
        text = path.read_bytes() if stat.S_ISREG(found.st_mode) else b""
        return found.st_mode, found.st_mtime_ns, found.st_ino, text

    return {str(path.relative_to(folder)): seen(path) for path in sorted(folder.rglob("*"))}


def put_link(root: Path, name: str, target: Path) -> Path:
    """Replace a file or folder of a data set by a link."""
    link = root / name
    link.parent.mkdir(parents=True, exist_ok=True)
    if link.is_dir():
        shutil.rmtree(link)
    link.unlink(missing_ok=True)
    link.symlink_to(target)
    return link


def refused(*arguments: object) -> str:
    """Run a command that is refused in one line; give the line."""
    found = CliRunner().invoke(main, [str(argument) for argument in arguments])
    assert found.exit_code == 2, found.output
    (line,) = [line for line in found.output.splitlines() if line.startswith("error: ")]
    assert "Traceback" not in found.output
    return line


def lock(root: Path) -> None:
    """Begin to change a data set, as every command does."""
    with run_lock(root):
        pytest.fail("the lock was taken")


@pytest.mark.parametrize("name", FOLDERS)
def test_a_folder_of_ours_that_is_a_link_is_refused_and_named(root, outside, name):
    put_link(root, name, outside)
    with pytest.raises(DatasetError, match=re.escape(f"{name} -> {str(outside)!r}")):
        lock(root)


@pytest.mark.parametrize("target", [".bashrc", "not there yet"])
@pytest.mark.parametrize("name", FILES)
def test_a_file_of_ours_that_is_a_link_is_refused_and_named(root, outside, name, target):
    put_link(root, name, outside / target)
    with pytest.raises(DatasetError, match=re.escape(f"{name} -> {str(outside / target)!r}")):
        lock(root)


@pytest.mark.parametrize(
    "command",
    [
        "run -d {root}", "run -n -d {root}", "stage 1 --patch {root}/PATCH_1",
        "stage 6 -d {root}", "report -d {root}", "unlock -d {root}",
        "params set -d {root} max_topo_err=7",
        "prep snap --force {root}/raw {root}", "prep snap {root}/raw {root}",
        "update {root} --export {root}/raw",
    ],
)  # fmt: skip
@pytest.mark.parametrize("name", [".pystamps", ".pystamps/stage6", "logs", "PATCH_1/ps1.mat"])
def test_every_command_that_changes_a_data_set_refuses_it(root, outside, command, name):
    (root / "PATCH_1" / "ps1.mat").write_bytes((root / "parms.mat").read_bytes())
    put_link(root, name, outside)
    before = contents(root)
    line = refused(*command.format(root=root).split(" "))
    assert f"{name} -> " in line
    assert contents(root) == before


@pytest.mark.parametrize("command", ["import", "report --figures-only", "report", "run"])
def test_so_does_every_command_on_finished_results(finished, outside, command):
    put_link(finished, "scla2.mat", outside / "precious")
    before = contents(finished)
    assert "scla2.mat" in refused(*command.split(" "), "-d", finished)
    assert contents(finished) == before


def test_a_simulation_does_not_begin_in_a_folder_with_a_link(tmp_path, outside):
    (outside / "simulation").touch()  # the mark of an unfinished one, which is removed
    root = tmp_path / "new"
    root.mkdir()
    (root / ".pystamps").symlink_to(outside)
    before = contents(outside)
    refused("simulate", root, "--preset", "tiny")
    assert contents(outside) == before
    (outside / "simulation").unlink()
    os.utime(outside)


@pytest.mark.workflow
def test_a_bare_snakemake_refuses_it_too(root, outside):
    put_link(root, "logs", outside)
    command = [sys.executable, "-m", "snakemake", "--cores", "1", "--config", f"dataset={root}"]
    snakefile = ["--snakefile", str(workflow_directory() / "Snakefile")]
    done = subprocess.run([*command, *snakefile], capture_output=True, text=True, check=False,
                          cwd=root.parent)  # fmt: skip
    assert done.returncode == 1
    assert "logs -> " in done.stderr and "Traceback" not in done.stderr


def test_the_doctor_finds_the_link_and_says_what_to_do(root, outside):
    put_link(root, "scla2.mat", outside / ".bashrc")
    found = CliRunner().invoke(main, ["doctor", str(root), "--quick", "--json"])
    assert found.exit_code == 1 and '"link-in-results"' in found.output


def test_results_of_every_stage_are_among_the_places(root, outside):
    for stage in STAGES:
        for name in stage.outputs:
            path = root / name.replace("{patch}", "PATCH_1")
            put_link(root, str(path.relative_to(root)), outside / "nowhere")
    found = {link.name for link in links_in_own_places(root)}
    assert found == {Path(name).name for stage in STAGES for name in stage.outputs}
    assert found <= {Path(name).name for name in names_of_results()}


@pytest.mark.parametrize(("name", "is_passed_over"), [("PATCH_1", False), ("logs", True)])
def test_a_folder_that_may_not_be_read_is_no_folder_without_links(
    root, monkeypatch, name, is_passed_over
):
    """What lies in a patch has to be known before anything is written; logs are only ours."""
    (root / "logs").mkdir(exist_ok=True)
    scandir = os.scandir

    def closed(folder):
        if Path(folder) == root / name:
            raise PermissionError(13, "Permission denied", str(folder))
        return scandir(folder)

    monkeypatch.setattr(os, "scandir", closed)
    with nullcontext() if is_passed_over else pytest.raises(PermissionError):
        assert links_in_own_places(root) == []


def test_inputs_of_a_data_set_may_be_links(root, tmp_path):
    """People link the images and candidates that they share between trials; those are read."""
    store = tmp_path / "store"
    shutil.move(root / "raw", store)
    (root / "raw").symlink_to(store)
    for path in sorted((root / "PATCH_1").iterdir()):
        shutil.move(path, store / path.name)
        path.symlink_to(store / path.name)
    for path in [path for path in root.glob("*.txt") if path.name != "patch.list"]:
        shutil.move(path, store / path.name)
        path.symlink_to(store / path.name)
    assert links_in_own_places(root) == []
    before = contents(store)
    found = CliRunner().invoke(main, ["stage", "1", "--patch", str(root / "PATCH_1")])
    assert found.exit_code == 0, found.output
    assert contents(store) == before
    assert not (root / "PATCH_1" / "ps1.mat").is_symlink()


def test_a_data_set_may_be_reached_through_a_link(root, tmp_path):
    (tmp_path / "link").symlink_to(root)
    assert links_in_own_places(tmp_path / "link") == []
    found = CliRunner().invoke(main, ["unlock", "-d", str(tmp_path / "link")])
    assert found.exit_code == 0, found.output


@pytest.mark.parametrize("target", ["PATCH_2", "../elsewhere/PATCH_1"])
def test_a_patch_that_is_a_link_is_refused_wherever_it_leads(root, tmp_path, target):
    shutil.move(root / "PATCH_1", root / "PATCH_2")
    shutil.copytree(root / "PATCH_2", tmp_path / "elsewhere" / "PATCH_1")
    (root / "PATCH_1").symlink_to(target)
    (root / "patch.list").write_text("PATCH_1\nPATCH_2\n")
    assert "PATCH_1: is a link" in refused("status", "-d", root)


def test_a_link_that_appears_after_the_check_is_not_followed_by_what_deletes(tmp_path, outside):
    (tmp_path / "data" / ".pystamps").mkdir(parents=True)
    (tmp_path / "data" / ".pystamps" / "stage6").symlink_to(outside)
    for name in (".pystamps/stage6", ".pystamps/stage6/ifg_0001"):
        with pytest.raises(DatasetError, match="stage6: is a link"):
            remove_own_folder(tmp_path / "data", name)


def test_a_folder_that_is_exchanged_for_a_link_while_it_is_removed_leads_nowhere(tmp_path, outside):
    """Both go on at once; what is deleted was always opened as a folder of the data set."""
    root = tmp_path / "data"
    is_over = threading.Event()

    def exchange() -> None:
        while not is_over.is_set():
            folder, link = root / "work" / "ifg", root / "work" / "spare"
            try:
                link.symlink_to(outside)
                folder.rename(root / "work" / "gone")
                link.rename(folder)
            except OSError:
                continue  # the other one was quicker

    thread = threading.Thread(target=exchange)
    thread.start()
    try:
        for _ in range(200):
            try:
                own_folder(root, "work/ifg/deep")
                remove_own_folder(root, "work/ifg")
            except (DatasetError, OSError):
                pass  # refused: that is allowed, to follow the link is not
            shutil.rmtree(root / "work", ignore_errors=True)
    finally:
        is_over.set()
        thread.join()


def test_files_are_opened_through_no_link(tmp_path, outside):
    root = tmp_path / "data"
    root.mkdir()
    (root / "lock").symlink_to(outside / "run.lock")
    (root / "folder").symlink_to(outside)
    with pytest.raises(DatasetError, match=r"lock: is a link to .*run\.lock"):
        open_own_file(root, "lock", "w")
    with pytest.raises(DatasetError, match="folder: is a link"):
        open_own_file(root, "folder/run.lock", "w")
    with pytest.raises(DatasetError, match="folder: is a link"):
        own_folder(root, "folder/below")


def test_a_new_file_takes_the_place_of_a_link_of_either_kind(tmp_path, outside):
    for number, make in enumerate((os.symlink, os.link)):
        log = tmp_path / f"{number}.log"
        make(outside / ".bashrc", log)
        os.utime(outside / ".bashrc", ns=(0, (outside / ".bashrc").stat().st_mtime_ns))
        with new_own_file(log) as stream:
            stream.write(b"said")
        assert log.read_text() == "said" and not log.is_symlink()


def test_links_of_environments_and_of_prepared_rasters_do_not_count(root, outside):
    for name in (".snakemake/conda/0/bin/python", ".pystamps/stage0/inc_angle.raw"):
        put_link(root, name, outside / "precious")
    refuse_links(root)
    with run_lock(root):
        pass


def test_nothing_else_in_the_package_removes_folders():
    """One owner: a second way to delete would be one that may follow links."""
    package = Path(pystamps.__file__).parent
    using = {
        str(path.relative_to(package))
        for path in package.rglob("*.py")
        if "rmtree(" in path.read_text()
    }
    # the guard of children imports nothing of ours; it removes the temporary folder it is told of
    assert using == {"io/own_places.py", "pipeline/child_guard.py"}


def test_a_preparation_again_leaves_what_links_in_the_export_lead_to(tmp_path, outside):
    export = tmp_path / "export"
    simulate_dataset(export, SMALL, options=WriteOptions(layout="raw"))
    first = CliRunner().invoke(main, ["prep", "snap", str(export), str(tmp_path / "data")])
    assert first.exit_code == 0, first.output
    (tmp_path / "data" / "width.txt").unlink()
    (tmp_path / "data" / "width.txt").symlink_to(outside / ".bashrc")
    again = CliRunner().invoke(
        main, ["prep", "snap", "--force", str(export), str(tmp_path / "data")]
    )
    assert again.exit_code == 0, again.output
    assert not (tmp_path / "data" / "width.txt").is_symlink()


@pytest.mark.parametrize("name", OWN_FOLDERS)
def test_a_folder_of_ours_is_no_patch(tmp_path, name):
    (tmp_path / name).mkdir()
    (tmp_path / "patch.list").write_text(f"{name}\n")
    assert "no patch; take it off the list" in refused("status", "-d", tmp_path)
