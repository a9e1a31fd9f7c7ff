"""Areas of interest and lists that people bring along: damaged, deep, endless, in any encoding."""

from __future__ import annotations

import json
import os
import sqlite3
import struct
from pathlib import Path
from typing import Any

import pytest

from pystamps.errors import ArtifactError, DatasetError, ParameterError
from pystamps.io.bounded_text import json_record, read_bounded, read_text_of_paths
from pystamps.io.dataset import discover_dataset
from pystamps.io.raw_paths import RawPaths, read_path_list
from pystamps.pipeline.job_records import records_of
from pystamps.prep import area_files
from pystamps.prep.area import read_area

RING = [[-180, -90], [180, -90], [180, 90], [-180, 90], [-180, -90]]


def polygon(coordinates: Any) -> str:
    return json.dumps({"type": "Polygon", "coordinates": coordinates})


GEOJSON = {
    "objects": '{"type":"Feature","geometry":' * 3000 + "null" + "}" * 3000,
    "lists": '{"type":"Polygon","coordinates":' + "[" * 5000 + "]" * 5000 + "}",
    "brackets": "[" * 200_000,
    "no corner": polygon([[]]),
    "no ring": polygon([]),
    "one coordinate": polygon([[[1], [2], [3]]]),
    "unequal corners": polygon([[[1, 2], [3], [4, 5]]]),
    "texts": polygon([["a"]]),
    "a text as ring": polygon("abc"),
    "truth values": polygon([[[True, False], [2, 2], [3, 3]]]),
    "null": polygon(None),
    "a number of 400 digits": polygon([[[1, 2], [3, 4], [5, 6]]]).replace("1", "9" * 400),
    "a number of 5000 digits": polygon([[[1, 2], [3, 4], [5, 6]]]).replace("1", "9" * 5000),
    "infinity": polygon([[[1, 2], [3, 4], [5, 6]]]).replace("1", "1e999"),
    "a type that is no text": '{"type": {}}',
    "features that are a text": '{"type": "FeatureCollection", "features": "abc"}',
    "features that are null": '{"type": "FeatureCollection", "features": null}',
    "nothing": "",
}


