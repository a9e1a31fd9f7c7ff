"""Commands and options under the names of earlier versions."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from prepared_stacks import STACKS

from pystamps.cli import main, native_main
from pystamps.pipeline import stages
from pystamps.pipeline.types import PipelineContext, PipelineReport, TargetResult
from pystamps.simulate import PRESETS, simulate_dataset
from pystamps_kernels.device import gpu


def invoked(*arguments: str, command: Any = main) -> Result:
    return CliRunner().invoke(command, list(arguments))


@pytest.fixture
def contexts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[PipelineContext]:
    """What `pystamps run` asks for; nothing is run."""
    found: list[PipelineContext] = []
    (tmp_path / "PATCH_1").mkdir()

    def note(context: PipelineContext) -> PipelineReport:
        found.append(context)
        return PipelineReport(context.dataset_root, ())

    monkeypatch.setattr(stages, "run_pipeline", note)
    return found


def config_file(folder: Path, text: str) -> str:
    path = folder / "settings.yaml"
    path.write_text(text)
    return str(path)


@pytest.mark.parametrize(
    ("arguments", "settings", "cores"),
    [
        ([], "", 1),
        (["--cores", "8"], "", 8),
        (["--cpu-workers", "8"], "", 8),
        (["--cpu-workers", "8", "--cores", "8"], "", 8),
        (["--cpu-workers", "0", "--cores", "8"], "", 8),
        ([], "runtime: {cpu_workers: 4}", 4),
        (["--cpu-workers", "0"], "runtime: {cpu_workers: 4}", 4),
        (["--cores", "8"], "runtime: {cpu_workers: 4}", 4),
        (["--cpu-workers", "2"], "runtime: {cpu_workers: 4}", 2),
    ],
)
def test_cpu_workers_are_cores(
    tmp_path: Path, contexts: list[PipelineContext], arguments: list[str], settings: str, cores: int
) -> None:
    file = config_file(tmp_path, settings)
    result = invoked("run", "-d", str(tmp_path), "--config", file, *arguments)
    assert result.exit_code == 0, result.output
    assert [context.cores for context in contexts] == [cores]


def test_two_numbers_of_cores_are_refused(tmp_path: Path) -> None:
    result = invoked("run", "-d", str(tmp_path), "--cores", "2", "--cpu-workers", "4")
    assert result.exit_code == 2
    assert "--cores 2 and --cpu-workers 4 mean the same" in result.output


def test_io_workers_are_those_of_the_settings(
    tmp_path: Path, contexts: list[PipelineContext]
) -> None:
    file = config_file(tmp_path, "runtime: {io_workers: 8}")
    for more in ([], ["--io-workers", "3"], ["--io-workers", "0"]):
        assert invoked("run", "-d", str(tmp_path), "--config", file, *more).exit_code == 0
    assert [context.run_config.runtime.io_workers for context in contexts] == [8, 3, 0]
    assert invoked("run", "--io-workers", "-1").exit_code == 2


def test_the_configuration_may_stand_before_the_command(
    tmp_path: Path, contexts: list[PipelineContext]
) -> None:
    file = config_file(tmp_path, "runtime: {io_workers: 8}")
    arguments = ["--config", file, "run", "--dataset", str(tmp_path)]
    arguments += ["--start-step", "1", "--end-step", "8", "--dry-run"]
    for more in ([], ["--config", file]):
        result = invoked(*arguments, *more)
        assert result.exit_code == 0, result.output
    assert [context.run_config.runtime.io_workers for context in contexts] == [8, 8]
    other = tmp_path / "other.yaml"
    other.write_text("")
    result = invoked(*arguments, "--config", str(other))
    assert result.exit_code == 2
    assert "before the command" in result.output and "give one of them" in result.output


def test_a_command_without_configuration_takes_none_before_it(tmp_path: Path) -> None:
    result = invoked("--config", config_file(tmp_path, ""), "list-legacy")
    assert result.exit_code == 2
    assert "list-legacy takes no --config" in result.output


def test_a_report_says_what_failed() -> None:
    done = TargetResult("stage1_load", 1, "patch", "PATCH_1", "completed")
    failed = TargetResult("stage2_gamma", 2, "patch", "PATCH_1", "failed", "see log")
    report = PipelineReport(Path("D"), (done, failed))
    assert report.has_failed
    (found,) = report.failures
    assert (found.stage_id, found.scope, found.target) == (2, "patch", "PATCH_1")
    assert (found.status, found.details) == ("failed", "see log")
    assert not PipelineReport(Path("D"), (done,)).failures


def test_the_native_command_runs_the_same_stage_with_native_kernels(tmp_path: Path) -> None:
    simulate_dataset(tmp_path / "run", PRESETS["tiny"])
    patch = tmp_path / "run" / "PATCH_1"
    for step in ("1", "2"):
        result = invoked("stage", step, "--patch", str(patch), "--json", command=native_main)
        assert result.exit_code == 0, result.output
        name = json.loads(result.output)["stage"]
        record = patch.parent / ".pystamps" / "provenance" / f"{name}.{patch.name}.json"
        backends = json.loads(record.read_text())["backends"]
        assert set(backends.values()) <= {"native"}
    assert "stage2_topofit" in str(backends)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ("kernels: {backend: python}", "kernels.backend: python contradicts runtime.backend: nat"),
        (
            "runtime: {kernel_backend_overrides: {stage7_scla: cpu}}",
            "kernel_backend_overrides.stage7_scla: python contradicts runtime.backend: native",
        ),
        ("runtime: {stage2_kernel_backend: gpu}", "cuda contradicts runtime.backend: native"),
        ("runtime: {backend: gpu}", "runtime.backend: gpu, but pystamps-native runs native"),
    ],
)  # fmt: skip
def test_the_native_command_refuses_other_backends(
    tmp_path: Path, settings: str, message: str
) -> None:
    patch = STACKS["doris"](tmp_path)
    file = config_file(tmp_path, settings)
    result = invoked("stage", "1", "-p", str(patch), "--config", file, command=native_main)
    assert result.exit_code == 2
    assert message in result.output.replace("\n", " ")
    assert not (patch / "ps1.mat").exists()


def test_nothing_starts_on_a_gpu_that_is_not_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    patch = STACKS["doris"](tmp_path)
    monkeypatch.setattr(gpu, "device_problem", lambda: "no CUDA device was found")
    file = config_file(tmp_path, "runtime: {backend: gpu}")
    for arguments in (
        ["run", "-d", str(patch.parent), "--config", file],
        ["run", "-d", str(patch.parent), "--config", file, "--dry-run"],
        ["stage", "1", "-p", str(patch), "--config", file],
    ):
        result = invoked(*arguments)
        assert result.exit_code == 2
        assert "runtime.backend: gpu, but no CUDA device was found" in result.output
    assert not (patch / "ps1.mat").exists()
    assert not (patch.parent / "logs").exists()
