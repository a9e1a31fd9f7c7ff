"""The table of points on disk: which variable of the file holds what."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from pystamps.arrays import Array, Float64, Index
from pystamps.io.point_file import (
    FORMAT,
    POINT,
    TERM,
    TIME,
    PointFile,
    days_of_time,
    point_file_writer,
    time_of_days,
)
from pystamps.products.layers import Layers
from pystamps.products.point_table import COLUMNS, Column, PointTable, words_of_letters
from pystamps.progress import Progress
from pystamps.rows import Matrix
from pystamps.stage_table import stage_named

POINT_FILE = Path(stage_named("product_points").marker)
"""Where the table of points lies in a data set."""

LAYER_NAMES = {
    "u": ("unwrapped_displacement", "displacement of the unwrapped phase, nothing taken off"),
    "d": ("dem_error_displacement", "part of the look-angle (DEM) error"),
    "m": ("reference_atmosphere_displacement", "part of the reference image, in every other date"),
    "a": ("tropospheric_displacement", "part of the tropospheric phase (tca2.mat, tca_sb2.mat)"),
    "s": ("atmosphere_displacement", "spatially correlated noise (atmosphere) of the date"),
}
"""By letter: name of the variable and what it is."""


_PAIRS = "interferogram_dates"
_DELAYED = "plane_where_delay_is_known_of_"

_OF_THE_FILE = (
    *("Conventions", "featureType", "format", "letters", "reference_column"),
    *("no_delay_reason", "is_reference_delayed"),
)
"""Attributes that say how the file is made, not what the points are."""


def write_point_table(path: Path, table: PointTable, progress: Progress) -> None:
    """Write the file; ``progress`` hears of the values done."""
    layers = table.layers
    n_ps, n_date = layers.n_point, layers.n_date
    sizes = {POINT: n_ps, TIME: n_date, TERM: layers.surface.shape[1]}
    if table.pairs is not None:
        sizes |= {"interferogram": len(table.pairs), "image_of_pair": 2}
    total = (1 + len(layers.parts)) * n_ps
    done = 0

    def advance(rows: int) -> None:
        nonlocal done
        done += rows
        progress(done, total)

    series = {"coordinates": "longitude latitude", "units": "mm", "grid_mapping": "crs"}
    with point_file_writer(path, sizes) as file:
        file.add_attributes(
            {
                "format": FORMAT,
                **table.about,
                "letters": table.letters,
                "reference_column": layers.reference_column,
                "no_delay_reason": layers.no_delay_reason,
                "is_reference_delayed": int(layers.is_reference_delayed),
            }
        )
        time = {"units": "days since 1970-01-01", "calendar": "standard", "standard_name": "time"}
        file.add_variable(TIME, time_of_days(layers.day), (TIME,), time)
        file.add_variable("perpendicular_baseline", table.bperp, (TIME,), {
            "long_name": "nominal perpendicular baseline to the reference image", "units": "m",
        })  # fmt: skip
        if table.noise_deg is not None:
            file.add_variable("interferogram_noise", table.noise_deg, (TIME,), {
                "long_name": "rms of the residual phase of the date; weight of the fits",
                "units": "degree",
            })  # fmt: skip
        if table.pairs is not None:
            file.add_variable(_PAIRS, table.pairs, ("interferogram", "image_of_pair"), {
                "long_name": "dates (from 0) that each interferogram of small baselines combines",
                "units": "1",
            })  # fmt: skip
        for name, column in table.columns.items():
            file.add_variable(name, column, (POINT,), attributes_of_column(name, COLUMNS[name]))
        file.add_variable(
            "is_reference", _flags(table.reference_rows, n_ps), (POINT,),
            {"long_name": "1 = point of the reference area", "units": "1"},
        )  # fmt: skip
        file.add_variable("crs", *crs_attributes())
        words = words_of_letters(table.letters)
        file.add_variable("displacement", table.displacement, (POINT, TIME), series | {
            "long_name": "displacement in the line of sight, positive toward the satellite, "
            f"relative to the reference image and area, without: {words}",
            "letters": table.letters,
        }, advance=advance)  # fmt: skip
        for letter, matrix in layers.parts.items():
            name, meaning = LAYER_NAMES[letter]
            about = series | {"long_name": f"{meaning}; not referenced", "letters": letter}
            if matrix.shape[1] == 1:
                file.add_variable(name, np.asarray(matrix)[:, 0], (POINT,), about, advance=advance)
            else:
                file.add_variable(name, matrix, (POINT, TIME), about, advance=advance)
        _write_planes(file, layers)


def _write_planes(file: Any, layers: Layers) -> None:
    """Write what the planes of every value type follow from."""
    file.add_variable("surface", layers.surface, (POINT, TERM), {
        "long_name": "terms of the plane at each point, local coordinates in km", "units": "1",
    })  # fmt: skip
    for letter, coefficients in layers.coefficients.items():
        name, _ = LAYER_NAMES[letter]
        file.add_variable(f"plane_of_{name}", coefficients, (TERM, TIME), {
            "long_name": f"coefficients of the plane of {name}; the plane of a value type is that "
            "of unwrapped_displacement minus those of the parts it takes off",
            "units": "mm", "letters": letter,
        })  # fmt: skip
    for letter, coefficients in layers.delayed_coefficients.items():
        name, _ = LAYER_NAMES[letter]
        file.add_variable(f"{_DELAYED}{name}", coefficients, (TERM, TIME), {
            "long_name": f"the same as plane_of_{name}, of the points whose tropospheric phase is "
            "known: for value types that take it off", "units": "mm", "letters": letter,
        })  # fmt: skip


def attributes_of_column(name: str, column: Column) -> dict[str, Any]:
    """Give unit, meaning and names of CF of a column of a point."""
    found: dict[str, Any] = {"long_name": column.meaning, "units": column.unit}
    if column.standard_name:
        found["standard_name"] = column.standard_name
    if name == "point_id":
        found["cf_role"] = "timeseries_id"
    elif name not in ("longitude", "latitude"):
        found["coordinates"] = "longitude latitude"
    return found


def _flags(rows: Index | None, n_ps: int) -> np.ndarray[Any, Any]:
    found = np.zeros(n_ps, dtype=np.int8)
    if rows is not None:
        found[rows] = 1
    return found


def read_point_table(path: Path, *, is_mapped: bool = False) -> PointTable:
    """Open a table of points; its matrices are read when they are asked for.

    Parameters
    ----------
    path : Path
        ``products/ps.h5``.
    is_mapped : bool
        Columns and displacement are views of the file: for tables that do not fit into memory.

    Raises
    ------
    ArtifactError
        It is missing, damaged or no table of points.
    """
    file = PointFile(path)
    whole = file.mapped if is_mapped else file.whole
    columns = {name: whole(name) for name in COLUMNS}
    day = days_of_time(file.whole(TIME))
    parts: dict[str, Matrix] = {}
    for letter, (name, _) in LAYER_NAMES.items():
        if name in file.names:
            one_column = letter == "m"
            parts[letter] = file.whole(name)[:, None] if one_column else file.matrix_of(name)
    flags = np.flatnonzero(file.whole("is_reference"))
    layers = Layers(
        day=day,
        reference_column=int(file.attributes["reference_column"]),
        parts=parts,
        surface=whole("surface"),
        coefficients=_planes_of_file(file, "plane_of_"),
        delayed_coefficients=_planes_of_file(file, _DELAYED),
        no_delay_reason=str(file.attributes.get("no_delay_reason", "")),
        is_reference_delayed=bool(file.attributes.get("is_reference_delayed", True)),
    )
    about = {name: v for name, v in file.attributes.items() if name not in _OF_THE_FILE}
    return PointTable(
        columns=columns,
        displacement=(file.mapped if is_mapped else file.matrix_of)("displacement"),
        layers=layers,
        reference_rows=flags if flags.size else None,
        letters=str(file.attributes["letters"]),
        noise_deg=file.whole("interferogram_noise")
        if "interferogram_noise" in file.names
        else None,
        bperp=file.whole("perpendicular_baseline"),
        about=about,
        pairs=file.whole(_PAIRS) if _PAIRS in file.names else None,
    )


def _planes_of_file(file: PointFile, prefix: str) -> dict[str, Float64]:
    """Read the coefficients of the planes of all layers."""
    return {
        letter: file.whole(prefix + name)
        for letter, (name, _) in LAYER_NAMES.items()
        if prefix + name in file.names
    }


def crs_attributes() -> tuple[Array, tuple[str, ...], dict[str, Any]]:
    """Give value, dimensions and attributes of the variable that says the coordinates."""
    return np.array(0, np.int32), (), {
        "grid_mapping_name": "latitude_longitude", "epsg_code": "EPSG:4326",
        "semi_major_axis": 6378137.0, "inverse_flattening": 298.257223563,
    }  # fmt: skip
