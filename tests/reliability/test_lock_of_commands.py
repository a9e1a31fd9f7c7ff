"""One lock for every command that changes a data set; what the dead leave goes silently."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from pystamps.cli import main
from pystamps.errors import DatasetError
from pystamps.pipeline import heartbeat, lock_commands, run_lock, scratch
from pystamps.pipeline.file_systems import is_shared_with_hosts
from pystamps.pipeline.processes import bare_snakemake_at, mark_of_this_process
from pystamps.pipeline.run_lock import LOCK_FILE, holder_of_lock
from pystamps.simulate import PRESETS, simulate_dataset

HOLD = """
import sys, time
from pathlib import Path
from pystamps.pipeline.interruption import signals_that_interrupt
from pystamps.pipeline.run_lock import run_lock
try:
    with signals_that_interrupt(str), run_lock(Path(sys.argv[1]), sys.argv[2]):
        print("held", flush=True)
        time.sleep(60)
except KeyboardInterrupt:
    sys.exit(143)
"""
BARE = "import sys, time; print('works', flush=True); time.sleep(60)"


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


@contextmanager
def process_that(said: str, *command: str, folder: Path) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=folder) as process:
        assert process.stdout is not None and process.stdout.readline() == f"{said}\n"
        try:
            yield process
        finally:
            process.kill()


def holding(root: Path, activity: str = "stage 6") -> Iterator[subprocess.Popen[str]]:
    return process_that("held", sys.executable, "-c", HOLD, str(root), activity, folder=root)


@pytest.fixture
def dataset(tmp_path: Path) -> Path:
    root = tmp_path / "dataset"
    simulate_dataset(root, PRESETS["tiny"])
    return root


def test_every_command_that_changes_a_data_set_names_the_one_that_does(dataset: Path) -> None:
    with holding(dataset) as process:
        for command in (
            ("run", "-d", dataset),
            ("stage", "1", "-p", dataset / "PATCH_1"),
            ("report", "-d", dataset),
            ("unlock", "-d", dataset),
            ("simulate", dataset, "--preset", "tiny"),
            ("prep", "snap", dataset / "raw", dataset, "--force"),
            ("update", dataset, "--export", dataset / "raw"),
        ):
            done = run(*command)
            assert done.exit_code == 2, (command, done.output)
            assert f"pid {process.pid} on " in done.output, done.output
            assert ", stage 6" in done.output, done.output


def test_a_run_is_named_with_the_stage_that_it_works_on(tmp_path: Path) -> None:
    events = tmp_path / ".pystamps" / "runs" / "20260101-000000-000000" / "events.jsonl"
    events.parent.mkdir(parents=True)
    job = {"event": "job_info", "time": 1.0, "jobid": 1, "rule_name": "stage2_gamma"}
    events.write_text(json.dumps(job) + "\n")
    with (
        holding(tmp_path, "run"),
        pytest.raises(DatasetError, match=r", run, stage 2;"),
        run_lock.run_lock(tmp_path, "run"),
    ):
        pytest.fail("two at a time")
    with (
        holding(tmp_path),
        pytest.raises(DatasetError, match=r", stage 6;"),
        run_lock.run_lock(tmp_path, "run"),
    ):
        pytest.fail("two at a time")


def test_stop_ends_the_holder_cleanly_and_says_which_it_was(tmp_path: Path) -> None:
    with holding(tmp_path) as process:
        done = run("stop", "-d", tmp_path)
        assert done.exit_code == 0, done.output
        assert f"pid {process.pid} on " in done.output
        assert process.wait(10) == 143
    assert holder_of_lock(tmp_path) is None
    again = run("stop", "-d", tmp_path)
    assert again.exit_code == 2 and "nothing runs here" in again.output


def leave_garbage(root: Path, temporary: Path) -> list[Path]:
    """Leave what a run leaves that is killed; the process 2^22 + 1 lives nowhere."""
    mark = mark_of_this_process()
    left = [
        root / ".snakemake" / "locks" / "0.input.lock",
        root / ".snakemake" / "scripts" / "tmp1234.stage.py",
        root / "PATCH_1" / f".pm1.mat.{2**22 + 1}-0a1b2c3d.part",
        root / f".phuw2.mat.{2**22 + 1}-0a1b2c3d.part",
        root / ".pystamps" / "stage6" / "ifg_0001" / "snaphu.in",
        temporary / f"pystamps-{2**22 + 1}.{mark.born}.{mark.boot}-abcdefgh" / "config.yaml",
    ]
    for path in left:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    return left


def keep_what_is_in_use(root: Path, temporary: Path) -> list[Path]:
    mark = mark_of_this_process()
    kept = [
        root / "PATCH_1" / f".pm1.mat.{os.getpid()}-0a1b2c3d.part",
        root / "PATCH_1" / "notes.part",
        root / ".snakemake" / "incomplete" / "UEFUQ0hfMS9wbTEubWF0",
        root / ".pystamps" / "stage6" / "resumable" / "0001.npz",
        temporary / f"pystamps-{mark.pid}.{mark.born}.{mark.boot}-abcdefgh" / "config.yaml",
        temporary / f"pystamps-{2**22 + 1}.1.otherboot-abcdefgh" / "config.yaml",
        temporary / "pystamps-console-abc" / "x",
    ]
    for path in kept:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    return kept


@pytest.mark.parametrize("command", ["run_lock", "unlock"])
def test_what_a_killed_run_has_left_is_cleared_and_nothing_else(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    command: str,
) -> None:
    root, temporary = tmp_path / "data", tmp_path / "temporary"
    monkeypatch.setattr(scratch.tempfile, "tempdir", str(temporary))
    left, kept = leave_garbage(root, temporary), keep_what_is_in_use(root, temporary)
    with caplog.at_level("INFO"):
        if command == "unlock":
            done = run("unlock", "-d", root)
            assert done.exit_code == 0 and "the lock of Snakemake (1)" in done.output
        else:
            with run_lock.run_lock(root, "run"):
                pass
            (line,) = (r.message for r in caplog.records if "cleared" in r.message)
            assert "the lock of Snakemake (1)" in line and "temporary files (3)" in line
    assert [path for path in left if path.exists()] == []
    assert [path for path in kept if not path.exists()] == []


def test_a_snakemake_that_works_there_by_hand_is_named_and_keeps_its_lock(tmp_path: Path) -> None:
    lock = tmp_path / ".snakemake" / "locks" / "0.input.lock"
    lock.parent.mkdir(parents=True)
    lock.touch()
    code = tmp_path / "snakemake"
    code.write_text(BARE)
    with process_that("works", sys.executable, str(code), folder=tmp_path) as process:
        assert f"pid {process.pid}" in bare_snakemake_at(tmp_path)
        words = f"snakemake itself works here since 20.*, pid {process.pid}"
        with pytest.raises(DatasetError, match=words), run_lock.run_lock(tmp_path, "run"):
            pytest.fail("beside another")
        for command in ("unlock", "stop"):
            done = run(command, "-d", tmp_path)
            assert done.exit_code == 2 and f"pid {process.pid}" in done.output
    assert lock.exists()
    with run_lock.run_lock(tmp_path, "run"):
        assert not lock.exists()


@pytest.fixture
def shared(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let all files lie where other hosts see them."""
    for module in (run_lock, lock_commands):
        monkeypatch.setattr(module, "is_shared_with_hosts", lambda path: True)


