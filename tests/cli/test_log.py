"""``pystamps log``: what the stages of the last run wrote, and what failed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from pystamps.cli import main
from pystamps.config import RunConfig
from pystamps.pipeline.plan import WorkflowPlan
from pystamps.pipeline.run_logs import followed_logs, logs_of_last_run
from pystamps.pipeline.run_recording import RunRecorder, recorded_run, run_plan


def said(root: Path, *more: str, exit_code: int = 0) -> str:
    done = CliRunner().invoke(main, ["log", str(root), *more])
    assert done.exit_code == exit_code, done.output
    return done.output


def event(kind: str, number: int, rule: str = "", **more: Any) -> str:
    known = {"event": kind, "jobid": number, "rule_name": rule, "time": 100.0 + number}
    return json.dumps(known | more) + "\n"


def write_log(root: Path, stage: str, text: str, patch: str = "") -> Path:
    path = root / "logs" / patch / f"{stage}.log"
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as stream:
        stream.write(text)
    return path


@pytest.fixture
def going_on(simulated: Path) -> Iterator[RunRecorder]:
    """A run whose first job is at work."""
    plan = WorkflowPlan.from_mapping(RunConfig(dataset=simulated).to_mapping())
    with recorded_run(simulated, run_plan("run", plan, steps=(1, 8), cores=1)) as run:
        patch = {"wildcards": {"patch": "PATCH_1"}}
        run.events.write_text(event("job_info", 1, "stage1_load", **patch))
        write_log(simulated, "stage1_load", "one\ntwo\nthree\n", "PATCH_1")
        yield run
        if not run.is_finished:
            run.finish("completed")


@pytest.mark.workflow
def test_the_logs_of_a_run_stand_in_the_order_of_its_stages(finished: Path) -> None:
    heads = [line for line in said(finished).splitlines() if line.startswith("== ")]
    labels = [head[3:].partition(":")[0] for head in heads]
    stages = [label for label in labels if label.startswith("stage")]
    assert stages[-3:] == ["stage6_unwrap", "stage7_scla", "stage8_filter"]
    assert labels.index("product_mean_velocity") > labels.index("stage8_filter")
    assert {"stage1_load of PATCH_1", "stage1_load of PATCH_2"} == set(labels[:2])
    assert all(": completed, " in head and "(logs/" in head for head in heads)
    assert "snaphu" in said(finished, "--stage", "6")
    only = [line for line in said(finished, "--stage", "stage2_gamma").splitlines() if "==" in line]
    assert len(only) == 2 and all("stage2_gamma of PATCH_" in line for line in only)
    found = json.loads(said(finished, "--json", "--last", "1"))
    assert found["run"]["state"] == "completed" and found["failures"] == []
    assert {len(log["lines"]) for log in found["logs"]} == {1}


def test_a_run_that_had_nothing_to_do_hides_no_logs(simulated: Path, going_on: RunRecorder) -> None:
    going_on.events.write_text(going_on.events.read_text() + event("job_finished", 2, job_id=1))
    going_on.finish("completed")
    plan = WorkflowPlan.from_mapping(RunConfig(dataset=simulated).to_mapping())
    (simulated / ".pystamps" / "runs" / "20990101-000000-000000").mkdir()
    record = going_on.events.with_name("run.json").read_text()
    later = json.loads(record) | {"id": "20990101-000000-000000", "jobs": []}
    newer = simulated / ".pystamps" / "runs" / "20990101-000000-000000" / "run.json"
    newer.write_text(json.dumps(later))
    assert plan.patches[0] == "PATCH_1"
    (log,) = logs_of_last_run(simulated).logs
    assert log.lines == ("one", "two", "three")


def test_what_failed_is_named_with_its_reason(simulated: Path, going_on: RunRecorder) -> None:
    going_on.events.write_text(going_on.events.read_text() + event("job_error", 3, job_id=1))
    going_on.finish("failed", message="stopped after the first failure")
    shown = said(simulated, "--last", "1")
    assert "== stage1_load of PATCH_1: failed, 2.0 s (logs/PATCH_1/stage1_load.log)" in shown
    assert "  three" in shown and "  two" not in shown
    assert "failed stage1_load of PATCH_1: it failed; the reason stands in its log" in shown
    assert "failed stopped after the first failure" in shown


def test_following_a_run_shows_every_line_once_until_it_ends(
    simulated: Path, going_on: RunRecorder
) -> None:
    steps = iter(range(3))

    def pause() -> None:
        step = next(steps)
        if step == 0:
            write_log(simulated, "stage1_load", "four\nhalf", "PATCH_1")
        elif step == 1:
            write_log(simulated, "stage1_load", " line\n", "PATCH_1")
            more = event("job_info", 2, "stage5_merge") + event("job_finished", 4, job_id=1)
            going_on.events.write_text(going_on.events.read_text() + more)
            write_log(simulated, "stage5_merge", "merged")
        else:
            going_on.finish("completed")

    found = list(followed_logs(simulated, "", pause))
    assert found == [
        ("stage1_load of PATCH_1", ["one", "two", "three"]), ("stage1_load of PATCH_1", ["four"]),
        ("stage1_load of PATCH_1", ["half line"]), ("stage5_merge", ["merged"]),
    ]  # fmt: skip


def test_following_a_run_that_is_over_shows_it_and_ends(
    simulated: Path, going_on: RunRecorder
) -> None:
    going_on.finish("completed")
    shown = said(simulated, "--follow")
    assert shown.splitlines() == ["== stage1_load of PATCH_1", "  one", "  two", "  three"]
    assert "give one of them" in said(simulated, "--follow", "--json", exit_code=2)


def test_without_a_recorded_run_the_logs_that_lie_there_are_shown(simulated: Path) -> None:
    assert "no run is recorded, and there is no log" in said(simulated)
    write_log(simulated, "stage6_unwrap", "later\n")
    write_log(simulated, "stage2_gamma", "earlier\n", "PATCH_2")
    shown = said(simulated).splitlines()
    assert shown == [
        "== stage2_gamma of PATCH_2 (logs/PATCH_2/stage2_gamma.log)", "  earlier",
        "== stage6_unwrap (logs/stage6_unwrap.log)", "  later",
    ]  # fmt: skip


def test_a_log_that_leads_out_of_the_data_set_is_not_read(
    simulated: Path, going_on: RunRecorder, tmp_path: Path
) -> None:
    (tmp_path / "secret.txt").write_text("secret\n")
    (simulated / "logs" / "PATCH_1" / "stage1_load.log").unlink()
    (simulated / "logs" / "PATCH_1" / "stage1_load.log").symlink_to(tmp_path / "secret.txt")
    outside = {"wildcards": {"patch": "../../.."}}
    events = going_on.events.read_text() + event("job_info", 2, "secret", **outside)
    going_on.events.write_text(events)
    going_on.finish("completed")
    shown = said(simulated)
    assert "secret\n" not in shown.replace("== secret of", "") and "(no log)" in shown


def test_characters_that_act_on_a_terminal_are_escapes(
    simulated: Path, going_on: RunRecorder
) -> None:
    write_log(simulated, "stage1_load", "\x1b[31mred\tcolumn\n", "PATCH_1")
    shown = said(simulated)
    assert "\x1b" not in shown and r"\x1b[31mred" in shown and "column" in shown


def test_a_stage_that_is_none_is_refused_with_the_nearest(simulated: Path) -> None:
    wrong = said(simulated, "--stage", "stage6_unwarp", exit_code=2)
    assert "did you mean 'stage6_unwrap'" in wrong
