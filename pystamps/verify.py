"""Comparison of two data set trees: every MAT file, every variable, class, shape and value."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict, dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from pystamps.config import Tolerance
from pystamps.errors import ArtifactError, DatasetError
from pystamps.io.mat import describe_mat, read_mat
from pystamps.stage_table import stage_that_makes
from pystamps.verify_rules import VariableDifference, compare_values

_NO_TOLERANCE_GIVEN = Tolerance()
_BARE_NAMES = ("psver", "parms", "localparms", "no_ps_info", "mean_v")
"""Files that the original run in Octave saves without ``.mat``."""


@dataclass(frozen=True, slots=True)
class KnownDifference:
    """A difference that is meant to be.

    Attributes
    ----------
    file, variable : str
        Patterns; ``variable`` is empty where the whole file is meant.
    kinds : tuple of str
        Kinds of :class:`~pystamps.verify_rules.VariableDifference` that are meant.
    reason : str
    """

    file: str
    variable: str
    kinds: tuple[str, ...]
    reason: str


KNOWN_DIFFERENCES = (
    KnownDifference(
        "*parms.mat", "*", ("missing", "extra", "class", "shape", "text", "values"),
        "settings, not results: the time of creation, and defaults that either side fills in",
    ),
    KnownDifference(
        "*weed1.mat", "ps_*", ("fragile",),
        "variance over arcs depends on the direction in which the Delaunay program lists them",
    ),
    KnownDifference(
        "*.mat", "msd", ("fragile",),
        "mean over the differences that are not exactly zero: rounding decides how many",
    ),
    KnownDifference(
        "*.mat", "*", ("storage",),
        "logicals saved as bytes by a program that has no such class",
    ),
    KnownDifference(
        "*pm1.mat", "weighting", ("missing", "extra"),
        "weights of an iteration that did not follow; versions of StaMPS differ in saving them",
    ),
    KnownDifference(
        "*2.mat", "", ("placeholder",),
        "StaMPS writes an empty inc2 (la2, hgt2) where no patch has one",
    ),
    KnownDifference(
        "mean_v.mat", "", ("missing", "extra"),
        "a product: StaMPS makes it when it is asked for",
    ),
    KnownDifference(
        "*no_ps_info.mat", "", ("missing", "extra"),
        "bookkeeping of the driver; StaMPS also leaves one in the root",
    ),
    KnownDifference(
        "*psver.mat", "psver", ("values",),
        "generation of the files: depends on the stage at which the run ended, not on results",
    ),
)  # fmt: skip
"""Reported apart, never counted as different."""


@dataclass(frozen=True, slots=True)
class VerifyReport:
    """Outcome of a comparison.

    Attributes
    ----------
    run : Path
    golden : tuple of Path
        Later ones lay on top of earlier ones.
    files : tuple of str
        Files that both trees have and that were compared.
    n_variables : int
    differences : tuple of VariableDifference
    known : tuple of (VariableDifference, str)
        Differences that are meant to be, with the reason.
    """

    run: Path
    golden: tuple[Path, ...]
    files: tuple[str, ...]
    n_variables: int
    differences: tuple[VariableDifference, ...]
    known: tuple[tuple[VariableDifference, str], ...]

    @property
    def is_equal(self) -> bool:
        """Whether nothing differs but what is meant to."""
        return not self.differences

    def to_mapping(self) -> dict[str, Any]:
        """Give the report as plain lists and texts for JSON; infinite differences become null."""
        return {
            "run": str(self.run),
            "golden": [str(path) for path in self.golden],
            "equal": self.is_equal,
            "files": list(self.files),
            "n_variables": self.n_variables,
            "differences": [_plain(item) for item in self.differences],
            "known": [_plain(item) | {"reason": reason} for item, reason in self.known],
        }


def _plain(difference: VariableDifference) -> dict[str, Any]:
    plain = asdict(difference)
    return plain | {"largest": plain["largest"] if math.isfinite(plain["largest"]) else None}


def verify_trees(
    run: Path,
    golden: Path | Sequence[Path],
    *,
    through_stage: int | None = None,
    files: Collection[str] | None = None,
    tolerance: Tolerance = _NO_TOLERANCE_GIVEN,
    allow_extra: bool = False,
) -> VerifyReport:
    """Compare the MAT files of a run with golden ones.

    Parameters
    ----------
    run : Path
        Root of a data set.
    golden : Path or sequence of Path
        One tree, or stage folders to lay on top of each other (later ones win).
    through_stage : int, optional
        Compare only what stages 1 to this write, by pySTAMPS' assignment of files to stages.
    files : collection of str, optional
        Patterns of file names (``pm1.mat``) or relative paths (``PATCH_1/*``).
    tolerance : Tolerance
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
    ours = _mat_files([run])
    theirs = _mat_files(layers)
    wanted = [name for name in sorted({*ours, *theirs}) if _is_wanted(name, through_stage, files)]
    if not wanted:
        raise DatasetError(f"{run}: no MAT file to compare; check the trees, --files and the stage")
    found: list[VariableDifference] = []
    n_variables = 0
    for name in wanted:
        if name not in ours or name not in theirs:
            found.append(VariableDifference(name, "", _one_sided(theirs.get(name))))
            continue
        differences, n_compared = _compare_files(name, ours[name], theirs[name], tolerance)
        found += differences
        n_variables += n_compared
    if allow_extra:
        found = [item for item in found if item.kind != "extra"]
    reasons = [(item, _reason(item)) for item in found]
    return VerifyReport(
        run,
        layers,
        tuple(name for name in wanted if name in ours and name in theirs),
        n_variables,
        tuple(item for item, reason in reasons if not reason),
        tuple((item, reason) for item, reason in reasons if reason),
    )


def _mat_files(layers: Iterable[Path]) -> dict[str, Path]:
    """Give the MAT files of root and patches by relative name; later layers win."""
    found: dict[str, Path] = {}
    for layer in layers:
        if not layer.is_dir():
            raise DatasetError(f"{layer}: not a directory; give the root of a data set")
        for folder in [layer, *sorted(path for path in layer.iterdir() if _is_patch(path))]:
            for path in sorted(folder.iterdir()):
                if path.suffix == ".mat" and not path.name.startswith("."):
                    found[path.relative_to(layer).as_posix()] = path
                elif path.name in _BARE_NAMES and not path.with_suffix(".mat").is_file():
                    found[f"{path.relative_to(layer).as_posix()}.mat"] = path
    return found


def _is_patch(path: Path) -> bool:
    return path.is_dir() and not path.name.startswith(".") and path.name != "figures"


def _is_wanted(name: str, through_stage: int | None, files: Collection[str] | None) -> bool:
    base = name.rpartition("/")[2]
    if files is not None and not any(
        fnmatchcase(name, pattern) or fnmatchcase(base, pattern) for pattern in files
    ):
        return False
    return through_stage is None or stage_of(name) <= through_stage


def stage_of(name: str) -> int:
    """Give the step that writes a file; 0 for bookkeeping files, which belong to all stages.

    Parameters
    ----------
    name : str
        Relative to the root, for example ``PATCH_1/pm1.mat``.
    """
    stage = stage_that_makes(name)
    return 0 if stage is None else stage.step


def _compare_files(
    name: str, ours: Path, theirs: Path, tolerance: Tolerance
) -> tuple[list[VariableDifference], int]:
    """Compare two files variable by variable, so that no file has to fit into memory whole."""
    try:
        found, golden = describe_mat(ours), describe_mat(theirs)
    except ArtifactError as error:
        return [VariableDifference(name, "", "unreadable", str(error))], 0
    differences = [VariableDifference(name, key, "extra") for key in found if key not in golden]
    differences += [VariableDifference(name, key, "missing") for key in golden if key not in found]
    common = [key for key in golden if key in found]
    for key in common:
        try:
            values = (read_mat(path, [key])[key] for path in (ours, theirs))
            differences += compare_values(name, key, *values, tolerance=tolerance)
        except ArtifactError as error:  # damaged, or no array but a cell or structure
            differences.append(VariableDifference(name, key, "unreadable", str(error)))
    return differences, len(common)


def _one_sided(theirs: Path | None) -> str:
    """Tell why a file is in one tree only: extra, missing, or an empty placeholder."""
    if theirs is None:
        return "extra"
    sizes = [size for size, _ in describe_mat(theirs).values()]
    return "placeholder" if all(math.prod(size) == 0 for size in sizes) else "missing"


def _reason(item: VariableDifference) -> str:
    """Give the reason of a known difference, "" for a real one."""
    for known in KNOWN_DIFFERENCES:
        if (
            item.kind in known.kinds
            and fnmatchcase(item.file, known.file)
            and fnmatchcase(item.variable, known.variable)
        ):
            return known.reason
    return ""
