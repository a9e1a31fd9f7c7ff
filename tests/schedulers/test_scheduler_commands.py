"""Commands of PBS and LSF: what is asked for, what their answers mean, what a refusal says."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
import stub_schedulers

from pystamps.errors import PystampsError
from pystamps.schedulers.cancelling import cancel_sent_jobs
from pystamps.schedulers.commands import JOB_FILES, state_of_job, submit_job
from pystamps.schedulers.job_request import JobRequest, name_of_job, request_of_script
from pystamps.schedulers.lsf import LSF
from pystamps.schedulers.pbs import PBS
from pystamps.schedulers.scheduler import Scheduler

RESOURCES = {"mem_mb": 1100, "runtime": 90, "gpu": 0}
ASKED = JobRequest("stage6_unwrap", 8, 1100, 90, 0)
OF_USER = JobRequest("x", 1, 0, 0, 1, queue="long", project="volcano", more=("-m", "n"))


def script_of(folder: Path, body: str = "exit 0", **properties: Any) -> Path:
    """Write a script as Snakemake does."""
    known: dict[str, Any] = {"type": "single", "rule": "stage6_unwrap", "threads": 8}
    known |= {"wildcards": {}, "resources": RESOURCES} | properties
    path = folder / "snakejob.stage6_unwrap.1.sh"
    path.write_text(f"#!/bin/sh\n# properties = {json.dumps(known)}\n{body}\n")
    return path


@pytest.fixture
def stubs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Programs that run jobs on this machine, first on PATH."""
    environment = stub_schedulers.install(tmp_path / "bin")
    monkeypatch.setenv("PATH", environment["PATH"])
    (tmp_path / "run").mkdir()
    return tmp_path / "bin"


def until_over(scheduler: Scheduler, number: str, root: Path) -> str:
    while (state := state_of_job(scheduler, number, root=root, pause=lambda _: None)) == "running":
        time.sleep(0.05)
    return state


def test_a_script_of_snakemake_says_what_its_job_asks_for(tmp_path: Path) -> None:
    assert request_of_script(script_of(tmp_path)) == ASKED
    more = RESOURCES | {"queue": "long", "project": "volcano", "submit_options": "-W 'a b'"}
    found = request_of_script(script_of(tmp_path, resources=more | {"mem_mb": "<TBD>"}))
    assert (found.queue, found.project, found.more) == ("long", "volcano", ("-W", "a b"))
    assert found.memory_mb == 0


def test_a_script_of_somebody_else_is_refused_by_its_name(tmp_path: Path) -> None:
    (tmp_path / "own.sh").write_text("#!/bin/sh\necho hello\n")
    with pytest.raises(PystampsError, match=r"own\.sh: is no script of Snakemake"):
        request_of_script(tmp_path / "own.sh")


def test_the_queue_shows_patch_and_stages_of_a_job() -> None:
    single = {"type": "single", "rule": "stage2_gamma", "wildcards": {"patch": "PATCH_3"}}
    assert name_of_job(single, "") == "PATCH_3.stage2_gamma"
    assert name_of_job({"type": "single", "rule": "stage6_unwrap"}, "") == "stage6_unwrap"
    many = {"type": "group", "groupid": "PATCH_9+19", "output": None}  # of many it is left out
    jobs = "--target-jobs 'stage5_correct:patch=PATCH_9' 'stage1_load:patch=PATCH_10' --force"
    assert name_of_job(many, jobs) == "PATCH_9+19.stage1_load-stage5_correct"
    motion = {"type": "group", "groupid": "motion", "output": ["uw_space_time.mat"]}
    jobs = "--target-jobs product_points: stage7_scla: --allowed-rules product_points"
    assert name_of_job(motion, jobs) == "motion.stage7_scla-product_points"
    figures = {"type": "group", "groupid": "figures", "output": ["figures/velocity_map.png"]}
    assert name_of_job(figures, "--target-jobs figure_velocity_map:") == "figures"


def test_pbs_is_asked_for_one_node_with_processors_memory_and_time() -> None:
    assert PBS.submit(ASKED, "out", "job.sh") == [
        "qsub", "-V", "-j", "oe", "-o", "out", "-N", "stage6_unwrap",
        "-l", "select=1:ncpus=8:mem=1100mb,walltime=01:30:00", "job.sh",
    ]  # fmt: skip
    assert PBS.submit(OF_USER, "out", "job.sh")[8:] == [
        "-l", "select=1:ncpus=1:ngpus=1", "-q", "long", "-A", "volcano", "-m", "n", "job.sh"
    ]  # fmt: skip


def test_lsf_is_asked_for_slots_on_one_host_memory_and_time() -> None:
    assert LSF.submit(ASKED, "out", "job.sh") == [
        "bsub", "-J", "stage6_unwrap", "-o", "out", "-n", "8",
        "-R", "span[hosts=1] rusage[mem=1100MB]", "-W", "90", "-M", "1100MB", "job.sh",
    ]  # fmt: skip
    assert LSF.submit(OF_USER, "out", "job.sh")[7:] == [
        *("-R", "span[hosts=1]", "-q", "long", "-P", "volcano", "-gpu", "num=1", "-m", "n"),
        "job.sh",
    ]


