"""Displacement as a sum of layers: what is observed, and the parts that can be taken off.

All layers are in millimetres toward the satellite, not referenced to an area. A value type of
StaMPS is the observed layer minus those that its letters name (:data:`~pystamps.products.phase.
PARTS`), so that another type needs no stage to run again. The planes of the letter ``o`` are fitted
to what is left after the other parts. A least-squares fit is linear in the data, so that the plane
of a difference is the difference of the planes: it suffices to keep the coefficients of the plane
of each layer.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from pystamps.arrays import Float64, FloatArray, Index
from pystamps.errors import ArtifactError
from pystamps.model import UsedInterferograms
from pystamps.products.phase import PARTS, PhaseParts
from pystamps.products.velocity import mm_per_radian
from pystamps.rows import Matrix, Rows, row_blocks
from pystamps.stages.deramp import surface_terms
from pystamps.stages.least_squares import coefficients_of_columns
from pystamps.stages.reference_area import sums_of_rows

OBSERVED = "u"
"""Key of the observed layer where layers are named by their letters."""

LAYERS = (OBSERVED, "d", "m", "s")
"""Letters of the layers that are stored; planes (``o``) follow from them."""

_TOO_FEW_FOR_A_PLANE = 5


@dataclass(frozen=True, slots=True)
class Layers:
    """Displacement of every pixel at every date that is used, and its parts.

    Attributes
    ----------
    day : float64, (n_date,), MATLAB date numbers, ascending, reference image included
    reference_column : int, place of the reference image among the dates
    parts : mapping of str to Matrix
        By letter, float32, (n_ps, n_date), mm toward the satellite; ``u`` is what is observed, and
        parts that no stage has estimated are left out. The contribution of the reference image
        (``m``) has one column. All are 0 at the reference image.
    surface : float64, (n_ps, n_term)
        Terms of the planes at every pixel.
    coefficients : mapping of str to ndarray of float64, (n_term, n_date)
        Of the plane of each part, mm per term.
    """

    day: Float64
    reference_column: int
    parts: Mapping[str, Matrix]
    surface: Float64
    coefficients: Mapping[str, Float64]

    @property
    def n_point(self) -> int:
        """Number of pixels."""
        return int(self.surface.shape[0])

    @property
    def n_date(self) -> int:
        """Number of dates."""
        return int(self.day.size)

    def series(self, letters: str) -> Matrix:
        """Give the displacement without some parts, float32, (n_ps, n_date), computed by rows.

        Parameters
        ----------
        letters : str
            Of :data:`~pystamps.products.phase.PARTS`, any order.

        Raises
        ------
        ArtifactError
            No stage has estimated one of the parts.
        """
        taken = [letter for letter in LAYERS if letter in letters]
        for letter in taken:
            if letter not in self.parts:
                raise ArtifactError(
                    f"{PARTS[letter]} (letter {letter}) is not known: the stage that estimates it "
                    f"has not run; run stage {8 if letter == 's' else 7} first"
                )
        plane = self.plane_coefficients(letters) if "o" in letters else None

        def give(rows: slice) -> FloatArray:
            found = np.array(self.parts[OBSERVED][rows], dtype=np.float32)
            for letter in taken:
                found -= self.parts[letter][rows]
            if plane is not None:
                found -= (self.surface[rows] @ plane).astype(np.float32)
            found[:, self.reference_column] = 0
            return found

        return Rows((self.n_point, self.n_date), np.float32, give)

    def plane_left(self, letters: str) -> Float64:
        """Give the coefficients of the planes of a series, (n_term, n_date), mm per term.

        Parameters
        ----------
        letters : str
            Parts that the series lacks; with ``o`` the planes are among them, and 0 is left.
        """
        if "o" in letters:
            return np.zeros((self.surface.shape[1], self.n_date))
        return self.plane_coefficients(letters)

    def plane_coefficients(self, letters: str) -> Float64:
        """Give the coefficients of the planes of what is left after some parts, mm per term.

        Parameters
        ----------
        letters : str
            Parts taken off before; ``o`` among them changes nothing.

        Returns
        -------
        ndarray of float64, shape (n_term, n_date)
        """
        found = self.coefficients[OBSERVED].copy()
        for letter in LAYERS:
            if letter in letters:
                found -= self.coefficients[letter]
        return found


def layers_of(parts: PhaseParts, used: UsedInterferograms, *, wavelength: float) -> Layers:
    """Make the layers from the results of stages 6 to 8.

    Parameters
    ----------
    parts : PhaseParts
    used : UsedInterferograms
        Columns that are not left out.
    wavelength : float
        Radar wavelength in m.

    Returns
    -------
    Layers
        Matrices that are read and converted when they are asked for.

    Notes
    -----
    Displacement toward the satellite in mm is ``-1000 wavelength / (4 pi)`` times the phase.
    """
    columns, null = used.with_null, used.null_columns
    factor = np.float32(-mm_per_radian(wavelength))
    shape = (parts.pixels.n_ps, columns.size)

    def scaled(phase: Matrix) -> Matrix:
        def give(rows: slice) -> FloatArray:
            found = phase[rows][:, columns].astype(np.float32) * factor
            found[:, null] = 0
            return np.asarray(found)

        return Rows(shape, np.float32, give)

    found: dict[str, Matrix] = {OBSERVED: scaled(parts.ph_uw)}
    if parts.ph_scla is not None:
        found["d"] = scaled(parts.ph_scla)
    if parts.c_ps_uw is not None:
        found["m"] = (parts.c_ps_uw.astype(np.float32) * factor)[:, None]
    if parts.ph_scn is not None:
        found["s"] = scaled(parts.ph_scn)
    surface = surface_terms(parts.pixels.xy[:, 1:], degree=parts.deramp_degree)
    return Layers(
        day=parts.columns.second_day[columns],
        reference_column=null.start,
        parts=found,
        surface=surface,
        coefficients=_planes(found, surface, shape[1]),
    )


def reference_series(series: Matrix, reference_rows: Index | None) -> Float64:
    """Give the mean displacement of the reference pixels at each date, NaN ignored; mm.

    Parameters
    ----------
    series : Matrix of float, shape (n_ps, n_date)
    reference_rows : ndarray of int64 or None
        None = nothing is referenced; gives zeros.

    Raises
    ------
    ArtifactError
        No pixel of the area has a value at some date.
    """
    if reference_rows is None or not len(series):
        return np.zeros(series.shape[1])
    total, count = sums_of_rows(series, reference_rows, np.arange(series.shape[1]))
    if not count.all():
        raise ArtifactError(
            f"reference area: none of its {reference_rows.size} pixels has a value at date "
            f"{int(np.argmin(count)) + 1}; move or enlarge it"
        )
    return np.asarray(total / count)


def referenced(series: Matrix, means: Float64) -> Matrix:
    """Give displacement relative to that of the reference area, by rows."""
    shift = means.astype(np.float32)

    def give(rows: slice) -> FloatArray:
        return np.asarray(series[rows] - shift)

    return Rows(series.shape, np.float32, give)


def _planes(parts: Mapping[str, Matrix], surface: Float64, n_date: int) -> dict[str, Float64]:
    """Fit a plane to every layer, to those pixels that have a value in all of them."""
    complete = np.ones(surface.shape[0], dtype=np.bool_)
    for matrix in parts.values():
        for rows in row_blocks(matrix):
            complete[rows] &= ~np.isnan(matrix[rows]).any(axis=1)
    ix = None if complete.all() else np.flatnonzero(complete)
    n_used = complete.size if ix is None else ix.size
    if n_used <= _TOO_FEW_FOR_A_PLANE:  # as in the original, such layers stay as they are
        return {letter: np.zeros((surface.shape[1], n_date)) for letter in parts}
    design = surface if ix is None else surface[ix]
    found = {}
    for letter, matrix in parts.items():
        fitted = coefficients_of_columns(design, matrix, ix)
        found[letter] = np.broadcast_to(fitted, (surface.shape[1], n_date)).copy()
    return found
