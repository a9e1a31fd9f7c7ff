"""Neither the environment nor stray files change a run, and no run trusts events that are cut."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from pystamps.errors import PystampsError
from pystamps.pipeline import event_stream
from pystamps.pipeline.child_environment import child_environment
from pystamps.pipeline.event_stream import complete_events, read_events
from pystamps.pipeline.run_history import events_of_run, read_run, run_ids

CHECKOUT = Path(__file__).resolve().parents[2]
PLUGIN = CHECKOUT.joinpath(
    "pystamps", "pipeline", "snakemake_plugins", "snakemake_logger_plugin_pystamps", "__init__.py"
)
BEGIN = {"event": "begin", "version": event_stream.EVENTS_VERSION, "time": 1.0}
END = {"event": "end", "time": 2.0}


def stream(path: Path, *events: object, cut: int = 0) -> Path:
    text = "".join(json.dumps(event) + "\n" for event in events)
    path.write_text(text[: len(text) - cut])
    return path


def test_events_from_begin_to_end_are_taken(tmp_path: Path) -> None:
    path = stream(tmp_path / "events", BEGIN, {"event": "progress", "time": 1.5}, END)
    assert [event["event"] for event in complete_events(path, 0)] == ["begin", "progress", "end"]


@pytest.mark.parametrize(
    ("events", "cut", "words"),
    [
        ([], 0, "are missing"),
        ([BEGIN], 0, "are cut"),
        ([BEGIN, END], 3, "are cut"),
        ([BEGIN | {"version": 2}, END], 0, "of version 2, expected 1"),
        ([{"event": "job_info", "time": 1.0}, END], 0, "of version None, expected 1"),
        ([BEGIN, "text", END], 0, "line 2 is no event"),
        ([BEGIN, {"no": "event"}, END], 0, "line 2 is no event"),
    ],
)
def test_events_that_are_missing_cut_or_of_another_version_are_an_error(
    tmp_path: Path, events: list[object], cut: int, words: str
) -> None:
    path = stream(tmp_path / "events", *events, cut=cut)
    with pytest.raises(PystampsError, match=words):
        complete_events(path, 0)


def test_a_file_that_was_never_written_is_an_error_unless_snakemake_failed(tmp_path: Path) -> None:
    with pytest.raises(PystampsError, match="are missing"):
        complete_events(tmp_path / "events", 0)
    assert complete_events(tmp_path / "events", 1) == []
    assert len(complete_events(stream(tmp_path / "events", BEGIN, END, cut=3), -9)) == 1


def test_binary_content_is_no_event(tmp_path: Path) -> None:
    path = tmp_path / "events"
    path.write_bytes(b"\0\0\0\n")
    with pytest.raises(PystampsError, match="line 1 is no event"):
        read_events(path)


def test_the_plugin_writes_the_version_that_is_read() -> None:
    assert f"\n_VERSION = {event_stream.EVENTS_VERSION}\n" in PLUGIN.read_text()


def test_the_environment_of_snakemake_has_nothing_that_changes_it(tmp_path: Path) -> None:
    given = {
        "SNAKEMAKE_PROFILE": "mine", "SNAKEMAKE_OUTPUT_CACHE": "/c", "BASH_ENV": "/x",
        "PYTHONPATH": os.pathsep.join(["", ".", "lib", "/own"]), "PYTHONINSPECT": "1",
        "PYSTAMPS_STAND_IN": "/elsewhere", "HOME": str(tmp_path), "OMP_NUM_THREADS": "2",
    }  # fmt: skip
    found = child_environment(given, modules=Path("/plugins"), scratch=Path("/s"), MORE="x")
    assert found == {
        "HOME": str(tmp_path), "OMP_NUM_THREADS": "2", "MORE": "x", "TMPDIR": "/s",
        "PYTHONSAFEPATH": "1", "PYTHONPATH": os.pathsep.join(["/plugins", "/own"]),
        "DOCUTILSCONFIG": str(CHECKOUT / "pystamps" / "pipeline" / "docutils.conf"),
    }  # fmt: skip


@pytest.mark.parametrize("name", ["HOME", "XDG_CACHE_HOME"])
def test_without_a_folder_for_caches_snakemake_and_kernels_get_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    given = {"HOME": str(tmp_path), name: "/dev/null/cannot"}
    found = child_environment(given, modules=Path("/plugins"), scratch=Path("/s"))
    assert found["XDG_CACHE_HOME"] == "/s"
    assert found["NUMBA_CACHE_DIR"] == str(tmp_path / f"pystamps-{os.getuid()}")
    own = child_environment(
        given | {"NUMBA_CACHE_DIR": "/k"}, modules=Path("/p"), scratch=Path("/s")
    )
    assert own["NUMBA_CACHE_DIR"] == "/k"


@pytest.mark.workflow
def test_modules_that_lie_about_and_variables_of_snakemake_have_no_effect(
    finished: Path, tmp_path: Path
) -> None:
    (finished / "mean_v.mat").unlink()
    scripts = finished / ".snakemake" / "scripts"
    scripts.mkdir(parents=True, exist_ok=True)
    for folder in (tmp_path, finished, scripts):
        for name in ("snakemake", "pystamps", "numpy", "subprocess"):
            (folder / f"{name}.py").write_text("raise SystemExit('a stray module')\n")
    environment = os.environ | {"SNAKEMAKE_PROFILE": "a profile that does not exist"}
    command = [sys.executable, "-P", "-c", "from pystamps.cli import main; main()"]
    done = subprocess.run(
        [*command, "run", "-d", str(finished), "--json"],
        cwd=tmp_path, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    statuses = {t["stage"]: t["status"] for t in json.loads(done.stdout)["targets"]}
    assert statuses["product_mean_velocity"] == "completed"
    assert (finished / "mean_v.mat").is_file()
    (job,) = read_run(finished, run_ids(finished)[0]).jobs
    assert job.reason == "its files are not there"  # as status says it, not Snakemake
    events = events_of_run(finished, run_ids(finished)[0])
    assert (events[0]["event"], events[-1]["event"]) == ("begin", "end")
