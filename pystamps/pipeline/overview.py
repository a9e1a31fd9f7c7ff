"""A data set on one page: what it is, how far it has come, and what is next."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np

from pystamps import __version__
from pystamps.config import RunConfig
from pystamps.dates import calendar_date
from pystamps.errors import PystampsError
from pystamps.io.artifacts import read_variable
from pystamps.io.dataset import Dataset, discover_dataset
from pystamps.model import Pixels
from pystamps.parameters import Parameters
from pystamps.parameters.differences import ParameterDifference, differences_from_defaults
from pystamps.parameters.files import SourcedParameters, sourced_parameters
from pystamps.parameters.words import reference_in_words
from pystamps.pipeline.next_steps import next_steps
from pystamps.pipeline.pixel_counts import PixelCount, pixel_counts
from pystamps.pipeline.run_history import read_run, run_ids
from pystamps.pipeline.stack_facts import StackFacts, pixel_files, scene_of_stack
from pystamps.pipeline.status import DatasetStatus, dataset_status
from pystamps.processors import read_raw_patch

_Found = TypeVar("_Found")
_PRODUCTS = ("mean_v.mat", "products/ps.h5", "report.html")
"""What people take away, where it lies."""


@dataclass(frozen=True, slots=True)
class ImageDates:
    """Dates of a stack, ISO 8601.

    Attributes
    ----------
    images : tuple of str
        All images, the reference image among them.
    reference : str
    dropped : tuple of str
        Images that ``drop_ifg_index`` leaves out.
    """

    images: tuple[str, ...]
    reference: str
    dropped: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LastRun:
    """The latest run that pySTAMPS has recorded."""

    started: str
    state: str
    command: str
    version: str
    failed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Overview:
    """A data set on one page.

    Attributes
    ----------
    root : Path
    patches : tuple of str
    scene : StackFacts or None
        None where the parameters cannot be read.
    dates : ImageDates or None
        None where no patch can be read.
    counts : tuple of PixelCount
    states : mapping of str to mapping of str to int
        By stage: how many targets are done, empty, missing, stale, blocked.
    reference : str
        Reference area in words.
    changed : tuple of ParameterDifference
        Parameters that differ from their defaults.
    made_by : tuple of str
        Versions of pySTAMPS that have made the results; ``unknown`` stands for StaMPS too.
    version : str
        That of pySTAMPS here.
    results : tuple of str
        Products that are there, relative to the root.
    last_run : LastRun or None
    problems : tuple of str
        What could not be told, and why.
    next_steps : tuple of str
        What is to do, in words, and the command for it.
    """

    root: Path
    patches: tuple[str, ...]
    scene: StackFacts | None
    dates: ImageDates | None
    counts: tuple[PixelCount, ...]
    states: dict[str, dict[str, int]]
    reference: str
    changed: tuple[ParameterDifference, ...]
    made_by: tuple[str, ...]
    version: str
    results: tuple[str, ...]
    last_run: LastRun | None
    problems: tuple[str, ...]
    next_steps: tuple[str, ...]


class _Questions:
    """Asks what may have no answer; why it has none is kept once."""

    def __init__(self) -> None:
        self.problems: dict[str, None] = {}

    def ask(self, question: Callable[[], _Found]) -> _Found | None:
        try:
            return question()
        except PystampsError as error:
            self.problems[str(error)] = None
            return None


def overview_of(root: Path, config: RunConfig | None = None) -> Overview:
    """Look through a data set; what cannot be told is listed with the reason.

    Parameters
    ----------
    root : Path
    config : RunConfig, optional
        Settings of the next run.

    Raises
    ------
    DatasetError
        The directory is no data set.
    """
    dataset = discover_dataset(root)
    config = dataclasses.replace(config or RunConfig(), dataset=dataset.root)
    patches = tuple(patch.name for patch in dataset.patches)
    asked = _Questions()
    raw_root = config.runtime.raw_root
    found = asked.ask(
        lambda: sourced_parameters(dataset.root, dataset.root, config.stamps, raw_root=raw_root)
    )
    scene, dates = None, None
    if found is not None:
        scene = asked.ask(lambda: scene_of_stack(dataset, found.parameters))
        dates = asked.ask(lambda: _dates(dataset, found.parameters, raw_root))
    counts = asked.ask(lambda: pixel_counts(dataset.root, patches)) or ()
    status = asked.ask(lambda: dataset_status(dataset.root, config))
    last_run = asked.ask(lambda: _last_run(dataset.root))
    return Overview(
        root=dataset.root,
        patches=patches,
        scene=scene,
        dates=dates,
        counts=counts,
        states=_states(status),
        reference="" if found is None else reference_in_words(found.parameters),
        changed=() if found is None else changed_parameters(found, dataset.root),
        made_by=_makers(status),
        version=__version__,
        results=tuple(name for name in _PRODUCTS if (dataset.root / name).is_file()),
        last_run=last_run,
        problems=tuple(asked.problems),
        next_steps=next_steps(status, root),
    )


def _dates(dataset: Dataset, parameters: Parameters, raw_root: Path | None) -> ImageDates:
    """Give the dates from the results of stage 1, else as stage 1 would read them."""
    files = pixel_files(dataset)
    if files:
        days = np.asarray(read_variable(Pixels, "day", files[0]))
        reference = float(read_variable(Pixels, "master_day", files[0]))
    else:
        patch = dataset.patches[0].directory
        stack = read_raw_patch(
            patch,
            parameters.insar_processor,
            is_small_baseline=parameters.small_baseline_flag,
            raw_root=raw_root,
        ).acquisitions
        reference, days = stack.master_day, stack.image_day
    images = [calendar_date(day).isoformat() for day in days]
    dropped = [n for n in parameters.drop_ifg_index if 0 < n <= len(images)]
    return ImageDates(
        tuple(images),
        calendar_date(reference).isoformat(),
        tuple(images[number - 1] for number in dropped),
    )


def changed_parameters(found: SourcedParameters, root: Path) -> tuple[ParameterDifference, ...]:
    """Give the parameters that are not the default, with their files as seen from the root.

    Parameters
    ----------
    found : SourcedParameters
    root : Path
    """
    return tuple(
        dataclasses.replace(item, source=_from_root(item.source, root))
        for item in differences_from_defaults(found)
    )


def _from_root(source: str, root: Path) -> str:
    path = Path(source)
    return str(path.relative_to(root)) if path.is_relative_to(root) else source


def _last_run(root: Path) -> LastRun | None:
    ids = run_ids(root)
    if not ids:
        return None
    run = read_run(root, ids[0])
    failed = tuple(job.rule for job in run.jobs if job.status == "failed")
    return LastRun(run.started, run.state, run.command, run.version, tuple(dict.fromkeys(failed)))


def _states(status: DatasetStatus | None) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = {}
    for entry in status.entries if status else ():
        states = found.setdefault(entry.stage, {})
        states[entry.state] = states.get(entry.state, 0) + 1
    return found


def _makers(status: DatasetStatus | None) -> tuple[str, ...]:
    entries = status.entries if status else ()
    return tuple(sorted({version for entry in entries for version in entry.versions.values()}))
