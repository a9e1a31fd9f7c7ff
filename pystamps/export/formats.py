"""The kinds of files that points can be exported to, one record each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module, util
from pathlib import Path

from pystamps.errors import ParameterError, UnsupportedError
from pystamps.export.coordinates import WGS84, Crs
from pystamps.products.chosen import ChosenPoints
from pystamps.progress import Progress


@dataclass(frozen=True, slots=True)
class ExportOptions:
    """What some kinds of files want to know beside the points.

    Attributes
    ----------
    raster_cell_m : float
        Size of the cells of rasters, in metres on the ground.
    crs : Crs
        Coordinates of the positions.
    dataset : Path or None
        Root of the data set, for what it holds beside the table of points.
    tiles : str
        Address of map tiles that the page of the viewer offers; empty = none.
    """

    raster_cell_m: float = 100.0
    crs: Crs = WGS84
    dataset: Path | None = None
    tiles: str = ""


Writer = Callable[[Path, ChosenPoints, ExportOptions, Progress], None]
"""Writes points to a file of the name given, which does not exist; hears ``done, total``."""


@dataclass(frozen=True, slots=True)
class Format:
    """A kind of file.

    Attributes
    ----------
    name : str
    suffix : str
        Ending by which it is recognised; several kinds may share one, the first is meant then.
    summary : str
        One line: who reads it.
    writer : str
        ``module:function`` of a :data:`Writer`.
    packages : tuple of str
        Modules that have to be installed for it.
    extra : str
        Extra of pySTAMPS that brings them.
    is_folder : bool
        It is a folder of files.
    parts : tuple of str
        Endings of all its files, where they lie side by side under one name.
    velocity_field : str
        Name of the velocity in the layer, where QGIS opens it with a style beside it.
    has_crs : bool
        Positions may be in other coordinates than longitude and latitude.
    has_fits : bool
        It has a place for columns of functions of time.
    most_points : int
        It takes so many; of more, the most coherent of each square. 0 = all.
    has_tiles : bool
        It can show map tiles of a server.
    """

    name: str
    suffix: str
    summary: str
    writer: str
    packages: tuple[str, ...] = ()
    extra: str = ""
    is_folder: bool = False
    parts: tuple[str, ...] = ()
    velocity_field: str = ""
    has_crs: bool = False
    has_fits: bool = True
    most_points: int = 0
    has_tiles: bool = False

    @property
    def has_modes(self) -> bool:
        """Whether it has a place for the columns of the accuracy modes."""
        return self.has_fits or self.name == VIEWER

    def load(self) -> Writer:
        """Give the function that writes.

        Raises
        ------
        UnsupportedError
            A package is not installed.
        """
        missing = [name for name in self.packages if util.find_spec(name) is None]
        if missing:
            raise UnsupportedError(
                f"{self.name}: needs {', '.join(missing)}, not installed here; "
                f"pip install 'pystamps-flow[{self.extra}]'"
            )
        module, function = self.writer.split(":")
        loaded: Writer = getattr(import_module(module), function)
        return loaded


_HERE = "pystamps.export"

_GEO = "geo"

VIEWER = "viewer"
"""Name of the page for browsers."""

FORMATS = (
    Format(
        "gpkg", ".gpkg", "GeoPackage with an index of positions: QGIS, InSAR Explorer, ArcGIS, R",
        f"{_HERE}.geopackage:write_geopackage", has_crs=True, velocity_field="velocity",
    ),
    Format(
        "csv", ".csv", "table: spreadsheets, pandas, R",
        f"{_HERE}.csv_files:write_plain_csv",
    ),
    Format(
        "egms", ".egms.csv", "table with the columns of the European Ground Motion Service",
        f"{_HERE}.csv_files:write_egms_csv",
    ),
    Format(
        "visualizer", ".visualizer.csv", "table for StaMPS-Visualizer",
        f"{_HERE}.csv_files:write_visualizer_csv", has_fits=False,
    ),
    Format(
        "geojson", ".geojson", "GeoJSON: web maps; for some ten thousand points",
        f"{_HERE}.geojson:write_geojson", velocity_field="velocity",
    ),
    Format(
        "netcdf", ".nc", "NetCDF-4 with CF conventions: xarray, Panoply, MATLAB",
        f"{_HERE}.netcdf:write_netcdf",
    ),
    Format(
        "zarr", ".zarr", "Zarr: xarray and stmtools, from disk or a web server",
        f"{_HERE}.zarr_store:write_zarr", ("zarr",), _GEO, is_folder=True,
    ),
    Format(
        "geoparquet", ".parquet", "GeoParquet: geopandas, DuckDB, lonboard",
        f"{_HERE}.geoparquet:write_geoparquet", ("pyarrow", "pyproj"), _GEO, has_crs=True,
        velocity_field="velocity",
    ),
    Format(
        "shapefile", ".shp", "shapefile: where an office asks for it; names of 10 letters, 2 GB",
        f"{_HERE}.shapefile:write_shapefile", ("pyogrio", "pyproj"), _GEO, has_crs=True,
        parts=(".shp", ".shx", ".dbf", ".prj", ".cpg"), velocity_field="velocity",
    ),
    Format(
        "geotiff", ".tif", "GeoTIFF for the web (COG): mean velocity of cells, number of points",
        f"{_HERE}.geotiff:write_geotiff", ("rasterio", "pyproj"), _GEO, has_crs=True,
    ),
    Format(
        "kmz", ".kmz", "Google Earth: coloured points, their series on a click",
        f"{_HERE}.kmz:write_kmz",
    ),
    Format(
        VIEWER, ".html", "page with map and series: any browser, offline; 500 000 points",
        "pystamps.viewer.page:write_viewer", has_fits=False, most_points=500_000, has_tiles=True,
    ),
    Format(
        "gmt", ".xy", "text for GMT: longitude, latitude, velocity",
        f"{_HERE}.gmt:write_gmt",
    ),
    Format(
        "mintpy", ".mintpy", "folder of HDF5 files as MintPy has them, in radar geometry",
        f"{_HERE}.mintpy:write_mintpy", is_folder=True,
    ),
    Format(
        "kite", ".kite", "folder that stamps2kite of Kite reads",
        f"{_HERE}.kite:write_kite", is_folder=True, has_fits=False,
    ),
    Format(
        "gbis", ".gbis.mat", "MAT file for the inversion with GBIS",
        f"{_HERE}.matlab_files:write_gbis", has_fits=False,
    ),
    Format(
        "matlab", ".matlab", "folder with ps_plot_v-*.mat, ps_plot_ts_*.mat, mv2.mat of StaMPS",
        f"{_HERE}.matlab_files:write_stamps_files", is_folder=True,
    ),
)  # fmt: skip
"""All kinds; of those that share an ending the first is meant by it."""


def format_named(name: str) -> Format:
    """Give a kind by its name.

    Raises
    ------
    ParameterError
        There is none.
    """
    for item in FORMATS:
        if item.name == name:
            return item
    raise ParameterError(f"format {name!r}: expected one of {', '.join(f.name for f in FORMATS)}")


def format_of_file(path: Path) -> Format:
    """Give the kind that the ending of a file means, the longest ending first.

    Raises
    ------
    ParameterError
        No kind has it.
    """
    for item in sorted(FORMATS, key=lambda f: -len(f.suffix)):
        if path.name.lower().endswith(item.suffix):
            return item
    known = ", ".join(dict.fromkeys(item.suffix for item in FORMATS))
    raise ParameterError(f"{path}: its ending means no format; use one of {known}, or --format")
