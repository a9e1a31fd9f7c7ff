"""Shapefile (ESRI): names of at most ten letters, at most 255 fields and 2 GB, no NULL."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from pystamps.errors import UnsupportedError
from pystamps.export.fields import FIELDS, date_fields
from pystamps.export.formats import ExportOptions
from pystamps.export.geoparquet import well_known_points
from pystamps.products.chosen import ChosenPoints
from pystamps.progress import Progress

SHORT_NAMES = {
    "velocity": "velocity", "velocity_std": "vel_std", "coherence": "coherence",
    "dem_error": "dem_error", "height": "height", "rmse": "rmse", "amplitude_dispersion": "da",
    "point_id": "point_id", "azimuth": "azimuth", "range": "range", "incidence_angle": "incidence",
    "los_east": "los_east", "los_north": "los_north", "los_up": "los_up",
}  # fmt: skip
"""Names of the values, within ten letters."""

_MOST_FIELDS, _BYTES_OF_FIELD, _MOST_BYTES = 255, 24, 2**31 - 1


def write_shapefile(
    path: Path, points: ChosenPoints, options: ExportOptions, progress: Progress
) -> None:
    """Write the files of a shapefile; what is not known is an empty field.

    Raises
    ------
    UnsupportedError
        The points do not fit into a shapefile.
    """
    from pyogrio.raw import write

    dates = date_fields(points.day)
    n_field = len(FIELDS) + len(dates)
    if n_field > _MOST_FIELDS:
        raise UnsupportedError(
            f"shapefile: {n_field} fields, at most {_MOST_FIELDS} are possible; export to "
            "GeoPackage, which every GIS opens"
        )
    if len(points) * n_field * _BYTES_OF_FIELD > _MOST_BYTES:
        raise UnsupportedError(
            f"shapefile: {len(points):,} points with {n_field} fields are more than the 2 GB that "
            "are possible; choose fewer (--cell, --min-coherence), or export to GeoPackage"
        )
    series = np.asarray(points.displacement)
    write(
        path,
        geometry=np.array(
            well_known_points(options.crs.projected(points.place_lonlat)), dtype=object
        ),
        field_data=[*(points.columns[name] for name in FIELDS), *series.T],
        fields=[*(SHORT_NAMES[name] for name in FIELDS), *dates],
        crs=f"EPSG:{options.crs.epsg}",
        geometry_type="Point",
        driver="ESRI Shapefile",
        encoding="UTF-8",
    )
    progress(len(points), len(points))
