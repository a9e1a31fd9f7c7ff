"""What a prepared data set holds, and what stage 1 would say about it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pystamps.dates import yyyymmdd
from pystamps.errors import PystampsError
from pystamps.io.dataset import discover_dataset
from pystamps.parameters.checks import refuse_unsupported
from pystamps.parameters.files import effective_parameters
from pystamps.processors import PROCESSORS, dataset_constants, read_raw_patch, recorded_processor
from pystamps.processors.constants import DatasetConstants
from pystamps.processors.patch_model import RawPatch, SlantRangeGeometry
from pystamps.processors.processor import COMMON_FILES, InputFile
from pystamps.stages.stage1_geometry import slant_range_values

_CANDIDATE_MEANINGS = {
    "ij": "positions in the image",
    "ll": "longitude and latitude",
    "lon": "longitudes, in double precision",
    "lat": "latitudes, in double precision",
    "inc": "incidence angles, in double precision",
    "ph": "interferogram values",
}
_OPTIONAL_PATCH_FILES = (
    InputFile("pscands.1.hgt", "heights; else no hgt1", is_needed=False),
    InputFile("pscands.1.da", "amplitude dispersion; else no da1", is_needed=False),
    InputFile("patch_noover.in", "bounds without overlap (stage 5)", is_needed=False),
)


@dataclass(frozen=True, slots=True)
class FoundFile:
    """One line of the inventory; several files when the name is a pattern."""

    name: str
    meaning: str
    is_needed: bool
    count: int
    bytes: int


@dataclass(frozen=True, slots=True)
class PatchInputs:
    """What a patch holds; ``problem`` is what stage 1 would say ("" = it would run)."""

    name: str
    candidates: int | None
    files: tuple[FoundFile, ...]
    problem: str


@dataclass(frozen=True, slots=True)
class Interferogram:
    """One interferogram: date of the secondary image, days since the reference, baseline."""

    date: str
    days: int
    bperp_m: float


@dataclass(frozen=True, slots=True)
class DatasetInputs:
    """What a prepared data set holds.

    Attributes
    ----------
    root : Path
    processor : str
    reference_date : str
        Empty when no patch can be read.
    interferograms : tuple of Interferogram
        In date order; baselines are nominal (Doris, ISCE) or of the middle of the image.
    constants : DatasetConstants
    files : tuple of FoundFile
    patches : tuple of PatchInputs
    problems : tuple of str
        What concerns the data set as a whole.
    """

    root: Path
    processor: str
    reference_date: str
    interferograms: tuple[Interferogram, ...]
    constants: DatasetConstants
    files: tuple[FoundFile, ...]
    patches: tuple[PatchInputs, ...]
    problems: tuple[str, ...]

    @property
    def is_complete(self) -> bool:
        """Whether stage 1 would run on every patch."""
        return not self.problems and not any(patch.problem for patch in self.patches)


def describe_inputs(directory: Path, *, raw_root: Path | None = None) -> DatasetInputs:
    """Look through a prepared data set, or one patch of it, with the readers of stage 1.

    Parameters
    ----------
    directory : Path
        Data set root, or a patch.
    raw_root : Path, optional
        Folder of the raw export, for a data set that was moved.

    Raises
    ------
    DatasetError
        The directory is neither.
    """
    root, patches = _root_and_patches(Path(directory).resolve())
    problems: list[str] = []
    processor, is_small = _kind(root, raw_root, problems)
    constants = _constants(root, processor, raw_root, problems)
    read = [_read_patch(patch, processor, is_small, raw_root) for patch in patches]
    stack = next((raw for raw, _ in read if raw is not None), None)
    return DatasetInputs(
        root=root,
        processor=processor,
        reference_date="" if stack is None else yyyymmdd(stack.acquisitions.master_day),
        interferograms=() if stack is None else _interferograms(stack),
        constants=constants,
        files=_inventory(root, _input_files(processor)),
        patches=tuple(
            PatchInputs(
                patch.name,
                None if raw is None else raw.candidates.n,
                _inventory(patch, patch_files(processor)),
                problem,
            )
            for patch, (raw, problem) in zip(patches, read, strict=True)
        ),
        problems=tuple(problems),
    )


def _root_and_patches(directory: Path) -> tuple[Path, list[Path]]:
    if (directory / "pscands.1.ij").is_file() and not (directory / "patch.list").is_file():
        return directory.parent, [directory]
    dataset = discover_dataset(directory)
    return dataset.root, [patch.directory for patch in dataset.patches]


def _kind(root: Path, raw_root: Path | None, problems: list[str]) -> tuple[str, bool]:
    """Give processor and small_baseline_flag of a data set whose parameters may be wrong."""
    try:
        parameters = effective_parameters(root, root, {}, raw_root=raw_root)
    except PystampsError as error:
        problems.append(str(error))
        return recorded_processor(root)[1], False
    try:
        refuse_unsupported(parameters)
    except PystampsError as error:
        problems.append(str(error))
    return parameters.insar_processor, parameters.small_baseline_flag


def _constants(
    root: Path, processor: str, raw_root: Path | None, problems: list[str]
) -> DatasetConstants:
    try:
        return dataset_constants(root, processor, raw_root)
    except PystampsError as error:
        if str(error) not in problems:
            problems.append(str(error))
        return DatasetConstants()


def _read_patch(
    patch: Path, processor: str, is_small_baseline: bool, raw_root: Path | None
) -> tuple[RawPatch | None, str]:
    """Read a patch as stage 1 does; give the message instead where that fails."""
    try:
        raw = read_raw_patch(
            patch, processor, is_small_baseline=is_small_baseline, raw_root=raw_root
        )
    except PystampsError as error:
        return None, str(error)
    return raw, ""


def _interferograms(stack: RawPatch) -> tuple[Interferogram, ...]:
    geometry = stack.geometry
    if isinstance(geometry, SlantRangeGeometry):
        bperp = np.asarray(slant_range_values(geometry, np.zeros((0, 3))).bperp, dtype=np.float64)
    else:
        bperp = stack.acquisitions.differences(geometry.bperp)
    pairs = stack.acquisitions.interferograms(bperp)
    return tuple(
        Interferogram(pairs.name_of(k).date, int(pairs.temporal_baseline[k]), float(pairs.bperp[k]))
        for k in pairs.observed
    )


def patch_files(processor: str) -> tuple[InputFile, ...]:
    """Give the files of a patch that stages read for a processor, also one that is not known."""
    _, default = recorded_processor()
    known = PROCESSORS.get(processor, PROCESSORS[default])
    needed = (InputFile(f"pscands.1.{e}", _CANDIDATE_MEANINGS[e]) for e in known.candidate_files)
    return (*needed, *_OPTIONAL_PATCH_FILES)


def _input_files(processor: str) -> tuple[InputFile, ...]:
    """Give the files of the root that stage 1 reads for a processor."""
    return PROCESSORS[processor].input_files if processor in PROCESSORS else COMMON_FILES


def _inventory(folder: Path, files: tuple[InputFile, ...]) -> tuple[FoundFile, ...]:
    found = []
    for file in files:
        paths = [path for path in folder.glob(file.name) if path.is_file()]
        size = sum(path.stat().st_size for path in paths)
        is_needed = file.is_needed and not (
            file.other_name and (folder / file.other_name).is_file()
        )
        found.append(FoundFile(file.name, file.meaning, is_needed, len(paths), size))
    return tuple(found)
