"""How jobs share the machine."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from snakemake_rules import CORES, declared_rules
from trees import copy_writable

from pystamps.config import Runtime
from pystamps.errors import ParameterError
from pystamps.pipeline.cluster_start import COMPILER_THREADS
from pystamps.pipeline.plan import WorkflowPlan
from pystamps.pipeline.schedule import limits_of_jobs, refuse_missing_device, threads_of_patch_job
from pystamps.resources import workflow_directory
from pystamps.simulate import PRESETS, simulate_dataset
from pystamps.stage_table import PREPARATION, STAGES
from pystamps_kernels.device import gpu

SNAKEFILE = workflow_directory() / "Snakefile"


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data set with two patches."""
    root = tmp_path_factory.mktemp("schedule") / "run"
    simulate_dataset(root, PRESETS["tiny"])
    return root


@pytest.mark.parametrize(
    ("backend", "cores", "n_patches", "threads"),
    [
        ("auto", 8, 2, 4),
        ("processes", 8, 2, 4),
        ("processes", 8, 20, 1),
        ("gpu", 8, 3, 2),
        ("native", 8, 3, 2),
        ("threads", 8, 20, 8),
    ],
)
def test_patches_run_side_by_side_or_take_turns(
    backend: str, cores: int, n_patches: int, threads: int
) -> None:
    runtime = Runtime(backend=backend)
    assert threads_of_patch_job(runtime, cores=cores, n_patches=n_patches) == threads


def test_limits_are_those_of_the_settings() -> None:
    assert not limits_of_jobs(Runtime())
    assert limits_of_jobs(Runtime(io_workers=3, cpu_workers=2)) == {"io": 3, "_cores": 2}


def test_a_gpu_is_only_missed_where_it_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gpu, "device_problem", lambda: "no CUDA device")
    for backend in ("auto", "threads", "processes", "native"):
        refuse_missing_device(Runtime(backend=backend))
    with pytest.raises(ParameterError, match=r"^runtime\.backend: gpu, but no CUDA device; set it"):
        refuse_missing_device(Runtime(backend="gpu"))
    monkeypatch.setattr(gpu, "device_problem", lambda: None)
    refuse_missing_device(Runtime(backend="gpu"))


def test_jobs_on_a_gpu_ask_for_it(root: Path) -> None:
    def gpus(backend: str) -> int:
        settings = {"dataset": str(root), "runtime": {"backend": backend}}
        return WorkflowPlan.from_mapping(settings).gpus()

    assert {name: gpus(name) for name in ("auto", "gpu", "native")} == {
        "auto": 0, "gpu": 1, "native": 0
    }  # fmt: skip


def test_jobs_that_mostly_read_and_write_are_those_of_the_table() -> None:
    names = {stage.name for stage in (PREPARATION, *STAGES) if stage.is_mostly_io}
    assert names == {
        "stage0_prep", "stage1_load", "stage5_correct", "stage5_merge", "product_points",
    }  # fmt: skip


def threads_of(root: Path, **runtime: Any) -> dict[str, int]:
    rules = declared_rules(SNAKEFILE, dataset=str(root), runtime=runtime)
    return {name: rule["resources"]["_cores"] for name, rule in rules.items() if name != "all"}


@pytest.mark.workflow
def test_rules_of_bare_snakemake_follow_the_settings(root: Path) -> None:
    threads = threads_of(root, backend="threads")
    assert threads.pop("compile_kernels") == min(COMPILER_THREADS, CORES)  # before all others
    assert set(threads.values()) == {CORES}
    side_by_side = threads_of(root, backend="process")  # an earlier word
    assert side_by_side["stage2_gamma"] == CORES // 2
    assert side_by_side["stage6_unwrap"] == CORES
    assert side_by_side["figure_velocity_map"] == 1
    fewer = threads_of(root, cpu_workers=2)
    assert (fewer["stage2_gamma"], fewer["stage6_unwrap"]) == (1, 2)
    assert threads_of(root, cpu_workers=64)["stage6_unwrap"] == CORES


def spans(root: Path) -> list[tuple[float, float]]:
    """Give begin and end of the jobs of stage 1, in order: seconds since the epoch."""
    found = []
    for patch in ("PATCH_1", "PATCH_2"):
        report = (root / "benchmarks" / patch / "stage1_load.tsv").read_text().splitlines()
        seconds = float(report[1].split("\t")[0])
        end = (root / patch / "ps1.mat").stat().st_mtime
        found.append((end - seconds, end))
    return sorted(found)


@pytest.mark.workflow
@pytest.mark.parametrize(
    ("runtime", "are_side_by_side"),
    [
        ({}, True),
        ({"io_workers": 1}, False),
        pytest.param({"cpu_workers": 1}, False, marks=pytest.mark.slow),
        pytest.param({"backend": "threads"}, False, marks=pytest.mark.slow),
    ],
)
def test_jobs_of_bare_snakemake_run_side_by_side_as_far_as_the_settings_allow(
    root: Path, tmp_path: Path, runtime: dict[str, Any], are_side_by_side: bool
) -> None:
    copy_writable(root, tmp_path / "run")
    settings = tmp_path / "config.yaml"
    settings.write_text(yaml.safe_dump({"dataset": str(tmp_path / "run"), "runtime": runtime}))
    command = [sys.executable, "-m", "snakemake", "--snakefile", str(SNAKEFILE), "--cores", "2"]
    command += ["--configfile", str(settings), "--quiet", "all", "--until", "stage1_load"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    first, second = spans(tmp_path / "run")
    assert (second[0] < first[1] - 0.1) == are_side_by_side, (first, second)


@pytest.mark.workflow
@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("runtime: {backend: gpu, stage2_kernel_backend: python}", "contradicts runtime.backend"),
        ("stamps: {drop_ifg_index: 3:7}", "put it in quotes, for example '3:7'"),
        ("stamps: {drop_ifg_index: 1999-01-01}", "is the date of no image"),
        ("stamps: {}\nstamps: {}", "keys are there twice"),
    ],
)
def test_bare_snakemake_refuses_what_a_command_refuses(
    root: Path, tmp_path: Path, text: str, message: str
) -> None:
    settings = tmp_path / "config.yaml"
    settings.write_text(f"dataset: {root}\n{text}\n")
    command = [sys.executable, "-m", "snakemake", "--snakefile", str(SNAKEFILE), "-n"]
    command += ["--configfile", str(settings)]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    said = done.stdout + done.stderr
    assert message in said
    assert "Traceback" not in said
