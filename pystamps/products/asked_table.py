"""The table of points with another value type, or relative to something else."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from pystamps.io.user_paths import path_of_user
from pystamps.products.gnss_reference import is_gnss_fit, read_stored_fit, relative_to_stations
from pystamps.products.layers import reference_series, referenced
from pystamps.products.line_fit import fit_lines
from pystamps.products.point_table import PointTable, letters_of_series, words_of_letters
from pystamps.products.reference_choice import reference_rows_of


def table_as_asked(table: PointTable, value_type: str, reference: str) -> PointTable:
    """Give the table with another value type or reference; velocities are fitted again.

    Parameters
    ----------
    table : PointTable
    value_type : str
        ``v`` or ``v-`` and letters; empty = that of the table.
    reference : str
        Area (:func:`~pystamps.products.reference_reference_rows_of`), or the file of a fit
        to GNSS stations; empty = that of the run.

    Raises
    ------
    ParameterError
        A value is wrong, or the fit belongs to other points.
    ArtifactError
        The value type takes off a part that is not known.
    """
    if is_gnss_fit(reference):
        fit = read_stored_fit(path_of_user(reference))
        return relative_to_stations(table_as_asked(table, value_type, fit.reference), fit)
    letters = table.letters
    if value_type:
        is_delayed = table.layers.is_reference_delayed
        letters = letters_of_series(value_type, is_reference_delayed=is_delayed)
    rows = table.reference_rows
    if reference:
        lonlat = np.column_stack([table.columns["longitude"], table.columns["latitude"]])
        rows = reference_rows_of(reference, lonlat)
    if letters == table.letters and rows is table.reference_rows:
        return table
    layers = table.layers
    series = layers.series(letters)
    shown = referenced(series, reference_series(series, rows))
    line = fit_lines(shown, layers.day, layers.reference_column, ifg_std_deg=table.noise_deg)
    fitted = {
        "velocity": line.velocity,
        "velocity_std": line.velocity_std,
        "rmse": line.rmse,
    }
    about = dict(table.about) | {
        "letters": letters,
        "value_type": value_type or table.about.get("value_type", ""),
        "taken_off": words_of_letters(letters),
        "reference_area": reference or table.about.get("reference_area", ""),
        "reference_points": 0 if rows is None else int(rows.size),
    }
    return replace(
        table, columns=dict(table.columns) | fitted, displacement=shown, reference_rows=rows,
        letters=letters, about=about,
    )  # fmt: skip
