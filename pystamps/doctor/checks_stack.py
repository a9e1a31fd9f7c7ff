"""The stack as a whole: baselines and dates, size of the scene, candidates to be expected."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from pystamps.dates import datenum
from pystamps.doctor.checks_machine import check_resources
from pystamps.findings import Code, Finding, value_or_finding
from pystamps.geo import llh2local, local_coordinates, local_origin, turned_along_track
from pystamps.io.text_numbers import parse_numbers
from pystamps.parameters import Parameters
from pystamps.prep.candidates import amplitude_statistics, mean_amplitude, select_candidates
from pystamps.processors.export import Export
from pystamps.processors.rasters import Raster
from pystamps.processors.samples import block_starts, read_sample
from pystamps.processors.slant_range import middle_baselines
from pystamps.stage_table import mode_of

TEMPORAL_SUMMARY = Code(
    "temporal-summary",
    "info",
    "first and last image, spacing in time, longest gap",
    "Deformation of more than a quarter of the wavelength between neighbouring images and pixels "
    "cannot be unwrapped safely; long gaps make that likely.",
)
BASELINE_SUMMARY = Code(
    "baseline-summary",
    "info",
    "spread of the perpendicular baselines",
    "Heights are estimated from their spread; decorrelation grows with their size.",
)
BASELINES_EQUAL = Code(
    "baselines-equal",
    "warning",
    "all perpendicular baselines are equal",
    "The look-angle (height) error cannot be separated from the reference image's own phase.",
    "check the orbits or the baseline files; very narrow orbital tubes may be real",
)
LONG_GAP = Code(
    "long-gap",
    "warning",
    "there is a gap of more than a year between two images",
    "Unwrapping in time has no support across the gap.",
    "add images, or process the two parts separately",
)
SCENE_SMALL = Code(
    "scene-too-small",
    "error",
    "the scene, or every patch of it, is smaller than a filter window",
    "Stage 2 needs three quarters of clap_win cells of filter_grid_size in both directions, stage "
    "3 clap_win cells, stage 6 unwrap_gold_n_win cells of unwrap_grid_size.",
    "take larger patches or a larger scene, or smaller filter_grid_size, clap_win, "
    "unwrap_gold_n_win or unwrap_grid_size",
)
SCENE_EXTENT = Code(
    "scene-extent",
    "info",
    "size of the scene on the ground",
    "From sampled positions; compared with the filter windows of stages 2, 3 and 6.",
)
EXPECTED_CANDIDATES = Code(
    "expected-candidates",
    "info",
    "number of candidates to be expected",
    "Raw exports: share of sampled pixels below the amplitude dispersion threshold (0.4), times "
    "the number of pixels. Data sets: counted.",
)
FEW_CANDIDATES = Code(
    "few-candidates",
    "warning",
    "there are few candidates",
    "Water, fields or forest, a threshold that is too strict, or amplitudes that are not "
    "calibrated. Stages 2 and 3 need hundreds of candidates per patch.",
    "raise the amplitude dispersion threshold, use fewer patches, or look at the images",
)
NO_CANDIDATES = Code(
    "no-candidates",
    "error",
    "there is no candidate at all",
    "No pixel is below the threshold: the images are zero or not a number somewhere everywhere, "
    "or the threshold is far too strict.",
    "look at the images; prepare again with a higher amplitude dispersion threshold",
)

THRESHOLD = 0.4
FEWEST_CANDIDATES = 500
_DAYS_OF_A_YEAR = 366
_EQUAL_BASELINES_M = 1e-3


def check_sampling(export: Export) -> Iterator[Finding]:
    """Summarise dates and baselines."""
    if export.dates:
        yield from temporal_summary(export.folder, export.dates)
    if export.par is not None:
        bases = [pair.companion for pair in export.interferograms if pair.companion is not None]
        values = middle_baselines(export.par, bases, width=export.size[0])
    else:
        text = export.texts.get("bperp.1.in", "").encode()
        numbers = value_or_finding(export.folder, parse_numbers, export.folder, text)
        values = [] if isinstance(numbers, Finding) else numbers[np.isfinite(numbers)].tolist()
    yield from baseline_summary(export.folder, values)


def temporal_summary(where: Path, dates: Sequence[str]) -> Iterator[Finding]:
    """Summarise the dates of a stack, the reference image among them."""
    days = np.array(sorted({datenum(date) for date in dates}))
    if days.size < 2:
        return
    gaps = np.diff(days)
    longest = int(np.argmax(gaps))
    ordered = sorted(set(dates))
    yield TEMPORAL_SUMMARY.at(
        where,
        f"{days.size} dates, {ordered[0]} to {ordered[-1]}, median spacing {np.median(gaps):g} "
        f"days, longest gap {gaps[longest]:g} days ({ordered[longest]} to {ordered[longest + 1]})",
    )
    if gaps[longest] > _DAYS_OF_A_YEAR:
        yield LONG_GAP.at(where, f"{gaps[longest]:g} days after {ordered[longest]}")


def baseline_summary(where: Path, baselines: Sequence[float]) -> Iterator[Finding]:
    """Summarise perpendicular baselines in m."""
    if len(baselines) < 2:
        return
    values = np.array(baselines)
    yield BASELINE_SUMMARY.at(
        where,
        f"{values.size} baselines from {values.min():.1f} to {values.max():.1f} m, standard "
        f"deviation {values.std():.1f} m",
    )
    if np.ptp(values) < _EQUAL_BASELINES_M:
        yield BASELINES_EQUAL.at(where, f"all {values[0]:g} m", expected="a spread")


@dataclass(frozen=True, slots=True)
class Windows:
    """Smallest extents in m that the stages need, by their number.

    Attributes
    ----------
    stage2, stage3, stage6 : float
    """

    stage2: float
    stage3: float
    stage6: float

    @classmethod
    def of(cls, parameters: Parameters) -> Windows:
        """Take them from the parameters."""
        return cls(
            3 * parameters.clap_win // 4 * parameters.filter_grid_size,
            parameters.clap_win * parameters.filter_grid_size,
            parameters.unwrap_gold_n_win * parameters.unwrap_grid_size,
        )


def ground_extent(lonlat: npt.NDArray[np.float64], heading: float) -> tuple[float, float]:
    """Give the extent of positions in m along the axes that stage 1 would choose.

    Parameters
    ----------
    lonlat : ndarray of float64, shape (n, 2)
        Degrees; rows that are not numbers, or are (0, 0), do not count.
    heading : float
        Degrees, NaN when not known.
    """
    placed = _placed(lonlat)
    if len(placed) < 2:
        return (math.nan, math.nan)
    xy = local_coordinates(placed, local_origin(placed), heading if math.isfinite(heading) else 0.0)
    x, y = np.ptp(xy.astype(np.float64), axis=0)
    return float(x), float(y)


def least_side(lonlat: npt.NDArray[np.float64], heading: float) -> float:
    """Give the shortest side in m of positions, whether or not stage 1 would turn them.

    That of some of the positions of a patch is a lower bound for the patch. Arguments are those of
    :func:`ground_extent`; NaN where no two positions are known.
    """
    placed = _placed(lonlat)
    if len(placed) < 2:
        return math.nan
    north_up = llh2local(placed, local_origin(placed)) * 1000
    turned = turned_along_track(north_up, heading if math.isfinite(heading) else 0.0)
    return float(min(np.ptp(north_up, axis=0).min(), np.ptp(turned, axis=0).min()))


def _placed(lonlat: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    good = np.isfinite(lonlat).all(axis=1) & (lonlat != 0).any(axis=1)
    good &= (np.abs(lonlat) <= (360.0, 90.0)).all(axis=1)
    placed: npt.NDArray[np.float64] = lonlat[good]
    return placed


def too_small(
    where: Path, extent: tuple[float, float], parameters: Parameters, stages: Sequence[int]
) -> Iterator[Finding]:
    """Compare an extent with the windows of some stages."""
    windows = Windows.of(parameters)
    needed = {2: windows.stage2, 3: windows.stage3, 6: windows.stage6}
    for stage in stages:
        if min(extent) <= needed[stage]:
            yield SCENE_SMALL.at(
                where,
                f"{extent[0]:.0f} x {extent[1]:.0f} m",
                expected=f"more than {needed[stage]:.0f} m in both directions for stage {stage}",
            )


def check_extent(export: Export, parameters: Parameters) -> Iterator[Finding]:
    """Compare the scene with the filter windows, as if it were one patch."""
    lonlat = _sampled_positions(export)
    if lonlat is None:
        return
    heading = math.nan
    if export.par is not None:
        value = value_or_finding(export.par.path, export.par.number, "heading")
        heading = value if isinstance(value, float) else math.nan
    extent = ground_extent(lonlat, heading)
    if not all(map(math.isfinite, extent)):
        return
    yield SCENE_EXTENT.at(export.folder, f"{extent[0] / 1000:.2f} x {extent[1] / 1000:.2f} km")
    yield from too_small(export.folder, extent, parameters, (2, 3, 6))


def _sampled_positions(export: Export) -> npt.NDArray[np.float64] | None:
    parts = []
    for role in ("longitude", "latitude"):
        raster = export.geometry.get(role)
        if raster is None or not _has_size(raster):
            return None
        parts.append(read_sample(raster).values.astype(np.float64))
    return np.column_stack(parts)


def _has_size(raster: Raster) -> bool:
    is_whole = raster.n_bytes > 0 and raster.path.is_file()
    return is_whole and raster.path.stat().st_size == raster.n_bytes


def candidate_share(export: Export) -> float | None:
    """Estimate the share of candidates from sampled blocks; None when the images are not usable."""
    usable = [raster for raster in export.images if _has_size(raster)]
    if len(usable) < 2 or len(usable) != len(export.images) or export.is_small_baseline:
        return None

    def blocks(raster: Raster) -> npt.NDArray[np.complex64]:
        return np.concatenate(read_sample(raster).blocks).astype(np.complex64)

    with np.errstate(all="ignore"):
        constants = [mean_amplitude(blocks(raster)) for raster in usable]
        if not all(math.isfinite(c) and c > 0 for c in constants):
            return None
        statistics = amplitude_statistics((blocks(raster) for raster in usable), constants)
        chosen = select_candidates(statistics, THRESHOLD)
    starts, lines = block_starts(usable[0])
    return chosen.line.size / (len(starts) * lines * export.size[0])


def check_candidates(export: Export) -> Iterator[Finding]:
    """Estimate the number of candidates, and the memory and disk space that a run needs."""
    share = candidate_share(export)
    if share is None:
        return
    width, length = export.size
    number = round(share * width * length)
    yield EXPECTED_CANDIDATES.at(
        export.folder,
        f"about {number} ({100 * share:.1f} % of {width} x {length} pixels, threshold {THRESHOLD})",
    )
    yield from few_candidates(export.folder, number)
    if number:
        yield from check_resources(
            export.folder,
            largest_patch=number,
            candidates=number,
            interferograms=len(export.interferograms),
            mode=mode_of(is_small_baseline=export.is_small_baseline),
        )


def few_candidates(where: Path, number: int) -> Iterator[Finding]:
    """Report a small number of candidates, or none."""
    if number == 0:
        yield NO_CANDIDATES.at(where, "0")
    elif number < FEWEST_CANDIDATES:
        yield FEW_CANDIDATES.at(where, str(number), expected=f"{FEWEST_CANDIDATES} or more")
