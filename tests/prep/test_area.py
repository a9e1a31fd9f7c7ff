"""Areas of interest: boxes, GeoJSON, GeoPackage."""

from __future__ import annotations

import json
import sqlite3
import struct
from pathlib import Path

import numpy as np
import pytest

from pystamps.errors import ParameterError
from pystamps.prep.area import read_area

SQUARE = [[0.0, 0.0], [4.0, 0.0], [4.0, 4.0], [0.0, 4.0], [0.0, 0.0]]
HOLE = [[1.0, 1.0], [2.0, 1.0], [2.0, 2.0], [1.0, 2.0], [1.0, 1.0]]
FAR = [[10.0, 10.0], [11.0, 10.0], [10.0, 11.0], [10.0, 10.0]]
POINTS = np.array([[0.5, 0.5], [1.5, 1.5], [3.0, 2.0], [5.0, 1.0], [10.2, 10.2], [np.nan, 1.0]])


def inside(text: str) -> list[bool]:
    return read_area(text).contains(*POINTS.T).tolist()


def geojson(path: Path, geometry: object) -> str:
    path.write_text(json.dumps(geometry))
    return str(path)


def test_a_box_contains_what_lies_between_its_bounds():
    assert inside("0,0,4,4") == [True, True, True, False, False, False]
    assert inside(" 1 1 4 4 ") == [False, True, True, False, False, False]


def test_polygons_with_holes_and_parts_are_read_from_geojson(tmp_path):
    polygon = {"type": "Polygon", "coordinates": [SQUARE, HOLE]}
    feature = {"type": "Feature", "properties": {}, "geometry": polygon}
    expected = [True, False, True, False, False, False]
    assert inside(geojson(tmp_path / "a.geojson", polygon)) == expected
    assert inside(geojson(tmp_path / "b.geojson", feature)) == expected
    several = {"type": "MultiPolygon", "coordinates": [[SQUARE, HOLE], [FAR]]}
    collection = {"type": "FeatureCollection", "features": [{**feature, "geometry": several}]}
    expected[4] = True
    assert inside(geojson(tmp_path / "c.json", collection)) == expected


def polygon_wkb(rings: list[list[list[float]]], *, order: str = "<", height: bool = False) -> bytes:
    code = 1003 if height else 3
    found = struct.pack(f"{order}BII", order == "<", code, len(rings))
    for ring in rings:
        corners = [c for corner in ring for c in (*corner, *([7.0] if height else []))]
        found += struct.pack(f"{order}I{len(corners)}d", len(ring), *corners)
    return found


def geopackage(path: Path, blobs: list[bytes], *, system: int = 4326) -> str:
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE gpkg_geometry_columns (table_name, column_name, srs_id)")
        connection.execute("INSERT INTO gpkg_geometry_columns VALUES ('aoi', 'geom', ?)", [system])
        connection.execute("CREATE TABLE aoi (fid INTEGER PRIMARY KEY, geom BLOB)")
        for blob in blobs:
            header = b"GP\x00\x03" + struct.pack("<i", system) + struct.pack("<4d", 0, 4, 0, 4)
            connection.execute("INSERT INTO aoi (geom) VALUES (?)", [header + blob])
    connection.close()
    return str(path)


@pytest.mark.parametrize("options", [{}, {"order": ">"}, {"height": True}])
def test_polygons_are_read_from_a_geopackage_without_further_packages(tmp_path, options):
    one, two = polygon_wkb([SQUARE, HOLE], **options), polygon_wkb([FAR], **options)
    order = options.get("order", "<")
    both = struct.pack(f"{order}BII", order == "<", 6, 2) + one + two
    expected = [True, False, True, False, True, False]
    assert inside(geopackage(tmp_path / "two.gpkg", [one, two])) == expected
    assert inside(geopackage(tmp_path / "multi.gpkg", [both])) == expected


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("1,2,3", "expected WEST,SOUTH,EAST,NORTH"),
        ("4,0,0,4", "expected WEST,SOUTH,EAST,NORTH"),
        ("nowhere.geojson", "expected WEST,SOUTH,EAST,NORTH in degrees or a GeoJSON"),
    ],
)
def test_an_area_that_is_neither_box_nor_file_is_refused(text, message):
    with pytest.raises(ParameterError, match=message):
        read_area(text)


