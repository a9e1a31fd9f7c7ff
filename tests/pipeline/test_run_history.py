"""What every run leaves in the history of its data set."""

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
from click.testing import CliRunner

from pystamps.cli import main
from pystamps.config import RunConfig
from pystamps.errors import DatasetError, ParameterError
from pystamps.pipeline import run_recording
from pystamps.pipeline.report import make_report
from pystamps.pipeline.run_history import (
    RUNS,
    RunPlan,
    events_of_run,
    read_run,
    run_ids,
)
from pystamps.pipeline.run_lock import run_lock
from pystamps.pipeline.run_recording import recorded_run
from pystamps.pipeline.types import TargetResult
from pystamps.simulate import PRESETS, simulate_dataset

PLAN = RunPlan("run", 1, 5, 2, {"weed_time_win": 365.0}, {"kernels.backend": "python"})
RESULT = TargetResult("stage1_load", 1, "patch", "PATCH_1", "completed", "", 3.5)


def event(path: Path, kind: str, **fields: Any) -> None:
    """Write an event as the plugin of Snakemake does."""
    with path.open("a") as stream:
        stream.write(json.dumps({"event": kind, "time": time.time(), **fields}) + "\n")


def start_job(events: Path, rule: str = "stage1_load", jobid: int = 1) -> None:
    name = f"PATCH_1/{rule}"
    event(
        events, "job_info", jobid=jobid, rule_name=rule, wildcards={"patch": "PATCH_1"},
        log=f"logs/{name}.log", benchmark=f"benchmarks/{name}.tsv", reason="Missing output files",
    )  # fmt: skip


def write_benchmark(root: Path, memory: str, rule: str = "stage1_load") -> None:
    path = root / "benchmarks" / "PATCH_1" / f"{rule}.tsv"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"s\th:m:s\tmax_rss\n3.5\t0:00:03\t{memory}\n")


def test_a_run_is_recorded_with_plan_jobs_durations_and_peak_memory(tmp_path: Path) -> None:
    with recorded_run(tmp_path, PLAN) as run:
        start_job(run.events)
        time.sleep(0.05)
        write_benchmark(tmp_path, "152.25")
        event(run.events, "job_finished", job_id=1)
        run.finish("completed", targets=(RESULT,))
    (run_id,) = run_ids(tmp_path)
    found = read_run(tmp_path, run_id)
    assert (found.state, found.plan, found.pid) == ("completed", PLAN, os.getpid())
    assert found.started <= found.ended and found.command
    (job,) = found.jobs
    assert (job.rule, job.patch, job.status) == ("stage1_load", "PATCH_1", "completed")
    assert job.seconds >= 0.05 and job.peak_memory_mb == found.peak_memory_mb == 152.25
    assert job.log == "logs/PATCH_1/stage1_load.log"
    assert found.targets[0]["target"] == "PATCH_1" and found.targets[0]["status"] == "completed"


def test_why_a_job_had_to_run_is_said_in_the_words_of_the_plan(tmp_path: Path) -> None:
    (tmp_path / "1").mkdir()
    with recorded_run(tmp_path / "1", PLAN) as run:
        run.note_reasons({"stage1_load of PATCH_1": "weed_time_win 730 -> 365 (parms.mat)"})
        start_job(run.events)
        start_job(run.events, rule="figure_velocity", jobid=2)
        (run_id,) = run_ids(tmp_path / "1")
        seen = [job.reason for job in read_run(tmp_path / "1", run_id).jobs]
        assert seen == ["weed_time_win 730 -> 365 (parms.mat)", "Missing output files"]
        run.finish("completed")
    assert [job.reason for job in read_run(tmp_path / "1", run_id).jobs] == seen


def test_jobs_of_a_run_are_seen_while_it_goes_on(tmp_path: Path) -> None:
    with recorded_run(tmp_path, PLAN) as run:
        event(run.events, "run_info", stats={"stage1_load": 2, "total": 2})
        start_job(run.events)
        (run_id,) = run_ids(tmp_path)
        found = read_run(tmp_path, run_id)
        assert found.state == "running" and [job.status for job in found.jobs] == ["running"]
        with run.events.open("a") as stream:
            stream.write('{"event": "job_fin')  # a line that is being written
        assert [e["event"] for e in events_of_run(tmp_path, run_id)] == ["run_info", "job_info"]
        run.finish("completed")


@pytest.mark.parametrize("memory", ["NA", "-", ""])
def test_a_job_too_short_to_be_measured_has_no_memory(tmp_path: Path, memory: str) -> None:
    write_benchmark(tmp_path, memory)
    with recorded_run(tmp_path, PLAN) as run:
        start_job(run.events)
        event(run.events, "job_finished", job_id=1)
        run.finish("completed")
    assert read_run(tmp_path, run_ids(tmp_path)[0]).peak_memory_mb == 0


@pytest.mark.parametrize(
    ("error", "state", "message"),
    [
        (ParameterError("clap_win: too large"), "failed", "clap_win: too large"),
        (KeyboardInterrupt(), "stopped", "interrupted by SIGINT"),
        (ZeroDivisionError(), "failed", "ended by an unexpected error"),
    ],
)
def test_a_run_that_ends_early_is_recorded_with_its_reason(
    tmp_path: Path, error: BaseException, state: str, message: str
) -> None:
    with pytest.raises(type(error)), recorded_run(tmp_path, PLAN) as run:
        start_job(run.events)
        raise error
    found = read_run(tmp_path, run_ids(tmp_path)[0])
    assert (found.state, found.message) == (state, message)
    assert [job.status for job in found.jobs] == ["stopped"]


