"""GeoParquet 1.1: a table in columns, geometries as well-known binary."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from pystamps.arrays import Array, Float64
from pystamps.export.fields import about_as_json, chosen_fields, date_fields
from pystamps.export.formats import ExportOptions
from pystamps.products.chosen import ChosenPoints
from pystamps.progress import Progress
from pystamps.rows import row_blocks

_ROWS_OF_GROUP = 65536


def write_geoparquet(
    path: Path, points: ChosenPoints, options: ExportOptions, progress: Progress
) -> None:
    """Write position, values and one column per date, in groups of rows; NaN is null."""
    import pyarrow as pa
    import pyarrow.parquet as pq
    import pyproj

    position = options.crs.projected(points.place_lonlat)
    dates = date_fields(points.day)
    known = pyproj.CRS.from_epsg(options.crs.epsg)
    geo = {
        "version": "1.1.0", "primary_column": "geometry",
        "columns": {"geometry": {
            "encoding": "WKB", "geometry_types": ["Point"], "crs": known.to_json_dict(),
            "bbox": [*np.nanmin(position, axis=0).tolist(), *np.nanmax(position, axis=0).tolist()],
        }},
    }  # fmt: skip
    values = chosen_fields(points)
    fields = [pa.field(name, pa.from_numpy_dtype(found.dtype)) for name, found in values.items()]
    fields += [pa.field(name, pa.float32()) for name in dates]
    schema = pa.schema([pa.field("geometry", pa.binary()), *fields]).with_metadata({
        "geo": json.dumps(geo), "pystamps": about_as_json(points.about),
    })  # fmt: skip
    with pq.ParquetWriter(path, schema, compression="zstd") as writer:
        for rows in row_blocks(points.displacement, n_rows=_ROWS_OF_GROUP):
            series = np.asarray(points.displacement[rows])
            geometry = pa.array(well_known_points(position[rows]), pa.binary())
            columns = [pa.array(found[rows], from_pandas=True) for found in values.values()]
            columns += [pa.array(column, from_pandas=True) for column in series.T]
            writer.write_table(pa.table([geometry, *columns], schema=schema))
            progress(rows.stop, len(points))


def well_known_points(position: Float64) -> list[bytes]:
    """Give points as well-known binary, little endian."""
    blob: Array = np.zeros(
        len(position), dtype=[("order", "u1"), ("kind", "<u4"), ("x", "<f8"), ("y", "<f8")]
    )
    blob["order"], blob["kind"] = 1, 1
    blob["x"], blob["y"] = position.T
    raw, width = blob.tobytes(), blob.itemsize
    return [raw[k : k + width] for k in range(0, len(raw), width)]
