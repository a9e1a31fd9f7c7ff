"""Pairs of images for small baselines: from the dates and baselines of a single-master set."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pystamps.config import RunConfig
from pystamps.dates import calendar_date, yyyymmdd
from pystamps.errors import DatasetError, ParameterError
from pystamps.interferograms import Interferograms
from pystamps.io.atomic import temporary_beside
from pystamps.io.dataset import discover_dataset
from pystamps.pipeline.entry.interferograms import known_interferograms
from pystamps.pipeline.job import StageJob
from pystamps.stage_table import stage_named
from pystamps.stages.image_network import (
    connected_image_groups,
    expected_coherence,
    small_baseline_pairs,
)


@dataclass(frozen=True, slots=True)
class ChosenPair:
    """Two images of which an interferogram is worth making.

    Attributes
    ----------
    first, second : str
        YYYY-MM-DD.
    days : int
    bperp_m : float
        Of the second image relative to the first.
    coherence : float
        That is expected.
    """

    first: str
    second: str
    days: int
    bperp_m: float
    coherence: float


@dataclass(frozen=True, slots=True)
class ChosenPairs:
    """A network of small baselines.

    Attributes
    ----------
    pairs : tuple of ChosenPair
    words : tuple of str
        How many there are, and whether they connect all images.
    lines : tuple of str
        Lines of ``small_baselines.list``: YYYYMMDD YYYYMMDD.
    """

    pairs: tuple[ChosenPair, ...]
    words: tuple[str, ...]
    lines: tuple[str, ...]


def choose_pairs(
    root: Path,
    config: RunConfig,
    *,
    least_coherence: float,
    critical_days: float,
    critical_baseline_m: float,
) -> ChosenPairs:
    """Choose pairs of the images of a single-master set.

    Parameters
    ----------
    root : Path
        Root of the data set.
    config : RunConfig
    least_coherence, critical_days, critical_baseline_m : float
        As in :mod:`pystamps.stages.image_network`.

    Raises
    ------
    ParameterError
        The data set is one of small baselines.
    DatasetError
        Dates or baselines are not known yet.
    """
    root = root.resolve()
    discover_dataset(root)
    config = dataclasses.replace(config, dataset=root)
    job = StageJob(stage_named("stage1_load"), root, root, config)
    if job.parameters.small_baseline_flag:
        raise ParameterError(
            f"{root}: is a set of small baselines already; give the single-master set of the "
            "images. `pystamps ifgs` lists the pairs of this one"
        )
    stack = known_interferograms(job)
    if not np.isfinite(stack.bperp).all():
        raise DatasetError(f"{root}: the baselines are not known yet; run stage 1 first")
    coherence = expected_coherence(
        stack.day, stack.bperp, critical_days=critical_days,
        critical_baseline_m=critical_baseline_m,
    )  # fmt: skip
    pairs = small_baseline_pairs(coherence, least_coherence)
    days = [(stack.day[first], stack.day[second]) for first, second in pairs]
    chosen = tuple(
        ChosenPair(
            calendar_date(stack.day[first]).isoformat(),
            calendar_date(stack.day[second]).isoformat(),
            round(stack.day[second] - stack.day[first]),
            float(stack.bperp[second] - stack.bperp[first]),
            float(coherence[first, second]),
        )
        for first, second in pairs
    )
    lines = tuple(f"{yyyymmdd(first)} {yyyymmdd(second)}" for first, second in days)
    return ChosenPairs(chosen, (_connection(stack, pairs),), lines)


def _connection(stack: Interferograms, pairs: np.ndarray) -> str:
    """Say whether the pairs connect all images."""
    groups = connected_image_groups(pairs)
    alone = stack.n_image - sum(group.size for group in groups)
    said = f"{len(pairs)} pairs of {stack.n_image} images"
    if len(groups) == 1 and not alone:
        return f"{said}, which connect all of them"
    sizes = ", ".join(str(group.size) for group in groups)
    without = f", and {alone} have no pair" if alone else ""
    return (
        f"{said}; they connect them only in {len(groups)} groups of {sizes}{without}: no time "
        "series reaches from one to another; take pairs of less coherence, or longer ones"
    )


def write_pairs(path: Path, found: ChosenPairs, *, overwrite: bool = False) -> None:
    """Write the pairs as StaMPS' ``sb_find`` does.

    Raises
    ------
    ParameterError
        The file is there.
    """
    if path.exists() and not overwrite:
        raise ParameterError(f"{path}: is there; --overwrite replaces it")
    with temporary_beside(path) as temporary:
        temporary.write_text("".join(f"{line}\n" for line in found.lines))