@pytest.mark.parametrize("kind", GEOJSON)
def test_geojson_that_is_none_is_refused_with_one_line(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "a.geojson"
    path.write_text(GEOJSON[kind])
    with pytest.raises(ParameterError) as caught:
        read_area(str(path))
    message = str(caught.value)
    assert message.startswith(f"{path}: ") and len(message) < 500 and "\n" not in message


def test_geojson_with_a_byte_order_mark_and_heights_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.geojson"
    path.write_text("\ufeff" + polygon([[[*corner, 100.0] for corner in RING]]))
    assert read_area(str(path)).polygons[0][0].shape == (5, 2)
    path.write_bytes("äöü".encode("latin-1"))
    with pytest.raises(ParameterError, match="is not JSON"):
        read_area(str(path))


def test_too_many_corners_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(area_files, "MOST_CORNERS", 4)
    path = tmp_path / "a.geojson"
    path.write_text(polygon([RING]))
    with pytest.raises(ParameterError, match="5 corners, at most 4"):
        read_area(str(path))


HEAD = b"GP\0\1" + struct.pack("<i", 4326)
SQUARE = struct.pack("<BIII8d", 1, 3, 1, 4, -10, -10, 10, -10, 10, 10, -10, 10)
NESTED = (struct.pack("<BI", 1, 7) + struct.pack("<I", 1)) * 5000
BLOBS: dict[str, Any] = {
    "nested": HEAD + NESTED + SQUARE,
    "many corners": HEAD + struct.pack("<BIII", 1, 3, 1, 0xFFFFFFFF),
    "many rings": HEAD + struct.pack("<BII", 1, 3, 0xFFFFFFFF),
    "many parts": HEAD + struct.pack("<BII", 1, 7, 0xFFFFFFFF),
    "a line that jumps": HEAD + struct.pack("<BII", 1, 7, 2) + struct.pack("<BII", 1, 2, 2**32 - 1),
    "a kind that there is not": HEAD + struct.pack("<BI", 1, 0xFFFFFFFF) + b"12345678",
    "a text": "hello",
    "a whole number": 5,
    "a number": 1.5,
    "a ring without corners": HEAD + struct.pack("<BIII", 1, 3, 1, 0),
    "another signature": b"XX",
}


def geopackage(path: Path, blob: Any, *, table: Any = "t", column: Any = "g") -> None:
    path.unlink(missing_ok=True)
    connection = sqlite3.connect(path)
    connection.execute("create table gpkg_geometry_columns(table_name, column_name, srs_id)")
    connection.execute("insert into gpkg_geometry_columns values(?, ?, 4326)", (table, column))
    name, key = (str(word).replace('"', '""') for word in (table, column))
    connection.execute(f'create table "{name}" ("{key}")')
    connection.execute(f'insert into "{name}" values(?)', (blob,))
    connection.commit()
    connection.close()


@pytest.mark.parametrize("kind", BLOBS)
def test_a_geometry_that_is_none_is_refused_with_one_line(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "a.gpkg"
    geopackage(path, BLOBS[kind])
    with pytest.raises(ParameterError) as caught:
        read_area(str(path))
    assert str(caught.value).startswith(f"{path}: ") and len(str(caught.value)) < 500


@pytest.mark.parametrize("name", [None, 5])
def test_layers_without_a_name_are_refused(tmp_path: Path, name: Any) -> None:
    geopackage(tmp_path / "a.gpkg", HEAD + SQUARE, table=name)
    with pytest.raises(ParameterError, match="is no table"):
        read_area(str(tmp_path / "a.gpkg"))


def test_names_with_quotes_and_paths_with_marks_of_uris_are_read(tmp_path: Path) -> None:
    folder = tmp_path / "a?mode=rwc&x#y%41"
    folder.mkdir()
    path = folder / "a.gpkg"
    geopackage(path, HEAD + SQUARE, table="a\"b'c; --", column='d"e')
    assert len(read_area(str(path)).polygons) == 1


def test_a_view_that_never_ends_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.gpkg"
    connection = sqlite3.connect(path)
    connection.execute("create table gpkg_geometry_columns(table_name, column_name, srs_id)")
    connection.execute("insert into gpkg_geometry_columns values('v', 'g', 4326)")
    connection.execute(
        "create view v as with recursive r(g) as (select 1 union all select g + 1 from r) "
        "select null as g from r"
    )
    connection.commit()
    connection.close()
    with pytest.raises(ParameterError, match="'v' is no table"):
        read_area(str(path))


def test_a_database_that_takes_too_long_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(area_files, "_SECONDS", -1.0)
    monkeypatch.setattr(area_files, "_STEPS_BETWEEN_LOOKS", 1)
    geopackage(tmp_path / "a.gpkg", HEAD + SQUARE)
    with pytest.raises(ParameterError, match="takes too long"):
        read_area(str(tmp_path / "a.gpkg"))


def test_lists_of_paths_in_any_encoding_name_the_same_files(tmp_path: Path) -> None:
    name = os.fsdecode("über.diff".encode("latin-1"))
    (tmp_path / name).write_text("x")
    listed = tmp_path / "pscphase.in"
    listed.write_bytes(b"\xef\xbb\xbf" + os.fsencode(name) + b"\r\n\r\n" + "grün\n".encode())
    first, second = read_path_list(listed)
    assert RawPaths(tmp_path).resolve(first, named_in=listed) == tmp_path / name
    assert second == "grün"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("a\n".encode("utf-16"), "UTF-16"),
        (b"ab\0c\n", "binary"),
        (b"A" * 100_000, "no path is so long"),
        (b"A/" * 50_000, "no path is so long"),
    ],
)
def test_lists_that_are_none_are_refused(tmp_path: Path, content: bytes, words: str) -> None:
    listed = tmp_path / "pscphase.in"
    listed.write_bytes(content)
    with pytest.raises(ArtifactError, match=words):
        read_path_list(listed)


def test_a_text_is_never_larger_than_its_bound(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("12345")
    assert read_bounded(path, most=5) == b"12345" and read_text_of_paths(path, most=5) == "12345"
    with pytest.raises(ArtifactError, match="larger than"):
        read_bounded(path, most=4)
    for name in ("nothing.txt", "."):
        with pytest.raises(ArtifactError, match="cannot be read"):
            read_bounded(tmp_path / name)


@pytest.mark.parametrize("content", [b"\xff\xfe", b"[1]", b"[" * 100_000, b"", b"{"])
def test_a_record_that_is_damaged_counts_as_lost(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "r.json"
    path.write_bytes(content)
    assert json_record(path) == {}


def test_a_patch_with_an_endless_name_or_zero_bytes_is_refused(tmp_path: Path) -> None:
    for name in ("A" * 10**6, "P\0"):
        (tmp_path / "patch.list").write_text(name)
        with pytest.raises(DatasetError, match=f"{len(name)} characters is no name"):
            discover_dataset(tmp_path)


def test_a_data_set_without_records_of_snakemake_has_none(tmp_path: Path) -> None:
    assert records_of(tmp_path, ["PATCH_1/pm1.mat"]) == []
