"""What the console answers, and what it lets the commands do."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from console_client import answer, client_of
from starlette.testclient import TestClient

from pystamps.cli import main
from pystamps.errors import DatasetError, ParameterError, PystampsError
from pystamps.parameters.values import PARAMETER_INFO
from pystamps.pipeline.run_history import RunPlan
from pystamps.pipeline.run_lock import run_lock
from pystamps.pipeline.run_progress import RunProgress, progress_of_run
from pystamps.pipeline.run_recording import recorded_run
from pystamps.simulate import PRESETS, changed_scene, simulate_dataset
from pystamps.simulate.writer import WriteOptions
from pystamps.web import children
from pystamps.web.arguments import (
    preparation_arguments,
    run_arguments,
    verification_arguments,
)
from pystamps.web.children import Children

SMALL = changed_scene(PRESETS["tiny"], {"preparation.patches": (1, 1), "lines": 40, "samples": 50})
ASKED = {"start_step": 2, "end_step": 5, "cores": 3}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A root with a data set and an export."""
    root = tmp_path_factory.mktemp("place")
    simulate_dataset(root / "data", SMALL)
    simulate_dataset(root / "export", SMALL, options=WriteOptions(layout="raw"))
    (root / "nothing").mkdir()
    return root


@pytest.fixture
def client(place: Path) -> TestClient:
    return client_of(place)


def test_data_sets_and_exports_below_the_roots_are_found(client: TestClient, place: Path) -> None:
    found = answer(client, "/api/datasets")
    shown = [(Path(item["path"]).name, item["kind"], item["detail"]) for item in found["folders"]]
    assert shown == [("data", "data set", "1 patch"), ("export", "raw export", "snap")]
    assert found["roots"] == [str(place)] and found["is_complete"]


def test_status_shows_every_stage_and_nobody_at_work(client: TestClient, place: Path) -> None:
    found = answer(client, "/api/status", dataset=f"{place}/data")
    assert found["entries"][0]["stage"] == "stage1_load"
    assert len(found["entries"]) == 11 and all(entry["title"] for entry in found["entries"])
    assert found["holder"] is None
    found = answer(client, "/api/results", dataset=f"{place}/data")
    assert found == {"figures": [], "report": None}
    with run_lock(place / "data"):
        assert (
            answer(client, "/api/status", dataset=f"{place}/data")["holder"]["pid"] == os.getpid()
        )


def test_a_folder_that_is_no_data_set_is_refused_with_the_message_of_the_command(
    client: TestClient, place: Path
) -> None:
    found = answer(client, "/api/status", 400, dataset=f"{place}/nothing")
    assert "not a data set; expected patch.list" in found["error"]


def test_the_doctor_says_what_he_says_in_the_terminal(client: TestClient, place: Path) -> None:
    command = CliRunner().invoke(main, ["doctor", f"{place}/data", "--quick", "--json"])
    found = answer(client, "/api/doctor", dataset=f"{place}/data")
    said = json.loads(command.stdout)
    assert found["is_quick"] and found["findings"]
    assert {name: found[name] for name in said} == said
    assert not answer(client, "/api/doctor", dataset=f"{place}/data", quick="false")["is_quick"]
    assert answer(client, "/api/doctor", dataset=f"{place}/export")["kind"] == "raw export"


def test_parameters_come_with_meaning_default_value_source_and_choices(
    client: TestClient, place: Path
) -> None:
    found = {row["name"]: row for row in answer(client, "/api/parameters", dataset=f"{place}/data")}
    assert set(found) == set(PARAMETER_INFO)
    row = found["weed_time_win"]
    assert row["meaning"] and row["unit"] == "days" and row["default"] == row["value"] == "730"
    assert row["source"] in ("default", "parms.mat") and row["choices"] == []
    assert found["weed_neighbours"]["choices"] == ["y", "n"]


def test_a_preparation_is_shown_before_it_is_made(client: TestClient, place: Path) -> None:
    question = {"dataset": f"{place}/export", "processor": "snap", "patches": "2x1"}
    found = answer(client, "/api/preparation", **question)
    assert found["interferograms"] == found["images"] - 1 == SMALL.acquisitions.interferograms
    assert [patch["name"] for patch in found["patches"]] == ["PATCH_1", "PATCH_2"]
    refused = answer(client, "/api/preparation", 400, **question | {"patches": "many"})
    assert "patches" in refused["error"]


