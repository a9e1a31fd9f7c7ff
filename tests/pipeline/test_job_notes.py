"""What a job notes about itself, however it ends."""

from __future__ import annotations

import dataclasses
import errno
import json
import os
import signal
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest

from pystamps.errors import ArtifactError, PystampsError
from pystamps.pipeline import job_notes
from pystamps.pipeline.failures import signal_that_ended, stopped_in_words
from pystamps.pipeline.job_notes import note_of, note_path, note_the_stop, noted_job

STAGE, PATCH = "stage2_gamma", "PATCH_1"
PROGRAM = """
import sys, time
from pathlib import Path
from pystamps.pipeline.job_notes import noted_job

with noted_job(Path(sys.argv[1]), "stage2_gamma", "PATCH_1"):
    print("running", flush=True)
    time.sleep(60)
"""


def fail_with(error: BaseException, root: Path, log: Path | None = None) -> None:
    with noted_job(root, STAGE, PATCH, log):
        raise error


def test_a_job_that_succeeds_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(ArtifactError):
        fail_with(ArtifactError("pm1.mat: broken; run stage 2 again"), tmp_path)
    with noted_job(tmp_path, STAGE, PATCH):
        note = note_of(tmp_path, STAGE, PATCH)
        assert note is not None and note.state == "running" and not note.message
    assert note_of(tmp_path, STAGE, PATCH) is None
    assert not list((tmp_path / ".pystamps" / "jobs").iterdir())


def test_an_error_that_the_user_can_repair_is_kept_word_by_word(tmp_path: Path) -> None:
    message = "pm1.mat: broken; run stage 2 again"
    with pytest.raises(ArtifactError, match="broken"):
        fail_with(ArtifactError(message), tmp_path, tmp_path / "logs" / "a.log")
    note = note_of(tmp_path, STAGE, PATCH)
    assert note is not None
    assert (note.state, note.message, note.log) == ("failed", message, "logs/a.log")
    assert note_of(tmp_path, STAGE, "PATCH_2") is None


def test_an_unforeseen_error_is_named_as_a_fault_of_ours(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError):
        fail_with(ZeroDivisionError("half a pixel\nand more"), tmp_path, Path("/else/a.log"))
    note = note_of(tmp_path, STAGE, PATCH)
    assert note is not None
    assert note.message == (
        "ZeroDivisionError: half a pixel; this is a fault of pySTAMPS: please report it with "
        "/else/a.log (`pystamps report-bug` gathers what is needed)"
    )


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (OSError(errno.ENOSPC, "No space left on device", "/data/pm1.mat"), "/data/pm1.mat: no sp"),
        (OSError(errno.EDQUOT, "Disk quota exceeded"), "your quota is used up: make room"),
        (OSError(errno.EROFS, "Read-only file system", "/data/x"), "/data/x: Read-only file sys"),
        (MemoryError("Unable to allocate 9 GiB"), "memory has run out (Unable to allocate 9 GiB)"),
    ],
)
def test_what_the_machine_refuses_is_one_line(tmp_path: Path, error: Exception, words: str) -> None:
    with pytest.raises(PystampsError) as raised:
        fail_with(error, tmp_path)
    assert words in str(raised.value) and raised.value.__cause__ is error
    note = note_of(tmp_path, STAGE, PATCH)
    assert note is not None and note.message == str(raised.value)


def test_a_file_that_is_gone_is_named(tmp_path: Path) -> None:
    with pytest.raises(PystampsError, match=r"^x: No such file; see that it exists"):
        fail_with(FileNotFoundError(errno.ENOENT, "No such file", "x"), tmp_path)
    note = note_of(tmp_path, STAGE, PATCH)
    assert note is not None and note.message.startswith("x: No such file")


def test_a_full_disk_has_room_for_the_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    size = []

    @contextmanager
    def full(path: Path):
        size.append(path.stat().st_size)
        raise OSError(errno.ENOSPC, "No space left on device", str(path))
        yield

    with pytest.raises(ArtifactError), noted_job(tmp_path, STAGE, PATCH):
        monkeypatch.setattr(job_notes, "temporary_beside", full)
        raise ArtifactError("ü" * 5000)
    note = note_of(tmp_path, STAGE, PATCH)
    assert note is not None and note.state == "failed" and note.message == "ü" * 2000
    assert (tmp_path / note_path(STAGE, PATCH)).stat().st_size == size[0]
    assert "No space left" in caplog.text


def test_a_killed_job_is_told_from_one_that_runs(tmp_path: Path) -> None:
    command = [sys.executable, "-c", PROGRAM, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None and process.stdout.readline() == "running\n"
        running = note_of(tmp_path, STAGE, PATCH)
        process.send_signal(signal.SIGKILL)
    assert running is not None and running.state == "running" and running.process == process.pid
    note = note_of(tmp_path, STAGE, PATCH)
    assert note is not None and note.state == "stopped"
    assert "memory" in note.message and "runtime.memory_budget_mb" in note.message
    stopped = note_the_stop(tmp_path, note, "SIGTERM")
    assert "SIGTERM" in stopped.message and note_of(tmp_path, STAGE, PATCH) == stopped


def test_a_number_that_another_process_has_got_is_no_sign_of_life(tmp_path: Path) -> None:
    path = tmp_path / note_path(STAGE, PATCH)
    with noted_job(tmp_path, STAGE, PATCH):
        text = path.read_text()
    here = json.loads(text)
    assert here["process"] == os.getpid() and here["born"] > 0
    for changed, state in (
        ({}, "running"),
        ({"born": here["born"] - 1}, "stopped"),
        ({"born": here["born"] - 1, "host": "another machine"}, "running"),
    ):
        path.write_text(json.dumps(here | changed))
        note = note_of(tmp_path, STAGE, PATCH)
        assert note is not None and note.state == state, changed


@pytest.mark.parametrize("text", ["", "nonsense", "[]", '{"stage": 1, "else": 2}', "{}"])
def test_a_note_that_is_none_tells_nothing(tmp_path: Path, text: str) -> None:
    path = tmp_path / note_path(STAGE, PATCH)
    path.parent.mkdir(parents=True)
    path.write_text(text)
    assert note_of(tmp_path, STAGE, PATCH) is None


def test_a_job_that_never_began_can_be_noted(tmp_path: Path) -> None:
    note = dataclasses.replace(job_notes.JobNote(STAGE, PATCH, "stopped"), log="logs/a.log")
    assert "SIGKILL" in note_the_stop(tmp_path, note, "SIGKILL").message
    assert note_of(tmp_path, STAGE, PATCH) is not None


@pytest.mark.parametrize(
    ("message", "name"),
    [
        ("Command '...' died with <Signals.SIGKILL: 9>.", "SIGKILL"),
        ("Command '...' returned non-zero exit status 137.", "SIGKILL"),
        ("Command '...' returned non-zero exit status 143.", "SIGTERM"),
        ("Command '...' returned non-zero exit status 1.", ""),
        ("Command '...' returned non-zero exit status 255.", ""),
        ("nothing of the kind", ""),
    ],
)
def test_the_signal_is_found_in_the_message_of_snakemake(message: str, name: str) -> None:
    assert signal_that_ended(message) == name


def test_a_crash_is_a_fault_and_a_time_limit_is_none() -> None:
    assert "fault of pySTAMPS" in stopped_in_words("SIGSEGV", "logs/a.log")
    assert "time limit" in stopped_in_words("SIGTERM", "")
    assert "memory" in stopped_in_words("", "")
