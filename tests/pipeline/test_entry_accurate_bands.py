"""The estimates in bands from the files of a data set to the files of the accuracy modes."""

from __future__ import annotations

import shutil

import numpy as np
import pytest

from pystamps.config import RunConfig
from pystamps.io.artifacts import read_artifact
from pystamps.model import AccurateSeries, AccurateVelocity
from pystamps.pipeline.entry.accurate_phase import product_accurate_phase
from pystamps.pipeline.entry.accurate_series import product_accurate_series
from pystamps.pipeline.entry.accurate_velocity import product_accurate_velocity


@pytest.mark.golden
def test_the_preset_accurate_writes_velocity_series_and_deviations(shared_data, tmp_path):
    stages = shared_data / "tiny" / "stages"
    for name in ("5/ps2", "5/bp2", "5/ifgstd2", "6/phuw2", "7/scla2"):
        shutil.copy(stages / f"stage{name}.mat", tmp_path)
    for name in ("parms.mat", "patch.list"):
        shutil.copy(shared_data / "tiny" / "run" / name, tmp_path)
    modes = {"preset": "accurate", "unwrap_model": "cycles"}  # arcs: test_entry_arc_cycles
    settings = {"stamps": {"lambda": 0.0555}, "accuracy": modes}
    config = RunConfig.from_mapping({"dataset": str(tmp_path), **settings})
    product_accurate_phase(tmp_path, config)
    product_accurate_velocity(tmp_path, config)
    product_accurate_series(tmp_path, config)
    velocity = read_artifact(AccurateVelocity, tmp_path / "accurate_v.mat")
    series = read_artifact(AccurateSeries, tmp_path / "accurate_series.mat")
    assert velocity.k_std is not None and series.displacement_std is not None
    assert (velocity.v_std > 0).all() and (velocity.k_std > 0).all()
    assert np.std(velocity.v) < np.std(velocity.v_unshrunk)
    assert series.noise is not None and np.isfinite(series.displacement).all()
