"""NetCDF-4: chosen points as a file of its own, without the layers of the table."""

from __future__ import annotations

from pathlib import Path

from pystamps.export.formats import ExportOptions
from pystamps.io.point_file import POINT, TIME, point_file_writer, time_of_days
from pystamps.products.chosen import ChosenPoints
from pystamps.products.point_storage import attributes_of_column, crs_attributes
from pystamps.progress import Progress


def write_netcdf(
    path: Path, points: ChosenPoints, options: ExportOptions, progress: Progress
) -> None:
    """Write columns and displacement with CF conventions (discrete sampling ``timeSeries``)."""
    done = 0

    def advance(rows: int) -> None:
        nonlocal done
        done += rows
        progress(done, len(points))

    with point_file_writer(path, {POINT: len(points), TIME: points.day.size}) as file:
        file.add_attributes({"Conventions": "CF-1.11", "featureType": "timeSeries", **points.about})
        time = {"units": "days since 1970-01-01", "calendar": "standard", "standard_name": "time"}
        file.add_variable(TIME, time_of_days(points.day), (TIME,), time)
        meanings = points.meanings
        for name, column in points.columns.items():
            file.add_variable(name, column, (POINT,), attributes_of_column(name, meanings[name]))
        file.add_variable("crs", *crs_attributes())
        file.add_variable("displacement", points.displacement, (POINT, TIME), {
            "long_name": "displacement in the line of sight, positive toward the satellite",
            "units": "mm", "coordinates": "longitude latitude", "grid_mapping": "crs",
        }, advance=advance)  # fmt: skip
