"""Comparison of two data set trees: every MAT file, every variable, and the parameters."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pystamps.config import Tolerance
from pystamps.errors import ArtifactError, DatasetError, ParameterError
from pystamps.io.bounds import ToleranceProfile
from pystamps.io.mat import describe_mat, read_mat
from pystamps.io.stage_records import replayed_files
from pystamps.verify.kept import file_not_kept, variables_not_kept
from pystamps.verify.known import reason_of_difference
from pystamps.verify.parameters import ParameterComparison, compare_parameters, wavelength_of
from pystamps.verify.records import VariableComparison, VariableDifference
from pystamps.verify.report import VerifyReport
from pystamps.verify.selection import (
    LeftOut,
    WantedFiles,
    is_of_no_stage,
    is_parameter_file,
    mat_files,
    stage_of,
)
from pystamps.verify.variables import compare_variable

_NO_TOLERANCE_GIVEN = Tolerance()


def verify_trees(
    run: Path,
    golden: Path | Sequence[Path],
    *,
    profile: ToleranceProfile = "strict",
    through_stage: int | None = None,
    files: Collection[str] | None = None,
    final_products_only: bool = False,
    tolerance: Tolerance = _NO_TOLERANCE_GIVEN,
    allow_extra: bool = False,
) -> VerifyReport:
    """Compare the MAT files and the parameters of a run with golden ones.

    Parameters
    ----------
    run : Path
        Root of a data set.
    golden : Path or sequence of Path
        One tree, or stage folders to lay on top of each other (later ones win).
    profile : str
        ``strict`` (equality with the original) or ``scientific`` (what matters to users): the
        column of ``docs/tolerances.md`` that counts.
    through_stage : int, optional
        Compare only what stages 1 to this write, by pySTAMPS' assignment of files to stages.
    files : collection of str, optional
        Patterns of file names (``pm1.mat``) or relative paths (``PATCH_1/*``).
    final_products_only : bool
        Leave out grids, caches and steps on the way to a result.
    tolerance : Tolerance
        What is allowed beside the profile.
    allow_extra : bool
        Files and variables that only the run has are no difference (a reduced golden tree).

    Returns
    -------
    VerifyReport

    Raises
    ------
    DatasetError
        A tree does not exist, or there is nothing to compare.
    """
    layers = (golden,) if isinstance(golden, Path) else tuple(golden)
    files_wanted = WantedFiles(through_stage, files, final_products_only)
    ours, theirs = mat_files([run]), mat_files(layers)
    names = sorted({*ours, *theirs})
    wanted = [name for name in names if not files_wanted.reason_to_leave_out(name)]
    if not wanted:
        raise DatasetError(f"{run}: no MAT file to compare; check the trees, --files and the stage")
    found = _Findings(
        [LeftOut(n, (), files_wanted.reason_to_leave_out(n)) for n in names if n not in wanted]
    )
    if not files_wanted.reason_to_leave_out("parms.mat"):
        _compare_parameters(found, run, layers, stages=_stages(wanted))
    comparer = _Comparer(profile, tolerance, files_wanted, (run, *layers))
    for name in (name for name in wanted if not is_parameter_file(name)):
        if is_of_no_stage(name):
            found.differences.append(VariableDifference(name, "", "no stage"))
        elif name in ours and name in theirs:
            comparer.compare_files(found, name, ours[name], theirs[name])
        elif name in theirs and (not_kept := file_not_kept(run, name)) is not None:
            found.left_out.append(not_kept)
        else:
            found.differences.append(_one_sided(name, theirs.get(name)))
    kept = [item for item in found.differences if not (allow_extra and item.kind == "extra")]
    reasons = [(item, reason_of_difference(item, profile)) for item in kept]
    return VerifyReport(
        run,
        layers,
        profile,
        tolerance,
        tuple(found.files),
        tuple(found.comparisons),
        tuple(found.parameters),
        tuple(item for item, reason in reasons if not reason),
        tuple((item, reason) for item, reason in reasons if reason),
        tuple(found.left_out),
        {name: source for name, source in replayed_files(run).items() if name in found.files},
    )


@dataclass(slots=True)
class _Findings:
    """What was found so far."""

    left_out: list[LeftOut]
    files: list[str] = field(default_factory=list)
    comparisons: list[VariableComparison] = field(default_factory=list)
    parameters: list[ParameterComparison] = field(default_factory=list)
    differences: list[VariableDifference] = field(default_factory=list)


def _stages(names: Iterable[str]) -> frozenset[int]:
    """Give the numbers of the stages on which these files depend, as parameters list them."""
    return frozenset(range(1, max(stage_of(name) for name in names) + 1))


def _compare_parameters(
    found: _Findings, run: Path, layers: Sequence[Path], *, stages: frozenset[int]
) -> None:
    try:
        found.parameters += compare_parameters(run, layers, stages=stages)
    except DatasetError as error:  # a folder of one stage has no parameters
        found.left_out.append(LeftOut("parms.mat", (), str(error)))
    except (ParameterError, ArtifactError) as error:
        found.differences.append(VariableDifference("parms.mat", "", "unreadable", str(error)))
    found.differences += [
        VariableDifference(item.file, item.name, "parameter", item.found, item.expected)
        for item in found.parameters
        if item.counts and not item.is_equal
    ]


@dataclass(frozen=True, slots=True)
class _Comparer:
    """How files are compared."""

    profile: ToleranceProfile
    tolerance: Tolerance
    files_wanted: WantedFiles
    trees: tuple[Path, ...]

    def compare_files(self, found: _Findings, name: str, ours: Path, theirs: Path) -> None:
        """Compare two files variable by variable, so that no file has to fit into memory whole."""
        found.files.append(name)
        try:
            our_variables, their_names = describe_mat(ours), list(describe_mat(theirs))
        except ArtifactError as error:
            found.differences.append(VariableDifference(name, "", "unreadable", str(error)))
            return
        shapes = {key: shape for key, (shape, _) in our_variables.items()}
        parts = (
            self.files_wanted.variables_left_out(name, {*shapes, *their_names}),
            variables_not_kept(self.trees[0], name, shapes),
        )
        found.left_out += [part for part in parts if part.variables]
        dropped = {variable for part in parts for variable in part.variables}
        for key in (key for key in shapes if key not in {*their_names, *dropped}):
            found.differences.append(VariableDifference(name, key, "extra"))
        for key in (key for key in their_names if key not in dropped):
            if key not in shapes:
                found.differences.append(VariableDifference(name, key, "missing"))
                continue
            try:
                found.comparisons.append(self._compare(name, key, ours, theirs))
                found.differences += found.comparisons[-1].differences
            except (ArtifactError, ParameterError) as error:  # damaged, or a cell or structure
                found.differences.append(VariableDifference(name, key, "unreadable", str(error)))

    def _compare(self, name: str, key: str, ours: Path, theirs: Path) -> VariableComparison:
        values = (read_mat(path, [key])[key] for path in (ours, theirs))
        return compare_variable(
            name,
            key,
            *values,
            profile=self.profile,
            tolerance=self.tolerance,
            wavelength_m=wavelength_of(self.trees) if name == "mean_v.mat" else None,
        )


def _one_sided(name: str, theirs: Path | None) -> VariableDifference:
    """Tell of a file that is in one tree only: extra, missing, or an empty placeholder."""
    if theirs is None:
        return VariableDifference(name, "", "extra")
    try:
        sizes = [size for size, _ in describe_mat(theirs).values()]
    except ArtifactError as error:
        return VariableDifference(name, "", "unreadable", str(error))
    is_empty = all(math.prod(size) == 0 for size in sizes)
    return VariableDifference(name, "", "placeholder" if is_empty else "missing")
