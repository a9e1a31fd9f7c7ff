"""Another reference, another value type, fewer points: from the table, without any stage."""

from __future__ import annotations

import json

import numpy as np
import pytest
from point_tables import example_velocity, write_example

from pystamps.errors import ParameterError, PystampsError
from pystamps.geo import llh2local
from pystamps.products.chosen import PointChoice, choose_points
from pystamps.products.point_storage import read_point_table
from pystamps.products.reference_choice import reference_rows_of


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    return read_point_table(write_example(tmp_path_factory.mktemp("t") / "d") / "products/ps.h5")


def lonlat_of(table):
    return np.column_stack([table.columns["longitude"], table.columns["latitude"]])


def test_nothing_asked_for_is_the_table_as_it_is(table):
    points = choose_points(table, PointChoice())
    assert len(points) == points.n_all == 30
    assert (np.asarray(points.displacement) == np.asarray(table.displacement)).all()


def test_velocities_are_relative_to_the_new_reference(table):
    x, y = lonlat_of(table)[7]
    points = choose_points(table, PointChoice(reference=f"{x},{y},1"))
    expected = example_velocity() - example_velocity()[7]
    np.testing.assert_allclose(points.columns["velocity"], expected, atol=1e-4)
    assert not np.asarray(points.displacement)[7].any()
    assert points.about["reference_points"] == 1


def test_points_without_reference_keep_what_was_observed(table):
    points = choose_points(table, PointChoice(reference="none"))
    np.testing.assert_allclose(
        np.asarray(points.displacement), np.asarray(table.layers.series("dm")), atol=0
    )


def test_a_plane_takes_motion_of_the_size_of_the_scene_with_it(table):
    points = choose_points(table, PointChoice(value_type="v-do"))
    x, y = (llh2local(lonlat_of(table), lonlat_of(table).mean(axis=0))).T
    design = np.column_stack([x, y, np.ones_like(x)])
    plane = np.linalg.lstsq(design, points.columns["velocity"], rcond=None)[0]
    assert np.abs(plane[:2]).max() < 1e-3
    assert np.std(points.columns["velocity"]) < np.std(table.columns["velocity"])


def test_of_each_square_the_most_coherent_point_is_kept(table):
    points = choose_points(table, PointChoice(cell_m=1000))
    place = llh2local(lonlat_of(table), lonlat_of(table).mean(axis=0)) * 1000
    cells = np.floor(place / 1000).astype(int)
    coherence = np.nan_to_num(table.columns["coherence"], nan=-1)
    best = {}
    for row, cell in enumerate(map(tuple, cells.tolist())):
        if cell not in best or coherence[row] > coherence[best[cell]]:
            best[cell] = row
    assert points.columns["point_id"].tolist() == sorted(row + 1 for row in best.values())


def test_points_can_be_asked_for_by_quality(table):
    points = choose_points(table, PointChoice(min_coherence=0.8))
    assert (points.columns["coherence"] >= 0.8).all()
    rows = points.columns["point_id"] - 1
    assert (np.asarray(points.displacement) == np.asarray(table.displacement)[rows]).all()


def test_stations_and_polygons_make_a_reference(table, tmp_path):
    lonlat = lonlat_of(table)
    stations = tmp_path / "gnss.csv"
    stations.write_text(
        "lon,lat,radius\n# of the survey\n" + "".join(f"{x},{y},1\n" for x, y in lonlat[[3, 9]])
    )
    assert reference_rows_of(str(stations), lonlat).tolist() == [3, 9]
    (west, south), (east, north) = lonlat.min(axis=0) - 1e-6, lonlat.max(axis=0) + 1e-6
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    area = tmp_path / "area.geojson"
    area.write_text(json.dumps({"type": "Polygon", "coordinates": [ring]}))
    assert reference_rows_of(str(area), lonlat).tolist() == list(range(30))
    assert reference_rows_of(f"{west},{south},{east},{north}", lonlat).size == 30


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("1", "1 numbers; expected none"),
        ("12,41,-5", "no place in degrees and radius"),
        ("12,141", "no place in degrees"),
        ("gone.csv", "gone.csv"),
    ],
)
def test_a_reference_that_is_none_is_refused(table, text, message):
    with pytest.raises(PystampsError, match=message):
        reference_rows_of(text, lonlat_of(table))


@pytest.mark.parametrize("separator", [",", " "])
def test_stations_may_have_names(table, tmp_path, separator):
    lonlat = lonlat_of(table)
    stations = tmp_path / "gnss.csv"
    lines = [("name", "lon", "lat", "radius"), ("ROM1", *lonlat[3], 1), ("M0SE", *lonlat[9], 1)]
    stations.write_text("\n".join(separator.join(map(str, line)) for line in lines))
    assert reference_rows_of(str(stations), lonlat).tolist() == [3, 9]


def test_a_line_of_stations_that_cannot_be_read_is_named(table, tmp_path):
    stations = tmp_path / "gnss.csv"
    stations.write_text("lon,lat\n12,41\nhere,there\n")
    with pytest.raises(ParameterError, match=r"gnss\.csv: line 3: 'here,there'"):
        reference_rows_of(str(stations), lonlat_of(table))
