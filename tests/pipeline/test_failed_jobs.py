"""Each cause of a failed run on a cluster is said once, and what would fail again is not sent."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from pystamps.errors import ArtifactError, PystampsError
from pystamps.pipeline.failed_jobs import FailedJobs
from pystamps.pipeline.failures import errors_of_machine
from pystamps.pipeline.job_notes import note_of, noted_job

LOAD = "stage1_load"
BROKEN = ArtifactError("pm1.mat: broken; run stage 2 again")
GROUP = {
    "event": "group_error",
    "groupid": "PATCH_1",
    "external_jobid": "17",
    "aux_logs": ["17.log"],
}


def fail(root: Path, error: BaseException, patch: str = "PATCH_1") -> None:
    with pytest.raises(BaseException), noted_job(root, "stage3_select", patch):  # noqa: B017
        raise error


def said(watcher: FailedJobs, **fields: object) -> str | None:
    """Give what is shown of a message of Snakemake; None if it is not."""
    record = logging.makeLogRecord(
        {"msg": "Error in group PATCH_1", "job_error_info": [], **fields}
    )
    return record.getMessage() if watcher.filter(record) else None


@pytest.fixture
def ended() -> list[str]:
    return []


@pytest.fixture
def watcher(tmp_path: Path, ended: list[str]) -> FailedJobs:
    return FailedJobs(tmp_path, lambda: ended.append("retries"))


def test_five_stages_that_travel_together_fail_with_one_message(tmp_path, watcher):
    fail(tmp_path, BROKEN)
    cause = "stage3_select of PATCH_1 failed: pm1.mat: broken; run stage 2 again"
    assert said(watcher, **GROUP) == cause
    stages = [said(watcher, event="job_error", indent=True) for _ in range(5)]
    assert stages == [None] * 5


def test_a_job_that_travels_alone_is_shown_as_snakemake_shows_it(tmp_path, watcher):
    fail(tmp_path, BROKEN)
    assert said(watcher, event="job_error", indent=False) == "Error in group PATCH_1"
    assert said(watcher, event="job_info") == "Error in group PATCH_1"


def test_a_group_that_was_killed_is_said_with_its_number_and_log(watcher, ended):
    assert said(watcher, **GROUP) == (
        "job PATCH_1 (17) was ended from outside, most often at its limit of memory or time: see "
        "17.log"
    )
    assert not ended


def test_an_error_that_would_come_again_ends_the_retries(tmp_path, watcher, ended):
    fail(tmp_path, BROKEN)
    said(watcher, **GROUP)
    assert ended


def test_what_the_scheduler_refuses_is_not_sent_again_and_is_the_reason_of_its_first_stage(
    tmp_path, watcher, ended
):
    logs = [f"logs/PATCH_{n}/{stage}.log" for n in (1, 2) for stage in ("stage2_gamma", LOAD)]
    group = {"event": "group_error", "groupid": "PATCH_1+1"}
    shown = said(watcher, **group, job_error_info=[{"log": [log]} for log in logs])
    assert shown == "job PATCH_1+1 could not be sent; what the scheduler says is above"
    assert ended
    for patch in ("PATCH_1", "PATCH_2"):
        note = note_of(tmp_path, LOAD, patch)
        assert note is not None and note.state == "failed"
        assert "the scheduler has not taken its job" in note.message
        assert note_of(tmp_path, "stage2_gamma", patch) is None


def test_a_job_that_was_killed_on_another_machine_does_not_go_on(tmp_path, watcher, monkeypatch):
    with monkeypatch.context() as elsewhere, noted_job(tmp_path, LOAD, "PATCH_1"):
        elsewhere.setattr("socket.gethostname", lambda: "node7")
        logs = [f"logs/PATCH_1/{stage}.log" for stage in (LOAD, "stage2_gamma")]
        said(watcher, **GROUP, job_error_info=[{"log": [log]} for log in logs])
        note = note_of(tmp_path, LOAD, "PATCH_1")
        assert note is not None and note.state == "stopped" and "from outside" in note.message
        assert note_of(tmp_path, "stage2_gamma", "PATCH_1") is None


@pytest.mark.parametrize("number", ["", "9"])
def test_a_job_alone_that_has_no_number_was_refused(tmp_path, watcher, ended, number):
    log = ["logs/stage6_unwrap.log"]
    said(watcher, event="job_error", indent=False, log=log, aux={"external_jobid": number})
    assert bool(ended) == bool(note_of(tmp_path, "stage6_unwrap", "")) == (not number)


def test_memory_space_and_interruptions_may_be_tried_again(tmp_path, watcher, ended):
    for number, error in enumerate((MemoryError(), OSError(28, "full"), KeyboardInterrupt())):
        fail(tmp_path, error, f"PATCH_{number}")
        said(watcher, **GROUP)
    assert not ended


def test_an_error_of_the_machine_in_our_words_may_be_tried_again(tmp_path, watcher, ended):
    with (
        pytest.raises(PystampsError, match="memory"),
        noted_job(tmp_path, "stage2_gamma", ""),
        errors_of_machine(tmp_path),
    ):
        raise MemoryError
    said(watcher, **GROUP)
    assert not ended


def test_a_failure_of_an_earlier_run_is_no_cause(tmp_path, ended, monkeypatch):
    fail(tmp_path, BROKEN)
    monkeypatch.setattr("pystamps.pipeline.failed_jobs.moment", lambda _: "2999-01-01T00:00:00")
    found = said(FailedJobs(tmp_path, lambda: ended.append("retries")), **GROUP)
    assert found is not None and "broken" not in found and not ended