def test_the_history_of_one_and_of_all_data_sets(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name / "PATCH_1").mkdir(parents=True)
        with recorded_run(tmp_path / name, RunPlan("run", 1, 2, 1)) as run:
            run.finish("completed")
    client = client_of(tmp_path)
    everything = answer(client, "/api/runs")
    assert [Path(row["dataset"]).name for row in everything] == ["two", "one"]
    (row,) = answer(client, "/api/runs", dataset=f"{tmp_path}/one")
    assert row["state"] == "completed" and row["plan"]["end_step"] == 2
    found = answer(client, f"/api/runs/{row['id']}", dataset=f"{tmp_path}/one")
    assert found["progress"]["planned"] == 0 and found["jobs"] == [] and found["tails"] == []
    answer(client, "/api/runs/20260101-000000-000000", 400, dataset=f"{tmp_path}/one")
    (tmp_path / "one" / ".pystamps" / "runs" / row["id"] / "run.json").write_text("<b>{")
    assert answer(client, "/api/runs", dataset=f"{tmp_path}/one")[0]["state"] == "unreadable"


@pytest.mark.parametrize(
    ("changes", "events_text"),
    [
        ({"jobs": [{"rule": 1}]}, ""), ({"jobs": 5}, ""), ({"plan": []}, ""), ({"more": 1}, ""),
        ({"targets": ["ab"]}, ""), ({"jobs": [{"seconds": "x", "peak_memory_mb": []}]}, ""),
        ({"state": "running"}, "[]\n"), ({"state": "running"}, "{}\n"),
        ({"state": "running"}, '{"event": "run_info", "stats": 1, "time": "x"}\n'),
        ({"state": "running"}, '{"event": "job_info", "time": {}, "jobid": 1}\n'),
        ({}, "no JSON\n"), ({}, "\xff\n"),
    ],
)  # fmt: skip
def test_a_damaged_record_is_said_and_hides_no_other(
    tmp_path: Path, changes: dict[str, Any], events_text: str
) -> None:
    root = tmp_path / "data"
    (root / "PATCH_1").mkdir(parents=True)
    for _ in range(2):
        with recorded_run(root, RunPlan("run", 1, 2, 1)) as run:
            run.finish("completed")
    record = run.events.with_name("run.json")
    record.write_text(json.dumps(json.loads(record.read_text()) | changes))
    run.events.write_bytes(events_text.encode("latin-1"))
    client = client_of(tmp_path)
    rows = answer(client, "/api/runs", dataset=str(root))
    assert len(rows) == 2 and rows[1]["state"] == "completed"
    found = answer(client, f"/api/runs/{rows[0]['id']}", 400, dataset=str(root))
    no_events = events_text in ("[]\n", "{}\n", "no JSON\n")
    said, remedy = (
        ("is no event of Snakemake", "run again")
        if no_events
        else ("is no record of a run", "delete it")
    )
    assert said in found["error"] and remedy in found["error"]


def test_logs_of_working_jobs_are_shown_to_their_end(tmp_path: Path) -> None:
    root = tmp_path / "data"
    (root / "PATCH_1").mkdir(parents=True)
    (root / "logs" / "PATCH_1").mkdir(parents=True)
    log = root / "logs" / "PATCH_1" / "stage2_gamma.log"
    log.write_bytes(b"".join(b"line %d\n" % k for k in range(50000)) + b"\xff<b>last</b>")
    with recorded_run(root, RunPlan("run", 1, 2, 1, job_seconds={"stage2_gamma": 5.0})) as run:
        lines = [{"event": "run_info", "time": time.time() - 60, "stats": {"stage2_gamma": 2}},
                 {"event": "job_info", "time": time.time() - 50, "jobid": 1,
                  "rule_name": "stage2_gamma", "wildcards": {"patch": "PATCH_1"},
                  "log": [str(log.relative_to(root))]}]  # fmt: skip
        run.events.write_text("".join(json.dumps(line) + "\n" for line in lines))
        client = client_of(tmp_path)
        run_id = answer(client, "/api/runs", dataset=str(root))[0]["id"]
        found = answer(client, f"/api/runs/{run_id}", dataset=str(root))
        assert found["state"] == "running" and found["tails"][0]["lines"][-1] == "\ufffd<b>last</b>"
        assert len(found["tails"][0]["lines"]) == 12
        question = {"dataset": str(root), "rule": "stage2_gamma", "patch": "PATCH_1"}
        text = answer(client, "/api/log", **question)["text"]
        assert text.endswith("<b>last</b>") and len(text) <= 200_000
        run.finish("completed")


