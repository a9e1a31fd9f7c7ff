"""GeoPackage (OGC 12-128r19): an SQLite file that every GIS opens, with an index of positions.

Python's own SQLite writes it, so that the most wanted format needs no GIS library. What the
standard prescribes: an identification of the application, tables of reference systems, contents and
geometry columns, geometries as a header and well-known binary, and the extension of the R-tree.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import numpy as np

from pystamps.arrays import Array, Float64
from pystamps.errors import UnsupportedError
from pystamps.export.coordinates import WGS84
from pystamps.export.fields import about_as_json, chosen_fields, date_fields, rows_of_lists
from pystamps.export.formats import ExportOptions
from pystamps.products.chosen import ChosenPoints
from pystamps.progress import Progress

TABLE = "ps"
"""Name of the layer."""

_APPLICATION, _VERSION = 0x47504B47, 10300
_MOST_COLUMNS = 2000
_ROWS = 65536
_TIME = "1970-01-01T00:00:00.000Z"
"""Of the last change: equal results are equal files."""
_TABLES = """
CREATE TABLE gpkg_spatial_ref_sys (srs_name TEXT NOT NULL, srs_id INTEGER PRIMARY KEY,
  organization TEXT NOT NULL, organization_coordsys_id INTEGER NOT NULL, definition TEXT NOT NULL,
  description TEXT);
CREATE TABLE gpkg_contents (table_name TEXT NOT NULL PRIMARY KEY, data_type TEXT NOT NULL,
  identifier TEXT UNIQUE, description TEXT DEFAULT '', last_change DATETIME NOT NULL,
  min_x DOUBLE, min_y DOUBLE, max_x DOUBLE, max_y DOUBLE, srs_id INTEGER,
  CONSTRAINT fk_gc_r_srs_id FOREIGN KEY (srs_id) REFERENCES gpkg_spatial_ref_sys(srs_id));
CREATE TABLE gpkg_geometry_columns (table_name TEXT NOT NULL, column_name TEXT NOT NULL,
  geometry_type_name TEXT NOT NULL, srs_id INTEGER NOT NULL, z TINYINT NOT NULL, m TINYINT NOT NULL,
  CONSTRAINT pk_geom_cols PRIMARY KEY (table_name, column_name),
  CONSTRAINT uk_gc_table_name UNIQUE (table_name),
  CONSTRAINT fk_gc_tn FOREIGN KEY (table_name) REFERENCES gpkg_contents(table_name),
  CONSTRAINT fk_gc_srs FOREIGN KEY (srs_id) REFERENCES gpkg_spatial_ref_sys (srs_id));
CREATE TABLE gpkg_extensions (table_name TEXT, column_name TEXT, extension_name TEXT NOT NULL,
  definition TEXT NOT NULL, scope TEXT NOT NULL,
  CONSTRAINT ge_tce UNIQUE (table_name, column_name, extension_name));
CREATE TABLE gpkg_metadata (id INTEGER PRIMARY KEY, md_scope TEXT NOT NULL DEFAULT 'dataset',
  md_standard_uri TEXT NOT NULL, mime_type TEXT NOT NULL DEFAULT 'text/xml',
  metadata TEXT NOT NULL DEFAULT '');
CREATE TABLE gpkg_metadata_reference (reference_scope TEXT NOT NULL, table_name TEXT,
  column_name TEXT, row_id_value INTEGER, timestamp DATETIME NOT NULL, md_file_id INTEGER NOT NULL,
  md_parent_id INTEGER);
INSERT INTO gpkg_spatial_ref_sys VALUES
  ('Undefined Cartesian SRS', -1, 'NONE', -1, 'undefined', 'undefined Cartesian'),
  ('Undefined geographic SRS', 0, 'NONE', 0, 'undefined', 'undefined geographic');
