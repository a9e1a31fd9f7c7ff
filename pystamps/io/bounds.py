"""What can be stated about how closely a variable has to equal the original's: rule and bounds.

Rules say what a difference of one element is, and in which unit:

=========== =========================================================================
exact       class, shape and every element; indices, masks, counts, dates, text
number      ``|a - b|`` in the unit of the variable
complex     modulus of ``a - b``; of unit phasors that is the angle between them in rad
position    columns number, x, y: distance in m, infinite where the numbers differ
geographic  columns longitude, latitude in degrees: distance on the ground in m
wrapped     angle in rad, each element up to a multiple of 2 pi
unwrapped   rad, each column up to one multiple of 2 pi (where snaphu began is arbitrary);
            elements that are off by other whole cycles are counted, and the rest compared
velocity    rows constant in rad and slope in rad/day: mm and mm/yr, by the wavelength
=========== =========================================================================

NaN equals NaN only and an infinite number only itself, whatever the rule.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

ComparisonRule = Literal[
    "exact", "number", "complex", "position", "geographic", "wrapped", "unwrapped", "velocity"
]
ToleranceProfile = Literal["strict", "scientific"]


@dataclass(frozen=True, slots=True)
class Bound:
    """How far one variable may lie from the original's, and why; all 0 means exactly equal.

    Attributes
    ----------
    size : float
        Largest difference of one element, in the unit of the rule.
    why : str
        One sentence or less.
    share : float
        Of the magnitude of the golden element, allowed where that is more than ``size``.
    quantile : float or None
        Largest difference of 99 % of the elements.
    mean : float or None
        Largest mean of the differences of a column with their signs, the largest 1 % left out,
        so that a small shift of everything is seen.
    cycles : float
        Share of the elements of a column that may be off by whole cycles.
    """

    size: float
    why: str
    share: float = 0.0
    quantile: float | None = None
    mean: float | None = None
    cycles: float = 0.0

    @property
    def is_exact(self) -> bool:
        """Whether nothing may differ."""
        return self.size == 0 and self.share == 0


@dataclass(frozen=True, slots=True)
class VariableTolerance:
    """How one variable of an artifact is compared.

    Attributes
    ----------
    rule : str
    unit : str
        Of the bounds.
    strict : Bound
        Equality with the original, as measured on whole runs.
    scientific : Bound
        What matters to those who use the results.
    is_final : bool
        Whether it is a result that people take from the stage, not a grid, a cache or a step on
        the way to one.
    """

    rule: ComparisonRule
    unit: str
    strict: Bound
    scientific: Bound
    is_final: bool = True

    def bound(self, profile: ToleranceProfile) -> Bound:
        """Give the bound of a profile.

        Raises
        ------
        ValueError
            There is no such profile.
        """
        bounds = {"strict": self.strict, "scientific": self.scientific}
        if profile not in bounds:
            raise ValueError(f"{profile=} is none of {', '.join(bounds)}")
        return bounds[profile]
