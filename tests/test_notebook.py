"""A finished data set in Python."""

from __future__ import annotations

import numpy as np
import pytest
from point_tables import DATES, YEARS, example_table, example_velocity, write_example

import pystamps
from pystamps.errors import DatasetError, ParameterError


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    return pystamps.open(write_example(tmp_path_factory.mktemp("d") / "data & more"))


def test_velocities_are_those_of_the_table_or_relative_to_another_place(data):
    np.testing.assert_allclose(data.velocity(), example_velocity(), atol=1e-4)
    x, y = (example_table().columns[axis][4] for axis in ("longitude", "latitude"))
    moved = data.velocity(reference=f"{x},{y},1")
    np.testing.assert_allclose(moved, example_velocity() - example_velocity()[4], atol=1e-4)


def test_the_series_of_a_place_is_the_mean_of_its_points(data):
    x, y = (example_table().columns[axis][4] for axis in ("longitude", "latitude"))
    one = data.series(x, y, 1)
    assert one.point_id.tolist() == [5] and np.isnan(one.spread_mm).all()
    np.testing.assert_allclose(one.displacement_mm, example_velocity()[4] * YEARS, atol=1e-4)
    many = data.series(x, y, 1500)
    rows = many.point_id - 1
    assert rows.size > 1
    expected = example_velocity()[rows].mean() * YEARS
    np.testing.assert_allclose(many.displacement_mm, expected, atol=1e-4)
    assert many.velocity_mm_yr == pytest.approx(example_velocity()[rows].mean(), abs=1e-4)
    assert [f"D{str(date).replace('-', '')}" for date in many.date] == DATES


def test_functions_of_time_are_fitted_to_chosen_points(data):
    fit = data.fit("linear + step@2018-02-17", min_coherence=0.8)
    points = data.choose(min_coherence=0.8)
    velocity = example_velocity()[points.columns["point_id"] - 1]
    np.testing.assert_allclose(fit.coefficient("velocity"), velocity, atol=1e-2)
    shown = np.asarray(points.displacement)
    np.testing.assert_allclose(np.asarray(fit.predict(points.day)), shown, atol=1e-2)
    with pytest.raises(ParameterError, match="expected one of covariance, residuals, bootstrap"):
        data.fit("linear", uncertainty="guess")
    with pytest.raises(ParameterError, match="'' is none of linear"):
        data.fit("")


def test_a_place_without_points_says_how_far_the_next_one_is(data):
    with pytest.raises(ParameterError, match=r"no point within 10 m.*nearest one is \d+ m away"):
        data.series(13.0, 41.0, 10)


def test_pandas_has_a_row_per_point_and_a_column_per_date(data):
    pytest.importorskip("pandas")
    frame = data.to_dataframe(min_coherence=0.8)
    assert frame.index.name == "point_id" and (frame["coherence"] >= 0.8).all()
    np.testing.assert_allclose(frame["velocity"], example_velocity()[frame.index - 1], atol=1e-4)
    assert frame.attrs["value_type"] == "v-d"
    assert list(frame.columns[-len(DATES) :]) == [f"{d[1:5]}-{d[5:7]}-{d[7:]}" for d in DATES]


def test_geopandas_knows_where_points_are(data):
    pytest.importorskip("geopandas")
    frame = data.to_geodataframe()
    assert frame.crs.to_epsg() == 4326 and len(frame) == 30


def test_xarray_reads_the_points_lazily(data):
    pytest.importorskip("xarray")
    pytest.importorskip("h5netcdf")
    with data.points as points:
        assert points.sizes == {"point": 30, "time": len(DATES), "surface_term": 3}


def test_a_notebook_shows_the_facts_and_no_html_of_a_folder(data):
    assert "points     30" in repr(data)
    page = data._repr_html_()
    assert "data &amp; more" in page and "mm/yr" in page


def test_a_data_set_that_is_not_finished_is_named(tmp_path):
    with pytest.raises(DatasetError, match=r"ps2\.mat is missing.*pystamps run"):
        pystamps.open(tmp_path)
