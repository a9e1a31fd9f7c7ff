"""Shapefile (ESRI): names of at most ten letters, at most 255 fields and 2 GB, no NULL."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np

from pystamps.errors import UnsupportedError
from pystamps.export.fields import chosen_fields, date_fields
from pystamps.export.formats import ExportOptions
from pystamps.export.geoparquet import well_known_points
from pystamps.products.chosen import ChosenPoints
from pystamps.progress import Progress

SHORT_NAMES = {
    "velocity": "velocity", "velocity_std": "vel_std", "coherence": "coherence",
    "dem_error": "dem_error", "height": "height", "rmse": "rmse", "amplitude_dispersion": "da",
    "point_id": "point_id", "azimuth": "azimuth", "range": "range", "incidence_angle": "incidence",
    "height_corrected": "height_cor", "longitude_corrected": "lon_cor",
    "latitude_corrected": "lat_cor", "los_east": "los_east", "los_north": "los_north",
    "los_up": "los_up", "accurate_velocity": "acc_vel", "accurate_velocity_std": "acc_std",
    "accurate_velocity_unshrunk": "acc_unshr", "accurate_gain": "acc_gain",
}  # fmt: skip
"""Names of the values, within ten letters."""

SHORT_NAMES_OF_FITS = {
    "fit_constant": "f_const", "fit_velocity": "f_vel", "fit_acceleration": "f_acc",
    "fit_annual_amplitude": "f_ann", "fit_annual_peak_day": "f_ann_day",
    "fit_semiannual_amplitude": "f_semi", "fit_semiannual_peak_day": "f_semi_day",
    "fit_rmse": "f_rmse",
}  # fmt: skip
"""Of the columns of functions of time; ``_s`` is appended for standard deviations."""

_DATED = {"fit_step": "s", "fit_velocity_change": "c", "fit_exponential": "e"}
"""Letters of functions that begin at a date, which follows: ``s20190713``."""

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
    values = chosen_fields(points)
    names = _short_names(list(values))
    n_field = len(values) + len(dates)
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
        field_data=[*values.values(), *series.T],
        fields=[*names, *dates],
        crs=f"EPSG:{options.crs.epsg}",
        geometry_type="Point",
        driver="ESRI Shapefile",
        encoding="UTF-8",
    )
    progress(len(points), len(points))


def _short_names(names: list[str]) -> list[str]:
    """Give names within ten letters.

    Raises
    ------
    UnsupportedError
        Two would be equal.
    """
    short = [_short_name(name) for name in names]
    for number, name in enumerate(short):
        if name in short[:number]:
            raise UnsupportedError(
                f"shapefile: {names[short.index(name)]} and {names[number]} would both be {name} "
                "within ten letters; export to GeoPackage"
            )
    return short


def _short_name(name: str) -> str:
    """Give the name of a column of a point within ten letters."""
    if name in SHORT_NAMES:
        return SHORT_NAMES[name]
    stem = name.removesuffix("_std")
    if stem in SHORT_NAMES_OF_FITS:
        return SHORT_NAMES_OF_FITS[stem] + ("" if stem == name else "_s")
    kind, date = re.fullmatch(r"(\w+?)_(\d{8})(?:_.*)?", stem).groups()  # type: ignore[union-attr]
    letter = _DATED[kind]
    return f"{letter}{date}" if stem == name else f"{letter}{date}s"