def test_a_run_whose_process_is_gone_is_interrupted_even_while_another_one_runs(
    tmp_path: Path,
) -> None:
    with recorded_run(tmp_path, PLAN) as run:
        kept = run.events.with_name("run.json").read_text()
        start_job(run.events)
    (run_id,) = run_ids(tmp_path)
    gone = json.loads(kept) | {"pid": 2**22 + 1}
    run.events.with_name("run.json").write_text(json.dumps(gone))
    assert read_run(tmp_path, run_id).state == "interrupted"
    with run_lock(tmp_path):
        found = read_run(tmp_path, run_id)
    assert found.state == "interrupted" and [job.status for job in found.jobs] == ["stopped"]


def test_the_history_is_bounded_and_leaves_files_of_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_recording, "KEPT_RUNS", 3)
    own = tmp_path / RUNS / "my notes"
    own.mkdir(parents=True)
    for number in range(6):
        with recorded_run(tmp_path, PLAN) as run:
            if number == 0:
                (run.events.parent / "note.txt").write_text("do not delete")
            run.finish("completed")
    kept = run_ids(tmp_path)
    assert len(kept) == 3 and kept == sorted(kept, reverse=True)
    assert own.is_dir()
    assert [path.read_text() for path in (tmp_path / RUNS).rglob("note.txt")] == ["do not delete"]


@pytest.mark.parametrize("run_id", ["", "..", "../../etc", "20260101-000000-000000", "a\0b"])
def test_a_run_that_is_not_there_is_refused(tmp_path: Path, run_id: str) -> None:
    with pytest.raises(DatasetError, match="there is no run"):
        read_run(tmp_path, run_id)


def test_a_damaged_record_is_refused_by_name(tmp_path: Path) -> None:
    with recorded_run(tmp_path, PLAN) as run:
        run.finish("completed")
    run.events.with_name("run.json").write_text('{"id": 1}')
    with pytest.raises(DatasetError, match=r"[-0-9]+: is no record of a run"):
        read_run(tmp_path, run_ids(tmp_path)[0])


@pytest.mark.workflow
def test_every_run_of_the_workflow_is_recorded_and_a_dry_run_leaves_nothing(tmp_path: Path) -> None:
    root = tmp_path / "dataset"
    simulate_dataset(root, PRESETS["tiny"])
    arguments = ["run", "--dataset", str(root), "--end-step", "1", "--set", "clap_win=64"]
    assert CliRunner().invoke(main, [*arguments, "--dry-run"]).exit_code == 0
    assert not (root / RUNS).exists()
    assert CliRunner().invoke(main, [*arguments, "--cores", "2"]).exit_code == 0
    (run_id,) = run_ids(root)
    found = read_run(root, run_id)
    assert (found.state, found.plan.stamps, found.plan.end_step) == (
        "completed",
        {"clap_win": 64},
        1,
    )
    assert {(job.rule, job.patch, job.status) for job in found.jobs} == {
        ("stage1_load", "PATCH_1", "completed"),
        ("stage1_load", "PATCH_2", "completed"),
    }
    assert all(job.seconds > 0 and (root / job.log).is_file() for job in found.jobs)
    assert {target["status"] for target in found.targets} == {"completed"}
    planned = [e["stats"] for e in events_of_run(root, run_id) if e["event"] == "run_info"]
    assert planned[0]["total"] == 2
    assert found.plan.job_seconds["stage6_unwrap"] > found.plan.job_seconds["stage8_filter"] > 0
    with run_lock(root):
        refused = CliRunner().invoke(main, [*arguments, "--cores", "2"])
        report = CliRunner().invoke(main, ["report", "--dataset", str(root)])
    assert refused.exit_code == report.exit_code == 2
    assert "running since" in refused.output and "running since" in report.output
    assert len(run_ids(root)) == 1
    with pytest.raises(KeyboardInterrupt):
        interrupt_report(root)
    assert read_run(root, run_ids(root)[0]).plan.kind == "report"
    assert read_run(root, run_ids(root)[0]).state == "stopped"


@pytest.mark.usefixtures("heeded_signals")
@pytest.mark.workflow
def test_an_interrupted_run_ends_its_jobs_and_can_be_repeated(tmp_path: Path) -> None:
    root = tmp_path / "dataset"
    simulate_dataset(root, PRESETS["tiny"])
    command = [sys.executable, "-c", "from pystamps.cli import main; main()", "run"]
    command += ["--dataset", str(root), "--end-step", "4"]
    with subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    ) as process:
        deadline = time.monotonic() + 60
        while not (root / "PATCH_1" / "ps1.mat").exists() and time.monotonic() < deadline:
            time.sleep(0.05)
        os.killpg(process.pid, signal.SIGINT)
        assert process.wait(100) == 130
        with pytest.raises(ProcessLookupError):
            os.killpg(process.pid, 0)
    stopped = read_run(root, run_ids(root)[0])
    assert stopped.state == "stopped" and stopped.ended
    assert not list((root / ".snakemake").glob("locks/*"))
    again = CliRunner().invoke(main, ["run", "--dataset", str(root), "--end-step", "1"])
    assert again.exit_code == 0, again.output


def is_at_work(root: Path) -> bool:
    """Tell whether a job of the latest run has begun."""
    return any(read_run(root, run_id).jobs for run_id in run_ids(root)[:1])


def interrupt_report(root: Path) -> None:
    """Begin to make a report and stop it at once."""

    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("pystamps.pipeline.report.run_snakemake", interrupted)
        make_report(RunConfig(root), lambda: None, cores=1)
