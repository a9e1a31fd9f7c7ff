"""Velocity of the accuracy modes at the points of a table, beside that of the table."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from pystamps.arrays import Array
from pystamps.errors import ArtifactError
from pystamps.io.artifacts import read_fields
from pystamps.io.stage_records import recorded_settings
from pystamps.model import AccurateVelocity
from pystamps.products.accurate_results import (
    REMEDY,
    VELOCITY,
    VELOCITY_FILE,
    reason_against,
    recorded_modes,
    words_of_modes,
)
from pystamps.products.chosen import ChosenPoints
from pystamps.products.point_storage import POINT_FILE
from pystamps.products.point_table import Column
from pystamps.stage_table import TABLE_OF_POINTS

log = logging.getLogger(__name__)

ACCURATE_COLUMNS: Mapping[str, Column] = {
    "accurate_velocity": Column(
        "mm/year", "velocity of the accuracy modes in the line of sight, positive toward the "
        "satellite",
    ),
    "accurate_velocity_std": Column(
        "mm/year", "standard deviation of the velocity of the accuracy modes"
    ),
    "accurate_velocity_unshrunk": Column(
        "mm/year", "velocity of the accuracy modes before it is drawn to that of its neighbours"
    ),
    "accurate_gain": Column(
        "1", "share of the point's own value in the velocity of the accuracy modes"
    ),
}  # fmt: skip
"""Columns that the modes add, in their order; the last two where values are drawn."""

_FIELDS = dict(zip(ACCURATE_COLUMNS, ("v", "v_std", "v_unshrunk", "gain"), strict=True))
_OF_DRAWN = ("accurate_velocity_unshrunk", "accurate_gain")
VELOCITIES_OF_MODES = ("accurate_velocity", "accurate_velocity_unshrunk")
"""Those of them that are relative to a reference area."""


@dataclass(frozen=True, slots=True)
class AccurateColumns:
    """What the accuracy modes say of the points of a table.

    Attributes
    ----------
    modes : str
        Options that differ from StaMPS.
    columns : mapping of str to ndarray of float32, (n_point,)
        Of :data:`ACCURATE_COLUMNS`.
    """

    modes: str
    columns: Mapping[str, Array]


def accurate_columns(root: Path, n_point: int) -> AccurateColumns | str | None:
    """Read the velocity of the modes, as far as it belongs to the table of points beside it.

    Parameters
    ----------
    root : Path
        Root of the data set.
    n_point : int
        Points of the table.

    Returns
    -------
    AccurateColumns, str or None
        The reason, where it belongs to other results; None where there is none.

    Raises
    ------
    ArtifactError
        The file is damaged.
    """
    path = root / VELOCITY_FILE
    if not path.is_file():
        return None
    now = recorded_settings(root, TABLE_OF_POINTS, "", (str(POINT_FILE),))
    if now is None:
        return f"{VELOCITY_FILE}: no record says what {POINT_FILE} was made from; {REMEDY}"
    reason = reason_against(root, VELOCITY, now)
    if reason:
        return reason
    found = read_fields(AccurateVelocity, tuple(_FIELDS.values()), path)
    if len(found["v"]) != n_point:
        raise ArtifactError(f"{path}: v has {len(found['v'])} rows, {POINT_FILE} has {n_point}; "
                            f"{REMEDY}")  # fmt: skip
    is_drawn = bool((found["gain"] != 1).any())
    columns = {
        name: found[field].astype(np.float32)
        for name, field in _FIELDS.items()
        if is_drawn or name not in _OF_DRAWN
    }
    return AccurateColumns(words_of_modes(recorded_modes(root)), columns)


def with_modes_of(root: Path | None, points: ChosenPoints) -> ChosenPoints:
    """Add what the accuracy modes say of points, where it belongs to the table they come from.

    Parameters
    ----------
    root : Path or None
        Root of the data set; None = the table lies alone.
    points : ChosenPoints
        Returned as they are where there is nothing; what belongs to other results is left out with
        a warning.
    """
    if "accuracy_modes" in points.about:
        return points  # they are those of the modes already
    found = None if root is None else accurate_columns(root, points.n_all)
    if isinstance(found, AccurateColumns) and "gnss_fit" in points.about:
        found = "the reference is a fit of GNSS stations to the velocity of StaMPS"
    if isinstance(found, AccurateColumns):
        return with_accurate_columns(points, found)
    if found:
        log.warning("accuracy modes left out: %s", found)
    return points


def with_accurate_columns(points: ChosenPoints, found: AccurateColumns) -> ChosenPoints:
    """Add the columns of the modes to points, relative to the same reference.

    Parameters
    ----------
    points : ChosenPoints
    found : AccurateColumns
        Of the whole table that the points come from.
    """
    rows = np.asarray(points.columns["point_id"], dtype=np.int64) - 1
    columns = dict(points.columns)
    for name, values in found.columns.items():
        shift = _reference_of(values, points) if name in VELOCITIES_OF_MODES else 0.0
        columns[name] = (values[rows] - shift).astype(np.float32)
    meanings = {name: ACCURATE_COLUMNS[name] for name in found.columns}
    about = {**points.about, "accuracy_modes": found.modes}
    return replace(
        points, columns=columns, about=about, fit_meanings={**points.fit_meanings, **meanings}
    )


def _reference_of(values: Array, points: ChosenPoints) -> float:
    """Give the mean of the reference points of a choice; 0 where none of them has a value."""
    if points.reference_rows is None:
        return 0.0
    known = values[points.reference_rows].astype(np.float64)
    known = known[np.isfinite(known)]
    return float(known.mean()) if known.size else 0.0
