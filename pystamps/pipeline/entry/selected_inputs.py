"""What stages 4 and 5 read of the selection, with the checks they share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from pystamps.errors import ArtifactError
from pystamps.io.artifacts import artifact_name, check_rows, read_rows, read_variable
from pystamps.model import Index, Selection
from pystamps.pipeline.entry.generations import CANDIDATES
from pystamps.pipeline.job import StageJob
from pystamps.rows import Matrix, taken_rows


@dataclass(frozen=True, slots=True)
class SelectedRows:
    """Pixels that stage 3 has kept.

    Attributes
    ----------
    rows : int64, (n,), candidate rows
    places : int64, (n,), places in the arrays of select1
    n_stored : int, length of the arrays of select1
    """

    rows: Index
    places: Index
    n_stored: int


def read_selected_rows(job: StageJob, n_ps: int) -> SelectedRows:
    """Read which of ``n_ps`` candidates stage 3 has kept.

    Raises
    ------
    ArtifactError
        select1 belongs to another set of candidates, or its mask has a wrong length.
    """
    path = job.path(Selection, CANDIDATES)
    ix = read_variable(Selection, "ix", path)
    keep_ix = read_variable(Selection, "keep_ix", path)
    if keep_ix.size != ix.size:
        raise ArtifactError(
            f"{path}: keep_ix has {keep_ix.size} elements, expected {ix.size} as ix has; "
            "run stage3_select again"
        )
    if ix.size and not (ix.min() >= 0 and ix.max() < n_ps):
        raise ArtifactError(
            f"{path}: ix names candidate {ix.max() + 1}, but ps1.mat has {n_ps}; "
            "run stage2_gamma and stage3_select again"
        )
    places = np.flatnonzero(keep_ix)
    return SelectedRows(ix[places], places, ix.size)


def read_of_selected(job: StageJob, name: str, selected: SelectedRows) -> Any:
    """Read an array of select1, reduced to the pixels that stage 3 has kept."""
    path = job.path(Selection, CANDIDATES)
    values = read_rows(Selection, name, path)
    if len(values) != selected.n_stored:
        raise ArtifactError(
            f"{path}: {name} has {len(values)} rows, expected {selected.n_stored} as ix has; "
            "run stage3_select again"
        )
    return taken_rows(values, selected.places)


def read_of_candidates(job: StageJob, kind: type, name: str, *, n_ps: int) -> Any:
    """Read an array of generation 1 that has one row per candidate."""
    return _checked(job, kind, name, n_ps=n_ps, read=read_variable)


def rows_of_candidates(job: StageJob, kind: type, name: str, *, n_ps: int) -> Matrix:
    """Give a matrix of generation 1 with one row per candidate, read when it is asked for."""
    matrix: Matrix = _checked(job, kind, name, n_ps=n_ps, read=read_rows)
    return matrix


def _checked(job: StageJob, kind: type, name: str, *, n_ps: int, read: Callable[..., Any]) -> Any:
    file_name = artifact_name(kind, CANDIDATES)
    values = read(kind, name, job.directory / file_name)
    check_rows(job.directory, n_ps, **{name: (file_name, values)})
    return values
