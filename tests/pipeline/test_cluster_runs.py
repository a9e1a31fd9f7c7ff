"""``pystamps run --profile``: which profiles there are, and what is sent before everything else."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from pystamps.errors import ParameterError, PystampsError
from pystamps.kernel_checks.compile_all import (
    MOST_PROCESSES,
    CompiledKernel,
    kernels_to_compile,
)
from pystamps.pipeline import compiled_before
from pystamps.pipeline.cluster_profile import cores_of_profile, profile_folder, profile_names
from pystamps.pipeline.cluster_start import COMPILER_THREADS, compiler_memory_mb
from pystamps.pipeline.compiled_before import compile_before_jobs
from pystamps.pipeline.driver import SnakemakeOutcome, SnakemakeRequest, _command
from pystamps.pipeline.entry import compiling
from pystamps.pipeline.plan import WorkflowPlan
from pystamps.pipeline.status import StatusEntry, status_entries
from pystamps.pipeline.targets import targets_of
from pystamps.simulate import PRESETS, simulate_dataset


def test_profiles_are_found_by_name_and_by_folder(tmp_path: Path) -> None:
    assert profile_names() == ("lsf", "pbs", "slurm")
    assert cores_of_profile(profile_folder("pbs")) == 8
    (tmp_path / "config.yaml").write_text("executor: drmaa\n")
    assert profile_folder(str(tmp_path)) == tmp_path
    assert cores_of_profile(tmp_path) == 1


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (None, "is neither a profile of pySTAMPS (lsf, pbs, slurm) nor a folder with a config"),
        ("jobs: 3\n", "names no executor of a cluster"),
        ("- jobs\n", "expected names and values"),
        ("a: [\n", "cannot be read as YAML"),
    ],
)
def test_what_is_no_profile_of_a_cluster_is_refused(
    tmp_path: Path, text: str | None, said: str
) -> None:
    if text is not None:
        (tmp_path / "config.yaml").write_text(text)
    with pytest.raises(ParameterError) as caught:
        profile_folder(str(tmp_path))
    assert said in str(caught.value)


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory) -> WorkflowPlan:
    root = tmp_path_factory.mktemp("cluster") / "run"
    simulate_dataset(root, PRESETS["tiny"])
    return WorkflowPlan.from_mapping({"dataset": str(root)})


@pytest.fixture(scope="module")
def entries(plan: WorkflowPlan) -> tuple[StatusEntry, ...]:
    """All stages of two patches are planned."""
    return status_entries(plan, targets_of(plan))


def test_kernels_are_compiled_by_one_job_before_those_of_two_patches(
    plan: WorkflowPlan,
    entries: tuple[StatusEntry, ...],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[SnakemakeRequest] = []

    def noted(request: SnakemakeRequest, *, events: Path) -> SnakemakeOutcome:
        asked.append(request)
        assert events.parent == tmp_path
        return SnakemakeOutcome(0, ())

    monkeypatch.setattr(compiled_before, "run_snakemake", noted)
    profile = profile_folder("pbs")
    of_one = [entry for entry in entries if entry.patch != "PATCH_2"]
    compile_before_jobs(plan, of_one, profile, tmp_path)
    assert not asked  # nobody else would wait
    compile_before_jobs(plan, entries, profile, tmp_path)
    (request,) = asked
    assert request.targets == request.allowed_rules == ("compile_kernels",)
    command = _command(request, tmp_path / "config.yaml")
    assert command[command.index("--workflow-profile") + 1] == str(profile)
    assert "--cores" not in command  # the profile says how many


def test_the_job_that_compiles_takes_a_process_for_each_of_its_threads_and_memory_for_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []

    def noted(names: Sequence[str], *, processes: int, **_: object) -> list[CompiledKernel]:
        asked.append(processes)
        return [CompiledKernel(name, 1.0) for name in names]

    monkeypatch.setattr(compiling, "compile_kernels", noted)
    (tmp_path / ".pystamps").mkdir()
    compiling.compile_for_jobs(tmp_path, ".pystamps/compiled_kernels.json", COMPILER_THREADS)
    assert asked == [COMPILER_THREADS] == [MOST_PROCESSES]
    ready = json.loads((tmp_path / ".pystamps" / "compiled_kernels.json").read_text())
    assert set(ready["seconds"]) == set(kernels_to_compile())
    one, all_of_them = (compiler_memory_mb(None, threads, 1) for threads in (1, COMPILER_THREADS))
    assert one > 1000 and all_of_them - one >= 3 * 500
    assert compiler_memory_mb(None, COMPILER_THREADS, 2) == 2 * all_of_them


def test_kernels_that_cannot_be_compiled_end_the_run_with_the_reason(
    plan: WorkflowPlan,
    entries: tuple[StatusEntry, ...],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    failed = SnakemakeOutcome(1, (), ("no such queue",))
    monkeypatch.setattr(compiled_before, "run_snakemake", lambda *_, **__: failed)
    with pytest.raises(PystampsError, match=r"no such queue.*nothing else has been sent"):
        compile_before_jobs(plan, entries, profile_folder("lsf"), tmp_path)
