"""The data set tree: root and patches, and which files every stage writes.

``STAGES`` is the one place from which rules, status and reports take file names.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Literal

from pystamps.errors import DatasetError
from pystamps.processors.names import angle_name

Scope = Literal["patch", "merged"]

PATCH_LIST = "patch.list"
TRUTH_NAME = "truth.h5"
"""What a simulated data set was made from, where it lies in the root."""

STAGING = Path(".pystamps", "stage0")
"""Where a preparation writes before it moves its files into place."""
STAGING_COMPLETE = "COMPLETE"
PREPARATION_RECORD = Path(".pystamps", "preparation.json")
"""What a data set was prepared from."""
_ANGLE = "{angle}"  # la, or inc for ISCE


@dataclass(frozen=True, slots=True)
class StageFiles:
    """What one stage writes.

    Attributes
    ----------
    name : str
        Rule name.
    step : int
        Number of the stage in StaMPS, 1 to 8.
    scope : str
        patch or merged (data set root).
    files : tuple of str
        File names relative to the patch or root; ``{angle}`` is la or inc.
    marker : str
        The file that shows that the stage is done; the last that is written.
    optional : tuple of str
        Those of ``files`` that a data set may lack.
    title : str
        What the stage does, for people.
    """

    name: str
    step: int
    scope: Scope
    files: tuple[str, ...]
    marker: str
    optional: tuple[str, ...] = ()
    title: str = ""

    def outputs(self, processor: str) -> tuple[str, ...]:
        """Give the file names for a processor."""
        return tuple(file.replace(_ANGLE, angle_name(processor)) for file in self.files)

    def required(self, processor: str) -> tuple[str, ...]:
        """Give the names of the files that every data set has."""
        files = tuple(file for file in self.files if file not in self.optional)
        return tuple(file.replace(_ANGLE, angle_name(processor)) for file in files)


_OPTIONAL_1 = ("da1.mat", "hgt1.mat", _ANGLE + "1.mat")
_OPTIONAL_2 = ("hgt2.mat", _ANGLE + "2.mat")
_SELECTED = (
    "ps2.mat",
    "ph2.mat",
    "pm2.mat",
    "bp2.mat",
    "hgt2.mat",
    _ANGLE + "2.mat",
    "rc2.mat",
)
STAGES = (
    StageFiles(
        "stage1_load",
        1,
        "patch",
        ("ps1.mat", "ph1.mat", "bp1.mat", "hgt1.mat", "da1.mat", _ANGLE + "1.mat"),
        "ps1.mat",
        _OPTIONAL_1,
        "load the candidates",
    ),
    StageFiles(
        "stage2_gamma", 2, "patch", ("pm1.mat",), "pm1.mat", title="estimate the phase noise"
    ),
    StageFiles(
        "stage3_select", 3, "patch", ("select1.mat",), "select1.mat", title="select stable pixels"
    ),
    StageFiles("stage4_weed", 4, "patch", ("weed1.mat",), "weed1.mat", title="weed noisy pixels"),
    StageFiles(
        "stage5_correct",
        5,
        "patch",
        _SELECTED,
        "rc2.mat",
        _OPTIONAL_2,
        "correct the phase of a patch",
    ),
    StageFiles(
        "stage5_merge",
        5,
        "merged",
        (*_SELECTED, "ifgstd2.mat"),
        "ifgstd2.mat",
        _OPTIONAL_2,
        "merge the patches",
    ),
    StageFiles(
        "stage6_unwrap",
        6,
        "merged",
        ("uw_grid.mat", "uw_interp.mat", "uw_phaseuw.mat", "phuw2.mat"),
        "phuw2.mat",
        title="unwrap the phase",
    ),
    StageFiles(
        "stage7_scla",
        7,
        "merged",
        ("scla2.mat", "scla_smooth2.mat"),
        "scla2.mat",
        title="estimate the look-angle error",
    ),
    StageFiles(
        "stage8_filter",
        8,
        "merged",
        ("scn2.mat", "uw_space_time.mat"),
        "uw_space_time.mat",
        title="filter spatially correlated noise",
    ),
    StageFiles(
        "product_mean_velocity",
        8,
        "merged",
        ("mean_v.mat",),
        "mean_v.mat",
        title="mean velocity per pixel",
    ),
)
"""All stages in the order of the work; mean velocity is part of step 8 for users."""


def stage_files(stage: str) -> StageFiles:
    """Give the files of a stage by its rule name.

    Raises
    ------
    ValueError
        There is no such stage.
    """
    for entry in STAGES:
        if entry.name == stage:
            return entry
    raise ValueError(f"{stage=} is none of {', '.join(entry.name for entry in STAGES)}")


def stages_of_step(step: int, scope: Scope | None = None) -> tuple[StageFiles, ...]:
    """Give the stages of a StaMPS step, in order; step 5 has one per scope, step 8 two."""
    return tuple(e for e in STAGES if e.step == step and scope in (None, e.scope))


def stage_outputs(stage: str, processor: str) -> tuple[str, ...]:
    """Give the names of the files that a stage writes, relative to its patch or root."""
    return stage_files(stage).outputs(processor)


def expected_stage_artifact(step_or_stage: int | str, scope: Scope = "patch") -> str:
    """Give the name of the file that shows that a stage is done.

    Parameters
    ----------
    step_or_stage : int or str
        1 to 8, or a rule name (then ``scope`` does not matter).
    scope : str
        patch or merged.

    Raises
    ------
    ValueError
        The stage does not exist in that scope.
    """
    if isinstance(step_or_stage, str):
        return stage_files(step_or_stage).marker
    found = stages_of_step(step_or_stage, scope)
    if not found:
        raise ValueError(f"step {step_or_stage} has no stage of scope {scope!r}")
    return found[0].marker


@dataclass(frozen=True, slots=True)
class Patch:
    """One patch: its name in ``patch.list`` and its directory."""

    name: str
    directory: Path


@dataclass(frozen=True, slots=True)
class Dataset:
    """A data set on disk.

    Attributes
    ----------
    root : Path
        Absolute.
    patches : tuple of Patch
        In the order of ``patch.list``, which is the order of merging.
    is_single_patch : bool
        There are no patch directories; the root itself is the only patch, named ".".
    """

    root: Path
    patches: tuple[Patch, ...]
    is_single_patch: bool = False


def discover_dataset(root: Path) -> Dataset:
    """Find the patches of a data set; ``patch.list`` decides, else the names ``PATCH_*``.

    Parameters
    ----------
    root : Path

    Raises
    ------
    DatasetError
        The directory is no data set, or ``patch.list`` names what is not a directory in it.
    """
    root = Path(root).resolve()
    if not root.is_dir():
        raise DatasetError(f"{root}: no such directory; give the root of a data set")
    if (root / STAGING / STAGING_COMPLETE).is_file():
        raise DatasetError(
            f"{root}: its preparation was interrupted while files were moved into place; run "
            "pystamps prep again, it finishes at once"
        )
    listed = root / PATCH_LIST
    if listed.is_file():
        return Dataset(root, _listed_patches(root, _names_in(listed)))
    found = [path for path in root.glob("PATCH_*") if path.is_dir()]
    if found:
        names = sorted((path.name for path in found), key=_numeric_order)
        return Dataset(root, _listed_patches(root, names))
    if (root / "pscands.1.ij").is_file() or (root / "ps1.mat").is_file():
        _refuse_patch_of_another(root)
        return Dataset(root, (Patch(".", root),), is_single_patch=True)
    raise DatasetError(
        f"{root}: not a data set; expected {PATCH_LIST}, or directories PATCH_1, PATCH_2, ... as "
        "the StaMPS preparation makes them"
    )


def _names_in(listed: Path) -> list[str]:
    """Read the names of ``patch.list``; blank lines and Windows line ends do not count."""
    try:
        lines = listed.read_text(encoding="utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        raise DatasetError(f"{listed}: not a text file; one patch name per line") from error
    names = [line.strip() for line in lines if line.strip()]
    if not names:
        raise DatasetError(
            f"{listed}: names no patch; write one directory name per line, or delete the file"
        )
    return names


def _listed_patches(root: Path, names: list[str]) -> tuple[Patch, ...]:
    """Check the names of patches and give their directories."""
    patches = [_patch(root, name) for name in names]
    missing = [patch.name for patch in patches if not patch.directory.is_dir()]
    if missing:
        raise DatasetError(
            f"{root / PATCH_LIST}: no such directory: {', '.join(missing)}; "
            "make them, or take them off the list"
        )
    seen: set[str] = set()
    for patch in patches:
        if patch.name in seen:
            raise DatasetError(f"{root / PATCH_LIST}: {patch.name} is listed twice; keep one line")
        seen.add(patch.name)
    return tuple(patches)


def _patch(root: Path, listed_name: str) -> Patch:
    """Give one patch; it must be a directory directly below the root, also through links."""
    path = PurePosixPath(listed_name)
    is_foreign = PureWindowsPath(listed_name).drive or "\\" in listed_name
    if path.is_absolute() or is_foreign or len(path.parts) != 1 or path.name in ("", "..", "."):
        raise DatasetError(
            f"{root / PATCH_LIST}: {listed_name!r} is not the name of a directory in the data set"
        )
    directory = root / path.name
    if directory.resolve().parent != root:
        raise DatasetError(
            f"{directory}: is a link to {directory.resolve()}, outside the data set; results are "
            "never written there, put the directory itself into the data set"
        )
    return Patch(path.name, directory)


def _refuse_patch_of_another(root: Path) -> None:
    """Refuse a patch of a larger data set as a data set of its own."""
    listed = root.parent / PATCH_LIST
    if listed.is_file() and root.name in _names_in(listed):
        raise DatasetError(f"{root}: is a patch; give the root of the data set, {root.parent}")


def _numeric_order(name: str) -> tuple[float, str]:
    """Sort PATCH_2 before PATCH_10; names without a number last."""
    number = re.fullmatch(r"PATCH_(\d+)", name)
    return (float(number.group(1)) if number else float("inf"), name)
