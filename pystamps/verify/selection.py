"""Which files and variables of two trees are compared, and what is left out for which reason."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from pystamps.errors import DatasetError
from pystamps.io.tolerances import TOLERANCES, kind_of_file, tolerance_of
from pystamps.stage_table import is_bookkeeping, stage_that_makes

_BARE_NAMES = ("psver", "parms", "localparms", "no_ps_info", "mean_v")
"""Files that the original run in Octave saves without ``.mat``."""

_PARAMETERS = ("parms.mat", "localparms.mat")
_NOT_FINAL = "grids, caches and steps on the way to a result (--final-products-only)"


@dataclass(frozen=True, slots=True)
class LeftOut:
    """What was not compared because of what was asked for.

    Attributes
    ----------
    file : str
    variables : tuple of str
        Empty where the whole file is meant.
    reason : str
    """

    file: str
    variables: tuple[str, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class WantedFiles:
    """What is asked for.

    Attributes
    ----------
    through_stage : int or None
        The files of stages 1 to this only.
    files : collection of str or None
        Patterns of names (``pm1.mat``) or of paths relative to the root (``PATCH_1/*``).
    final_products_only : bool
        Results that people take from a stage, no grids, caches and steps on the way to them.
    """

    through_stage: int | None = None
    files: Collection[str] | None = None
    final_products_only: bool = False

    def reason_to_leave_out(self, name: str) -> str:
        """Give why a file is not wanted, "" where it is."""
        base = name.rpartition("/")[2]
        if self.files is not None and not any(
            fnmatchcase(name, pattern) or fnmatchcase(base, pattern) for pattern in self.files
        ):
            return "not among --files"
        if self.through_stage is not None and stage_of(name) > self.through_stage:
            return f"of a stage after {self.through_stage} (--through-stage)"
        kind = kind_of_file(name)
        if self.final_products_only and kind is not None:
            is_final = any(tolerance.is_final for tolerance in TOLERANCES[kind].values())
            return "" if is_final else _NOT_FINAL
        return ""

    def variables_left_out(self, name: str, variables: Iterable[str]) -> LeftOut:
        """Give the variables of a wanted file that are left out."""
        dropped = sorted(
            variable
            for variable in variables
            if self.final_products_only and not tolerance_of(name, variable).is_final
        )
        return LeftOut(name, tuple(dropped), _NOT_FINAL)


def mat_files(layers: Iterable[Path]) -> dict[str, Path]:
    """Give the MAT files of root and patches by relative name; later layers win.

    Raises
    ------
    DatasetError
        A layer is no directory.
    """
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


def stage_of(name: str) -> int:
    """Give the step that writes a file; 0 for files of no stage, which belong to all of them.

    Parameters
    ----------
    name : str
        Relative to the root, for example ``PATCH_1/pm1.mat``.
    """
    stage = stage_that_makes(name)
    return 0 if stage is None else stage.step


def is_of_no_stage(name: str) -> bool:
    """Tell whether a file is neither a result nor a note of StaMPS (``ps_plot_v.mat``)."""
    return stage_that_makes(name) is None and not is_bookkeeping(name)


def is_parameter_file(name: str) -> bool:
    """Tell whether a file holds parameters, which are compared by their effective values."""
    return name.rpartition("/")[2] in _PARAMETERS
