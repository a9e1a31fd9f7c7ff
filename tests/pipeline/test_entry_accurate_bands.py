"""The estimates in bands from the files of a data set to the files of the accuracy modes."""

from __future__ import annotations

import shutil

import numpy as np
import pytest

from pystamps.config import RunConfig
from pystamps.io.artifacts import read_artifact
from pystamps.model import AccurateSeries, AccurateVelocity
from pystamps.pipeline.entry import accurate_series
from pystamps.pipeline.entry.accurate_phase import product_accurate_phase
from pystamps.pipeline.entry.accurate_series import product_accurate_series
from pystamps.pipeline.entry.accurate_velocity import product_accurate_velocity


@pytest.fixture
def unwrapped(shared_data, tmp_path):
    """Give a folder with what the modes read."""
    stages = shared_data / "tiny" / "stages"
    for name in ("5/ps2", "5/bp2", "5/ifgstd2", "6/phuw2", "7/scla2"):
        shutil.copy(stages / f"stage{name}.mat", tmp_path)
    for name in ("parms.mat", "patch.list"):
        shutil.copy(shared_data / "tiny" / "run" / name, tmp_path)
    return tmp_path


def config_of(root, **modes):
    settings = {"stamps": {"lambda": 0.0555}, "accuracy": modes}
    return RunConfig.from_mapping({"dataset": str(root), **settings})


@pytest.mark.golden
def test_the_preset_accurate_writes_velocity_series_and_deviations(unwrapped):
    # arcs: test_entry_arc_cycles
    config = config_of(unwrapped, preset="accurate", unwrap_model="cycles")
    product_accurate_phase(unwrapped, config)
    product_accurate_velocity(unwrapped, config)
    product_accurate_series(unwrapped, config)
    velocity = read_artifact(AccurateVelocity, unwrapped / "accurate_v.mat")
    series = read_artifact(AccurateSeries, unwrapped / "accurate_series.mat")
    assert velocity.k_std is not None and series.displacement_std is not None
    assert (velocity.v_std > 0).all() and (velocity.k_std > 0).all()
    assert np.std(velocity.v) < np.std(velocity.v_unshrunk)
    assert series.noise is not None and np.isfinite(series.displacement).all()


@pytest.mark.golden
def test_where_atmosphere_lasts_the_series_are_those_of_the_filter(unwrapped, monkeypatch):
    product_accurate_velocity(unwrapped, config_of(unwrapped))
    found = []
    monkeypatch.setattr(accurate_series, "collocated_series", lambda *_, **__: None)
    modes = ({"series": "stepwise"}, {"series": "collocation", "scn_trend": "remove"})
    for one in modes:
        result = product_accurate_series(unwrapped, config_of(unwrapped, **one))
        assert result.details == "series stepwise, trend before the high-pass keep"
        found.append(read_artifact(AccurateSeries, unwrapped / "accurate_series.mat"))
    stepwise, instead = found
    np.testing.assert_array_equal(instead.displacement, stepwise.displacement)
    assert instead.noise is None and instead.displacement_std is None
