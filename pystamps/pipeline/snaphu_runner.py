"""Unwrapping of many interferograms: a process each (snaphu or our own), several at a time."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from pystamps.arrays import Float32
from pystamps.errors import ExternalProgramError
from pystamps.interferograms import InterferogramName
from pystamps.io.own_places import own_folder, remove_own_folder
from pystamps.io.snaphu import (
    OUTPUT,
    read_output,
    write_inputs,
)
from pystamps.io.unwrapper import Unwrapper
from pystamps.pipeline.guarded_children import end_guarded_children
from pystamps.pipeline.guarded_groups import GuardedGroups, guarded_groups
from pystamps.pipeline.kept_unwrapping import KeptMap, KeptMaps
from pystamps.pipeline.watched_program import run_watched
from pystamps.progress import Progress, silent
from pystamps.stages.stage6_congruence import refuse_incongruent
from pystamps.stages.stage6_costs import Costs

log = logging.getLogger(__name__)

_Result = TypeVar("_Result")


@dataclass(frozen=True, slots=True)
class SnaphuInput:
    """Wrapped phase of all grid cells and costs of one interferogram."""

    wrapped: NDArray[np.complex64]
    costs: Costs


@dataclass(frozen=True, slots=True)
class _Setting:
    """What all interferograms of a call share; see :func:`unwrap_interferograms`."""

    program: Unwrapper
    scratch: Path
    place: Path
    groups: GuardedGroups
    silence_minutes: float


def unwrap_interferograms(
    program: Unwrapper,
    scratch: Path,
    names: Sequence[InterferogramName],
    make_input: Callable[[int], SnaphuInput],
    *,
    take: Callable[[Float32], _Result],
    workers: int,
    silence_minutes: float = 0,
    progress: Progress = silent,
    folder: Path | None = None,
) -> list[_Result]:
    """Unwrap every interferogram; give what ``take`` makes of each.

    What an interrupted call with the same inputs has finished is not unwrapped again
    (:mod:`pystamps.pipeline.kept_unwrapping`).

    Parameters
    ----------
    program : Unwrapper
    scratch : Path
        Folder for inputs, outputs and logs.
    names : sequence of InterferogramName
    make_input : callable
        Gives the input of the interferogram at a position of ``names``; called from
        several threads, only when its process is about to start.
    take : callable
        Is given the unwrapped phase of all grid cells in rad.
    workers : int
        Processes at a time.
    silence_minutes : float
        A process that says nothing for so long is ended, and its interferogram has failed; 0 =
        it is waited for.
    progress : Progress
        Counts interferograms.
    folder : Path, optional
        Folder for inputs and outputs that nobody else uses, where others unwrap interferograms of
        the same data set at the same time; None = ``scratch``.

    Raises
    ------
    ExternalProgramError
        The first failure; processes that run are waited for, no further one starts. After an
        interrupt they are killed.
    """
    results: dict[int, _Result] = {}
    kept = KeptMaps(scratch, program)

    with (
        _no_folders_of_interferograms(folder or scratch),
        guarded_groups() as groups,
        ThreadPoolExecutor(max_workers=max(1, workers)) as pool,
    ):
        setting = _Setting(program, scratch, folder or scratch, groups, silence_minutes)

        def unwrap(position: int) -> _Result:
            return take(_unwrapped(setting, names[position], make_input(position), kept))

        positions = {pool.submit(unwrap, k): k for k in range(len(names))}
        try:
            for finished in as_completed(positions):
                results[positions[finished]] = finished.result()
                progress(len(results), len(names))
        except KeyboardInterrupt:
            end_guarded_children()
            raise
        finally:
            pool.shutdown(wait=False, cancel_futures=True)
    return [results[k] for k in range(len(names))]


@contextmanager
def _no_folders_of_interferograms(scratch: Path) -> Iterator[None]:
    """Remove what a killed run has left, and at the end what could not be removed at once."""
    _remove_folders_of_interferograms(scratch)
    try:
        yield
    finally:
        _remove_folders_of_interferograms(scratch)


def _remove_folders_of_interferograms(scratch: Path) -> None:
    for folder in scratch.glob("ifg_*"):
        remove_own_folder(scratch, folder.name)


def _unwrapped(
    setting: _Setting, name: InterferogramName, given: SnaphuInput, kept: KeptMaps
) -> Float32:
    """Take the map that an interrupted run has kept, or unwrap and keep it."""
    digest = kept.digest(given.wrapped, given.costs)
    found = kept.find(name.number, digest, given.wrapped.shape)
    if found is None:
        found = _unwrap_one(setting, name, given)
        kept.keep(name.number, digest, found)
    else:
        log.info("%s: finished by the run before, which was interrupted; taken over", name)
    if found.has_stopped_early:
        log.warning(
            "%s: %s stopped optimising early; cycles may be wrong in places (log %s)",
            name, setting.program.name, _log_path(setting, name),
        )  # fmt: skip
    return found.unwrapped


def _log_path(setting: _Setting, name: InterferogramName) -> Path:
    return setting.scratch / f"{setting.program.name}_{name.date}.log"


def _unwrap_one(setting: _Setting, name: InterferogramName, given: SnaphuInput) -> KeptMap:
    """Unwrap one interferogram in a folder of its own; only the log stays.

    Raises
    ------
    ExternalProgramError
        Phase that is not a number; the program ended with another status than zero, by a signal or
        fell silent; its result is missing, of wrong size, not a number, or not congruent with the
        wrapped phase. The interferogram is named.
    """
    if not np.isfinite(given.wrapped).all():
        raise ExternalProgramError(
            f"{name}: the gridded phase is not a number in "
            f"{np.count_nonzero(~np.isfinite(given.wrapped))} cells; {setting.program.name} was "
            "not started. Look for NaN in rc2.mat, or drop the interferogram (drop_ifg_index)"
        )
    setting.program.refuse_size(given.wrapped.shape)
    log_path = _log_path(setting, name)
    folder = own_folder(setting.place, f"ifg_{name.number:04d}")
    try:
        write_inputs(folder, given.wrapped, given.costs.rows, given.costs.columns)
        run_watched(
            setting.groups,
            setting.program.command(given.wrapped.shape[1]),
            folder=folder,
            log_path=log_path,
            silence_minutes=setting.silence_minutes,
        )
        unwrapped = read_output(folder / OUTPUT, given.wrapped.shape)
        refuse_incongruent(unwrapped, given.wrapped)
    except ExternalProgramError as error:
        raise ExternalProgramError(
            f"{name}: {setting.program.name} failed: {error}; see {log_path}. Run the stage again, "
            "or drop the interferogram (drop_ifg_index)"
        ) from None
    finally:
        remove_own_folder(setting.place, folder.name)
    log_text = log_path.read_text(errors="replace")
    return KeptMap(unwrapped, setting.program.stopped_early(log_text))
