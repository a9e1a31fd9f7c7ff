"""The outcome of a comparison of two trees."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from pystamps.config import Tolerance
from pystamps.io.bounds import ToleranceProfile
from pystamps.verify.parameters import ParameterComparison
from pystamps.verify.records import VariableComparison, VariableDifference
from pystamps.verify.selection import LeftOut


@dataclass(frozen=True, slots=True)
class VerifyReport:
    """Outcome of a comparison.

    Attributes
    ----------
    run : Path
    golden : tuple of Path
        Later ones lay on top of earlier ones.
    profile : str
    tolerance : Tolerance
        What the user allowed beside the profile.
    files : tuple of str
        Files that both trees have and that were compared.
    comparisons : tuple of VariableComparison
        Every variable of these, equal or not.
    parameters : tuple of ParameterComparison
        Effective values of every StaMPS parameter in both trees.
    differences : tuple of VariableDifference
    known : tuple of (VariableDifference, str)
        Differences that are meant to be, with the reason.
    left_out : tuple of LeftOut
        What was not asked for.
    replayed : mapping of str to str
        Compared files that are no results of the run but copies, to the folder of their reference.
    """

    run: Path
    golden: tuple[Path, ...]
    profile: ToleranceProfile
    tolerance: Tolerance
    files: tuple[str, ...]
    comparisons: tuple[VariableComparison, ...]
    parameters: tuple[ParameterComparison, ...]
    differences: tuple[VariableDifference, ...]
    known: tuple[tuple[VariableDifference, str], ...]
    left_out: tuple[LeftOut, ...]
    replayed: Mapping[str, str] = field(default_factory=dict)

    @property
    def n_variables(self) -> int:
        """Number of variables that were compared."""
        return len(self.comparisons)

    @property
    def is_equal(self) -> bool:
        """Whether nothing differs but what is meant to."""
        return not self.differences

    @property
    def is_certified(self) -> bool:
        """Whether the run itself has made all that was compared, and it is equal."""
        return self.is_equal and not self.replayed

    @property
    def replay_sentence(self) -> str:
        """Which of the compared files prove nothing, for people; empty when all do."""
        if not self.replayed:
            return ""
        sources = ", ".join(sorted(set(self.replayed.values())))
        names = ", ".join(self.replayed)
        return f"not certified: {len(self.replayed)} artifacts are replayed from {sources}: {names}"

    def to_mapping(self) -> dict[str, Any]:
        """Give the report as plain lists and texts for JSON; infinite differences become null."""
        return {
            "run": str(self.run),
            "golden": [str(path) for path in self.golden],
            "profile": self.profile,
            "tolerance": asdict(self.tolerance),
            "equal": self.is_equal,
            "certified": self.is_certified,
            "replayed": dict(self.replayed),
            "files": list(self.files),
            "n_variables": self.n_variables,
            "differences": [_finite(asdict(item)) for item in self.differences],
            "known": [_finite(asdict(item)) | {"reason": why} for item, why in self.known],
            "comparisons": [_plain(item) for item in self.comparisons],
            "parameters": [asdict(item) for item in self.parameters],
            "left_out": [asdict(item) for item in self.left_out],
        }


def _plain(comparison: VariableComparison) -> dict[str, Any]:
    plain = _finite(asdict(comparison))
    plain["differences"] = [item.kind for item in comparison.differences]
    return plain | {"equal": comparison.is_equal}


def _finite(plain: dict[str, Any]) -> dict[str, Any]:
    return {
        key: None if isinstance(value, float) and not math.isfinite(value) else value
        for key, value in plain.items()
    }
