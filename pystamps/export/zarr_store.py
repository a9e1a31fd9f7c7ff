"""Zarr: the same variables as NetCDF, in chunks that a web server can give one by one."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from pystamps.export.formats import ExportOptions
from pystamps.io.point_file import time_of_days
from pystamps.products.chosen import ChosenPoints
from pystamps.products.point_storage import attributes_of_column
from pystamps.progress import Progress
from pystamps.rows import row_blocks

_CHUNK = 10_000


def write_zarr(
    path: Path, points: ChosenPoints, options: ExportOptions, progress: Progress
) -> None:
    """Write a store of format 2 with consolidated metadata, dimensions ``space`` and ``time``.

    Names of the dimensions are those of stmtools.
    """
    import zarr

    store = zarr.open_group(path, mode="w", zarr_format=2)
    store.attrs.update({"Conventions": "CF-1.11", "featureType": "timeSeries", **points.about})
    chunk = max(1, min(_CHUNK, len(points)))

    def array(name: str, shape: tuple[int, ...], dtype: np.dtype, dims: list[str]):  # type: ignore
        chunks = tuple(
            chunk if dim == "space" else size for dim, size in zip(dims, shape, strict=True)
        )
        made = store.create_array(
            name, shape=shape, dtype=dtype, chunks=chunks,
            fill_value=np.nan if np.issubdtype(dtype, np.floating) else 0,
        )  # fmt: skip
        made.attrs["_ARRAY_DIMENSIONS"] = dims
        return made

    days = time_of_days(points.day)
    time = array("time", days.shape, days.dtype, ["time"])
    time[:] = days
    time.attrs.update({"units": "days since 1970-01-01", "calendar": "standard"})
    for name, column in points.columns.items():
        made = array(name, column.shape, column.dtype, ["space"])
        made[:] = column
        made.attrs.update(attributes_of_column(name, points.meanings[name]))
    shown = array("displacement", points.displacement.shape, np.dtype("float32"), ["space", "time"])
    shown.attrs.update({
        "long_name": "displacement in the line of sight, positive toward the satellite",
        "units": "mm", "coordinates": "longitude latitude",
    })  # fmt: skip
    for rows in row_blocks(points.displacement, n_rows=chunk):
        shown[rows] = points.displacement[rows]
        progress(rows.stop, len(points))
    zarr.consolidate_metadata(path, zarr_format=2)
