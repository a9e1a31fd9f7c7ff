"""Entry point of the displacement series of the accuracy modes."""

from __future__ import annotations

from pathlib import Path

from pystamps.accuracy.collocated_series import collocated_series
from pystamps.accuracy.trend_before_high_pass import SeriesMethod, filtered_series
from pystamps.config import RunConfig
from pystamps.model import AccurateVelocity, Pixels
from pystamps.pipeline.entry.accurate_inputs import read_accurate_parts, read_baselines_of_images
from pystamps.pipeline.entry.generations import SELECTED
from pystamps.pipeline.job import stage_job
from pystamps.pipeline.types import StageResult


def product_accurate_series(root: Path, config: RunConfig) -> StageResult:
    """Tell motion and atmosphere of the secondary images apart; writes ``accurate_series``.

    Parameters
    ----------
    root : Path
        Root of the data set.
    config : RunConfig
        ``accuracy.*`` say how.

    Returns
    -------
    StageResult
    """
    with stage_job("product_accurate_series", root, config) as job:
        pixels = job.read(Pixels, SELECTED)
        modes = config.accuracy.modes
        method = SeriesMethod(modes.scn_trend == "remove", config.compat, config.kernel_choice)
        velocity = job.read(AccurateVelocity, sizes=job.sizes(pixels, SELECTED))
        parts = read_accurate_parts(job, pixels)
        bperp = read_baselines_of_images(job, parts)  # by rows: read where it is used
        if modes.series == "collocation":
            series = collocated_series(
                parts,
                bperp,
                velocity,
                job.parameters,
                with_std=modes.uncertainty == "posterior",
            )
        else:
            series = filtered_series(parts, velocity, job.parameters, method)
        job.write(series)
        job.counts = {"pixels": pixels.n_ps, "dates": series.displacement.shape[1]}
        job.is_empty = pixels.n_ps == 0
        job.details = f"series {modes.series}, trend before the high-pass {modes.scn_trend}"
    return job.result