"""
_EXTENSIONS = (
    (TABLE, "geom", "gpkg_rtree_index", "http://www.geopackage.org/spec120/#extension_rtree",
     "write-only"),
    ("gpkg_metadata", None, "gpkg_metadata", "http://www.geopackage.org/spec120/#extension_metadata",
     "read-write"),
    ("gpkg_metadata_reference", None, "gpkg_metadata",
     "http://www.geopackage.org/spec120/#extension_metadata", "read-write"),
)  # fmt: skip
_BOX = "ST_MinX(NEW.geom), ST_MaxX(NEW.geom), ST_MinY(NEW.geom), ST_MaxY(NEW.geom)"
_HAS = "NEW.geom NOT NULL AND NOT ST_IsEmpty(NEW.geom)"
_INDEX = f"rtree_{TABLE}_geom"
_TRIGGERS = f"""
CREATE TRIGGER {_INDEX}_insert AFTER INSERT ON {TABLE} WHEN ({_HAS})
 BEGIN INSERT OR REPLACE INTO {_INDEX} VALUES (NEW.fid, {_BOX}); END;
CREATE TRIGGER {_INDEX}_update1 AFTER UPDATE OF geom ON {TABLE} WHEN OLD.fid = NEW.fid AND ({_HAS})
 BEGIN INSERT OR REPLACE INTO {_INDEX} VALUES (NEW.fid, {_BOX}); END;
CREATE TRIGGER {_INDEX}_update2 AFTER UPDATE OF geom ON {TABLE}
 WHEN OLD.fid = NEW.fid AND (NEW.geom ISNULL OR ST_IsEmpty(NEW.geom))
 BEGIN DELETE FROM {_INDEX} WHERE id = OLD.fid; END;
CREATE TRIGGER {_INDEX}_update3 AFTER UPDATE ON {TABLE} WHEN OLD.fid != NEW.fid AND ({_HAS})
 BEGIN DELETE FROM {_INDEX} WHERE id = OLD.fid;
 INSERT OR REPLACE INTO {_INDEX} VALUES (NEW.fid, {_BOX}); END;
CREATE TRIGGER {_INDEX}_update4 AFTER UPDATE ON {TABLE}
 WHEN OLD.fid != NEW.fid AND (NEW.geom ISNULL OR ST_IsEmpty(NEW.geom))
 BEGIN DELETE FROM {_INDEX} WHERE id IN (OLD.fid, NEW.fid); END;
CREATE TRIGGER {_INDEX}_delete AFTER DELETE ON {TABLE} WHEN OLD.geom NOT NULL
 BEGIN DELETE FROM {_INDEX} WHERE id = OLD.fid; END;
