"""The data set tree: root and patches."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path, PurePosixPath, PureWindowsPath

from pystamps.errors import ArtifactError, DatasetError
from pystamps.io.bounded_text import read_bounded
from pystamps.io.mat import describe_mat
from pystamps.stage_table import (
    FIRST_PASS_FOLDER,
    ROOT_PATCH,
    Scope,
    stage_named,
    stages_of_step,
)
from pystamps.visible import has_acting_characters

PATCH_LIST = "patch.list"
GENERATION_NAME = "psver.mat"
"""Generation of the files of a patch, or of the root; the last stage that changes it writes it."""
OWN_FOLDERS = (
    *(".pystamps", ".snakemake", "logs", "benchmarks", "figures", "products"),
    FIRST_PASS_FOLDER,
)
"""Folders of which every folder and file is ours, or Snakemake's: none is a patch."""
_LONGEST_NAME = 255
COMBINED_NAME = "merge2.mat"
"""Lies in a data set that was combined from two others (``ps_sb_merge``)."""
_MERGED = ("ps2.mat", "pm2.mat", "rc2.mat", "bp2.mat", "ifgstd2.mat")
"""What stages 1 to 5 leave in the root, also of a data set without patches."""
_PHASE_NOISE = "pm2.mat"
_SELECTED = ("ps2.mat", _PHASE_NOISE, "rc2.mat", "bp2.mat")
"""What a selection of multilooked cells leaves there."""
TRUTH_NAME = "truth.h5"
"""What a simulated data set was made from, where it lies in the root."""

