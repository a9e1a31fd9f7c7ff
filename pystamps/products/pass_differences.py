"""What a second unwrapping has changed: whole cycles of every interferogram, look-angle errors."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pystamps.arrays import Array, Float64, Index
from pystamps.errors import ArtifactError
from pystamps.interferograms import InterferogramName
from pystamps.io.artifacts import (
    artifact_name,
    read_artifact,
    read_rows,
    read_variable,
    sizes_of,
)
from pystamps.model import LookAngleError, PairLookAngleError, Pixels, Unwrapped, UnwrappedPairs
from pystamps.rows import Matrix, row_blocks
from pystamps.stage_table import FIRST_PASS_FOLDER

_MERGED = 2
_TWO_PI = 2 * np.pi
_MOST_CYCLES = 100
UNKNOWN_CYCLES = -128
"""Cycles of a pixel that has no phase in one of the passes."""


@dataclass(frozen=True, slots=True)
class PassDifferences:
    """How the second of two passes differs from the first.

    Attributes
    ----------
    names : tuple of InterferogramName
        Interferograms that were unwrapped.
    cycles : int8, (n_ps, n_used)
        Whole cycles, second less first, at most 100; :data:`UNKNOWN_CYCLES` where one has no phase.
    level : int64, (n_used,)
        Cycles by which most pixels differ, taken off: where the unwrapping begins is arbitrary.
    k_first, k_second : float64, (n_ps,)
        Look-angle error of both passes, rad/m.
    """

    names: tuple[InterferogramName, ...]
    cycles: Array
    level: Index
    k_first: Float64
    k_second: Float64

    @property
    def is_changed(self) -> Array:
        """Where whole cycles have changed; bool, (n_ps, n_used)."""
        return np.asarray((self.cycles != 0) & (self.cycles != UNKNOWN_CYCLES))

    @property
    def changed_pixels(self) -> Index:
        """Pixels with other cycles in each interferogram, (n_used,)."""
        return np.asarray(np.count_nonzero(self.is_changed, axis=0), np.int64)

    @property
    def changed_interferograms(self) -> Index:
        """Interferograms with other cycles at each pixel, (n_ps,)."""
        return np.asarray(np.count_nonzero(self.is_changed, axis=1), np.int64)

    @property
    def k_rms(self) -> float:
        """Root mean square of the change of the look-angle error, rad/m; NaN without a pixel."""
        change = self.k_second - self.k_first
        known = change[np.isfinite(change)]
        return float(np.sqrt(np.mean(known**2))) if known.size else float("nan")


def read_pass_differences(root: Path) -> PassDifferences:
    """Compare the passes of a data set that was unwrapped twice.

    Parameters
    ----------
    root : Path
        Root of the data set.

    Raises
    ------
    ArtifactError
        A pass is missing, or both are of other pixels or interferograms.
    """
    root = Path(root)
    first = root / FIRST_PASS_FOLDER
    pixels = read_artifact(Pixels, root / artifact_name(Pixels, _MERGED))
    sizes = sizes_of(pixels, root / artifact_name(Pixels, _MERGED))
    is_of_pairs = pixels.pairs is not None
    phase = UnwrappedPairs if is_of_pairs else Unwrapped
    error = PairLookAngleError if is_of_pairs else LookAngleError
    for kind in (phase, error):
        _require(first / artifact_name(kind, _MERGED), root)
    unwrapped, slopes = [], []
    for folder in (first, root):
        unwrapped.append(read_rows(phase, "ph_uw", folder / artifact_name(phase, _MERGED), sizes))
        path = folder / artifact_name(error, _MERGED)
        slopes.append(np.asarray(read_variable(error, "k_ps_uw", path, sizes), np.float64))
    columns = np.flatnonzero(_has_phase(unwrapped[0]) & _has_phase(unwrapped[1]))
    cycles, level = cycles_between(unwrapped[0], unwrapped[1], columns)
    names = tuple(pixels.interferograms.name_of(int(column)) for column in columns)
    return PassDifferences(names, cycles, level, *slopes)


def cycles_between(first: Matrix, second: Matrix, columns: Index) -> tuple[Array, Index]:
    """Count the whole cycles between two unwrapped phases, and how many of them all have.

    Parameters
    ----------
    first, second : Matrix of float, shape (n_ps, n_ifg)
        rad; NaN = unknown.
    columns : ndarray of int64
        Interferograms that are compared.

    Returns
    -------
    cycles : ndarray of int8, shape (n_ps, n_column)
        Second less first without what most pixels have; :data:`UNKNOWN_CYCLES` where unknown.
    level : ndarray of int64, shape (n_column,)
    """
    cycles = np.empty((len(first), columns.size), np.int8)
    counted = np.empty((len(first), columns.size), np.float32)
    for rows in row_blocks(first):
        counted[rows] = np.rint((second[rows][:, columns] - first[rows][:, columns]) / _TWO_PI)
    level = np.zeros(columns.size, np.int64)
    for k, column in enumerate(counted.T):
        known = column[np.isfinite(column)]
        values, numbers = np.unique(known, return_counts=True)
        level[k] = int(values[numbers.argmax()]) if values.size else 0
        left = np.clip(column - level[k], -_MOST_CYCLES, _MOST_CYCLES)
        cycles[:, k] = np.where(np.isfinite(left), left, UNKNOWN_CYCLES)
    return cycles, level


def _has_phase(ph_uw: Matrix) -> Array:
    """Tell which columns hold phase: 0 stands at the reference image and where it was dropped."""
    found = np.zeros(ph_uw.shape[1], bool)
    for rows in row_blocks(ph_uw):
        found |= np.any(ph_uw[rows] != 0, axis=0)
    return found


def _require(path: Path, root: Path) -> None:
    if not path.is_file():
        raise ArtifactError(
            f"{path}: is not there: {root} was not unwrapped twice; set method.unwrap_iterations "
            "to 2 in the configuration and run it (pystamps run --config FILE)"
        )
