"""Unwrapped phase without chosen parts: the letters of the StaMPS value types."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from pystamps.arrays import Float32, Float64, FloatArray, Index
from pystamps.errors import ArtifactError, ParameterError, UnsupportedError
from pystamps.model import Interferograms, Pixels, UsedInterferograms
from pystamps.parameters import Parameters
from pystamps.rows import Matrix, Rows, made_from, row_blocks
from pystamps.stages.deramp import deramp

PARTS = {
    "d": "look-angle (DEM) error",
    "m": "contribution of the reference image",
    "a": "tropospheric phase",
    "o": "plane per interferogram (orbit)",
    "s": "spatially correlated noise of the secondary images",
}
"""Letters of the parts that can be taken off, in the order of StaMPS."""

COUNTED_TWICE = {
    "m": "the contribution of the reference image holds its troposphere",
    "s": "the spatially correlated noise holds the troposphere",
}
"""Letters that exclude ``a``, and why."""

Values = TypeVar("Values", bound=Matrix)

_LATER = {"i": "ionosphere", "t": "tide"}


@dataclass(frozen=True, slots=True)
class PhaseParts:
    """Unwrapped phase and what is known about its parts; rad.

    Attributes
    ----------
    pixels : Pixels
    ph_uw : Matrix of float32, (n_ps, n_column)
    ph_scla : Matrix of float, (n_ps, n_column) or None (``scla2``, of pairs ``scla_sb2``)
    c_ps_uw : float, (n_ps,) or None (``scla2``)
    ph_scn : Matrix of float64, (n_ps, n_column) or None (``scn2``)
    ph_tropo : Matrix of float, (n_ps, n_column) or None (``tca2``, of pairs ``tca_sb2``)
    deramp_degree : float
    images : int64, (n,) or None
        Small baselines: images that have phase; the columns are images then, None = they are the
        interferograms of ``pixels``.
    covariance : float64, (n_column, n_column) or None
        Noise of the columns of small baselines in rad^2; None = all equal.
    """

    pixels: Pixels
    ph_uw: Matrix
    ph_scla: Matrix | None = None
    c_ps_uw: FloatArray | None = None
    ph_scn: Matrix | None = None
    deramp_degree: float = 1.0
    images: Index | None = None
    covariance: Float64 | None = None
    ph_tropo: Matrix | None = None

    @property
    def columns(self) -> Interferograms:
        """What the columns combine."""
        stack = self.pixels.interferograms
        return stack if self.images is None else stack.of_images()

    def used(self, parameters: Parameters) -> UsedInterferograms:
        """Give the columns that are not left out; images without phase are.

        Raises
        ------
        ParameterError
            A number of ``drop_ifg_index`` does not exist, or nothing is left.
        """
        if self.images is None:
            return self.columns.used(parameters.drop_ifg_index)
        missing = np.setdiff1d(np.arange(self.pixels.n_image), self.images)
        return self.columns.used(()).without(missing)


def parse_value_type(value_type: str, *, kinds: Sequence[str]) -> tuple[str, str]:
    """Split a value type such as ``v-do`` into its kind and the letters of the parts.

    Parameters
    ----------
    value_type : str
        Kind, a hyphen and letters of :data:`PARTS` in any order; ``a`` with neither ``m`` nor
        ``s``.
    kinds : sequence of str
        Kinds that are possible: ``v`` velocity, ``u`` unwrapped phase.

    Returns
    -------
    (str, str)
        Kind and sorted letters.

    Raises
    ------
    ParameterError
        The kind or a letter is unknown, or the troposphere would count twice.
    UnsupportedError
        A part that StaMPS knows and this version lacks.
    """
    kind, _, letters = value_type.partition("-")
    for letter in letters:
        if letter in _LATER:
            raise UnsupportedError(
                f"value type {value_type}: {_LATER[letter]} is not available yet"
            )
    if (
        kind not in kinds
        or not kind
        or set(letters) - set(PARTS)
        or len(set(letters)) < len(letters)
    ):
        known = ", ".join(f"{letter} = {meaning}" for letter, meaning in PARTS.items())
        raise ParameterError(
            f"value type {value_type!r} is unknown; use {' or '.join(kinds)}, "
            f"optionally followed by a hyphen and letters: {known}"
        )
    twice = [letter for letter in COUNTED_TWICE if letter in letters and "a" in letters]
    if twice:
        raise ParameterError(
            f"value type {value_type}: takes the troposphere off twice: {COUNTED_TWICE[twice[0]]}; "
            f"leave out a or {twice[0]}"
        )
    return kind, "".join(sorted(letters))


def corrected_phase(parts: PhaseParts, letters: str) -> Float32:
    """Give the unwrapped phase without the parts that the letters name.

    Parameters
    ----------
    parts : PhaseParts
    letters : str
        Of :data:`PARTS`, any order; the plane is fitted last.

    Returns
    -------
    ndarray of float32, shape (n_ps, n_ifg)
        rad, not referenced; with the contribution of the reference image taken off, the null
        column is 0 by definition.

    Raises
    ------
    ArtifactError
        A part is not available.

    Notes
    -----
    StaMPS routine ``ps_plot``, value types ``u...`` and ``v...``.
    """
    phase: Float32 = np.asarray(_without_parts(parts, letters))
    if "o" in letters:
        whole = Rows(phase.shape, phase.dtype, phase.__getitem__)
        deramped = deramp(whole, parts.pixels.xy[:, 1:], degree=parts.deramp_degree)[0]
        for rows in row_blocks(phase):
            phase[rows] = deramped[rows]
        if set("mas") & set(letters):
            phase[:, parts.columns.null_columns] = 0
    return phase


def corrected_rows(parts: PhaseParts, letters: str) -> Matrix:
    """Give what :func:`corrected_phase` gives, as far in memory as the parts are; planes need all.

    Parameters
    ----------
    parts : PhaseParts
    letters : str
        Of :data:`PARTS`, any order.

    Raises
    ------
    ArtifactError
        A part is not available.
    """
    return corrected_phase(parts, letters) if "o" in letters else _without_parts(parts, letters)


def _without_parts(parts: PhaseParts, letters: str) -> Matrix:
    """Give the unwrapped phase without parts; planes are left in it."""
    terms: list[Matrix] = []
    if "s" in letters:
        terms.append(_part(parts.ph_scn, "scn2.mat", stage=8))
    if "m" in letters:
        terms.append(_part(parts.c_ps_uw, "scla2.mat", stage=7)[:, None])
    if "d" in letters:
        terms.append(_part(parts.ph_scla, "scla2.mat", stage=7))
    if "a" in letters:
        if parts.ph_tropo is None:
            raise ArtifactError("tca2.mat: no tropospheric phase is known; make the file first")
        terms.append(parts.ph_tropo)
    is_null = bool(set("mas") & set(letters)) and "o" not in letters

    def give(rows: slice) -> FloatArray:
        phase = np.array(parts.ph_uw[rows])
        for term in terms:  # in single precision, as StaMPS subtracts them
            phase -= term[rows].astype(np.float32)
        if is_null:
            phase[:, parts.columns.null_columns] = 0
        return phase

    return made_from((parts.ph_uw, *terms), parts.ph_uw.shape, parts.ph_uw.dtype, give)


def _part(values: Values | None, file_name: str, *, stage: int) -> Values:
    if values is None:
        raise ArtifactError(f"{file_name}: file is missing; run stage {stage} first")
    return values
