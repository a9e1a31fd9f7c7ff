"""What a comparison found: one record per variable, and one per thing that differs."""

from __future__ import annotations

from dataclasses import dataclass

from pystamps.io.bounds import ComparisonRule

DIFFERENCE_KINDS = {
    "missing": "the run lacks a file or a variable; run the stage that makes it",
    "extra": "only the run has it; --allow-extra where the golden tree is a reduced one",
    "placeholder": "the golden file is empty and the run has none",
    "unreadable": "a file is damaged, no MAT file, or holds what is no array; the sentence says "
    "which; make or copy it again",
    "no stage": "no stage makes the file; not compared, never counted",
    "class": "another MATLAB class; a program of another version wrote it",
    "storage": "logicals as bytes; never counted",
    "precision": "single instead of double precision or the other way round; the processor that "
    "made the stack decides it",
    "shape": "other numbers of pixels, interferograms or arcs; the first stage with this kind "
    "decided otherwise, all later ones follow",
    "text": "another text",
    "values": "at least one element is beyond the tolerance, or NaN or infinite in one tree only",
    "quantile": "more than 1 % of the elements lie beyond what only few extreme ones may",
    "mean": "everything is shifted, each element by less than it alone might be",
    "cycles": "pixels are off by whole cycles: the phase was unwrapped another way there",
    "parameter": "a parameter that changes results has another value; "
    "`pystamps params --dataset D` says where it comes from",
}
"""What each kind of difference means, and what to do about it."""


@dataclass(frozen=True, slots=True)
class VariableDifference:
    """One thing that differs.

    Attributes
    ----------
    file, variable : str
        ``variable`` is empty where the whole file is meant.
    kind : str
        One of :data:`DIFFERENCE_KINDS`.
    found, expected : str
        Class, shape, the worst element of both, or what was measured and what is allowed.
    n_different, n_elements : int
    index : tuple of int
        0-based position of the worst element.
    largest : float
        Its difference in ``unit``; infinite where only one of the two is NaN.
    rule, unit : str
    tolerance : float
        What is allowed there.
    """

    file: str
    variable: str
    kind: str
    found: str = ""
    expected: str = ""
    n_different: int = 0
    n_elements: int = 0
    index: tuple[int, ...] = ()
    largest: float = 0.0
    rule: str = ""
    unit: str = ""
    tolerance: float = 0.0

    @property
    def sentence(self) -> str:
        """What differs, for people."""
        unit = f" {self.unit}" if self.unit else ""
        if self.kind == "values":
            return (
                f"{self.found} instead of {self.expected} at {list(self.index)}, difference "
                f"{self.largest:.3g}{unit}, allowed {self.tolerance:.3g}{unit}; "
                f"{self.n_different} of {self.n_elements} elements differ ({self.rule})"
            )
        if self.kind == "cycles":
            return (
                f"{self.n_different} of {self.n_elements} elements off by whole cycles "
                f"({self.found}), allowed {self.tolerance:.0f} of a column"
            )
        if self.kind in ("quantile", "mean"):
            name = "99 % quantile" if self.kind == "quantile" else "mean"
            return f"{name} of the differences {self.found}{unit}, allowed {self.expected}{unit}"
        if self.kind in ("class", "storage", "precision", "shape", "text", "parameter"):
            return f"{self.kind} {self.found} instead of {self.expected}"
        return f"{self.kind} {self.found}".strip()


@dataclass(frozen=True, slots=True)
class VariableComparison:
    """What the comparison of one variable found, also where it is equal.

    Attributes
    ----------
    file, variable : str
    rule, unit, why : str
        As :class:`~pystamps.io.bounds.VariableTolerance` and its bound.
    n_elements, n_unequal, n_different : int
        All, those not exactly equal, those beyond the tolerance.
    worst, tolerance : float
        Difference of the worst element, and what is allowed there; infinite where only one of
        the two is NaN.
    index : tuple of int
        Where that is, 0-based; empty where nothing was compared.
    found, expected : str
        The worst element, or class, shape or text of the whole.
    quantile, quantile_tolerance : float or None
        Difference that 99 % of the elements do not exceed; None with fewer than 100 elements or
        without a bound.
    mean, mean_tolerance : float or None
        Largest mean of a column, the largest 1 % of the differences left out.
    cycles : tuple of int
        Elements of each column that are off by whole cycles (unwrapped phases).
    cycle_tolerance : int
        How many of a column may be.
    constants : tuple of int
        Cycles that were removed from each column (unwrapped phases).
    differences : tuple of VariableDifference
        What is wrong; none where the variable is equal.
    """

    file: str
    variable: str
    rule: ComparisonRule = "exact"
    unit: str = ""
    why: str = ""
    n_elements: int = 0
    n_unequal: int = 0
    n_different: int = 0
    worst: float = 0.0
    tolerance: float = 0.0
    index: tuple[int, ...] = ()
    found: str = ""
    expected: str = ""
    quantile: float | None = None
    quantile_tolerance: float | None = None
    mean: float | None = None
    mean_tolerance: float | None = None
    cycles: tuple[int, ...] = ()
    cycle_tolerance: int = 0
    constants: tuple[int, ...] = ()
    differences: tuple[VariableDifference, ...] = ()

    @property
    def is_equal(self) -> bool:
        """Whether nothing is beyond its tolerance."""
        return not self.differences