# ------------------------------------------------------------------ commands


def test_a_request_becomes_the_command_that_people_would_type() -> None:
    stamps = {"weed_time_win": "365", "drop_ifg_index": "[3 7]", "weed_neighbours": "y"}
    assert run_arguments(Path("/d"), ASKED | {"stamps": stamps}) == [
        "run", "--dataset=/d", "--cores=3", "--set=weed_time_win=365",
        '--set=drop_ifg_index="[3 7]"', "--set=weed_neighbours=y", "--start-step=2", "--end-step=5",
    ]  # fmt: skip
    assert run_arguments(Path("/-d"), {"kind": "report", "cores": 1})[:2] == [
        "report",
        "--dataset=/-d",
    ]
    assert run_arguments(Path("/d"), {"kind": "figures", "cores": 1})[-1] == "--figures-only"
    asked = {"processor": "snap", "patches": "2x1", "cores": 2}
    assert preparation_arguments(Path("/e"), Path("/t"), asked) == [
        "prep", "snap", "--patches=2x1", "--cores=2", "--", "/e", "/t"
    ]  # fmt: skip
    asked = {"through_stage": 4, "profile": "strict"}
    assert verification_arguments(Path("/d"), Path("/g"), asked) == [
        "verify", "--json", "--run=/d", "--golden=/g", "--through-stage=4", "--profile=strict"
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"start_step": 0}, "start_step"), ({"end_step": 9}, "end_step"),
        ({"start_step": 6}, "end_step"), ({"start_step": "2"}, "start_step"),
        ({"start_step": True}, "start_step"), ({"cores": 0}, "cores"), ({"cores": 1e9}, "cores"),
        ({"cores": None}, "cores"), ({"kind": "rm"}, "kind"), ({"stamps": []}, "stamps"),
        ({"stamps": {"clap_win": 3}}, "stamps"), ({"stamps": {"clap_win": "31"}}, "clap_win"),
        ({"stamps": {"clap_wim": "32"}}, "did you mean 'clap_win'"),
        ({"stamps": {"--config": "/etc/passwd"}}, "no StaMPS parameter"),
        ({"stamps": {"platform": "x\n--config=y"}}, None),
    ],
)  # fmt: skip
def test_a_request_that_is_not_allowed_is_refused_by_name(
    change: dict[str, Any], said: str | None
) -> None:
    if said is None:  # a text is one argument, whatever it holds
        assert len(run_arguments(Path("/d"), ASKED | change)) == 6
        return
    with pytest.raises(ParameterError, match=said):
        run_arguments(Path("/d"), ASKED | change)


@pytest.mark.parametrize(
    "change", [{"processor": "--help"}, {"processor": None}, {"patches": 2}, {"cores": "1"}]
)
def test_a_preparation_that_is_not_allowed_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(ParameterError):
        preparation_arguments(Path("/e"), Path("/t"), {"processor": "snap", "cores": 1} | change)


@pytest.fixture
def sleeper(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Children]:
    """Commands that sleep in two processes, as Snakemake and its jobs do."""
    code = ("import subprocess, sys, time; print('begun', flush=True); "
            "subprocess.run([sys.executable, '-c', 'import time; time.sleep(60)'])")  # fmt: skip
    monkeypatch.setattr(children, "_command_of", lambda arguments: [sys.executable, "-c", code])
    (tmp_path / "data" / "PATCH_1").mkdir(parents=True)
    found = Children(tmp_path)
    yield found
    child = found.of(tmp_path / "data")
    if child is not None and child.exit_code is None:
        os.killpg(child.process.pid, signal.SIGKILL)
        child.process.wait()


def test_one_command_at_a_time_changes_a_data_set(sleeper: Children, tmp_path: Path) -> None:
    root = tmp_path / "data"
    child = sleeper.start(root, ["run"])
    with pytest.raises(DatasetError, match="pystamps run goes on"):
        sleeper.start(root, ["report"])
    assert sleeper.of(root) is child


def test_a_run_that_somebody_else_has_started_is_respected(
    sleeper: Children, tmp_path: Path
) -> None:
    with run_lock(tmp_path / "data"), pytest.raises(DatasetError, match="running since"):
        sleeper.start(tmp_path / "data", ["run"])
    assert sleeper.of(tmp_path / "data") is None


