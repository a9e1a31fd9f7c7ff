"""A finished data set in Python."""

from __future__ import annotations

import numpy as np
import pytest
from mypy import api as mypy_api
from point_tables import DATES, YEARS, example_table, example_velocity, write_example

import pystamps
from pystamps.errors import DatasetError, ParameterError, PystampsError


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


def test_what_is_no_data_set_is_refused(tmp_path):
    with pytest.raises(DatasetError, match="not a data set"):
        pystamps.open(tmp_path)


def test_an_unfinished_data_set_opens_and_says_what_is_missing(simulated):
    d = pystamps.open(simulated)
    with pytest.raises(DatasetError, match=r"ps2\.mat is missing.*pystamps run"):
        d.velocity()
    assert "none yet" in repr(d) and "ps2.mat is missing" in d._repr_html_()


@pytest.mark.workflow
def test_a_run_from_python_makes_what_a_stage_needs_and_no_more(simulated):
    d = pystamps.open(simulated)
    report = d.run(until="stage1_load", stamps={"weed_time": 500})
    assert {t.stage for t in report.targets} == {"stage1_load"}
    assert {t.status for t in report.targets} == {"completed"}
    assert (simulated / "PATCH_1" / "ps1.mat").is_file()
    planned = {t.stage for t in d.run(until="stage2_gamma", dry_run=True).targets}
    assert planned == {"stage1_load", "stage2_gamma"}
    with pytest.raises(ParameterError, match=r"no stage has this name.*stage4_weed"):
        d.run(until="stage4_wed")
    with pytest.raises(ParameterError, match="weed_time_win"):
        d.run(stamps={"weed_tme_win": 3}, dry_run=True)


def test_a_stage_that_fails_is_an_error_in_python(simulated):
    (simulated / "PATCH_1" / "pscands.1.ll").write_bytes(b"no positions")
    with pytest.raises(PystampsError, match=r"pscands\.1\.ll"):
        pystamps.open(simulated).run(until="stage1_load")


def test_a_picture_shows_itself_in_a_notebook_and_is_saved_once(data, tmp_path):
    picture = data.plot("v-d", background="none")
    assert picture._repr_png_().startswith(b"\x89PNG")
    target = picture.save(tmp_path / "map.png")
    assert target.read_bytes().startswith(b"\x89PNG")
    with pytest.raises(ParameterError, match=r"map\.png"):
        picture.save(target)


def test_a_picture_leaves_the_windows_of_a_notebook_as_they_are(data, monkeypatch):
    import matplotlib

    monkeypatch.setitem(matplotlib.rcParams, "backend", "svg")
    data.plot("coh", background="none")._repr_png_()
    assert matplotlib.get_backend() == "svg"


@pytest.mark.slow
def test_what_the_package_gives_is_typed(tmp_path):
    snippet = tmp_path / "snippet.py"
    snippet.write_text(
        "import pystamps\n"
        "d = pystamps.open('D')\n"
        "reveal_type(d.series(1.0, 2.0).velocity_mm_yr)\n"
        "reveal_type(d.run(until='stage4_weed').has_failed)\n"
        "d.velocity(3)\n"
    )
    said, _, code = mypy_api.run(["--strict", "--no-error-summary", str(snippet)])
    assert code == 1 and said.count("error:") == 1, said
    assert 'Revealed type is "float"' in said.replace("builtins.", "")
    assert 'Revealed type is "bool"' in said.replace("builtins.", "")
