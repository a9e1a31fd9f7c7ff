"""What a prepared data set holds already, for the images that are added to it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import numpy as np

from pystamps.arrays import Index
from pystamps.config import RawExport, RunConfig
from pystamps.dates import yyyymmdd
from pystamps.errors import ArtifactError, DatasetError
from pystamps.io.bounded_text import json_record
from pystamps.io.dataset import PREPARATION_RECORD, Patch, discover_dataset
from pystamps.io.raw_paths import RawPaths, read_path_list
from pystamps.io.text_numbers import read_integer, read_numbers
from pystamps.parameters.files import effective_parameters
from pystamps.prep.patches import Bounds, PatchArea
from pystamps.processors import PROCESSORS
from pystamps.processors.acquisitions import day_of_image, image_and_amplitude
from pystamps.processors.candidates import read_candidates
from pystamps.processors.export import Export
from pystamps.processors.joined_exports import DatePair
from pystamps.processors.patch_model import Acquisitions, Candidates

ImageKey = tuple[str, ...]
"""An image of a stack: its date; of small baselines the pair, and the date in it."""

_PHASE_BYTES = 8


@dataclass(frozen=True)
class EarlierPatch:
    """One patch with its candidates, rows in the order of its files.

    Attributes
    ----------
    area : PatchArea
    directory : Path
    candidates : Candidates
    """

    area: PatchArea
    directory: Path
    candidates: Candidates

    @cached_property
    def line(self) -> Index:
        """Azimuth lines in the image, from 0: int64, (n,)."""
        return self.candidates.ij[:, 1].astype(np.int64)

    @cached_property
    def sample(self) -> Index:
        """Range samples in the image, from 0: int64, (n,)."""
        return self.candidates.ij[:, 2].astype(np.int64)


@dataclass(frozen=True, slots=True)
class EarlierStack:
    """A prepared data set.

    Attributes
    ----------
    root : Path
    processor : str
    is_small_baseline : bool
    size : tuple of int
        Samples and lines of the image.
    reference : str
        Date of the reference image, YYYYMMDD.
    rows : mapping of pair to int
        Interferograms, in the order of their numbers, and their places in ``pscands.1.ph``.
    constants : mapping of ImageKey to float
        Mean amplitudes of ``calamp.out``.
    threshold : float
        Amplitude dispersion below which pixels became candidates.
    raw : RawExport
        Settings of the preparation; defaults where the original has made it.
    exports : tuple of Path
        Folders of the exports that it was prepared from, those that are still there.
    patches : tuple of EarlierPatch
    """

    root: Path
    processor: str
    is_small_baseline: bool
    size: tuple[int, int]
    reference: str
    rows: Mapping[DatePair, int]
    constants: Mapping[ImageKey, float]
    threshold: float
    raw: RawExport
    exports: tuple[Path, ...]
    patches: tuple[EarlierPatch, ...] = field(repr=False)

    @property
    def dates(self) -> tuple[str, ...]:
        """Dates of all images of the interferograms, ascending."""
        return tuple(sorted({date for pair in self.rows for date in pair}))

    @property
    def image_dates(self) -> frozenset[str]:
        """Dates of all images, those in no interferogram too."""
        return frozenset({*self.dates, *(key[-1] for key in self.constants)})


def image_keys(export: Export) -> tuple[ImageKey, ...]:
    """Give the keys of the images of an export, in their order."""
    if not export.is_small_baseline:
        return tuple((image.date,) for image in export.images)
    pairs = [raster.dates for raster in export.interferograms]
    return tuple((*pairs[k // 2], image.date) for k, image in enumerate(export.images))


def read_earlier_stack(root: Path, *, raw_root: Path | None = None) -> EarlierStack:
    """Read what a prepared data set holds.

    Parameters
    ----------
    root : Path
    raw_root : Path, optional
        Folder of the export, for a data set that was moved.

    Raises
    ------
    PystampsError
        It is no prepared data set, or its files do not belong together.
    """
    dataset = discover_dataset(root)
    if dataset.is_combined or not dataset.patches:
        raise DatasetError(
            f"{root}: has no candidates (it is combined from two sets, or begins with stage 6), so "
            "that no image can be added; update the sets that it was made from"
        )
    parameters = effective_parameters(root, root, {}, raw_root=raw_root)
    processor, is_pairs = parameters.insar_processor, parameters.small_baseline_flag
    record = PROCESSORS[processor]
    first = dataset.patches[0].directory
    acquisitions = record.read_acquisitions(first, is_pairs)
    rows = _rows_of_pairs(acquisitions)
    size = read_integer(root / "width.txt"), read_integer(root / "len.txt")
    n_file = len(read_path_list(root / "pscphase.in")) - 1
    selection = root / ("selsbc.in" if is_pairs else "selpsc.in")
    return EarlierStack(
        root=root,
        processor=processor,
        is_small_baseline=is_pairs,
        size=size,
        reference=yyyymmdd(acquisitions.master_day),
        rows=rows,
        constants=_constants(root, acquisitions, tuple(rows)),
        threshold=float(read_path_list(selection)[0]),
        raw=_settings(root, processor),
        exports=_exports(root, raw_root, processor, is_pairs=is_pairs),
        patches=tuple(_patch(p, size, n_file=n_file, processor=processor) for p in dataset.patches),
    )


def _rows_of_pairs(acquisitions: Acquisitions) -> dict[DatePair, int]:
    """Give the place of every interferogram in the phase file, in the order of their numbers."""
    if acquisitions.pairs is not None:
        names = [yyyymmdd(day) for day in acquisitions.image_day]
        return {(names[i], names[j]): row for row, (i, j) in enumerate(acquisitions.pairs)}
    master = yyyymmdd(acquisitions.master_day)
    placed = zip(acquisitions.day, acquisitions.block, strict=True)
    return {(master, yyyymmdd(day)): int(row) for day, row in placed}


def _constants(
    root: Path, acquisitions: Acquisitions, pairs: Sequence[DatePair]
) -> dict[ImageKey, float]:
    """Read the mean amplitudes of the images."""
    path = root / "calamp.out"
    lines = [image_and_amplitude(path, line) for line in read_path_list(path)]
    if acquisitions.is_small_baseline:
        if len(lines) != 2 * len(pairs):
            raise ArtifactError(
                f"{path}: {len(lines)} images, expected {2 * len(pairs)} (two per interferogram); "
                "prepare the data set again"
            )
        keys = [(*pair, date) for pair in pairs for date in _in_order_of_files(pair)]
        return {key: value for key, (_, value) in zip(keys, lines, strict=True)}
    found: dict[ImageKey, float] = {}
    for image, value in lines:
        day = day_of_image(image, acquisitions.master_day)
        if day is None:
            raise ArtifactError(f"{path}: {image!r} holds no date; prepare the data set again")
        found[(yyyymmdd(day),)] = value
    return found


def _in_order_of_files(pair: DatePair) -> tuple[str, ...]:
    """Give the dates of a pair as its images are listed: by their names, which begin with them."""
    return tuple(sorted(pair))


def _patch(patch: Patch, size: tuple[int, int], *, n_file: int, processor: str) -> EarlierPatch:
    """Read a patch; one that is the data set itself is the whole image without ``patch.in``."""
    bounds: list[Bounds] = []
    name, directory = patch.name, patch.directory
    for path in (directory / "patch.in", directory / "patch_noover.in"):
        if path.is_file():
            first_sample, last_sample, first_line, last_line = map(int, read_numbers(path, count=4))
            bounds.append((first_sample, last_sample, first_line, last_line))
    if not bounds and name == ".":
        bounds = [(1, size[0], 1, size[1])]
    if not bounds:
        raise ArtifactError(
            f"{directory / 'patch.in'}: file is missing, so that the bounds of the patch are not "
            "known; prepare the data set again"
        )
    order = PROCESSORS[processor].byte_order
    candidates = read_candidates(directory, byte_order=order, n_interferogram=n_file)
    return EarlierPatch(PatchArea(name, bounds[0], bounds[-1]), directory, candidates)


def _settings(root: Path, processor: str) -> RawExport:
    """Give the settings of the preparation, where we have made it."""
    record = root / PREPARATION_RECORD
    settings = json_record(record).get("settings")
    if settings is None:
        return RawExport(processor=processor)
    raw = {"dataset": {"path": str(root), "raw": settings}}
    return RunConfig.from_mapping(raw, source=str(record)).raw


def _exports(
    root: Path, raw_root: Path | None, processor: str, *, is_pairs: bool
) -> tuple[Path, ...]:
    """Give the folders of the exports that hold interferograms, as stage 1 finds them."""
    paths = RawPaths(root, raw_root)
    # SMALL_BASELINES belongs to the folder of ISCE and Doris, and lies in that of SNAP and GAMMA
    levels = 2 if is_pairs and PROCESSORS[processor].has_par_files else 1
    listed = read_path_list(root / "pscphase.in")[1:]
    there = (path for path in map(paths.find, listed) if path is not None)
    return tuple(dict.fromkeys(path.resolve().parents[levels] for path in there))
