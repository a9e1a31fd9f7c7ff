"""Everything that depends on who made the stack: one record per processor.

``PROCESSORS[name]`` imports the module of a processor when it is asked for, so that names alone
cost nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from pystamps.errors import ParameterError, PystampsError
from pystamps.io.bounded_text import read_text_of_paths
from pystamps.processors.names import DEFAULT, MODULES

if TYPE_CHECKING:
    from pystamps.processors.constants import DatasetConstants
    from pystamps.processors.patch_model import RawPatch
    from pystamps.processors.processor import Processor


class _Processors(Mapping[str, "Processor"]):
    """The records by name, in the order of the table of names."""

    def __getitem__(self, name: str) -> Processor:
        processor: Processor = import_module(MODULES[name]).PROCESSOR
        return processor

    def __iter__(self) -> Iterator[str]:
        return iter(MODULES)

    def __len__(self) -> int:
        return len(MODULES)


PROCESSORS: Mapping[str, Processor] = _Processors()


def recorded_processor(*folders: Path) -> tuple[Path | None, str]:
    """Find the first ``processor.txt`` of some folders, and the processor that it names."""
    for path in (folder / "processor.txt" for folder in folders):
        if path.is_file():
            words = read_text_of_paths(path).split()
            return path, words[0] if words else DEFAULT
    return None, DEFAULT


def angle_name(processor: str) -> str:
    """Give the base name of the angle artifact: ``inc`` for ISCE, ``la`` otherwise."""
    return PROCESSORS[processor].angle if processor in PROCESSORS else "la"


def constants_set_by(processor: str) -> tuple[str, ...]:
    """Give the StaMPS parameters that the loader of a processor takes from headers."""
    return PROCESSORS[processor].constants if processor in PROCESSORS else ()


def dataset_constants(root: Path, processor: str, raw_root: Path | None = None) -> DatasetConstants:
    """Read the constants that the loaders of StaMPS store as parameters.

    Parameters
    ----------
    root : Path
        Root of the data set.
    processor : str
        One that is not known has no constants.
    raw_root : Path, optional
        Folder of the raw export, for data sets that were moved.

    Raises
    ------
    ArtifactError
        A file exists but does not hold a number.
    """
    if processor not in PROCESSORS:
        from pystamps.processors.constants import DatasetConstants

        return DatasetConstants()
    return PROCESSORS[processor].read_constants(Path(root), raw_root)


def read_raw_patch(
    patch: Path,
    processor: str,
    *,
    is_small_baseline: bool = False,
    raw_root: Path | None = None,
    is_sampled: bool = False,
) -> RawPatch:
    """Read a patch of a prepared stack: the input of stage 1.

    Parameters
    ----------
    patch : Path
    processor : str
        Value of ``insar_processor``.
    is_small_baseline : bool
        Value of ``small_baseline_flag``.
    raw_root : Path, optional
        Folder of the raw export, for a data set that was moved.
    is_sampled : bool
        For checks: look at a sample of the candidates, and read all of them where something in it
        is odd. What lies between is for stage 1 to refuse.

    Raises
    ------
    ParameterError
        The processor is not known.
    ArtifactError
        Missing, unreadable or inconsistent files.
    """
    if processor not in PROCESSORS:
        known = ", ".join(sorted(PROCESSORS))
        raise ParameterError(
            f"{patch}: stacks of {processor!r} cannot be read; insar_processor has to be one of "
            f"{known}"
        )
    read_patch = PROCESSORS[processor].read_patch
    if is_sampled:
        with suppress(PystampsError):  # it is said below, in the words of stage 1
            return read_patch(patch, raw_root, is_small_baseline, True)
    return read_patch(patch, raw_root, is_small_baseline, False)
