"""The table of points with velocity and series of the accuracy modes in the place of StaMPS'."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from pystamps.errors import ArtifactError, ParameterError
from pystamps.io.artifacts import artifact_name, read_artifact, read_rows, sizes_of
from pystamps.io.stage_records import recorded_settings
from pystamps.model import AccurateSeries, Pixels
from pystamps.products.accurate_columns import AccurateColumns, accurate_columns
from pystamps.products.accurate_results import REMEDY, SERIES, reason_against
from pystamps.products.chosen import ChosenPoints, PointChoice, choose_points
from pystamps.products.gnss_reference import is_gnss_fit
from pystamps.products.layers import reference_series, referenced
from pystamps.products.line_fit import fit_lines
from pystamps.products.point_storage import POINT_FILE
from pystamps.products.point_table import PointTable
from pystamps.products.reference_choice import reference_rows_of
from pystamps.rows import Matrix, chosen_columns
from pystamps.stage_table import TABLE_OF_POINTS

VALUE_OF_MODES = "accurate"
"""Value type that stands for velocity and series of the accuracy modes."""

_STACK = "ps2.mat"


def points_as_asked(table: PointTable, choice: PointChoice, root: Path | None) -> ChosenPoints:
    """Take points out of the table of a data set; ``accurate`` as value type means the modes.

    Parameters
    ----------
    table : PointTable
    choice : PointChoice
        Its value type may be ``accurate``.
    root : Path or None
        Root of the data set; None = the table lies alone.

    Raises
    ------
    ParameterError, ArtifactError
        As :func:`~pystamps.products.chosen.choose_points`, :func:`table_of_modes`.
    """
    if choice.value_type != VALUE_OF_MODES:
        return choose_points(table, choice)
    if root is None:
        raise ParameterError(f"--value {VALUE_OF_MODES}: a table alone has no accuracy modes")
    found = table_of_modes(table, root, choice.reference)
    return choose_points(found, replace(choice, value_type="", reference=""))


def table_of_modes(table: PointTable, root: Path, reference: str) -> PointTable:
    """Put velocity, its standard deviation and series of the modes in the place of StaMPS'.

    Parameters
    ----------
    table : PointTable
        ``products/ps.h5`` of the data set.
    root : Path
        Root of the data set.
    reference : str
        Area (:func:`~pystamps.products.reference_choice.reference_rows_of`); empty = that of the
        run.

    Returns
    -------
    PointTable
        ``rmse`` is that of the new series about its own straight line; heights and qualities stay.

    Raises
    ------
    ParameterError
        The modes have made nothing that belongs to the table, or the reference is a fit to GNSS
        stations, which is made of the velocity of StaMPS.
    """
    if is_gnss_fit(reference):
        raise ParameterError(
            f"--value {VALUE_OF_MODES}: --reference {reference} is a fit of GNSS stations to the "
            "velocity of StaMPS; give an area, or none"
        )
    found = accurate_columns(root, table.layers.n_point)
    if not isinstance(found, AccurateColumns):
        reason = found or "accurate_v.mat is not there; pystamps run --accurate makes it"
        raise ParameterError(f"--value {VALUE_OF_MODES}: {reason}")
    rows = table.reference_rows
    if reference:
        lonlat = np.column_stack([table.columns["longitude"], table.columns["latitude"]])
        rows = reference_rows_of(reference, lonlat)
    series = _series_of_modes(table, root)
    shown = referenced(series, reference_series(series, rows))
    layers = table.layers
    line = fit_lines(shown, layers.day, layers.reference_column, ifg_std_deg=table.noise_deg)
    velocity = found.columns["accurate_velocity"].astype(np.float64)
    if rows is not None and np.isfinite(velocity[rows]).any():
        velocity -= np.nanmean(velocity[rows])
    columns = {
        "velocity": velocity.astype(np.float32),
        "velocity_std": found.columns["accurate_velocity_std"],
        "rmse": line.rmse.astype(np.float32),
    }
    about = dict(table.about) | {
        "value_type": VALUE_OF_MODES,
        "taken_off": f"as the accuracy modes say ({found.modes})",
        "accuracy_modes": found.modes,
        "reference_area": reference or table.about.get("reference_area", ""),
        "reference_points": 0 if rows is None else int(rows.size),
    }
    return replace(
        table, columns=dict(table.columns) | columns, displacement=shown, reference_rows=rows,
        about=about,
    )  # fmt: skip


def _series_of_modes(table: PointTable, root: Path) -> Matrix:
    """Give the displacement of the dates of the table, (n_point, n_date), mm."""
    path = root / artifact_name(AccurateSeries)
    if not path.is_file():
        raise ParameterError(
            f"--value {VALUE_OF_MODES}: {path.name} is not there; pystamps run --accurate makes it"
        )
    now = recorded_settings(root, TABLE_OF_POINTS, "", (str(POINT_FILE),))
    reason = reason_against(root, SERIES, now or {})
    if reason:
        raise ParameterError(f"--value {VALUE_OF_MODES}: {reason}")
    pixels = read_artifact(Pixels, root / _STACK)
    series = read_rows(AccurateSeries, "displacement", path, sizes_of(pixels, root / _STACK))
    columns = np.searchsorted(pixels.day, table.layers.day)
    if not np.array_equal(pixels.day[columns % pixels.day.size], table.layers.day):
        raise ArtifactError(f"{root / POINT_FILE}: has other dates than {_STACK}; {REMEDY}")
    return chosen_columns(series, columns)
