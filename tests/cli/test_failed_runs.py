"""A stage that fails, is killed or crashes: what ``run`` and ``status`` say, however it was run."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from pystamps.cli import main
from pystamps.resources import workflow_directory

pytestmark = pytest.mark.workflow

RECORD = """
import dataclasses

from pystamps import stage_table

stage_table.STAGES = tuple(
    dataclasses.replace(stage, entry_point="broken_stage:product_mean_velocity")
    if stage.name == "product_mean_velocity" else stage
    for stage in stage_table.STAGES
)
"""
STAGE = """
import os

from pystamps.pipeline.job import stage_job

def product_mean_velocity(directory, config):
    with stage_job("product_mean_velocity", directory, config) as job:
        {}
"""
FAULT = "raise ZeroDivisionError('half a pixel\\nand more')"
NO_SPACE = "raise OSError(28, 'No space left on device', '/data/mean_v.mat')"
KILLED = "os.kill(os.getpid(), 9)"
CRASH = "os.abort()"
ENDINGS = {
    FAULT: ("ZeroDivisionError: half a pixel; ", "this is a fault of pySTAMPS", "velocity.log"),
    NO_SPACE: ("/data/mean_v.mat: no space is left on the disk /; make room and run again",),
    KILLED: ("stopped from outside", "SIGKILL", "memory has run out", "use smaller patches"),
    CRASH: ("its process crashed (SIGABRT)", "fault of pySTAMPS"),
}
NAME = "product_mean_velocity"


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, list(arguments))


def broken(folder: Path, statement: str) -> dict[str, str]:
    """Give an environment in which the mean velocity ends in a certain way."""
    folder.mkdir()
    (folder / "sitecustomize.py").write_text(RECORD)
    (folder / "broken_stage.py").write_text(STAGE.format(statement))
    path = os.pathsep.join([str(folder), *filter(None, [os.environ.get("PYTHONPATH")])])
    return os.environ | {"PYTHONPATH": path}


def pystamps(environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "from pystamps.cli import main; main()", *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def entry_of(root: Path) -> dict[str, Any]:
    entries = json.loads(run("status", "-d", str(root), "--json").stdout)["entries"]
    (found,) = (entry for entry in entries if entry["stage"] == NAME)
    return dict(found)


@pytest.mark.parametrize("statement", ENDINGS)
def test_a_run_says_how_a_stage_ended_and_status_remembers_it(
    finished: Path, tmp_path: Path, statement: str
) -> None:
    (finished / "mean_v.mat").unlink()
    done = pystamps(broken(tmp_path / "code", statement), "run", "-d", str(finished), "--json")
    assert done.returncode == (3 if statement in (FAULT, CRASH) else 1), done.stderr
    (result,) = (t for t in json.loads(done.stdout)["targets"] if t["stage"] == NAME)
    assert result["status"] == "failed"
    for words in ENDINGS[statement]:
        assert words in result["details"]
    assert result["log"] == str(finished.resolve() / "logs" / f"{NAME}.log")
    if statement == FAULT:
        assert "Traceback" in Path(result["log"]).read_text()
    last_job = entry_of(finished)["last_job"]
    assert last_job["message"] == result["details"]
    assert not (finished / "mean_v.mat").exists()


@pytest.mark.parametrize("statement", [KILLED, NO_SPACE])
def test_bare_snakemake_leaves_the_reason_too_until_the_stage_has_run(
    finished: Path, tmp_path: Path, statement: str
) -> None:
    (finished / "mean_v.mat").unlink()
    command = [sys.executable, "-m", "snakemake", "--cores", "1", "--snakefile"]
    command += [str(workflow_directory() / "Snakefile"), "--config", f"dataset={finished}"]
    command += ["--", "mean_v.mat"]
    environment = broken(tmp_path / "code", statement)
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    entry = entry_of(finished)
    assert entry["state"] == "missing"
    words = [text for text in ENDINGS[statement] if text != "SIGKILL"]  # nobody has seen that
    assert all(text in entry["last_job"]["message"] for text in words), entry
    shown = run("status", "-d", str(finished)).stdout.replace("\n", " ")
    assert f"{NAME}: " in shown and entry["last_job"]["message"][:30] in shown
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert entry_of(finished)["last_job"] is None


MOUNTED = """
set -e
mount -t tmpfs -o size=80m tmpfs "$1"
cp -a "$2"/. "$1"
rm "$1"/scn2.mat
free=$(df -k --output=avail "$1" | tail -1)
dd if=/dev/zero of="$1"/filler bs=1k count=$((free - 400)) status=none
"$3" -c "from pystamps.cli import main; main()" run -d "$1" --json || true
"""


@pytest.mark.slow
def test_a_really_full_disk_is_named_as_the_reason(finished: Path, tmp_path: Path) -> None:
    (tmp_path / "disk").mkdir()
    command = ["unshare", "-m", "bash", "-c", MOUNTED, "bash", str(tmp_path / "disk")]
    command += [str(finished), sys.executable]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if not done.stdout:
        pytest.skip(f"no file system can be mounted here: {done.stderr.strip()}")
    (result,) = (t for t in json.loads(done.stdout)["targets"] if t["status"] == "failed")
    assert result["stage"] == "stage8_filter"
    assert ": no space is left on the disk " in result["details"]
    assert result["details"].endswith("; make room and run again")


@pytest.mark.slow
def test_the_status_of_data_that_are_read_only_can_be_asked(finished: Path) -> None:
    (finished / "scn2.mat").unlink()
    script = 'mount --bind "$1" "$1" && mount -o remount,bind,ro "$1" && ! touch "$1"/x && '
    script += '"$2" -c "from pystamps.cli import main; main()" status -d "$1" --json'
    command = ["unshare", "-m", "bash", "-c", script, "bash", str(finished), sys.executable]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if not done.stdout:
        pytest.skip(f"no file system can be mounted here: {done.stderr.strip()}")
    states = {e["stage"]: e["state"] for e in json.loads(done.stdout)["entries"]}
    assert states["stage8_filter"] == "missing" and states["stage7_scla"] == "done"
