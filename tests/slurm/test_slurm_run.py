"""``profiles/slurm``, unedited, on a real Slurm: from a raw export to figures; refusals; ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

import local_slurm
from pystamps.resources import workflow_directory
from pystamps.simulate import PRESETS, WriteOptions, simulate_dataset

pytestmark = [pytest.mark.slurm, pytest.mark.slow, pytest.mark.workflow]
LONGEST = 3600
"""Seconds; only what hangs takes so long. With other work on two cores the whole run took 660."""


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """Start a Slurm, give the environment of its commands, and stop it."""
    pytest.importorskip("snakemake_executor_plugin_slurm")
    reason = local_slurm.why_not()
    if reason:
        pytest.skip(reason)
    with local_slurm.running_slurm(tmp_path_factory.mktemp("slurm") / "daemons") as variables:
        yield os.environ | variables


@pytest.fixture(scope="module")
def export(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small raw export."""
    root = tmp_path_factory.mktemp("export") / "raw"
    simulate_dataset(root, PRESETS["tiny"], options=WriteOptions(layout="raw"))
    return root


def command_of(export: Path, root: Path, *options: str) -> list[str]:
    """Give the command line of a run in a new data set."""
    raw = {"processor": "snap", "export": str(export), "patches": "1x2", "overlap": "5x5"}
    settings = root.with_suffix(".yaml")
    settings.write_text(yaml.safe_dump({"dataset": {"path": str(root), "raw": raw}}))
    workflow = workflow_directory()
    return [
        sys.executable, "-m", "snakemake", "--snakefile", str(workflow / "Snakefile"),
        "--workflow-profile", str(workflow / "profiles" / "slurm"),
        "--configfile", str(settings), *options,
    ]  # fmt: skip


def run(command: list[str], environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command, env=environment, capture_output=True, text=True, check=False, timeout=LONGEST
    )


def said(environment: dict[str, str], *command: str) -> list[str]:
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    return done.stdout.split()


def test_a_raw_export_becomes_figures_and_no_job_uses_more_than_it_asked_for(
    cluster: dict[str, str], export: Path, tmp_path: Path
) -> None:
    root = tmp_path / "run"
    done = run(command_of(export, root), cluster)
    assert done.returncode == 0, done.stderr[-4000:]
    assert (root / "products" / "ps.h5").is_file() and (root / "figures/velocity_map.png").is_file()
    fields = "jobid,comment,state,alloccpus,reqmem,maxrss,totalcpu,elapsed"
    table = subprocess.run(
        ["sacct", "-P", "--units=M", "-o", fields], env=cluster, capture_output=True, text=True,
        check=True,
    ).stdout  # fmt: skip
    print(table)
    rows = [line.split("|") for line in table.splitlines()[1:]]
    jobs = {row[0]: row for row in rows if "." not in row[0]}
    assert {row[2] for row in jobs.values()} == {"COMPLETED"}
    assert len(jobs) == 1 + 2 + 3 + 1  # preparation, patches, merge, unwrapping, motion, figures
    comments = " ".join(row[1] for row in jobs.values())
    assert "rule_PATCH_1_stage1_load" in comments and "rule_stage6_unwrap" in comments
    for number, row in jobs.items():
        steps = [megabytes(r[5]) for r in rows if r[0].startswith(f"{number}.") and r[5]]
        batch = megabytes(next(r[5] for r in rows if r[0] == f"{number}.batch"))
        assert batch + max(steps) < megabytes(row[4]), row


def megabytes(text: str) -> float:
    """Read a number of megabytes as sacct writes it."""
    return float(text.rstrip("M"))


def test_what_slurm_would_never_start_is_said_within_seconds(
    cluster: dict[str, str], export: Path, tmp_path: Path
) -> None:
    wanted = {
        "slurm_partition=nowhere": "Invalid partition name specified",
        "slurm_account=nobody": "Invalid account or account/partition combination specified",
    }
    for option, words in wanted.items():
        command = command_of(export, tmp_path / "refused", "--default-resources", option)
        done = run(command, cluster)
        assert done.returncode != 0 and words in done.stderr
        assert "Slurm would not start" in done.stderr
    assert not said(cluster, "squeue", "-h", "-o", "%i")


@pytest.mark.usefixtures("heeded_signals")
def test_an_interrupted_run_leaves_no_job_and_no_lock(
    cluster: dict[str, str], export: Path, tmp_path: Path
) -> None:
    root = tmp_path / "interrupted"
    with subprocess.Popen(
        command_of(export, root), env=cluster, stderr=subprocess.DEVNULL
    ) as child:
        end = time.monotonic() + LONGEST
        while not said(cluster, "squeue", "-h", "-o", "%i"):
            assert child.poll() is None and time.monotonic() < end
            time.sleep(0.2)
        child.send_signal(signal.SIGINT)
        child.wait(LONGEST)
    while said(cluster, "squeue", "-h", "-o", "%i"):  # Slurm takes them back one by one
        assert time.monotonic() < end
        time.sleep(0.2)
    assert not list((root / ".snakemake" / "locks").glob("*"))


