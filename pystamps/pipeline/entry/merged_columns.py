"""Merged matrices, some columns at a time: no matrix of all patches is in memory as a whole."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from pystamps.arrays import Array
from pystamps.io.artifacts import artifact_name, read_rows, read_variable, sizes_of
from pystamps.model import Phase, Pixels
from pystamps.pipeline.entry.generations import SELECTED
from pystamps.pipeline.entry.patch_inputs import PatchToMerge
from pystamps.pipeline.job import StageJob
from pystamps.rows import LaterColumns, Matrix, Rows
from pystamps.stages.stage5_merge import MergePlan, Rule
from pystamps.stages.stage5_resample import check_finite

_MOST_BYTES = 2**27
"""More at a time is slower: the system has to find fresh memory for it."""
_FEWEST_COLUMNS = 2
"""A sum over the rows of a single column has other bits (see ``squares_of_columns``)."""


@dataclass(frozen=True, slots=True)
class MergedColumns:
    """The plan of a merge, and the patches to carry it out on.

    Attributes
    ----------
    job : StageJob
    patches : sequence of PatchToMerge
    plan : MergePlan
    """

    job: StageJob
    patches: Sequence[PatchToMerge]
    plan: MergePlan

    @property
    def _is_resampled(self) -> bool:
        return bool(self.job.parameters.merge_resample_size > 0)

    def vector(self, kind: type, name: str) -> Any:
        """Merge a variable of one value per pixel."""
        merged: Any = None
        for number, patch in enumerate(self.patches):
            values = read_rows_of_patch(patch, kind, name)
            self._check(patch, name, values)
            contribution = self.plan.contribution(number, values)
            if merged is None:
                merged = np.empty(self.plan.n_ps, dtype=contribution.dtype)
            merged[self.plan.targets[number]] = contribution
        return merged

    def later(self, kind: type, name: str, n_column: int, rule: Rule) -> Any:
        """Give the place of a matrix that :meth:`fill` fills: ``LaterColumns``."""
        stored = _matrix(self.patches[0], kind, name).dtype
        nothing = np.zeros(self.patches[0].pixels.n_ps, dtype=stored)
        dtype = self.plan.contribution(0, nothing, rule=rule).dtype
        return LaterColumns((self.plan.n_ps, n_column), dtype)

    def fill(
        self,
        kind: type,
        name: str,
        n_column: int,
        rule: Rule,
        *,
        change: Callable[[Array], Array] = np.asarray,
    ) -> None:
        """Merge a matrix into its place, each block of columns changed by a function."""
        for block in self.blocks(n_column, bytes_per_row=24):
            columns = change(self.columns(kind, name, block, rule))
            self.job.fill(kind, name, SELECTED, block.start, columns)

    def columns(self, kind: type, name: str, wanted: slice, rule: Rule) -> Array:
        """Merge some columns of a matrix; column after column in memory."""
        merged: Any = None
        for number, patch in enumerate(self.patches):
            values = self._columns_of_patch(patch, kind, name, wanted)
            for column, of_patch in enumerate(values.T):
                contribution = self.plan.contribution(number, of_patch, rule=rule)
                if merged is None:
                    shape = (values.shape[1], self.plan.n_ps)
                    merged = np.empty(shape, dtype=contribution.dtype)
                merged[column][self.plan.targets[number]] = contribution
        return np.asarray(merged.T)

    def blocks(self, n_column: int, *, bytes_per_row: int) -> Iterator[slice]:
        """Give stretches of columns that the memory budget allows, two columns or more each.

        Parameters
        ----------
        n_column : int
        bytes_per_row : int
            What is held at a time of one column of one pixel.
        """
        half = self.job.config.runtime.memory_budget_mb * 10**6 // 2
        room = min(half, _MOST_BYTES)
        step = max(_FEWEST_COLUMNS, room // (bytes_per_row * max(self.plan.n_ps, 1)))
        if not all(isinstance(_matrix(patch, Phase, "ph"), Rows) for patch in self.patches):
            step = n_column  # packed files are read as a whole: once, and not for every block
        edges = np.linspace(0, n_column, max(1, n_column // step) + 1).round().astype(int)
        for first, last in zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True):
            yield slice(first, last)

    def _columns_of_patch(self, patch: PatchToMerge, kind: type, name: str, wanted: slice) -> Array:
        matrix = _matrix(patch, kind, name)
        if not isinstance(matrix, Rows):
            self._check(patch, name, np.asarray(matrix))
            return np.asarray(matrix)[:, wanted]
        values = matrix.columns(wanted)
        if self._is_resampled and not np.isfinite(values).all():
            self._check(patch, name, np.asarray(matrix))  # the message counts in all columns
        return values

    def _check(self, patch: PatchToMerge, name: str, values: Array) -> None:
        if self._is_resampled:
            check_finite(patch.name, name, values, patch.in_bounds)


def read_rows_of_patch(patch: PatchToMerge, kind: type, name: str) -> Any:
    """Read an array of a patch that has one row per pixel."""
    sizes = sizes_of(patch.pixels, patch.directory / artifact_name(Pixels, SELECTED))
    return read_variable(kind, name, patch.directory / artifact_name(kind, SELECTED), sizes)


def _matrix(patch: PatchToMerge, kind: type, name: str) -> Matrix:
    sizes = sizes_of(patch.pixels, patch.directory / artifact_name(Pixels, SELECTED))
    return read_rows(kind, name, patch.directory / artifact_name(kind, SELECTED), sizes)
