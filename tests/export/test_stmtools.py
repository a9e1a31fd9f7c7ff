"""Exports in stmtools, which works on xarray with the dimensions space and time."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from point_tables import DATES, example_velocity, exported

stmtools = pytest.importorskip("stmtools", reason="stmtools is not installed")
xarray = pytest.importorskip("xarray")


@pytest.mark.parametrize(("name", "engine"), [("stm.zarr", "zarr"), ("stm.nc", "h5netcdf")])
def test_stmtools_takes_points_and_dates_and_chooses_among_them(
    tmp_path: Path, name: str, engine: str
) -> None:
    with xarray.open_dataset(exported(tmp_path, name), engine=engine, chunks={}) as data:
        matrix = data.rename(point="space") if "point" in data.dims else data
        assert (matrix.stm.num_points, matrix.stm.num_epochs) == (30, len(DATES))
        velocity = matrix["velocity"].to_numpy()
        np.testing.assert_allclose(velocity, example_velocity(), atol=1e-4)
        few = matrix.stm.subset(method="threshold", var="velocity", threshold="<-5")
        chosen = few["velocity"].to_numpy()
        np.testing.assert_allclose(np.sort(chosen), np.sort(velocity[velocity < -5]))
        assert few["displacement"].sizes == {"space": chosen.size, "time": len(DATES)}
