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
from dataclasses import dataclass, field

import numpy as np

from pystamps.arrays import Float64, FloatArray, Index
from pystamps.errors import ArtifactError
from pystamps.model import UsedInterferograms
from pystamps.products.layer_planes import planes_of_layers
from pystamps.products.phase import PARTS, PhaseParts
from pystamps.products.velocity import mm_per_radian
from pystamps.rows import Matrix, Rows
from pystamps.stages.deramp import surface_terms
from pystamps.stages.reference_area import sums_of_rows

OBSERVED = "u"
"""Key of the observed layer where layers are named by their letters."""

LAYERS = (OBSERVED, "d", "m", "a", "s")
"""Letters of the layers that are stored; planes (``o``) follow from them."""


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
    delayed_coefficients : mapping of str to ndarray of float64, (n_term, n_date)
        The same of the points whose tropospheric phase is known; empty where that is all of them.
        Planes of what is left after the tropospheric phase (letter ``a``) follow from these.
    no_delay_reason : str
        Why there is no tropospheric phase.
    is_reference_delayed : bool
        Stage 7 has left the tropospheric phase in the contribution of the reference image.
    """

    day: Float64
    reference_column: int
    parts: Mapping[str, Matrix]
    surface: Float64
    coefficients: Mapping[str, Float64]
    delayed_coefficients: Mapping[str, Float64] = field(default_factory=dict)
    no_delay_reason: str = ""
    is_reference_delayed: bool = True

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
            One of the parts is not known.
        """
        taken = [letter for letter in LAYERS if letter in letters]
        for letter in taken:
            self.part(letter)
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

    def part(self, letter: str) -> Matrix:
        """Give a part, float32, (n_ps, n_date) or (n_ps, 1), mm.

        Raises
        ------
        ArtifactError
            It is not known: no stage has estimated it, or the user has brought no delays along.
        """
        if letter in self.parts:
            return self.parts[letter]
        if letter == "a":
            reason = self.no_delay_reason or "the table of points was made without it"
            raise ArtifactError(f"{PARTS['a']} (letter a) is not known: {reason}")
        raise ArtifactError(
            f"{PARTS[letter]} (letter {letter}) is not known: the stage that estimates it "
            f"has not run; run stage {8 if letter == 's' else 7} first"
        )

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
        known = self._coefficients("a" in letters)
        found = known[OBSERVED].copy()
        for letter in LAYERS:
            if letter in letters:
                found -= known[letter]
        return found

    def plane_of_delay(self) -> Float64:
        """Give the coefficients of the planes of the tropospheric phase, mm per term."""
        return self._coefficients(True)["a"]

    def _coefficients(self, is_delayed: bool) -> Mapping[str, Float64]:
        return (
            self.delayed_coefficients
            if is_delayed and self.delayed_coefficients
            else (self.coefficients)
        )


def layers_of(
    parts: PhaseParts,
    used: UsedInterferograms,
    *,
    wavelength: float,
    no_delay_reason: str = "",
    is_reference_delayed: bool = True,
) -> Layers:
    """Make the layers from the results of stages 6 to 8.

    Parameters
    ----------
    parts : PhaseParts
    used : UsedInterferograms
        Columns that are not left out.
    wavelength : float
        Radar wavelength in m.
    no_delay_reason : str
    is_reference_delayed : bool
        See :class:`Layers`.

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
        is_all = np.array_equal(columns, np.arange(phase.shape[1]))

        def give(rows: slice) -> FloatArray:
            taken = phase[rows] if is_all else phase[rows][:, columns]
            found = taken.astype(np.float32)
            found *= factor
            found[:, null] = 0
            return found

        return Rows(shape, np.float32, give)

    found: dict[str, Matrix] = {OBSERVED: scaled(parts.ph_uw)}
    if parts.ph_scla is not None:
        found["d"] = scaled(parts.ph_scla)
    if parts.c_ps_uw is not None:
        found["m"] = (parts.c_ps_uw.astype(np.float32) * factor)[:, None]
    if parts.ph_scn is not None:
        found["s"] = scaled(parts.ph_scn)
    if parts.ph_tropo is not None:
        found["a"] = scaled(parts.ph_tropo)
    surface = surface_terms(parts.pixels.xy[:, 1:], degree=parts.deramp_degree)
    return Layers(
        day=parts.columns.second_day[columns],
        reference_column=null.start,
        parts=found,
        surface=surface,
        no_delay_reason=no_delay_reason,
        is_reference_delayed=is_reference_delayed,
        **planes_of_layers(found, surface, shape[1]),
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
