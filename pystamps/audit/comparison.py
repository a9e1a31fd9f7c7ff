"""What a stage has written beside what the original had written: one measurement a variable."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pystamps.arrays import Array
from pystamps.audit.contract import OracleContract
from pystamps.audit.golden import GoldenArtifact, GoldenFile
from pystamps.audit.row_order import PIXEL_FILE, MatchedRows, rows_matched_by_cell
from pystamps.errors import ArtifactError
from pystamps.io.bounds import ToleranceProfile
from pystamps.io.mat import describe_mat, read_mat
from pystamps.verify import compare_variable
from pystamps.verify.forms import dense_array


@dataclass(frozen=True, slots=True)
class Measurement:
    """How far a variable lies from the golden one.

    Attributes
    ----------
    file, variable : str
        ``variable`` is empty where the whole file is meant.
    difference : float
        Largest difference, in ``unit``; infinite where class, shape or gaps differ.
    tolerance : float
        What the profile allows there; 0: exactly equal.
    unit : str
    differing : float
        Share of the elements that are beyond the tolerance.
    quantile, mean : float
        Difference that 99 % of the elements do not exceed, and largest mean of a column, where
        they are beyond what the profile allows; else 0.
    problem : str
        One sentence; empty: within the tolerance.
    """

    file: str
    variable: str
    difference: float = 0.0
    tolerance: float = 0.0
    unit: str = ""
    differing: float = 0.0
    quantile: float = 0.0
    mean: float = 0.0
    problem: str = ""

    @property
    def share(self) -> float:
        """Difference in units of the tolerance: what is worst."""
        if not self.difference:
            return 0.0
        return self.difference / self.tolerance if self.tolerance else math.inf


@dataclass(frozen=True, slots=True)
class StageComparison:
    """Compares the files of one stage with golden ones.

    Attributes
    ----------
    root : Path
        Of our tree.
    contract : OracleContract
    profile : str
        Of the tolerances.
    is_reduced : bool
        Variables that only we have are no difference.
    wavelength_m : float or None
        Of the radar, for velocities.
    is_order_free : bool
        Pixels of the merged data set are matched by their radar cells, and counted where they
        stand in another place.
    """

    root: Path
    contract: OracleContract
    profile: ToleranceProfile
    is_reduced: bool
    wavelength_m: float | None = None
    is_order_free: bool = False

    def measurements(
        self, golden: Sequence[GoldenArtifact], written: Sequence[str]
    ) -> list[Measurement]:
        """Compare all files.

        Parameters
        ----------
        golden : sequence of GoldenArtifact
        written : sequence of str
            What the stage has written, relative to the root.
        """
        matched = self._matched_rows(golden, written)
        found = [] if matched is None else [_order_of_rows(matched)]
        for item in golden:
            if item.name in written:
                found += self._measurements_of_file(item, None if "/" in item.name else matched)
            else:
                found.append(_problem(item.name, "", "the stage has not written it"))
        expected = {item.name for item in golden}
        extra = [] if self.is_reduced else [name for name in written if name not in expected]
        unknown = [name for name in extra if not self.contract.why_one_sided(name, "", "ours")]
        return [*found, *(_problem(name, "", "the original has no such file") for name in unknown)]

    def _matched_rows(
        self, golden: Sequence[GoldenArtifact], written: Sequence[str]
    ) -> MatchedRows | None:
        """Match the pixels where their order is free; None where rows are compared as they are."""
        files = [item for item in golden if item.name == PIXEL_FILE and item.name in written]
        if not self.is_order_free or not files or not isinstance(files[0], GoldenFile):
            return None
        return rows_matched_by_cell(self.root / PIXEL_FILE, files[0].path)

    def _measurements_of_file(
        self, item: GoldenArtifact, matched: MatchedRows | None
    ) -> Iterator[Measurement]:
        path = self.root / item.name
        found, expected = describe_mat(path), item.variables()
        for name in sorted({*found, *expected}):
            if name in found and name in expected:
                yield self._measurement(path, item, name, matched)
            elif name in expected or not self.is_reduced:
                yield from self._one_sided(item.name, name, is_ours=name in found)

    def _one_sided(self, file: str, variable: str, *, is_ours: bool) -> Iterator[Measurement]:
        """Report a variable that one side lacks, where the contract does not name it."""
        if not self.contract.why_one_sided(file, variable, "ours" if is_ours else "theirs"):
            lacking = "the original has no such variable" if is_ours else "variable is missing"
            yield _problem(file, variable, lacking)

    def _measurement(
        self, path: Path, item: GoldenArtifact, name: str, matched: MatchedRows | None
    ) -> Measurement:
        """Compare one variable: class and size of the whole, then what the golden side keeps."""
        size, matlab_class = describe_mat(path)[name]
        golden_size, golden_class = item.variables()[name]
        is_stored_otherwise = {matlab_class, golden_class} == {"logical", "uint8"}
        if matlab_class != golden_class and not (self.is_reduced and is_stored_otherwise):
            problem = f"class {matlab_class} instead of {golden_class}"
            return _problem(item.name, name, problem)
        if golden_class != "char" and size != golden_size:
            shown = " x ".join(map(str, size)), " x ".join(map(str, golden_size))
            return _problem(item.name, name, f"size {shown[0]} instead of {shown[1]}")
        try:
            ours = item.part(name, read_mat(path, [name])[name])
            theirs = item.values(name)
        except ArtifactError as error:
            return _problem(item.name, name, str(error))
        if golden_class != "char":
            theirs = _as_stored(theirs, ours)
            if matched is not None:
                ours = matched.matched(name, dense_array(ours), matched.ours)
                theirs = matched.matched(name, theirs, matched.theirs)
        return self._compared_values(item.name, name, ours, theirs)

    def _compared_values(self, file: str, name: str, ours: Any, theirs: Any) -> Measurement:
        compared = compare_variable(
            file, name, ours, theirs, profile=self.profile, wavelength_m=self.wavelength_m
        )
        wrong = [item for item in compared.differences if item.kind != "storage"]
        kinds = {item.kind for item in wrong}
        has_size = kinds <= {"values", "quantile", "mean"}  # cycles and forms have none
        return Measurement(
            file,
            name,
            compared.worst if has_size else math.inf,
            compared.tolerance,
            compared.unit,
            compared.n_different / max(1, compared.n_elements),
            (compared.quantile or 0.0) if "quantile" in kinds else 0.0,
            (compared.mean or 0.0) if "mean" in kinds else 0.0,
            "; ".join(item.sentence for item in wrong),
        )


def _problem(file: str, variable: str, text: str) -> Measurement:
    """Give what cannot be measured: something is missing, or has another class or size."""
    return Measurement(file, variable, math.inf, differing=1.0, problem=text)


def _order_of_rows(matched: MatchedRows) -> Measurement:
    """Tell how many rows hold another pixel."""
    number = matched.n_elsewhere
    share = number / max(1, matched.ours.size)
    problem = f"{number} of {matched.ours.size} rows hold another pixel" if number else ""
    return Measurement(
        PIXEL_FILE, "order of rows", number, unit="rows", differing=share, problem=problem
    )


def _as_stored(golden: Any, ours: Any) -> Array:
    """Give golden values in the class that both files state; the compact tree has smaller ones."""
    stored: Array = dense_array(golden).astype(ours.dtype)
    return stored