STAGING = Path(".pystamps", "stage0")
"""Where a preparation writes before it moves its files into place."""
STAGING_COMPLETE = "COMPLETE"
PREPARATION_RECORD = Path(".pystamps", "preparation.json")
"""What a data set was prepared from."""
UPDATE_RECORD = Path(".pystamps", "updates.json")
"""Images that were added to a data set since."""


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
        return stage_named(step_or_stage).marker
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
    is_combined : bool
        It has no patch and begins with stage 6: its pixels are those of two other sets or
        multilooked cells, or nothing is left in the root of what they were selected from.
    """

    root: Path
    patches: tuple[Patch, ...]
    is_single_patch: bool = False
    is_combined: bool = False


def refuse_acting_name(path: Path) -> None:
    """Refuse a path that would act on a terminal, or break the lines of logs and lists.

    Raises
    ------
    DatasetError
    """
    if has_acting_characters(str(path)):
        raise DatasetError(
            f"{path}: control characters, line ends or marks of the order of reading stand in "
            "this name; rename it"
        )


def looks_prepared(root: Path) -> bool:
    """Tell whether a folder is a data set: patches, candidates, or combined from two others."""
    names = (PATCH_LIST, "pscands.1.ij", "ps1.mat", COMBINED_NAME)
    is_started = any((root / name).is_file() for name in names)
    has_patches = any(path.is_dir() for path in root.glob("PATCH_*"))
    return is_started or has_patches or _is_merged(root)


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
    refuse_acting_name(root)
    if not root.is_dir():
        raise DatasetError(f"{root}: no such directory; give the root of a data set")
    if (root / STAGING / STAGING_COMPLETE).is_file():
        raise DatasetError(
            f"{root}: its preparation was interrupted while files were moved into place; run "
            "pystamps prep (or update) again, it finishes at once"
        )
    listed = root / PATCH_LIST
    if listed.is_file():
        return Dataset(root, _listed_patches(root, _names_in(listed)))
    found = [path for path in root.glob("PATCH_*") if path.is_dir()]
    if found:
        names = sorted((path.name for path in found), key=_numeric_order)
        return Dataset(root, _listed_patches(root, names))
    if _is_merged(root) or _holds_candidates(root):
        _refuse_patch_of_another(root)
        if _holds_candidates(root):
            return Dataset(root, (Patch(ROOT_PATCH, root),), is_single_patch=True)
        return Dataset(root, (), is_combined=True)
    if (root / COMBINED_NAME).is_file():
        return Dataset(root, (), is_combined=True)
    raise DatasetError(
        f"{root}: not a data set; expected {PATCH_LIST}, or directories PATCH_1, PATCH_2, ... as "
        "the StaMPS preparation makes them"
    )


def is_root_as_patch(directory: Path) -> bool:
    """Tell whether a folder is the root of a data set and its only patch, as StaMPS allows.

    A folder of candidates is a patch where the folder above it lists it, or by its name.
    """
    listed = directory.parent / PATCH_LIST
    return (
        _holds_candidates(directory)
        and not directory.name.startswith("PATCH_")
        and not (directory / PATCH_LIST).is_file()
        and not any(path.is_dir() for path in directory.glob("PATCH_*"))
        and not (listed.is_file() and directory.name in _names_in(listed))
    )


def root_of_patch(patch: Path) -> Path:
    """Give the root of the data set of a patch: the folder above it, or the patch itself."""
    return patch if is_root_as_patch(patch) else patch.parent


def _is_merged(root: Path) -> bool:
    """Tell whether all that stages 1 to 5 leave in the root lies there, or stands for it."""
    return all((root / name).is_file() for name in _MERGED) or is_multilooked(root)


def is_multilooked(root: Path) -> bool:
    """Tell whether the pixels in a root are multilooked cells (``mt_ml_select``).

    They have their coherence in every interferogram, and nothing that stages 2 to 5 make.
    """
    if not all((root / name).is_file() for name in _SELECTED):
        return False
    try:
        return describe_mat(root / _PHASE_NOISE).keys() == {"coh_ps"}
    except ArtifactError:  # damaged: who reads it says so
        return False


def _holds_candidates(directory: Path) -> bool:
    """Tell whether candidates lie in a folder, as the preparation leaves them or loaded."""
    return any((directory / name).is_file() for name in ("pscands.1.ij", "ps1.mat"))


def _names_in(listed: Path) -> list[str]:
    """Read the names of ``patch.list``; blank lines and Windows line ends do not count."""
    try:
        lines = read_bounded(listed, error=DatasetError).decode("utf-8-sig").splitlines()
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
        is_merged = len(missing) == len(names) and all((root / name).is_file() for name in _MERGED)
        way = " (to go on from the merged files with stage 6: delete the list)" if is_merged else ""
        raise DatasetError(
            f"{root / PATCH_LIST}: no such directory: {', '.join(missing)}; "
            f"make them, or take them off the list{way}"
        )
    seen: set[str] = set()
    for patch in patches:
        if patch.name in seen:
            raise DatasetError(f"{root / PATCH_LIST}: {patch.name} is listed twice; keep one line")
        seen.add(patch.name)
    return tuple(patches)


def _patch(root: Path, listed_name: str) -> Patch:
    """Give one patch; it must be a directory directly below the root, also through links."""
    if len(os.fsencode(listed_name)) > _LONGEST_NAME or "\0" in listed_name:
        raise DatasetError(
            f"{root / PATCH_LIST}: a line of {len(listed_name)} characters is no name of a "
            "directory"
        )
    refuse_acting_name(root / listed_name)
    path = PurePosixPath(listed_name)
    is_foreign = PureWindowsPath(listed_name).drive or "\\" in listed_name
    if path.is_absolute() or is_foreign or len(path.parts) != 1 or path.name in ("", "..", "."):
        raise DatasetError(
            f"{root / PATCH_LIST}: {listed_name!r} is not the name of a directory in the data set"
        )
    if path.name in OWN_FOLDERS:
        raise DatasetError(
            f"{root / PATCH_LIST}: {listed_name!r} is a folder of pySTAMPS or Snakemake, no patch; "
            "take it off the list"
        )
    directory = root / path.name
    if directory.is_symlink():
        raise DatasetError(
            f"{directory}: is a link to {directory.resolve()}; results are never written through "
            "links: put the directory itself into the data set, or a new one in which the "
            "candidates (pscands.1.*, patch.in, patch_noover.in) are links"
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
