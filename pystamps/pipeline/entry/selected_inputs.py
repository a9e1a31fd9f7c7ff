"""What stages 4 and 5 read of the selection, with the checks they share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from pystamps.arrays import Index
from pystamps.io.artifacts import read_fields, read_rows, read_variable
from pystamps.io.sizes import Sizes
from pystamps.model import Selection
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


def read_selected_rows(job: StageJob, sizes: Sizes) -> SelectedRows:
    """Read which of the candidates stage 3 has kept.

    Raises
    ------
    ArtifactError
        select1 belongs to another set of candidates, or its mask has a wrong length.
    """
    found = read_fields(Selection, ("ix", "keep_ix"), job.path(Selection, CANDIDATES), sizes)
    places = np.flatnonzero(found["keep_ix"])
    return SelectedRows(found["ix"][places], places, found["ix"].size)


def read_of_selected(job: StageJob, name: str, selected: SelectedRows) -> Any:
    """Read an array of select1, reduced to the pixels that stage 3 has kept."""
    sizes = Sizes("ix", n_selected=selected.n_stored)
    values = read_rows(Selection, name, job.path(Selection, CANDIDATES), sizes)
    return taken_rows(values, selected.places)


def read_of_candidates(job: StageJob, kind: type, name: str, sizes: Sizes) -> Any:
    """Read an array of generation 1 that has one row per candidate."""
    return read_variable(kind, name, job.path(kind, CANDIDATES), sizes)


def rows_of_candidates(job: StageJob, kind: type, name: str, sizes: Sizes) -> Matrix:
    """Give a matrix of generation 1 with one row per candidate, read when it is asked for."""
    return read_rows(kind, name, job.path(kind, CANDIDATES), sizes)
