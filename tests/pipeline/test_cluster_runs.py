"""``pystamps run --profile``: which profiles there are, and what is sent before everything else."""

from __future__ import annotations

from pathlib import Path

import pytest

from pystamps.errors import ParameterError, PystampsError
from pystamps.pipeline import compiled_before
from pystamps.pipeline.cluster_profile import cores_of_profile, profile_folder, profile_names
from pystamps.pipeline.compiled_before import compile_before_jobs
from pystamps.pipeline.driver import SnakemakeOutcome, SnakemakeRequest, _command
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
