"""Every stage of a finished data set fails: what was there before is there afterwards."""

from __future__ import annotations

import errno
import shutil
from pathlib import Path
from types import SimpleNamespace

import pytest

from pystamps.config import RunConfig
from pystamps.errors import DatasetError
from pystamps.io.result_sets import PREVIOUS
from pystamps.pipeline import provenance
from pystamps.pipeline.plan import WorkflowPlan
from pystamps.pipeline.previous_results import PreviousResults, recover_results
from pystamps.pipeline.replaying import run_or_replay_stage
from pystamps.pipeline.targets import targets_of
from pystamps.stage_table import STAGES, stage_named


class Killed(BaseException):
    """Stands for the end of the process: nothing but ``finally`` follows."""


FAULTS = {
    "missing memory": MemoryError("unable to allocate 9 TiB"),
    "a fault of the code": ZeroDivisionError("half a pixel"),
    "a full disk": OSError(errno.ENOSPC, "No space left on device"),
    "a kill": Killed(),
}
PLACES = (
    "pystamps.io.artifacts.save_mat",
    "pystamps.pipeline.job.write_record",
    "pystamps.pipeline.job.write_back_parameters",
    "pystamps.pipeline.job.write_mat",
)
"""Where a stage fails: while it writes, between its files and their record, after both."""
AT_THE_END = "pystamps.pipeline.job.record_no_ps"
"""After everything else of a patch, its generation too."""


@pytest.fixture(scope="module")
def finished_here(finished_once: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One copy for all tests of this module: each must leave it as it was."""
    return Path(shutil.copytree(finished_once, tmp_path_factory.mktemp("here") / "dataset"))


def snapshot(root: Path) -> dict[str, tuple[bytes, int]]:
    """Give content and time of every file but locks."""
    return {
        str(path.relative_to(root)): (path.read_bytes(), path.stat().st_mtime_ns)
        for path in sorted(root.rglob("*"))
        if path.is_file() and path.suffix != ".lock"
    }


def job_of(root: Path, name: str) -> tuple[SimpleNamespace, Path]:
    """Give the job of a stage as Snakemake knows it, on the first patch or the merged data set."""
    plan = WorkflowPlan.from_mapping(RunConfig(dataset=root).to_mapping())
    target = next(target for target in targets_of(plan) if target.stage == name)
    job = SimpleNamespace(
        output=target.outputs,
        log=[f"logs/{target.patch}/{name}.log"],
        wildcards=SimpleNamespace(patch=target.patch),
    )
    return job, root / target.patch


def run_as_snakemake(root: Path, name: str) -> None:
    """Delete the outputs, run the stage, delete them again when it fails; as Snakemake 9 does."""
    job, directory = job_of(root, name)
    previous = PreviousResults(root)
    previous.keep([job])
    recover_results(root)  # somebody looks at the data set while the run works: nothing happens
    for output in job.output:
        (root / output).unlink()
    try:
        run_or_replay_stage(stage_named(name), directory, RunConfig(dataset=root))
    except Exception:
        for output in job.output:
            (root / output).unlink(missing_ok=True)
        raise
    finally:
        previous.settle()


def place_of_writing(name: str) -> str:
    """Give the function that writes the files of a stage: MAT files, or the table of points."""
    of_points = "pystamps.pipeline.entry.points.write_point_table"
    return of_points if name == "product_points" else PLACES[0]


BOTH_SCOPES = ("stage2_gamma", "stage7_scla")
CASES = [
    *((stage.name, fault, place_of_writing(stage.name)) for stage in STAGES for fault in FAULTS),
    *((name, "a full disk", place) for name in BOTH_SCOPES for place in PLACES[1:3]),
    *((name, "a full disk", PLACES[3]) for name in ("stage1_load", "stage5_merge")),
    *(("stage5_correct", fault, AT_THE_END) for fault in FAULTS),
]


@pytest.mark.parametrize(("name", "fault", "place"), CASES)
def test_a_stage_that_fails_loses_nothing(
    finished_here: Path, monkeypatch: pytest.MonkeyPatch, name: str, fault: str, place: str
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise FAULTS[fault]

    before = snapshot(finished_here)
    monkeypatch.setattr(place, fail)
    with pytest.raises((Exception, Killed)):
        run_as_snakemake(finished_here, name)
    after = snapshot(finished_here)
    for scratch in [name for name in after if name.startswith(".pystamps/stage6/")]:
        after.pop(scratch)
        before.pop(scratch, None)
    assert after == before
    assert not (finished_here / PREVIOUS).exists()


def test_a_stage_that_succeeds_has_its_new_files(finished: Path) -> None:
    before = snapshot(finished)
    run_as_snakemake(finished, "product_mean_velocity")
    after = snapshot(finished)
    assert after["mean_v.mat"][1] > before["mean_v.mat"][1]
    record = ".pystamps/provenance/product_mean_velocity.json"
    assert after[record][1] > before[record][1]
    assert not (finished / PREVIOUS).exists()


def test_a_second_snakemake_is_refused_and_changes_nothing(finished: Path) -> None:
    job, _ = job_of(finished, "stage7_scla")
    first, second = PreviousResults(finished), PreviousResults(finished)
    first.keep([job])
    with pytest.raises(DatasetError, match="another Snakemake works on it"):
        second.keep([job])
    (finished / "scla2.mat").unlink()
    recover_results(finished)
    assert not (finished / "scla2.mat").exists()
    first.settle()
    assert (finished / "scla2.mat").exists()


@pytest.mark.parametrize("kills", [1, 2])
def test_jobs_work_after_runs_that_were_killed_with_nothing_to_put_back(
    finished: Path, kills: int
) -> None:
    """The mark of a killed run stays in the lock, without a folder of previous results."""
    for _ in range(kills):
        killed = PreviousResults(finished)
        killed.keep([])
        killed._held.close()  # as the system does when a process is killed
    assert not (finished / PREVIOUS).exists()
    run_as_snakemake(finished, "product_mean_velocity")


def test_looking_at_a_data_set_without_leftovers_writes_nothing(finished: Path) -> None:
    (finished / ".pystamps" / "previous.lock").unlink()
    recover_results(finished)
    assert not (finished / ".pystamps" / "previous.lock").exists()


def test_nobody_settles_a_swap_that_goes_on(
    finished: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_record = provenance.write_record

    def look_meanwhile(root: Path, record: provenance.Provenance) -> Path:
        recover_results(root)
        assert (root / PREVIOUS).is_dir()
        return write_record(root, record)

    before = snapshot(finished)
    monkeypatch.setattr("pystamps.pipeline.job.write_record", look_meanwhile)
    run_or_replay_stage(stage_named("product_mean_velocity"), finished, RunConfig(dataset=finished))
    assert snapshot(finished)["mean_v.mat"][1] > before["mean_v.mat"][1]
    assert not (finished / PREVIOUS).exists()
