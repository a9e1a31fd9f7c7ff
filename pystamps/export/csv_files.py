"""Tables of text: plain, as the European Ground Motion Service, and for StaMPS-Visualizer."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from pystamps.arrays import Array
from pystamps.dates import yyyymmdd
from pystamps.export.fields import DECIMALS, date_fields, rows_of_lists, value_names
from pystamps.export.formats import ExportOptions
from pystamps.products.chosen import ChosenPoints
from pystamps.products.point_fits import PREFIX
from pystamps.progress import Progress

_SERIES_DECIMALS = 2
_FIT_DECIMALS = 3
_NAN = re.compile(r"(?<![^,])nan(?![^,\n])")
_EGMS = (
    "pid", "mp_type", "latitude", "longitude", "easting", "northing", "height", "height_wgs84",
    "line", "pixel", "rmse", "temporal_coherence", "amplitude_dispersion", "incidence_angle",
    "track_angle", "los_east", "los_north", "los_up", "mean_velocity", "mean_velocity_std",
    "acceleration", "acceleration_std", "seasonality", "seasonality_std",
)  # fmt: skip
_EGMS_OF_FIT = {
    "acceleration": f"{PREFIX}acceleration", "acceleration_std": f"{PREFIX}acceleration_std",
    "seasonality": f"{PREFIX}annual_amplitude", "seasonality_std": f"{PREFIX}annual_amplitude_std",
}  # fmt: skip
_MATLAB_EPOCH_OF_R = 1
"""MATLAB counts day 1 on 0000-01-01, StaMPS-Visualizer day 0."""


def write_plain_csv(
    path: Path, points: ChosenPoints, options: ExportOptions, progress: Progress
) -> None:
    """Write a line per point under a header: position, values, a column ``D20180624`` per date.

    What is not known is empty. Lines before the header that begin with ``#`` would stop many
    readers; what the numbers mean stands in the file beside it.
    """
    names = ("longitude", "latitude", *value_names(points))
    header = [*names, *date_fields(points.day)]
    columns = [points.columns[name] for name in names]
    forms = [_form(name, column) for name, column in zip(names, columns, strict=True)]
    _write(path, points, progress, header, columns, forms)


def write_egms_csv(
    path: Path, points: ChosenPoints, options: ExportOptions, progress: Progress
) -> None:
    """Write the columns of EGMS products of level 2, dates as ``20180624``.

    Easting and northing (EPSG:3035) and ellipsoidal height are not known and stay empty, and so
    do acceleration and seasonality (amplitude of the year) where no such functions of time were
    fitted. All columns of a fit stand before the dates too.
    """
    known = {
        "latitude": "latitude", "longitude": "longitude", "height": "height", "line": "azimuth",
        "pixel": "range", "rmse": "rmse", "temporal_coherence": "coherence",
        "amplitude_dispersion": "amplitude_dispersion", "incidence_angle": "incidence_angle",
        "los_east": "los_east", "los_north": "los_north", "los_up": "los_up",
        "mean_velocity": "velocity", "mean_velocity_std": "velocity_std",
    }  # fmt: skip
    known |= {name: name for name in points.fit_meanings}
    known |= {name: fitted for name, fitted in _EGMS_OF_FIT.items() if fitted in points.columns}
    header = (*_EGMS, *points.fit_meanings)
    heading = float(points.about.get("heading_deg", np.nan))
    columns, forms = [], []
    for name in header:
        if name in known:
            columns.append(points.columns[known[name]])
            forms.append(_form(known[name], columns[-1]))
        elif name == "pid":
            columns.append(points.columns["point_id"])
            forms.append("%010d")
        elif name == "track_angle":
            columns.append(np.full(len(points), heading % 360))
            forms.append("%.4f")
        else:
            columns.append(np.full(len(points), 1 if name == "mp_type" else np.nan))
            forms.append("%d" if name == "mp_type" else "%f")
    columns[_EGMS.index("mp_type")] = columns[_EGMS.index("mp_type")].astype(np.int64)
    _write(
        path, points, progress, [*header, *(yyyymmdd(day) for day in points.day)], columns,
        forms, decimals=1,
    )  # fmt: skip


def write_visualizer_csv(
    path: Path, points: ChosenPoints, options: ExportOptions, progress: Progress
) -> None:
    """Write the table of StaMPS-Visualizer: its first line of data says place and dates.

    Position of the reference, NaN, and the days since 0000-01-01 of the dates; then longitude,
    latitude, velocity and series of every point.
    """
    names = ("longitude", "latitude", "velocity")
    header = [f"export_res_{number + 1}" for number in range(3 + points.day.size)]
    columns = [points.columns[name] for name in names]
    place = _reference_place(points)
    days = [f"{day - _MATLAB_EPOCH_OF_R:.0f}" for day in points.day]
    first = ",".join([*place, "NaN", *days])
    forms = [_form(name, column) for name, column in zip(names, columns, strict=True)]
    _write(path, points, progress, header, columns, forms, before=(first,))


def _reference_place(points: ChosenPoints) -> list[str]:
    """Give where the reference area is: the mean of the points, which may be all."""
    if "reference_longitude" in points.about:
        return [f"{points.about[f'reference_{axis}']:.8f}" for axis in ("longitude", "latitude")]
    return [f"{np.nanmean(points.columns[axis]):.8f}" for axis in ("longitude", "latitude")]


def _form(name: str, column: Array) -> str:
    if name in DECIMALS:
        return f"%.{DECIMALS[name]}f"
    if name.startswith(PREFIX) or np.issubdtype(column.dtype, np.floating):
        return f"%.{_FIT_DECIMALS}f"
    return "%d"


def _write(
    path: Path,
    points: ChosenPoints,
    progress: Progress,
    header: Sequence[str],
    columns: Sequence[Array],
    forms: Sequence[str],
    *,
    before: Iterable[str] = (),
    decimals: int = _SERIES_DECIMALS,
) -> None:
    """Write header and lines; one format serves all lines, ``nan`` becomes empty afterwards."""
    line = ",".join([*forms, *[f"%.{decimals}f"] * points.day.size]) + "\n"
    with path.open("w", encoding="ascii", newline="\n") as stream:
        stream.write(",".join(header) + "\n")
        stream.writelines(f"{text}\n" for text in before)
        for rows, series in points.blocks():
            values = rows_of_lists(columns, series, rows)
            text = "".join([line % tuple(row) for row in values])
            stream.write(_NAN.sub("", text) if "nan" in text else text)
            progress(rows.stop, len(points))
