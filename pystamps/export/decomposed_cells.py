"""Vertical and east-west velocity of two tracks as a file: table, layer, grid or raster."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import util
from pathlib import Path
from typing import Any

import numpy as np

from pystamps.arrays import Array, Float64, Index
from pystamps.errors import ParameterError, UnsupportedError
from pystamps.export.csv_files import write_plain_csv
from pystamps.export.fields import about_as_json
from pystamps.export.formats import ExportOptions
from pystamps.export.geopackage import write_geopackage
from pystamps.io.atomic import temporary_beside
from pystamps.io.point_file import point_file_writer
from pystamps.products.chosen import ChosenPoints
from pystamps.products.decomposition import Decomposition
from pystamps.products.point_storage import attributes_of_column
from pystamps.products.point_table import Column
from pystamps.progress import silent

MEANINGS: Mapping[str, Column] = {
    "vertical": Column("mm/year", "vertical velocity, positive up; motion to the north taken as 0"),
    "vertical_std": Column("mm/year", "standard deviation of vertical, formal"),
    "east": Column("mm/year", "velocity to the east; motion to the north taken as 0"),
    "east_std": Column("mm/year", "standard deviation of east, formal"),
    "correlation": Column("1", "correlation of the errors of vertical and east"),
    "vertical_per_north": Column("1", "change of vertical by 1 mm/year of motion to the north"),
    "east_per_north": Column("1", "change of east by 1 mm/year of motion to the north"),
    "velocity_a": Column("mm/year", "mean velocity of A toward its satellite, referenced"),
    "velocity_a_std": Column("mm/year", "standard deviation of velocity_a"),
    "count_a": Column("1", "points of A in the cell", "int32"),
    "velocity_d": Column("mm/year", "mean velocity of D toward its satellite, referenced"),
    "velocity_d_std": Column("mm/year", "standard deviation of velocity_d"),
    "count_d": Column("1", "points of D in the cell", "int32"),
}
"""Values of a cell in their order."""

_MOST_CELLS = 100_000_000


def write_decomposition(
    target: Path, cells: Decomposition, about: Mapping[str, Any], *, overwrite: bool = False
) -> None:
    """Write the cells, and beside them ``FILE.json``: what the numbers mean.

    Parameters
    ----------
    target : Path
        Its ending is one of :data:`WRITERS`.
    cells : Decomposition
    about : mapping of str to str or number
    overwrite : bool
        Replace files that are there.

    Raises
    ------
    ParameterError
        See :func:`refuse_place`.
    """
    refuse_place(target, overwrite=overwrite)
    with temporary_beside(target) as temporary:
        WRITERS[target.suffix.lower()](temporary, cells, about)
    with temporary_beside(target.with_name(f"{target.name}.json")) as temporary:
        temporary.write_text(about_as_json({"file": target.name, **about}, indent=1) + "\n")


def refuse_place(target: Path, *, overwrite: bool) -> None:
    """Refuse a file that cannot be written, before anything is computed.

    Raises
    ------
    ParameterError
        Its ending means nothing, its folder is missing, or it is there already.
    UnsupportedError
        Its ending is that of a raster, and the package for it is not installed.
    """
    if target.suffix.lower() not in WRITERS:
        raise ParameterError(f"{target}: expected a name that ends in {', '.join(WRITERS)}")
    if target.suffix.lower() == ".tif" and util.find_spec("rasterio") is None:
        raise UnsupportedError(
            f"{target}: needs rasterio, not installed here; pip install 'pystamps-flow[geo]'"
        )
    if not target.absolute().parent.is_dir():
        raise ParameterError(f"{target.parent}: no such folder; make it, or give another one")
    for path in (target, target.with_name(f"{target.name}.json")):
        if path.exists() and not overwrite:
            raise ParameterError(f"{path}: is there already; give another name, or --overwrite")


def _write_csv(path: Path, cells: Decomposition, about: Mapping[str, Any]) -> None:
    write_plain_csv(path, _as_points(cells, about), ExportOptions(), silent)


def _write_geopackage(path: Path, cells: Decomposition, about: Mapping[str, Any]) -> None:
    write_geopackage(path, _as_points(cells, about), ExportOptions(), silent)


def _write_netcdf(path: Path, cells: Decomposition, about: Mapping[str, Any]) -> None:
    """Write planes over north and east of the origin, with longitude and latitude beside them."""
    shape, place = _grid(cells)
    first, last = cells.cell.min(axis=0), cells.cell.max(axis=0)
    with point_file_writer(path, {"y": shape[0], "x": shape[1]}) as file:
        file.add_attributes({"Conventions": "CF-1.11", "proj4": projection(cells), **about})
        rows = np.arange(last[1], first[1] - 1, -1)
        for name, axis, word in (("y", rows, "north"), ("x", np.arange(first[0], last[0] + 1),
                                                        "east")):  # fmt: skip
            file.add_variable(name, (axis + 0.5) * cells.side_m, (name,), {
                "long_name": f"metres {word} of the origin of the grid", "units": "m",
                "standard_name": f"projection_{name}_coordinate", "axis": name.upper(),
            })  # fmt: skip
        lonlat = {"longitude": cells.lonlat[:, 0], "latitude": cells.lonlat[:, 1]}
        planes = {**lonlat, **cells.values}
        names = {
            "longitude": Column("degrees_east", "longitude, WGS 84", "float64", "longitude"),
            "latitude": Column("degrees_north", "latitude, WGS 84", "float64", "latitude"),
            **MEANINGS,
        }
        for name, column in names.items():
            plane = _plane(planes[name], shape, place)
            dtype = np.float64 if name in lonlat else np.float32
            file.add_variable(
                name, plane.astype(dtype), ("y", "x"), attributes_of_column(name, column)
            )


def _write_geotiff(path: Path, cells: Decomposition, about: Mapping[str, Any]) -> None:
    """Write a band for each value, NaN where a track has no point."""
    import rasterio
    from affine import Affine

    shape, place = _grid(cells)
    side = cells.side_m
    west, north = cells.cell[:, 0].min() * side, (cells.cell[:, 1].max() + 1) * side
    with rasterio.open(
        path, "w", driver="COG", width=shape[1], height=shape[0], count=len(MEANINGS),
        dtype="float32", nodata=np.nan, crs=projection(cells), compress="DEFLATE",
        transform=Affine(side, 0, west, 0, -side, north),
    ) as file:  # fmt: skip
        for band, (name, column) in enumerate(MEANINGS.items(), start=1):
            file.write(_plane(cells.values[name], shape, place).astype(np.float32), band)
            file.set_band_description(band, f"{name}: {column.meaning}, {column.unit}")
        file.update_tags(**{name: str(value) for name, value in about.items()})


WRITERS: Mapping[str, Callable[[Path, Decomposition, Mapping[str, Any]], None]] = {
    ".gpkg": _write_geopackage,
    ".csv": _write_csv,
    ".nc": _write_netcdf,
    ".tif": _write_geotiff,
}
"""By ending of the file."""


def projection(cells: Decomposition) -> str:
    """Give the projection of the grid as PROJ spells it: that of the local coordinates.

    StaMPS' polyconic has a slightly other eccentricity, which is 2e-5 of the distance from the
    origin: 1 m at 50 km. Longitudes and latitudes that are written are those of the points' own.
    """
    longitude, latitude = cells.origin
    return (
        f"+proj=poly +lat_0={latitude:.2f} +lon_0={longitude:.2f} +x_0=0 +y_0=0 +ellps=WGS84 "
        "+datum=WGS84 +units=m +no_defs"
    )


def _grid(cells: Decomposition) -> tuple[tuple[int, int], Index]:
    """Give rows and columns of the grid, north up, and the place of every cell in it."""
    east, north = (cells.cell - cells.cell.min(axis=0)).T
    shape = int(north.max()) + 1, int(east.max()) + 1
    if shape[0] * shape[1] > _MOST_CELLS:
        raise UnsupportedError(
            f"decompose: {shape[1]} x {shape[0]} cells of {cells.side_m:g} m are more than "
            f"{_MOST_CELLS:,}; take larger ones (--cell)"
        )
    return shape, np.asarray((shape[0] - 1 - north) * shape[1] + east)


def _plane(values: Array, shape: tuple[int, int], place: Index) -> Float64:
    plane = np.full(shape[0] * shape[1], np.nan)
    plane[place] = values
    return plane.reshape(shape)


def _as_points(cells: Decomposition, about: Mapping[str, Any]) -> ChosenPoints:
    """Give the middles of the cells as points without dates, which tables and layers take."""
    columns = {name: cells.values[name].astype(column.dtype) for name, column in MEANINGS.items()}
    place = {
        "point_id": np.arange(1, len(cells) + 1),
        "longitude": cells.lonlat[:, 0],
        "latitude": cells.lonlat[:, 1],
    }
    return ChosenPoints(
        columns=place | columns,
        day=np.zeros(0),
        displacement=np.zeros((len(cells), 0), np.float32),
        reference_column=0,
        bperp=np.zeros(0),
        noise_deg=None,
        n_all=len(cells),
        reference_rows=None,
        about=about,
        fit_meanings=MEANINGS,
    )