@pytest.mark.parametrize(
    ("scheduler", "said", "state"),
    [
        (PBS, "Job Id: 7.pbs\n    job_state = Q\n", "running"),
        (PBS, "Job Id: 7.pbs\n    job_state = E\n", "running"),
        (PBS, "Job Id: 7.pbs\n    job_state = F\n", "over"),
        (PBS, "Job Id: 7.pbs\n\tjob_state = C\n", "over"),
        (PBS, "qstat: Unknown Job Id 7.pbs", "over"),
        (PBS, "qstat: 7.pbs Job has finished, use -x or -H to obtain it", "over"),
        (PBS, "Connection refused\nqstat: cannot connect to server pbs", "no answer"),
        (LSF, "PEND\n", "running"),
        (LSF, "USUSP\n", "running"),
        (LSF, "DONE\n", "over"),
        (LSF, "EXIT\n", "over"),
        (LSF, "Job <7> is not found", "over"),
        (LSF, "LSF is down. Please wait ...", "no answer"),
    ],
)
def test_what_a_scheduler_says_of_a_job(scheduler: Scheduler, said: str, state: str) -> None:
    assert scheduler.state_in(said) == state


def test_the_number_of_a_new_job_is_read_below_other_words() -> None:
    assert PBS.number_in("Welcome to cluster 2\n1234.server-1.domain\n") == "1234.server-1.domain"
    assert LSF.number_in("note\nJob <77> is submitted to queue <normal>.\n") == "77"
    assert PBS.number_in("qsub: hello") == LSF.number_in("hello") == ""


@pytest.mark.parametrize("scheduler", [PBS, LSF], ids=lambda s: s.name)
def test_a_job_that_ends_is_a_success_or_a_failure_without_any_history(
    scheduler: Scheduler, stubs: Path, tmp_path: Path
) -> None:
    root = tmp_path / "run"
    ends = {}
    for body in ("exit 0", "exit 3"):
        number = submit_job(scheduler, script_of(tmp_path, body), root=root)
        ends[body] = until_over(scheduler, number, root)
    assert ends == {"exit 0": "success", "exit 3": "failed"}


@pytest.mark.parametrize("scheduler", [PBS, LSF], ids=lambda s: s.name)
def test_a_job_that_was_killed_has_failed(
    scheduler: Scheduler, stubs: Path, tmp_path: Path
) -> None:
    root = tmp_path / "run"
    number = submit_job(scheduler, script_of(tmp_path, "exec sleep 600"), root=root)
    assert state_of_job(scheduler, number, root=root) == "running"
    group = int((stubs / f"{number.partition('.')[0]}.job").read_text())
    os.killpg(group, signal.SIGKILL)
    assert until_over(scheduler, number, root) == "failed"
    assert not list((root / JOB_FILES).glob("*.exit"))


@pytest.mark.parametrize("scheduler", [PBS, LSF], ids=lambda s: s.name)
def test_a_refused_job_says_what_was_asked_for_and_what_to_do(
    scheduler: Scheduler, stubs: Path, tmp_path: Path
) -> None:
    script = script_of(tmp_path, resources=RESOURCES | {"queue": "nowhere"})
    done = subprocess.run(
        [sys.executable, "-m", "pystamps.schedulers", scheduler.name, "submit", str(script)],
        cwd=tmp_path / "run", capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 1 and not done.stdout
    (line,) = done.stderr.splitlines()
    assert line.startswith(f"{scheduler.name} has refused stage6_unwrap (8 CPUs, 1100 MB, 90 min")
    assert "queue" in line.lower() and "--default-resources queue=NAME" in line


def test_a_server_that_is_away_has_ended_no_job(
    stubs: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (stubs / "qstat").write_text("#!/bin/sh\necho 'cannot connect to server' >&2\nexit 1\n")
    assert state_of_job(PBS, "5.stub", root=tmp_path / "run") == "running"
    assert "says nothing of job 5.stub: cannot connect to server" in caplog.text


def test_without_the_programs_of_a_scheduler_the_message_says_where_to_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(PystampsError, match="no bsub on PATH; start the run on a node that may"):
        submit_job(LSF, script_of(tmp_path), root=tmp_path)


def test_other_words_are_answered_with_the_usage() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "pystamps.schedulers", "sge", "submit", "x"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 2 and done.stderr.startswith("usage:")


@pytest.mark.parametrize("scheduler", [PBS, LSF])
def test_jobs_whose_end_nobody_has_seen_are_taken_out_of_the_queue(
    scheduler: Scheduler, stubs: Path, tmp_path: Path
) -> None:
    root = tmp_path / "run"
    ended = submit_job(scheduler, script_of(tmp_path), root=root)
    assert until_over(scheduler, ended, root) == "success"
    left = submit_job(scheduler, script_of(tmp_path, "sleep 600"), root=root)
    assert cancel_sent_jobs(root) == [left]
    while stub_schedulers.jobs_alive(stubs):
        time.sleep(0.05)
    assert cancel_sent_jobs(root) == []


def test_a_job_whose_run_has_ended_while_it_was_sent_is_taken_back(
    stubs: Path, tmp_path: Path
) -> None:
    script = script_of(tmp_path, "sleep 600")
    command = [sys.executable, "-m", "pystamps.schedulers", "pbs", "submit", str(script)]
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(
        command, cwd=tmp_path / "run", stdout=writer, stderr=subprocess.PIPE, check=False
    )
    os.close(writer)
    assert done.returncode == 0 and not done.stderr
    assert [call[0] for call in stub_schedulers.calls_in(stubs)] == ["qsub", "qdel"]