def write_record_of_another_host(root: Path, *, minutes_ago: float) -> Path:
    path = root / LOCK_FILE
    path.parent.mkdir(parents=True, exist_ok=True)
    record = {"pid": 7, "host": "node7", "started": "2026-01-01T06:01:00+00:00",
              "activity": "run", "boot": "x", "born": 1}  # fmt: skip
    path.write_text(json.dumps(record))
    then = time.time() - 60 * minutes_ago
    os.utime(path, (then, then))
    return path


@pytest.mark.usefixtures("shared")
def test_a_holder_on_another_host_lives_while_it_gives_signs_of_life(tmp_path: Path) -> None:
    write_record_of_another_host(tmp_path, minutes_ago=1)
    words = "pid 7 on node7, run, last sign of life 6. s ago"
    with pytest.raises(DatasetError, match=words), run_lock.run_lock(tmp_path, "run"):
        pytest.fail("beside another host")
    holder = holder_of_lock(tmp_path)
    assert holder is not None and holder.host == "node7"
    assert run("unlock", "-d", tmp_path).exit_code == 2
    stopped = run("stop", "-d", tmp_path)
    assert stopped.exit_code == 2 and "not here; stop it there" in stopped.output


@pytest.mark.usefixtures("shared")
def test_a_silent_holder_on_another_host_is_probably_dead_and_unlock_removes_it(
    tmp_path: Path,
) -> None:
    write_record_of_another_host(tmp_path, minutes_ago=25)
    words = f"no sign of life for 25 min: it is probably dead; .*pystamps unlock -d {tmp_path}"
    with pytest.raises(DatasetError, match=words), run_lock.run_lock(tmp_path, "run"):
        pytest.fail("without being told")
    assert holder_of_lock(tmp_path) is None
    assert run("unlock", "-d", tmp_path).exit_code == 0
    with run_lock.run_lock(tmp_path, "run") as holder:
        assert holder.pid == os.getpid()


@pytest.mark.usefixtures("shared")
def test_the_holder_gives_signs_of_life(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(heartbeat, "_BEAT_S", 0.05)
    with run_lock.run_lock(tmp_path, "run"):
        path = tmp_path / LOCK_FILE
        os.utime(path, (1, 1))
        time.sleep(0.5)
        assert path.stat().st_mtime > time.time() - 60


def test_this_disk_is_no_file_system_of_several_hosts(tmp_path: Path) -> None:
    assert not is_shared_with_hosts(tmp_path)


def test_a_command_that_is_refused_leaves_no_folder(tmp_path: Path) -> None:
    done = run("prep", "snap", tmp_path / "no export", tmp_path / "new")
    assert done.exit_code == 2 and not (tmp_path / "new").exists()
    with pytest.raises(ZeroDivisionError), run_lock.run_lock(tmp_path / "new", "prep"):
        raise ZeroDivisionError
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize("layout", ["prepared", "raw"])
def test_a_killed_simulation_is_repeated_by_the_same_command(tmp_path: Path, layout: str) -> None:
    target, other = tmp_path / "made", tmp_path / "reference"
    command = [sys.executable, "-c", "from pystamps.cli import main; main()", "simulate"]
    arguments = [str(target), "--preset", "tiny", "--layout", layout]
    with subprocess.Popen([*command, *arguments], stderr=subprocess.DEVNULL) as process:
        while not any(target.rglob("*.rslc*")) and process.poll() is None:
            time.sleep(0.005)
        process.send_signal(signal.SIGKILL)
    assert process.returncode == -signal.SIGKILL and any(target.iterdir())
    (target / "my notes").touch()
    assert run("simulate", *arguments).exit_code == 2  # what is not ours is not touched
    (target / "my notes").unlink()
    done = run("simulate", *arguments)
    assert done.exit_code == 0, done.output
    assert run("simulate", other, "--preset", "tiny", "--layout", layout).exit_code == 0
    names = [
        {str(path.relative_to(root)) for path in root.rglob("*")} - {str(LOCK_FILE)}
        for root in (target, other)
    ]
    assert names[0] - {".pystamps"} == names[1] - {".pystamps"}
