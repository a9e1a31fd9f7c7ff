"""The table of interferograms of a data set, as far as its stages have run; nothing is written."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from pystamps.arrays import Float64, FloatArray
from pystamps.config import RunConfig
from pystamps.doctor.checks_fits import known_stack
from pystamps.doctor.checks_parameters import known_dates
from pystamps.doctor.prepared import take_stock_prepared
from pystamps.errors import DatasetError
from pystamps.interferograms import Interferograms
from pystamps.io.artifacts import artifact_name, read_artifact, read_rows, read_variable
from pystamps.io.dataset import discover_dataset
from pystamps.io.deramp_degree import read_deramp_degree
from pystamps.model import (
    PairLookAngleError,
    Pixels,
    SpaceTime,
    UnwrapArcs,
    Unwrapped,
    UnwrappedGrid,
    UnwrappedPairs,
    UsedInterferograms,
)
from pystamps.pipeline.entry.generations import SELECTED
from pystamps.pipeline.entry.mean_velocity import read_letter_a, read_phase_parts
from pystamps.pipeline.entry.unwrapped_inputs import read_ifg_std, read_unwrapped_phase
from pystamps.pipeline.job import StageJob
from pystamps.products.interferogram_table import (
    DEFAULT_LIMITS,
    MEASURED,
    InterferogramMeasures,
    InterferogramTable,
    JudgementLimits,
    judged_interferograms,
)
from pystamps.products.phase import PhaseParts, corrected_phase
from pystamps.products.time_contradictions import (
    contradicting_share_of_expected,
    contradicting_share_of_neighbours,
)
from pystamps.products.velocity import mm_per_radian, parts_needed
from pystamps.products.velocity_influence import velocity_influence
from pystamps.rows import Rows
from pystamps.stage_table import stage_named
from pystamps.stages.least_squares import usable_std
from pystamps.stages.network import delaunay_edges
from pystamps.stages.reference_area import reference_means, reference_pixels

_FEWEST_FOR_LINE = 2
_GRID, _PIXELS = "space-time grid", "delaunay"
_OF_PAIRS = "dao"
"""Parts of the phase that the interferograms of small baselines have themselves."""


def interferogram_table(
    root: Path,
    config: RunConfig,
    *,
    limits: JudgementLimits = DEFAULT_LIMITS,
    value_type: str = "",
) -> InterferogramTable:
    """Judge the interferograms of a data set by what its stages have left.

    Parameters
    ----------
    root : Path
        Root of the data set.
    config : RunConfig
    limits : JudgementLimits
    value_type : str
        Parts taken off before residuals and effects on the velocity: ``v``, or ``v-`` and letters
        of d, m, a, o, s; empty = ``products.value_type``.

    Returns
    -------
    InterferogramTable
        Columns of stages that have not run are None everywhere and stand in ``missing``.

    Raises
    ------
    PystampsError
        The directory is no data set, its dates are not known, or an artifact is damaged.
    """
    root = root.resolve()
    config = dataclasses.replace(config, dataset=root)
    discover_dataset(root)
    value_type = value_type or config.products.value_type
    letters = parts_needed(value_type)
    job = StageJob(stage_named("product_mean_velocity"), root, root, config)
    stack = known_interferograms(job)
    found = _Found(stack.n_ifg)
    if job.path(Pixels, SELECTED).is_file():
        _measure(job, letters, found)
    else:
        found.missing |= dict.fromkeys(MEASURED, "stage5_merge")
        found.missing |= dict.fromkeys(set(MEASURED) - {"noise_deg"}, "stage6_unwrap")
    if not np.isfinite(stack.bperp).all():
        found.missing["bperp_m"] = "stage1_load"
    dropped = stack.numbered(job.parameters.drop_ifg_index, name="drop_ifg_index")
    rows = judged_interferograms(
        stack, InterferogramMeasures(**found.values), dropped=dropped, limits=limits
    )  # fmt: skip
    return InterferogramTable(rows, found.missing, value_type, found.arcs_rule, limits)


@dataclass(slots=True)
class _Found:
    """What has been measured so far; NaN everywhere at first."""

    n_ifg: int
    values: dict[str, FloatArray] = field(init=False)
    missing: dict[str, str] = field(default_factory=dict)
    arcs_rule: str = ""

    def __post_init__(self) -> None:
        self.values = {name: np.full(self.n_ifg, np.nan) for name in MEASURED}


def known_interferograms(job: StageJob) -> Interferograms:
    """Give dates and baselines, which are NaN where only the dates are known.

    Raises
    ------
    DatasetError
        The dates are not known.
    """
    if job.path(Pixels, SELECTED).is_file():
        return job.read(Pixels, SELECTED).interferograms
    prepared = take_stock_prepared(job.root, job.config, range(1, 9))
    stack = known_stack(prepared)
    if stack is not None:
        return stack
    dates = known_dates(prepared)
    if dates is None:
        raise DatasetError(
            f"{job.root}: the dates are not known: neither stages nor lists of dates are there; "
            "prepare the data set again"
        )
    return dataclasses.replace(dates, bperp=np.where(dates.is_null, 0.0, np.nan))


def _measure(job: StageJob, letters: str, found: _Found) -> None:
    """Fill in what the merged data set says."""
    pixels = job.read(Pixels, SELECTED)
    letters = _letters_of_columns(pixels, letters)
    used = pixels.interferograms.used(job.parameters.drop_ifg_index)
    std = read_ifg_std(job, pixels)
    observed = used.observed
    if std is None:
        found.missing["noise_deg"] = "stage5_merge"
    else:
        columns = pixels.interferograms.observed
        found.values["noise_deg"][columns] = std[columns]
    kind = _unwrapped_kind(pixels)
    path = job.path(kind, SELECTED)
    if not path.is_file():
        found.missing |= dict.fromkeys(set(MEASURED) - {"noise_deg"}, "stage6_unwrap")
        return
    msd = read_variable(kind, "msd", path, job.sizes(pixels, SELECTED))
    found.values["msd_rad2"][observed] = np.ravel(msd)[observed]
    found.values["contradicting_share"], found.arcs_rule = _contradictions(job, pixels, used)
    if not found.arcs_rule:
        found.missing["contradicting_share"] = "stage8_filter"
    needs = {"d": "stage7_scla", "m": "stage7_scla", "s": "stage8_filter"}
    files = {"stage7_scla": "scla2.mat", "stage8_filter": "scn2.mat"}
    lacking = [s for s in map(needs.get, letters) if s and not (job.root / files[s]).is_file()]
    of_line = ("residual_rms_mm", "effect_rms_mm_yr", "effect_max_mm_yr")
    if lacking:
        found.missing |= dict.fromkeys(of_line, max(lacking))
        return
    if observed.size >= _FEWEST_FOR_LINE and pixels.n_ps:
        parts = _phase_parts(job, pixels, letters)
        for name, values in zip(of_line, _of_line(job, parts, letters, used, std), strict=True):
            found.values[name][observed] = values


def _unwrapped_kind(pixels: Pixels) -> type[Unwrapped | UnwrappedPairs]:
    """Give what holds the unwrapped phase of the interferograms themselves."""
    return Unwrapped if pixels.pairs is None else UnwrappedPairs


def _letters_of_columns(pixels: Pixels, letters: str) -> str:
    """Give the letters of parts that interferograms have: noise and C belong to images."""
    return letters if pixels.pairs is None else "".join(x for x in letters if x in _OF_PAIRS)


def _phase_parts(job: StageJob, pixels: Pixels, letters: str) -> PhaseParts:
    """Read the unwrapped phase of the interferograms, and its parts."""
    if pixels.pairs is None:
        return read_phase_parts(job, pixels, letters)
    ph_scla = None
    if "d" in letters:
        path, sizes = job.path(PairLookAngleError, SELECTED), job.sizes(pixels, SELECTED)
        ph_scla = read_rows(PairLookAngleError, "ph_scla", path, sizes)
    return PhaseParts(
        pixels,
        read_unwrapped_phase(job, pixels, kind=UnwrappedPairs),
        ph_scla=ph_scla,
        ph_tropo=read_letter_a(job, pixels, letters),
        deramp_degree=read_deramp_degree(job.directory),
    )


def _of_line(
    job: StageJob,
    parts: PhaseParts,
    letters: str,
    used: UsedInterferograms,
    std: FloatArray | None,
) -> tuple[Float64, Float64, Float64]:
    """Give residuals in mm and changes of the velocity in mm/yr of the columns in use."""
    pixels, columns = parts.pixels, used.observed
    phase = corrected_phase(parts, letters)
    area = reference_pixels(pixels, job.parameters)
    means = reference_means(phase, area, columns=columns)[columns]
    series = Rows(
        (pixels.n_ps, columns.size),
        np.dtype(np.float64),
        lambda rows: phase[rows][:, columns].astype(np.float64) - means,
    )
    influence = velocity_influence(
        series,
        pixels.interferograms.temporal_baseline[columns],
        std=None if std is None else usable_std(std[columns]),
    )
    scale = mm_per_radian(job.parameters.lambda_)
    return (
        influence.residual_rms * scale,
        influence.change_rms * scale,
        influence.change_max * scale,
    )


def _contradictions(job: StageJob, pixels: Pixels, used: UsedInterferograms) -> tuple[Float64, str]:
    """Give the share of contradicting arcs of every column, and the rule that found them."""
    share = np.full(pixels.n_ifg, np.nan)
    of_grid = _share_on_grid(job, used)
    if of_grid is not None:
        share[used.observed] = of_grid
        return share, _GRID
    if pixels.pairs is not None:
        return share, ""  # pairs have no neighbours in time
    path, sizes = job.path(Unwrapped, SELECTED), job.sizes(pixels, SELECTED)
    columns = np.union1d(used.observed, pixels.interferograms.null_columns.start)
    phase = read_variable(Unwrapped, "ph_uw", path, sizes)[:, columns]
    arcs = delaunay_edges(*pixels.xy[:, 1:].T)
    days = pixels.interferograms.second_day[columns]
    share[columns] = contradicting_share_of_neighbours(phase, arcs, days)
    share[pixels.interferograms.null_columns] = np.nan
    return share, _PIXELS


def _share_on_grid(job: StageJob, used: UsedInterferograms) -> Float64 | None:
    """Give the share by what stages 6 and 8 expected; None where that is not there.

    Stage 8 publishes them, so that they may be of the unwrapping before. Without smoothing in time
    (method 2D) the expected difference is the wrapped one, which says nothing.
    """
    kinds = (SpaceTime, UnwrapArcs, UnwrappedGrid)
    paths = {kind: job.root / artifact_name(kind) for kind in kinds}
    if not all(path.is_file() for path in paths.values()):
        return None
    found = read_artifact(SpaceTime, paths[SpaceTime], by_rows=("dph_space_uw", "dph_noise"))
    nodes = read_artifact(UnwrappedGrid, paths[UnwrappedGrid])
    ends = read_artifact(UnwrapArcs, paths[UnwrapArcs]).edgs[:, 1:]
    shape = (len(ends), used.observed.size)
    if found.dph_noise.shape != shape or found.dph_space_uw.shape != shape:
        return None
    if nodes.ph_uw.shape[1] != used.observed.size:
        return None
    return contradicting_share_of_expected(nodes.ph_uw, ends, found.dph_space_uw)
