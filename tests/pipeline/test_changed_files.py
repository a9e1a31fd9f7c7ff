"""A file that has changed without a stage is named and never read: zeros, edits, damage."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from pystamps.cli import main
from pystamps.config import RunConfig
from pystamps.errors import ArtifactError
from pystamps.io.stage_records import record_path
from pystamps.io.tree_integrity import artifacts_there, tree_integrity
from pystamps.pipeline.job import stage_job
from pystamps.pipeline.space_time import SCRATCH
from pystamps.pipeline.status import dataset_status
from pystamps.pipeline.verified_inputs import inputs_of_stage, verified_inputs
from pystamps.resources import workflow_directory
from pystamps.stage_table import FIGURES, STAGES, stage_named

NOT_COMPARED = (".snakemake", ".pystamps", "logs", "benchmarks")


def put_zeros(path: Path) -> None:
    """Overwrite up to 16 kB in the middle of a file in its place; its time stays."""
    before = path.stat()
    zeros = min(16384, before.st_size // 4)
    with path.open("r+b") as stream:
        stream.seek(before.st_size // 2)
        stream.write(bytes(b ^ 0x5A for b in bytes(zeros)))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, list(arguments))


def contents(root: Path) -> dict[str, bytes]:
    found = (path for path in root.rglob("*") if path.is_file())
    names = {path.relative_to(root).as_posix(): path for path in found}
    return {n: p.read_bytes() for n, p in names.items() if n.split("/")[0] not in NOT_COMPARED}


def test_zeros_in_any_artifact_or_candidate_file_are_found(finished: Path) -> None:
    names = [*artifacts_there(finished), "PATCH_1/pscands.1.ph"]
    assert len(names) > 45
    assert tree_integrity(finished).is_sound and tree_integrity(finished, thorough=True).is_sound
    for name in names:
        before, times = (finished / name).read_bytes(), (finished / name).stat()
        put_zeros(finished / name)
        for thorough in (False, True):
            found = tree_integrity(finished, thorough=thorough)
            noted = {item.name for item in found.changed}
            read = {item for outdated in found.outdated for item in outdated.inputs}
            assert noted | read == {name}, (name, noted, read)
        (finished / name).write_bytes(before)
        os.utime(finished / name, ns=(times.st_atime_ns, times.st_mtime_ns))
    assert tree_integrity(finished).is_sound


@pytest.mark.parametrize("stage", [s.name for s in (*STAGES, *FIGURES)])
def test_no_stage_and_no_figure_reads_an_input_that_has_changed(finished: Path, stage: str) -> None:
    record = stage_named(stage)
    patch = "PATCH_1" if record.scope == "patch" else ""
    names = inputs_of_stage(finished, record, patch, processor="snap")
    names = [n for n in names if n.endswith(".mat")]  # nobody has recorded the candidates
    assert verified_inputs(finished, record, patch, processor="snap").keys() >= {*names}
    for name in names:
        before = (finished / name).read_bytes()
        put_zeros(finished / name)
        with pytest.raises(ArtifactError, match=r"has changed since .*`pystamps import` accepts"):
            verified_inputs(finished, record, patch, processor="snap")
        (finished / name).write_bytes(before)


@pytest.mark.parametrize("name", ["phuw2.mat", "scla2.mat", "uw_grid.mat"])
def test_a_stage_by_hand_refuses_and_changes_nothing(finished: Path, name: str) -> None:
    put_zeros(finished / name)
    before = contents(finished)
    found = run("stage", "8", "--dataset", str(finished))
    assert found.exit_code == 2 and found.stderr.count("\n") == 1, found.output
    assert f"{name}: has changed since stage" in found.stderr
    assert "pystamps import" in found.stderr
    assert contents(finished) == before


def test_every_command_names_the_file_and_run_refuses_before_the_first_job(
    finished: Path,
) -> None:
    put_zeros(finished / "phuw2.mat")
    for name in ("scn2.mat", "uw_space_time.mat", "mean_v.mat"):
        (finished / name).unlink()
    before = contents(finished)
    for options in (("-n",), ("--cores", "2"), ("--start-step", "8")):
        found = run("run", "-d", str(finished), *options)
        assert found.exit_code == 2 and "phuw2.mat: has changed since stage6_unwrap" in found.stderr
        assert "`pystamps import` accepts it" in found.stderr
    status = run("status", "-d", str(finished))
    assert "changed  phuw2.mat is not what stage6_unwrap has written" in status.stdout
    entry = next(e for e in dataset_status(finished).entries if e.stage == "stage6_unwrap")
    assert entry.changed == ("phuw2.mat",) and entry.versions["phuw2.mat"] == "unknown"
    doctor = run("doctor", str(finished))
    assert doctor.exit_code == 1 and "changed-without-stage: phuw2.mat" in doctor.stdout
    assert "made-from-others: scla2.mat" in doctor.stdout
    verify = run("verify", "-r", str(finished), "--self")
    assert verify.exit_code == 1 and "changed  phuw2.mat: has changed since" in verify.stdout
    assert contents(finished) == before


def test_what_a_run_does_not_read_does_not_stop_it(finished: Path) -> None:
    put_zeros(finished / "phuw2.mat")
    found = run("run", "-d", str(finished), "-n", "--end-step", "5")
    assert found.exit_code == 0, found.output


@pytest.mark.workflow
def test_bare_snakemake_refuses_with_the_same_words(finished: Path) -> None:
    put_zeros(finished / "PATCH_2" / "rc2.mat")
    (finished / "mean_v.mat").unlink()
    command = [sys.executable, "-m", "snakemake", "--snakefile",
               str(workflow_directory() / "Snakefile"), "--cores", "2", "--config",
               f"dataset={finished}"]  # fmt: skip
    for options in (["-n"], []):
        found = subprocess.run(
            [*command, *options], capture_output=True, text=True, timeout=300, check=False
        )
        assert found.returncode == 1
        said = found.stdout + found.stderr
        assert "PATCH_2/rc2.mat: has changed since stage5_correct wrote it" in said
        assert "Traceback" not in said
    assert not (finished / "mean_v.mat").exists()


def test_verify_self_is_content_with_a_finished_tree_and_says_what_it_cannot_know(
    finished: Path,
) -> None:
    found = run("verify", "-r", str(finished), "--self")
    assert found.exit_code == 0, found.output
    assert "0 are not" in found.stdout and found.stdout.rstrip().endswith("sound")
    shutil.rmtree(finished / ".pystamps")
    found = run("verify", "-r", str(finished), "--self")
    assert "No record says who made" in found.stdout
    assert run("verify", "-r", str(finished)).exit_code == 2
    assert run("verify", "-r", str(finished), "-g", str(finished), "--self").exit_code == 2


def test_a_record_that_is_gone_or_damaged_is_refused_by_name(finished: Path) -> None:
    record = finished / record_path("stage6_unwrap", "")
    for damage in (lambda: record.write_bytes(b"\0" * 16384), record.unlink):
        damage()
        found = run("stage", "7", "--dataset", str(finished))
        assert found.exit_code == 2 and "stage6_unwrap.json: is" in found.stderr, found.output
        assert run("run", "-d", str(finished), "-n").exit_code == 2
        assert "stage6_unwrap.json" in run("status", "-d", str(finished)).stdout


def test_an_input_that_changes_while_a_stage_works_ends_it_without_results(
    finished: Path,
) -> None:
    before = contents(finished)
    with (
        pytest.raises(ArtifactError, match=r"ps2\.mat: was changed while a stage worked on it"),
        stage_job("stage7_scla", finished, RunConfig(finished)) as job,
    ):
        assert {"ps2.mat", "phuw2.mat", "bp2.mat", "ifgstd2.mat"} == job.inputs.keys()
        put_zeros(finished / "ps2.mat")
    after = contents(finished)
    assert {name for name in after if after[name] != before[name]} == {"ps2.mat"}


def test_an_input_that_is_only_touched_while_a_stage_works_is_the_same(finished: Path) -> None:
    with stage_job("stage7_scla", finished, RunConfig(finished)) as job:
        (finished / "ps2.mat").touch()
    assert job.result.written == ()


def test_a_file_of_stamps_is_known_by_what_was_made_from_it(finished: Path) -> None:
    (finished / record_path("stage6_unwrap", "")).unlink()
    (finished / ".pystamps" / "manifest.json").unlink()  # nobody has recorded phuw2.mat
    assert run("stage", "8", "--dataset", str(finished)).exit_code == 0
    put_zeros(finished / "phuw2.mat")
    found = run("stage", "8", "--dataset", str(finished))
    assert found.exit_code == 2
    assert "phuw2.mat: has changed since stage7_scla made scla2.mat" in found.stderr


def test_damaged_scratch_of_stage_6_is_computed_again(finished: Path) -> None:
    expected = contents(finished)
    put_zeros(finished / SCRATCH / "space_time.mat")
    found = run("stage", "8", "--dataset", str(finished))
    assert found.exit_code == 0, found.output
    assert contents(finished) == expected