def test_files_without_polygons_in_degrees_are_refused(tmp_path):
    with pytest.raises(ParameterError, match="holds no polygon"):
        read_area(geojson(tmp_path / "a.json", {"type": "Point", "coordinates": [1, 2]}))
    with pytest.raises(ParameterError, match="is not GeoJSON"):
        read_area(geojson(tmp_path / "b.json", {"kind": "Polygon"}))
    utm = {"type": "Polygon", "coordinates": [[[500000.0, 4e6], [5e5, 4.1e6], [5.1e5, 4e6]]]}
    with pytest.raises(ParameterError, match="not longitude and latitude"):
        read_area(geojson(tmp_path / "c.json", utm))
    blob = polygon_wkb([SQUARE])
    with pytest.raises(ParameterError, match="coordinate system 32633"):
        read_area(geopackage(tmp_path / "d.gpkg", [blob], system=32633))
    with pytest.raises(ParameterError, match="cut off"):
        read_area(geopackage(tmp_path / "e.gpkg", [blob[:-9]]))
    (tmp_path / "f.gpkg").write_text("no database")
    with pytest.raises(ParameterError, match="is not a GeoPackage"):
        read_area(str(tmp_path / "f.gpkg"))


ACROSS = np.array([[179.99, 40.5], [-179.99, 40.5], [180.01, 40.5], [179.9, 40.5], [-179.9, 40.5],
                   [0.0, 40.5], [-0.01, 40.5]])  # fmt: skip


def square(west: float, east: float) -> dict[str, object]:
    ring = [[west, 40], [east, 40], [east, 41], [west, 41], [west, 40]]
    return {"type": "Polygon", "coordinates": [ring]}


@pytest.mark.parametrize(
    "text", ["179.98,40,180.02,41", "179.98,40,-179.98,41", "-180.02,40,-179.98,41"]
)
def test_a_box_across_the_180th_meridian_keeps_both_sides(text):
    assert read_area(text).contains(*ACROSS.T).tolist() == [True, True, True] + 4 * [False]


@pytest.mark.parametrize(
    "bounds", [(179.98, 180.02), (179.98, -179.98), (-179.98, 179.98), (-180.02, -179.98)]
)
def test_a_polygon_across_the_180th_meridian_keeps_both_sides(tmp_path, bounds):
    area = read_area(geojson(tmp_path / "a.geojson", square(*bounds)))
    assert area.contains(*ACROSS.T).tolist() == [True, True, True] + 4 * [False]


def test_a_hole_on_the_other_side_of_the_180th_meridian_is_a_hole(tmp_path):
    polygon = square(179.0, -179.0)
    hole = [[-179.995, 40.4], [-179.98, 40.4], [-179.98, 40.6], [-179.995, 40.6], [-179.995, 40.4]]
    polygon["coordinates"].append(hole)
    found = read_area(geojson(tmp_path / "a.geojson", polygon)).contains(*ACROSS.T)
    assert found.tolist() == [True, False, False, True, True, False, False]


def test_longitudes_count_modulo_360_around_greenwich_and_around_the_earth(tmp_path):
    around = np.array([[359.9, 40.5], [-0.1, 40.5], [0.1, 40.5], [360.1, 40.5], [180.0, 40.5]])
    assert read_area("-1,40,1,41").contains(*around.T).tolist() == [True] * 4 + [False]
    assert read_area("359,40,361,41").contains(*around.T).tolist() == [True] * 4 + [False]
    assert read_area("-180,40,180,41").contains(*around.T)[:4].all()
    world = read_area(geojson(tmp_path / "world.geojson", square(-180, 180)))
    assert world.contains(*around.T)[:4].all()


def test_an_area_around_a_pole_keeps_all_longitudes():
    cap = np.array([[lon, lat] for lon in (-179.0, -90, 0, 90, 179, 300) for lat in (85.0, 79.0)])
    assert read_area("-180,80,180,90").contains(*cap.T).tolist() == [True, False] * 6


@pytest.mark.parametrize("text", ["15,40,14,41", "14,40,14,41", "0,40,400,41", "nan,40,1,41"])
def test_a_box_that_would_be_most_of_the_earth_or_nothing_is_refused(text):
    with pytest.raises(ParameterError, match="expected WEST,SOUTH,EAST,NORTH"):
        read_area(text)
