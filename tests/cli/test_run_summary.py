"""The last lines of ``pystamps run``."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from pystamps.cli import main
from pystamps.cli.run_summary import summary_of_run
from pystamps.pipeline.types import PipelineReport, TargetResult


def report(root: Path, *statuses: str) -> PipelineReport:
    targets = [
        TargetResult("stage6_unwrap", 6, "merged", "merged", status)  # type: ignore[arg-type]
        for status in statuses
    ]
    return PipelineReport(root, tuple(targets))


def lines_of(root: Path, *statuses: str, is_dry_run: bool = False, is_whole: bool = True):
    found = report(root, *statuses)
    name = Path("my data")
    return list(summary_of_run(found, name, seconds=3.21, is_dry_run=is_dry_run, is_whole=is_whole))


def test_a_run_ends_with_counts_and_what_is_next(simulated: Path) -> None:
    summary, pixels, *steps = lines_of(simulated, "completed", "completed", "skipped_existing")
    assert summary == "summary  3 jobs: 2 done, 1 up to date, 3.2 s"
    assert pixels == "pixels   stage 1 has not run yet"
    assert steps[0] == "next     pystamps report -d 'my data': figures and report.html"
    assert steps[1].strip().startswith("pystamps export 'my data' --to points.gpkg")


def test_after_a_failure_the_logs_are_next(simulated: Path) -> None:
    summary, _, log, again = lines_of(simulated, "failed", "skipped")
    assert summary == "summary  2 jobs: 1 skipped, 1 failed, 3.2 s"
    assert log.startswith("next     pystamps log 'my data' --last 20")
    assert again.strip().startswith("pystamps run -d 'my data'")


def test_a_part_and_a_dry_run_lead_to_a_run(simulated: Path) -> None:
    *_, part = lines_of(simulated, "completed", is_whole=False)
    assert part == "next     pystamps run -d 'my data': the stages after these"
    summary, step = lines_of(simulated, "planned", is_dry_run=True)
    assert summary == "summary  1 job: 1 to run"
    assert step == "next     pystamps run -d 'my data': runs what is planned"


def test_pixels_that_cannot_be_counted_are_said_and_end_no_run(simulated: Path) -> None:
    (simulated / "PATCH_1" / "ps1.mat").write_bytes(b"no MAT file")
    _, pixels, *_ = lines_of(simulated, "completed")
    assert pixels.startswith("pixels   not known: ") and "ps1.mat" in pixels


@pytest.mark.workflow
def test_the_command_prints_the_pixels_of_every_stage(finished: Path) -> None:
    done = CliRunner().invoke(main, ["run", "-d", str(finished)])
    assert done.exit_code == 0, done.output
    (pixels,) = re.findall(r"^pixels   (.*)$", done.stdout, re.MULTILINE)
    names = [re.sub(r"[\d,]+ ", "", part) for part in pixels.split(" > ")]
    assert names == ["candidates", "selected", "kept", "merged", "unwrapped", "with velocity"]
    assert re.search(r"^summary  \d+ jobs: \d+ up to date, ", done.stdout, re.MULTILINE)
    assert f"next     pystamps report -d {finished}: figures and report.html" in done.stdout
