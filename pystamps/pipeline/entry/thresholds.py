"""Pixels against thresholds of stages 3 and 4, from the artifacts of a data set; nothing runs."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import inf
from pathlib import Path
from typing import Any

import numpy as np

from pystamps.arrays import Bool, Float64, FloatArray, Index
from pystamps.config import RunConfig
from pystamps.io.artifacts import read_fields
from pystamps.io.dataset import discover_dataset
from pystamps.model import (
    AmplitudeDispersion,
    PhaseNoise,
    Pixels,
    SelectedNoise,
    Selection,
    Weeding,
)
from pystamps.parameters import Parameters
from pystamps.pipeline.entry.generations import CANDIDATES, SELECTED
from pystamps.pipeline.job import StageJob
from pystamps.pipeline.kept_variables import require_residual
from pystamps.stage_table import stage_named
from pystamps.stages.reestimation import bootstrap_std
from pystamps.stages.selection_tables import (
    StoredSelection,
    counted_selection,
    counted_weeding,
    limit_of,
)
from pystamps.stages.threshold import RandomLimit

DENSITY, PERCENT = "density_rand", "percent_rand"
STD, MAXIMUM, COHERENCE = "weed_standard_dev", "weed_max_noise", "coherence"

_ROWS = 16384
_FACTORS = (0.1, 0.25, 0.5, 1.0, 2.0, 4.0)
_TRIED = {
    STD: (0.4, 0.6, 0.8, 1.0, 1.2, 1.5),
    MAXIMUM: (1.0, 1.5, 2.0, 2.5, 3.0, inf),
    COHERENCE: (0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9),
}
THRESHOLDS = (DENSITY, PERCENT, STD, MAXIMUM, COHERENCE)
"""What can be tried: four parameters of StaMPS, and the coherence that exports ask for."""


@dataclass(frozen=True, slots=True)
class ThresholdRow:
    """What one value would leave, all patches together.

    Attributes
    ----------
    name : str
        Parameter, or ``coherence``.
    value : float
    is_current : bool
        The value that holds now.
    before : int or None
        Pixels that the step begins with: candidates, selected pixels, pixels of the data set.
    selected : int or None
        By the coherence of stage 2; None where the step has no such number.
    kept : int or None
        In the end of the step; None where it is not known (see ``missing``).
    is_exact : bool
        The stage, run with this value, would give ``kept``; else it is an estimate.
    """

    name: str
    value: float
    is_current: bool
    before: int | None
    selected: int | None
    kept: int | None
    is_exact: bool


@dataclass(frozen=True, slots=True)
class ThresholdTable:
    """Pixels against thresholds.

    Attributes
    ----------
    rows : tuple of ThresholdRow
    missing : dict of str to str
        What cannot be counted yet, with the stage that has to run, or the reason.
    """

    rows: tuple[ThresholdRow, ...]
    missing: Mapping[str, str]


def threshold_table(
    root: Path, config: RunConfig, values: Mapping[str, Sequence[float]] | None = None
) -> ThresholdTable:
    """Count the pixels that other thresholds would leave.

    Parameters
    ----------
    root : Path
        Root of the data set.
    config : RunConfig
    values : mapping of str to sequence of float, optional
        Values to try, by name; all names with usual values when omitted. The value that holds is
        always among them.

    Returns
    -------
    ThresholdTable

    Raises
    ------
    PystampsError
        The directory is no data set, or an artifact is damaged.
    """
    root = root.resolve()
    config = dataclasses.replace(config, dataset=root)
    patches = [patch.directory for patch in discover_dataset(root).patches]
    jobs = [StageJob(stage_named("stage3_select"), patch, root, config) for patch in patches]
    missing: dict[str, str] = {}
    rows: list[ThresholdRow] = []
    tried = values or _usual_values(jobs[0].parameters)
    for name, counted in (
        (DENSITY, _selections), (PERCENT, _selections), (STD, _weedings), (MAXIMUM, _weedings),
    ):  # fmt: skip
        if name in tried:
            rows += counted(jobs, name, tried[name], missing)
    if COHERENCE in tried:
        rows += _coherences(root, config, tried[COHERENCE], missing)
    return ThresholdTable(tuple(rows), missing)


def _usual_values(parameters: Parameters) -> dict[str, Sequence[float]]:
    """Give values around those of the parameters, of the method of selection that holds."""
    name = _name_of_method(parameters)
    around = [getattr(parameters, name) * factor for factor in _FACTORS]
    return {name: around, **_TRIED}


def _with_value(parameters: Parameters, name: str, value: float) -> Parameters:
    changed: dict[str, Any] = {name: value}
    return dataclasses.replace(parameters, **changed)


def _name_of_method(parameters: Parameters) -> str:
    return PERCENT if parameters.select_method.upper() == "PERCENT" else DENSITY


def _with_current(values: Sequence[float], current: float) -> list[float]:
    return sorted({*map(float, values), float(current)})


@dataclass(frozen=True, slots=True)
class _Patch:
    """What stage 3 of a patch has left, and whether its numbers can be had again from it."""

    stored: StoredSelection
    parameters: Parameters
    config: RunConfig
    is_done: bool
    is_reproduced: bool


def _selections(
    jobs: Sequence[StageJob], name: str, values: Sequence[float], missing: dict[str, str]
) -> Iterator[ThresholdRow]:
    """Count for limits of random pixels."""
    for kind, stage in ((PhaseNoise, "stage2_gamma"), (Selection, "stage3_select")):
        if not all(job.path(kind, CANDIDATES).is_file() for job in jobs):
            missing.setdefault(name, stage)
    patches = [_read_patch(job) for job in jobs if job.path(PhaseNoise, CANDIDATES).is_file()]
    current = getattr(jobs[0].parameters, name)
    is_method = _name_of_method(jobs[0].parameters) == name
    for value in _with_current(values, current) if is_method else sorted(map(float, values)):
        is_current = is_method and value == current
        if len(patches) < len(jobs):
            yield ThresholdRow(name, value, is_current, None, None, None, is_exact=False)
            continue
        changed: dict[str, Any] = {
            "select_method": "PERCENT" if name == PERCENT else "DENSITY",
            name: value,
        }
        found = [
            counted_selection(
                patch.stored, patch.parameters,
                limit_of(patch.stored, dataclasses.replace(patch.parameters, **changed)),
                compat=patch.config.compat, choice=patch.config.kernel_choice,
            )
            for patch in patches
        ]  # fmt: skip
        is_done = all(patch.is_done for patch in patches)
        yield ThresholdRow(
            name, value, is_current,
            before=sum(patch.stored.coh_ps.size for patch in patches),
            selected=sum(count.selected for count in found),
            kept=sum(count.kept for count in found) if is_done else None,
            is_exact=is_done
            and all(c.is_exact and p.is_reproduced for c, p in zip(found, patches, strict=True)),
        )  # fmt: skip


def _read_patch(job: StageJob) -> _Patch:
    """Read what stages 2 and 3 have left of a patch."""
    pixels = job.read(Pixels, CANDIDATES)
    sizes, parameters = job.sizes(pixels, CANDIDATES), job.parameters
    has_limit = parameters.gamma_stdev_reject > 0
    wanted = ["coh_ps", "k_ps", "nr", *(["ph_res"] if has_limit else [])]
    noise = read_fields(PhaseNoise, wanted, job.path(PhaseNoise, CANDIDATES), sizes)
    if has_limit:
        require_residual(job.path(PhaseNoise, CANDIDATES), noise["ph_res"], len(noise["coh_ps"]))
    dispersion = job.read_optional(AmplitudeDispersion, CANDIDATES, sizes=sizes)
    path = job.path(Selection, CANDIDATES)
    fields = ["ix", "keep_ix", "coh_ps2", "k_ps2", "max_percent_rand"]
    again = read_fields(Selection, fields, path, sizes) if path.is_file() else {}
    columns = pixels.interferograms.used(parameters.drop_ifg_index).without_null
    steady = np.ones(pixels.n_ps, dtype=np.bool_)
    if has_limit:
        steady = _steady(noise["ph_res"], columns, parameters.gamma_stdev_reject)
    none = np.zeros(0)
    stored = StoredSelection(
        xy=pixels.xy[:, 1:], d_a=None if dispersion is None else dispersion.d_a,
        coh_ps=noise["coh_ps"], k_ps=noise["k_ps"], nr=noise["nr"],
        ix=again.get("ix", np.zeros(0, dtype=np.int64)),
        coh_ps2=again.get("coh_ps2", none), k_ps2=again.get("k_ps2", none),
        is_steady=steady, interferograms=pixels.interferograms,
    )  # fmt: skip
    return _Patch(
        stored, parameters, job.config, is_done=bool(again),
        is_reproduced=bool(again) and _is_reproduced(job, stored, again),
    )  # fmt: skip


def _steady(ph_res: FloatArray, columns: Index, largest_std: float) -> Bool:
    """Tell which candidates keep their coherence when interferograms are resampled."""
    blocks = range(0, len(ph_res), _ROWS)
    std = [bootstrap_std(ph_res[first : first + _ROWS][:, columns]) for first in blocks]
    return np.asarray(np.concatenate([*std, np.zeros(0)]) < largest_std)


def _is_reproduced(job: StageJob, stored: StoredSelection, again: Mapping[str, Float64]) -> bool:
    """Tell whether the limit of the run gives its numbers: other parameters are those of it."""
    is_percent = _name_of_method(job.parameters) == PERCENT
    kind = np.float64 if is_percent else np.float32
    limit = RandomLimit(kind(again["max_percent_rand"]), is_percent)
    found = counted_selection(
        stored, job.parameters, limit, compat=job.config.compat, choice=job.config.kernel_choice
    )
    kept = int(np.count_nonzero(again["keep_ix"]))
    return (found.selected, found.kept, found.is_exact) == (stored.ix.size, kept, True)


def _weedings(
    jobs: Sequence[StageJob], name: str, values: Sequence[float], missing: dict[str, str]
) -> Iterator[ThresholdRow]:
    """Count for limits of the noise of arcs."""
    noise = []
    for job in jobs:
        path = job.path(Weeding, CANDIDATES)
        if path.is_file():
            noise.append(read_fields(Weeding, ["ps_std", "ps_max"], path))
        else:
            missing[name] = "stage4_weed"
    is_there = len(noise) == len(jobs)
    before = sum(found["ps_std"].size for found in noise) if is_there else None
    current = getattr(jobs[0].parameters, name)
    for value in _with_current(values, current):
        kept = [
            counted_weeding(
                found["ps_std"], found["ps_max"], _with_value(job.parameters, name, value)
            )
            for found, job in zip(noise, jobs, strict=False)
        ]
        known = [number for number in kept if number is not None]
        if is_there and len(known) < len(jobs):
            missing[name] = "noise was not measured: its limits were switched off"
        total = sum(known) if len(known) == len(jobs) else None
        yield ThresholdRow(
            name, value, value == current, before, None, total, is_exact=total is not None
        )


def _coherences(
    root: Path, config: RunConfig, values: Sequence[float], missing: dict[str, str]
) -> Iterator[ThresholdRow]:
    """Count the pixels of the merged data set with a coherence, as exports choose them."""
    path = StageJob(stage_named("stage5_merge"), root, root, config).path(SelectedNoise, SELECTED)
    coherence = None
    if path.is_file():
        coherence = np.ravel(read_fields(SelectedNoise, ["coh_ps"], path)["coh_ps"])
    else:
        missing[COHERENCE] = "stage5_merge"
    for value in sorted(map(float, values)):
        kept = None if coherence is None else int(np.count_nonzero(coherence >= value))
        before = None if coherence is None else coherence.size
        yield ThresholdRow(COHERENCE, value, False, before, None, kept, kept is not None)
