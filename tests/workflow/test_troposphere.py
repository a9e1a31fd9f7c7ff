"""The stage that makes tropospheric phase, in the workflow."""

from __future__ import annotations

from pathlib import Path

import pytest

from pystamps.config import RunConfig
from pystamps.errors import ParameterError
from pystamps.io.mat import read_mat
from pystamps.parameters.files import effective_parameters
from pystamps.pipeline.stages import run_pipeline
from pystamps.pipeline.status import dataset_status
from pystamps.pipeline.types import PipelineContext, PipelineReport
from pystamps.simulate import PRESETS
from pystamps.simulate.gacos_export import write_gacos_folder
from pystamps.simulate.stack import make_stack

pytestmark = [pytest.mark.workflow, pytest.mark.slow]

STAGE = "correct_troposphere"
AFTER = ["stage6_unwrap", "stage7_scla", "stage8_filter", "product_mean_velocity", "product_points"]


def run(root: Path, config: RunConfig, **how) -> PipelineReport:
    return run_pipeline(PipelineContext(root, config, cores=2, **how))


def planned(report: PipelineReport) -> list[str]:
    return [target.stage for target in report.targets if target.status == "planned"]


def test_the_stage_is_planned_before_unwrapping_where_a_method_is_named(
    finished: Path, tmp_path: Path
) -> None:
    gacos = tmp_path / "gacos"
    write_gacos_folder(make_stack(PRESETS["tiny"]), gacos)
    config = RunConfig.from_mapping(
        {"dataset": str(finished), "troposphere": {"method": "gacos", "source": str(gacos)}}
    )
    assert planned(run(finished, RunConfig(dataset=finished), dry_run=True)) == []
    assert planned(run(finished, config, dry_run=True)) == [STAGE, *AFTER]
    report = run(finished, config, until=STAGE)
    assert {target.status for target in report.targets if target.stage == STAGE} == {"completed"}
    assert set(read_mat(finished / "tca2.mat")) == {"ph_tropo_gacos"}
    kept = effective_parameters(finished, finished, {})
    assert kept.subtr_tropo and kept.tropo_method == "a_gacos"  # as MATLAB would go on
    assert planned(run(finished, config, dry_run=True)) == AFTER
    later = gacos / f"{make_stack(PRESETS['tiny']).dates[0]:%Y%m%d}.ztd"
    later.write_bytes(later.read_bytes()[:-4] + b"\0\0\0\0")  # another file of delays
    states = {entry.stage: entry.state for entry in dataset_status(finished, config).entries}
    assert states[STAGE] == "stale" and states["stage5_merge"] == "done"


def test_what_is_estimated_from_the_phase_runs_after_unwrapping_and_leaves_it(
    finished: Path,
) -> None:
    def config(**settings) -> RunConfig:
        return RunConfig.from_mapping({"dataset": str(finished), "troposphere": settings})

    linear = config(method="linear")
    assert planned(run(finished, linear, dry_run=True)) == [STAGE, *AFTER[1:]]
    unwrapped = (finished / "phuw2.mat").read_bytes()
    report = run(finished, linear, until="stage7_scla")
    assert {t.status for t in report.targets if t.stage == STAGE} == {"completed"}
    assert set(read_mat(finished / "tca2.mat")) == {"ph_tropo_linear"}
    assert (finished / "phuw2.mat").read_bytes() == unwrapped
    with pytest.raises(ParameterError, match="bands_km: 64-128 km: longer than the scene"):
        run(finished, config(method="power_law", bands_km="64-128"), dry_run=True)