"""


def write_geopackage(
    path: Path, points: ChosenPoints, options: ExportOptions, progress: Progress
) -> None:
    """Write points as the layer ``ps``: position, values, one field per date; NaN is NULL.

    Parameters
    ----------
    path : Path
        A file that does not exist.
    points : ChosenPoints
    progress : callable

    Raises
    ------
    UnsupportedError
        More dates than SQLite has columns, or an SQLite without R-tree.
    """
    fields, dates = chosen_fields(points), date_fields(points.day)
    names = ["fid", "geom", *fields, *dates]
    if len(names) > _MOST_COLUMNS:
        raise UnsupportedError(
            f"{path}: {len(dates)} dates and {len(fields)} values are more than the "
            f"{_MOST_COLUMNS} columns of a GeoPackage; export fewer dates, or to NetCDF"
        )
    crs = options.crs
    position = crs.projected(points.place_lonlat)
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        database.executescript(
            f"PRAGMA application_id = {_APPLICATION}; PRAGMA user_version = {_VERSION};"
            "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA page_size = 4096;"
        )
        database.executescript(_TABLES)
        database.execute("BEGIN")
        for system in {crs, WGS84}:  # the standard wants WGS 84 in any case
            database.execute(
                "INSERT INTO gpkg_spatial_ref_sys VALUES (?, ?, 'EPSG', ?, ?, '')",
                [system.epsg_title, system.epsg, system.epsg, system.wkt()],
            )
        kinds = [
            "INTEGER" if np.issubdtype(c.dtype, np.integer) else "REAL" for c in fields.values()
        ]
        columns = [f'"{name}" {kind}' for name, kind in zip(fields, kinds, strict=True)]
        columns += [f'"{name}" REAL' for name in dates]
        database.execute(
            f"CREATE TABLE {TABLE} (fid INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, geom POINT, "
            f"{', '.join(columns)})"
        )
        marks = ", ".join("?" * len(names))
        insert = f"INSERT INTO {TABLE} VALUES ({marks})"
        for rows, series in points.blocks():
            values = rows_of_lists(list(fields.values()), series, rows)
            database.executemany(
                insert, _with_geometry(_geometries(position[rows], crs.epsg), rows, values)
            )
            progress(rows.stop, len(points))
        _write_index(path, database, position)
        _register(database, points, position, crs.epsg)
        database.execute("COMMIT")
        database.executescript(_TRIGGERS)


def _with_geometry(blobs: Array, rows: slice, values: list[list[object]]) -> Iterator[list[object]]:
    """Put number and geometry before the values of every point."""
    width = blobs.itemsize
    raw = blobs.tobytes()
    for number, row in enumerate(values):
        yield [rows.start + number + 1, raw[number * width : (number + 1) * width], *row]


def _geometries(position: Float64, epsg: int) -> Array:
    """Give points as the standard stores them: a header of 8 bytes, then well-known binary."""
    blob = np.zeros(
        len(position),
        dtype=[("magic", "S2"), ("version", "u1"), ("flags", "u1"), ("srs", "<i4"),
               ("order", "u1"), ("kind", "<u4"), ("x", "<f8"), ("y", "<f8")],
    )  # fmt: skip
    blob["magic"], blob["flags"], blob["srs"] = b"GP", 1, epsg  # little endian, no envelope
    blob["order"], blob["kind"] = 1, 1
    blob["x"], blob["y"] = position.T
    return blob


def _write_index(path: Path, database: sqlite3.Connection, position: Float64) -> None:
    """Write the R-tree; without it a GIS reads all points whenever the map moves."""
    try:
        database.execute(f"CREATE VIRTUAL TABLE {_INDEX} USING rtree(id, minx, maxx, miny, maxy)")
    except sqlite3.OperationalError as error:
        raise UnsupportedError(
            f"{path}: the SQLite of this Python has no R-tree ({error}), which a GeoPackage needs; "
            "use another build of Python, or another format"
        ) from error
    x, y = position.T
    known = np.flatnonzero(np.isfinite(x) & np.isfinite(y))
    for first in range(0, known.size, _ROWS):
        some = known[first : first + _ROWS]
        numbers = ((some + 1).tolist(), *(axis[some].tolist() for axis in (x, x, y, y)))
        database.executemany(
            f"INSERT INTO {_INDEX} VALUES (?, ?, ?, ?, ?)", zip(*numbers, strict=True)
        )


def _register(
    database: sqlite3.Connection, points: ChosenPoints, position: Float64, epsg: int
) -> None:
    """Say in the tables of the standard what the file holds, and what the numbers mean."""
    x, y = position.T
    box = [float(v) for v in (np.nanmin(x), np.nanmin(y), np.nanmax(x), np.nanmax(y))]
    about = about_as_json(points.about, indent=1)
    description = str(points.about.get("comment", ""))
    database.execute(
        "INSERT INTO gpkg_contents VALUES (?, 'features', ?, ?, ?, ?, ?, ?, ?, ?)",
        [TABLE, TABLE, description, _TIME, *box, epsg],
    )
    database.execute(
        "INSERT INTO gpkg_geometry_columns VALUES (?, 'geom', 'POINT', ?, 0, 0)", [TABLE, epsg]
    )
    database.executemany("INSERT INTO gpkg_extensions VALUES (?, ?, ?, ?, ?)", _EXTENSIONS)
    database.execute(
        "INSERT INTO gpkg_metadata VALUES (1, 'dataset', 'https://cfconventions.org', "
        "'application/json', ?)", [about],
    )  # fmt: skip
    database.execute(
        "INSERT INTO gpkg_metadata_reference VALUES ('table', ?, NULL, NULL, ?, 1, NULL)",
        [TABLE, _TIME],
    )
