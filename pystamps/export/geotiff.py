"""GeoTIFF for the web (COG): means over cells, never interpolated."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from pystamps.arrays import Float64, Index
from pystamps.errors import UnsupportedError
from pystamps.export.coordinates import Crs
from pystamps.export.formats import ExportOptions
from pystamps.products.chosen import ChosenPoints
from pystamps.progress import Progress

BANDS = (
    ("velocity", "mean of the velocities of the cell, mm/year, positive toward the satellite"),
    ("velocity_spread", "standard deviation of the velocities of the cell, mm/year"),
    ("count", "points of the cell"),
)
_MOST_CELLS = 100_000_000


def write_geotiff(
    path: Path, points: ChosenPoints, options: ExportOptions, progress: Progress
) -> None:
    """Write mean, spread and number of points of square cells; NaN where there is no point.

    Columns of a fit follow as further bands, means over the cells too.

    The cells are squares of the UTM zone of the scene, unless other metric coordinates are asked
    for.

    Raises
    ------
    UnsupportedError
        Too many cells.
    """
    import rasterio
    from affine import Affine

    crs = _metric(options.crs, points)
    known = np.isfinite(points.columns["velocity"])
    position = crs.projected(points.place_lonlat[known])
    cell = options.raster_cell_m
    west, north = np.floor(position[:, 0].min() / cell), np.ceil(position[:, 1].max() / cell)
    column = (np.floor(position[:, 0] / cell) - west).astype(np.int64)
    row = (north - 1 - np.floor(position[:, 1] / cell)).astype(np.int64)
    shape = int(row.max()) + 1, int(column.max()) + 1
    if shape[0] * shape[1] > _MOST_CELLS:
        raise UnsupportedError(
            f"GeoTIFF: {shape[1]} x {shape[0]} cells of {cell:g} m are more than "
            f"{_MOST_CELLS:,}; take larger ones (--raster-cell)"
        )
    number = row * shape[1] + column
    bands = _of_cells(number, points.columns["velocity"][known], shape)
    bands += [
        _of_cells(number, points.columns[name][known], shape)[0] for name in points.fit_meanings
    ]
    titles = [*BANDS, *_titles_of_fit(points)]
    with rasterio.open(
        path, "w", driver="COG", width=shape[1], height=shape[0], count=len(titles),
        dtype="float32", nodata=np.nan, crs=f"EPSG:{crs.epsg}", compress="DEFLATE",
        transform=Affine(cell, 0, west * cell, 0, -cell, north * cell),
    ) as file:  # fmt: skip
        for band, ((name, meaning), values) in enumerate(zip(titles, bands, strict=True), start=1):
            file.write(values.astype(np.float32), band)
            file.set_band_description(band, f"{name}: {meaning}")
        file.update_tags(
            aggregation=f"means over cells of {cell:g} m; cells without point are empty",
            **{name: str(value) for name, value in points.about.items()},
        )
    progress(len(points), len(points))


def _titles_of_fit(points: ChosenPoints) -> list[tuple[str, str]]:
    return [
        (name, f"mean over the cell, {column.unit}: {column.meaning}")
        for name, column in points.fit_meanings.items()
    ]


def _metric(crs: Crs, points: ChosenPoints) -> Crs:
    """Give the UTM zone of the middle of the scene, or what was asked for."""
    if not crs.is_geographic:
        return crs
    longitude, latitude = (float(np.nanmedian(axis)) for axis in points.place_lonlat.T)
    zone = int(((longitude + 180) % 360) // 6) + 1
    return Crs((32600 if latitude >= 0 else 32700) + zone)


def _of_cells(number: Index, velocity: Float64, shape: tuple[int, int]) -> list[Float64]:
    """Give mean, spread and count of every cell."""
    size = shape[0] * shape[1]
    count = np.bincount(number, minlength=size).astype(np.float64)
    total = np.bincount(number, weights=velocity, minlength=size)
    with np.errstate(invalid="ignore"):
        mean = total / count
        squares = np.bincount(number, weights=(velocity - mean[number]) ** 2, minlength=size)
        spread = np.sqrt(squares / (count - 1), where=count > 1, out=np.full(size, np.nan))
    empty = count == 0
    return [np.where(empty, np.nan, v).reshape(shape) for v in (mean, spread, count)]