def test_stop_ends_a_command_and_the_processes_that_it_has_started(
    sleeper: Children, tmp_path: Path
) -> None:
    child = sleeper.start(tmp_path / "data", ["run"])
    while "begun" not in child.text:
        time.sleep(0.05)
    assert sleeper.stop(tmp_path / "data") == "pystamps run"
    child.process.wait(30)
    deadline = time.monotonic() + 10
    while children._signalled(child.process.pid, 0) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not children._signalled(child.process.pid, 0)
    with pytest.raises(DatasetError, match="nothing runs here"):
        sleeper.stop(tmp_path / "data")


def test_a_run_that_shares_its_group_with_others_is_not_stopped_from_here(
    sleeper: Children, tmp_path: Path
) -> None:
    code = ("import sys, time; from pathlib import Path\n"
            "from pystamps.pipeline.run_lock import run_lock\n"
            "with run_lock(Path(sys.argv[1])):\n"
            "    print('held', flush=True); time.sleep(60)")  # fmt: skip
    command = [sys.executable, "-c", code, str(tmp_path / "data")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None and process.stdout.readline() == "held\n"
        with pytest.raises(DatasetError, match="stop it where it was started"):
            sleeper.stop(tmp_path / "data")
        assert process.poll() is None
        process.kill()


@pytest.mark.parametrize("pid", [0, 1, -1])
def test_processes_of_the_system_lead_no_group_of_a_run(pid: int) -> None:
    assert not children._leads_group(pid)


def test_nothing_is_imported_from_the_folder_that_a_command_works_in(tmp_path: Path) -> None:
    (tmp_path / "numpy.py").write_text("raise SystemExit('code of the data set ran')")
    (tmp_path / "pystamps.py").write_text("raise SystemExit('code of the data set ran')")
    found = Children(tmp_path).answer_of(["workflow-path", "--json"], timeout_s=100)
    assert Path(found["workflow"], "Snakefile").is_file()


def test_a_refused_command_gives_its_message(tmp_path: Path) -> None:
    arguments = ["run", f"--dataset={tmp_path}", "--dry-run", "--json"]
    with pytest.raises(PystampsError, match=r"not a data set; expected patch\.list"):
        Children(tmp_path).answer_of(arguments, timeout_s=100)


def test_without_the_extra_the_command_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delitem(sys.modules, "pystamps.web.serve", raising=False)
    monkeypatch.setitem(sys.modules, "uvicorn", None)
    found = CliRunner().invoke(main, ["console", str(tmp_path)])
    assert found.exit_code == 2
    assert found.output == (
        'error: the console needs the package uvicorn; pip install "pystamps-flow[web]"\n'
    )


# ------------------------------------------------------------------ progress


def events(*jobs: tuple[str, str]) -> list[dict[str, Any]]:
    """Give events of ten minutes: a plan, and jobs that have begun, ended or failed."""
    found: list[dict[str, Any]] = [
        {"event": "run_info", "time": 0.0, "stats": {"quick": 3, "slow": 1, "total": 4}}
    ]
    for jobid, (rule, end) in enumerate(jobs):
        found.append({"event": "job_info", "time": 1.0, "jobid": jobid, "rule_name": rule})
        if end:
            found.append({"event": f"job_{end}", "time": 600.0, "job_id": jobid, "jobid": jobid})
    return found


WEIGHTS = {"quick": 10.0, "slow": 70.0}


def test_progress_weighs_jobs_by_their_expected_time() -> None:
    found = progress_of_run(events(("quick", "finished"), ("slow", "")), WEIGHTS, now=600.0)
    assert (found.done, found.planned, found.percent) == (1, 4, 10.0)
    assert found.jobs_per_minute == 0.1 and found.seconds_left == 5400.0
    later = progress_of_run(events(("quick", "finished"), ("slow", "finished")), WEIGHTS, now=800.0)
    assert later.percent == 80.0 and later.seconds_left == 200.0


def test_progress_counts_failures_and_promises_nothing_before_the_first_job() -> None:
    found = progress_of_run(events(("slow", "error")), WEIGHTS, now=600.0)
    assert (found.failed, found.percent, found.seconds_left) == (1, 0.0, None)
    assert progress_of_run([], WEIGHTS, now=1.0) == RunProgress()