@pytest.mark.usefixtures("heeded_signals")
def test_pystamps_run_compiles_before_the_patches_and_an_interrupted_one_leaves_nothing(
    cluster: dict[str, str], tmp_path: Path
) -> None:
    root = tmp_path / "prepared"
    simulate_dataset(root, PRESETS["tiny"])
    command = [sys.executable, "-m", "pystamps", "run", "-d", str(root), "--profile", "slurm"]
    before = set(said(cluster, "sacct", "-X", "-n", "-P", "-o", "jobid"))
    with subprocess.Popen(
        command, env=cluster, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as child:
        queued = jobs_in_queue(cluster, child, "stage1_load")
        child.send_signal(signal.SIGINT)
        words = child.communicate(timeout=LONGEST)[0]
    assert child.returncode == 130, words
    assert queued == {
        f"rule_{patch}_stage1_load_stage2_gamma_stage3_select_stage4_weed_stage5_correct"
        for patch in ("PATCH_1", "PATCH_2")
    }
    end = time.monotonic() + LONGEST
    while said(cluster, "squeue", "-h", "-o", "%i"):
        assert time.monotonic() < end
        time.sleep(0.2)
    assert not list((root / ".snakemake" / "locks").glob("*"))

    done = run(command, cluster)
    assert done.returncode == 0, done.stdout + done.stderr[-4000:]
    fields = "jobid,comment,state,alloccpus,reqmem,maxrss,totalcpu,elapsed"
    table = ["sacct", "-n", "-P", "--units=M", "-o", fields]
    rows = run(table, cluster).stdout
    print(rows)
    jobs = [row.split("|") for row in rows.splitlines()]
    mine = [(job[1], job[2]) for job in jobs if "." not in job[0] and job[0] not in before]
    assert mine[0] == ("rule_compile_kernels", "COMPLETED")
    assert sum(comment == "rule_compile_kernels" for comment, _ in mine) == 1
    finished = [comment for comment, state in mine if state == "COMPLETED"]
    assert "rule_stage5_merge" in finished and "rule_stage6_unwrap" in finished
    assert (root / "products" / "ps.h5").is_file()


def jobs_in_queue(cluster: dict[str, str], run: subprocess.Popen[str], wanted: str) -> set[str]:
    """Wait until all jobs in the queue name a rule, and there are some; give what they name."""
    end = time.monotonic() + LONGEST
    while True:
        comments = said(cluster, "squeue", "-h", "-o", "%k")
        if len(comments) == 2 and all(wanted in comment for comment in comments):
            return set(comments)
        assert run.poll() is None and time.monotonic() < end
        time.sleep(0.2)


BREAK = """
from pystamps.errors import ArtifactError
from pystamps.pipeline import replaying

run = replaying.run_or_replay_stage

def broken(stage, directory, config):
    if stage.name == "stage1_load":
        raise ArtifactError("pscands.1.ph: broken on purpose")
    run(stage, directory, config)

replaying.run_or_replay_stage = broken
"""


def test_an_error_that_would_come_again_is_not_tried_again_and_said_once(
    cluster: dict[str, str], export: Path, tmp_path: Path
) -> None:
    (tmp_path / "sitecustomize.py").write_text(BREAK)
    path = os.pathsep.join([str(tmp_path), *filter(None, [cluster.get("PYTHONPATH")])])
    done = run(command_of(export, tmp_path / "run"), cluster | {"PYTHONPATH": path})
    assert done.returncode != 0
    said = [line for line in done.stderr.splitlines() if "broken on purpose" in line]
    patches = ("PATCH_1", "PATCH_2")
    assert sorted(said) == [
        f"stage1_load of {patch} failed: pscands.1.ph: broken on purpose" for patch in patches
    ]
    assert "Trying to restart" not in done.stderr and "Error in rule" not in done.stderr


LARGE = """
import time
from pystamps.pipeline import replaying

run = replaying.run_or_replay_stage

def large(stage, directory, config):
    if directory.name == "PATCH_2":
        held = b"x" * 2_600_000_000
        time.sleep(10)  # Slurm looks once in a while
    run(stage, directory, config)

replaying.run_or_replay_stage = large
"""


def test_patches_of_one_job_that_ran_out_of_memory_are_sent_again_with_twice_as_much(
    cluster: dict[str, str], export: Path, tmp_path: Path
) -> None:
    (tmp_path / "sitecustomize.py").write_text(LARGE)
    path = os.pathsep.join([str(tmp_path), *filter(None, [cluster.get("PYTHONPATH")])])
    root = tmp_path / "run"
    options = ("--until", "stage1_load", "--group-components", "patch=2")
    done = run(command_of(export, root, *options), cluster | {"PYTHONPATH": path})
    assert done.returncode == 0, done.stderr[-4000:]
    assert "was ended from outside, most often at its limit of memory" in done.stderr
    assert (root / "PATCH_1" / "ps1.mat").is_file() and (root / "PATCH_2" / "ps1.mat").is_file()

    fields = "jobid,comment,reqmem,timelimitraw,state"
    table = said(cluster, "sacct", "-X", "-n", "-P", "--units=M", "-o", fields)
    rows = [line.split("|") for line in table if "|rule_PATCH_1+1_stage1_load|" in line]
    print(*table, sep="\n")
    first, second = rows
    assert first[-1] != "COMPLETED" and second[-1] == "COMPLETED"
    assert megabytes(second[2]) == 2 * megabytes(first[2])
    assert int(second[3]) == 2 * int(first[3])
