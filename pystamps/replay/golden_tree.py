"""The finished tree whose artifacts are replayed: where it lies, and which bundles it holds."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pystamps.errors import DatasetError
from pystamps.io.dataset import Dataset, discover_dataset
from pystamps.io.stage_records import record_path

log = logging.getLogger(__name__)

SETTING = "compat.strict_reference_replay"

_WRITTEN_EARLIER: Mapping[str, tuple[str, ...]] = {
    "stage5_correct": tuple(
        f"{base}2.mat" for base in ["ps", "ph", "pm", "bp", "hgt", "la", "inc"]
    ),
    "stage6_unwrap": ("phuw2.mat",),
    "stage8_filter": ("uw_space_time.mat",),
}
"""Files of our stages that StaMPS leaves in an earlier one: in 4, in 5 (zeros), in 6.

A tree of StaMPS that ended there holds them without the rest of the bundle, which is no damage.
"""


@dataclass(frozen=True, slots=True)
class Bundle:
    """All files that one stage writes for one target of a data set.

    Attributes
    ----------
    stage : str
    target : str
        Patch, or empty for the merged data set.
    files : tuple of str
        Relative to the root.
    """

    stage: str
    target: str
    files: tuple[str, ...]

    @property
    def shown(self) -> str:
        """Stage and target for people."""
        return f"{self.stage} of {self.target}" if self.target else self.stage


def opened_reference(folder: Path, dataset: Dataset) -> Dataset:
    """Give the reference as a data set whose patches are those of the run.

    Parameters
    ----------
    folder : Path
        Root of a finished tree, of StaMPS or of pySTAMPS.
    dataset : Dataset
        The run.

    Raises
    ------
    DatasetError
        There is no such tree, it is the run or lies in it or around it, or its patches differ.
    """
    if not folder.is_dir():
        raise DatasetError(
            f"{SETTING}: {folder} is no folder; give the root of a finished data set, or null"
        )
    root = folder.resolve()
    if root == dataset.root:
        raise DatasetError(
            f"{SETTING}: {folder} is the data set itself; give another tree, or null"
        )
    if root.is_relative_to(dataset.root) or dataset.root.is_relative_to(root):
        raise DatasetError(
            f"{SETTING}: {folder} and the data set {dataset.root} lie one in the other; move one "
            "of them, so that a reference is never written to"
        )
    try:
        reference = discover_dataset(root)
    except DatasetError as error:
        raise DatasetError(
            f"{SETTING}: {error}; folders of single stages have to be laid over each other first"
        ) from error
    found, wanted = ([patch.name for patch in d.patches] for d in (reference, dataset))
    if found != wanted:
        raise DatasetError(
            f"{SETTING}: {root} has the patches {', '.join(found)}, the data set "
            f"{', '.join(wanted)}; give a reference with the same patches in the same order"
        )
    return reference


def complete_bundles(root: Path, expected: Sequence[Bundle]) -> tuple[Bundle, ...]:
    """Find the bundles of a reference; what is not there at all is left out.

    Parameters
    ----------
    root : Path
        Of the reference.
    expected : sequence of Bundle
        Of all stages, in their order.

    Returns
    -------
    tuple of Bundle
        Those that are complete, in their order.

    Raises
    ------
    DatasetError
        Some files of a bundle are there and others are not, or a file is a link out of the tree.
    """
    found: list[Bundle] = []
    for bundle in reversed(expected):
        present = [name for name in bundle.files if _is_there(root, name)]
        if len(present) == len(bundle.files):
            found.append(bundle)
        elif present and not _is_of_an_earlier_stage(root, bundle, present, found):
            missing = [name for name in bundle.files if name not in present]
            raise DatasetError(
                f"{SETTING}: {root} holds {', '.join(present)} of {bundle.shown}, but not "
                f"{', '.join(missing)}; complete the reference, or take these files out of a copy "
                "of it, so that the stage runs"
            )
    return tuple(reversed(found))


def _is_there(root: Path, name: str) -> bool:
    """Tell whether a file lies in the tree; links that lead out of it are refused."""
    path = root / name
    if path.is_symlink() or path.parent.is_symlink():
        target = path.resolve()
        if not target.is_relative_to(root) or not target.is_file():
            raise DatasetError(
                f"{SETTING}: {path} is a link to {target}, no file of the reference; put the file "
                "itself there"
            )
    return path.is_file()


def _is_of_an_earlier_stage(
    root: Path, bundle: Bundle, present: Sequence[str], later: Sequence[Bundle]
) -> bool:
    """Tell whether StaMPS has left these files before it came to the stage of the bundle."""
    earlier = _WRITTEN_EARLIER.get(bundle.stage, ())
    is_finished_later = any(b.target in ("", bundle.target) for b in later)
    is_ours = (root / record_path(bundle.stage, bundle.target)).is_file()
    is_earlier = all(Path(name).name in earlier for name in present)
    if not is_earlier or is_finished_later or is_ours:
        return False
    log.info(
        "%s holds %s, which StaMPS writes before %s, and no other file of it: the stage runs",
        root, ", ".join(present), bundle.shown,
    )  # fmt: skip
    return True
