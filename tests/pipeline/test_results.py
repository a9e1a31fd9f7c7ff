"""What a run says of its stages, where a job of a cluster has ended several of them."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from pystamps.errors import ArtifactError
from pystamps.pipeline.driver import JobEvent
from pystamps.pipeline.job_notes import noted_job
from pystamps.pipeline.results import results_of_run
from pystamps.pipeline.status import StatusEntry

STAGES = ("stage1_load", "stage2_gamma", "stage3_select")


def test_the_stages_of_one_job_have_one_cause_and_the_others_travelled_with_it(
    tmp_path: Path,
) -> None:
    """Stage 2 has failed; stage 1 had ended, stage 3 had no turn. Snakemake ends all three."""
    started = time.time() - 10
    with pytest.raises(ArtifactError), noted_job(tmp_path, "stage2_gamma", "PATCH_1"):
        raise ArtifactError("ph1.mat: broken")
    entries = [
        StatusEntry(stage, step, "patch", "PATCH_1", "missing", ())
        for step, stage in enumerate(STAGES, start=1)
    ]
    jobs = [
        JobEvent(stage, "PATCH_1", "running", log=f"logs/PATCH_1/{stage}.log", started=started)
        for stage in STAGES
    ]
    results = results_of_run(entries, {}, tmp_path, jobs)
    assert [result.status for result in results] == ["skipped", "failed", "skipped"]
    words = "travelled with stage2_gamma of PATCH_1, which failed"
    assert [result.details for result in results] == [words, "ph1.mat: broken", words]
