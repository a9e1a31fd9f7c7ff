"""Profiles for PBS and LSF through Snakemake, with stand-ins for the programs of the scheduler."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import stub_schedulers
import yaml

from pystamps.resources import workflow_directory

pytestmark = [pytest.mark.slow, pytest.mark.workflow]
LONGEST = 600

CANCELS = {"pbs": "qdel", "lsf": "bkill"}


@pytest.fixture(params=sorted(CANCELS))
def scheduler(request: pytest.FixtureRequest) -> str:
    pytest.importorskip("snakemake_executor_plugin_cluster_generic")
    return str(request.param)


def faster(name: str, folder: Path, **more: object) -> Path:
    """Copy a profile that asks more often, as people change one."""
    settings = yaml.safe_load(
        Path(workflow_directory(), "profiles", name, "config.yaml").read_text()
    )
    folder.mkdir()
    changed = settings | {"seconds-between-status-checks": 1, "latency-wait": 5} | more
    (folder / "config.yaml").write_text(yaml.safe_dump(changed))
    return folder


def run_of(root: Path, profile: Path, *options: str) -> list[str]:
    return [
        *(sys.executable, "-m", "pystamps", "run", "-d", str(root), "--profile", str(profile)),
        *options,
    ]


def test_stages_of_a_patch_are_one_job_with_the_cores_that_the_profile_allows(
    scheduler: str, simulated: Path, tmp_path: Path
) -> None:
    environment = stub_schedulers.install(tmp_path / "bin")
    profile = faster(scheduler, tmp_path / "profile", cores=1)
    done = subprocess.run(
        run_of(simulated, profile, "--until", "stage2_gamma"),
        env=environment, capture_output=True, text=True, check=False, timeout=LONGEST,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    assert (simulated / "PATCH_2" / "pm1.mat").is_file()
    sent = [call for call in stub_schedulers.calls_in(tmp_path / "bin") if "sub" in call[0]]
    named = [call[call.index("-N" if scheduler == "pbs" else "-J") + 1] for call in sent]
    assert named[0] == "compile_kernels"
    assert sorted(named[1:]) == [f"PATCH_{n}.stage1_load-stage2_gamma" for n in (1, 2)]
    words = " ".join(" ".join(call) for call in sent)
    one_core = "ncpus=1:" if scheduler == "pbs" else "-n 1 "
    assert words.count(one_core) == 3  # set-threads says 2 for stage 2, cores caps it


@pytest.mark.usefixtures("heeded_signals")
def test_an_interrupted_run_leaves_no_job_and_no_lock(
    scheduler: str, simulated: Path, tmp_path: Path
) -> None:
    environment = stub_schedulers.install(tmp_path / "bin")
    command = run_of(simulated, faster(scheduler, tmp_path / "profile"), "--until", "stage1_load")
    with subprocess.Popen(
        command, env=environment, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL
    ) as child:
        end = time.monotonic() + LONGEST
        while not stub_schedulers.jobs_alive(tmp_path / "bin"):
            assert child.poll() is None and time.monotonic() < end
            time.sleep(0.05)
        child.send_signal(signal.SIGINT)
        child.wait(LONGEST)
    calls = stub_schedulers.calls_in(tmp_path / "bin")
    assert CANCELS[scheduler] in {call[0] for call in calls}
    while stub_schedulers.jobs_alive(tmp_path / "bin"):
        assert time.monotonic() < end
        time.sleep(0.05)
    assert not list((simulated / ".snakemake" / "locks").glob("*"))


def test_a_refused_job_ends_the_run_with_the_words_of_the_scheduler(
    scheduler: str, simulated: Path, tmp_path: Path
) -> None:
    environment = stub_schedulers.install(tmp_path / "bin")
    profile = faster(scheduler, tmp_path / "profile", **{"default-resources": ["queue=nowhere"]})
    done = subprocess.run(
        run_of(simulated, profile, "--until", "stage1_load"),
        env=environment, capture_output=True, text=True, check=False, timeout=LONGEST,
    )  # fmt: skip
    assert done.returncode != 0
    refused = [line for line in done.stderr.splitlines() if f"{scheduler} has refused" in line]
    assert len(refused) == 2 and "queue=NAME project=NAME" in refused[0]  # a patch each, once
    assert done.stdout.count("the scheduler has not taken its job") == 2
    assert "could not be sent; what the scheduler says is above" in done.stderr
