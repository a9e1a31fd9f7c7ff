"""What the scene forbids of an estimate of delay, before the first job runs."""

from __future__ import annotations

import numpy as np

from pystamps.arrays import Float64
from pystamps.delays.sounding_files import read_soundings
from pystamps.doctor.checks_stack import ground_extent
from pystamps.errors import ParameterError
from pystamps.io.artifacts import artifact_name, read_artifact
from pystamps.model import Height, Pixels
from pystamps.pipeline.plan import WorkflowPlan
from pystamps.processors import read_raw_patch

_SELECTED = 2
_POWER_LAW = "power_law"


def refuse_impossible_estimate(plan: WorkflowPlan) -> None:
    """Refuse settings of an estimate from the phase that heights and extent do not allow.

    The scene is that of the selected pixels, or of the candidates where none are selected yet; of a
    data set that is still to be prepared nothing is known.

    Raises
    ------
    ParameterError
        There are no heights, or a setting is outside the bounds that the scene gives.
    """
    if plan.correction is None or not plan.correction.is_from_phase:
        return
    if plan.preparation is not None and not plan.preparation.is_done:
        return
    lonlat, height = _scene(plan)
    if not np.isfinite(height).any():
        raise ParameterError(
            f"{plan.root}: has no heights (hgt2.mat, pscands.1.hgt), and troposphere.method "
            f"{plan.correction.name} compares phase and height; prepare it with an elevation "
            "model, or take delays of a weather model"
        )
    if plan.correction.name != _POWER_LAW:
        return
    # SciPy is behind these: plans of other runs do without
    from pystamps.corrections.elevation_limits import power_law_of_settings
    from pystamps.corrections.power_law_delays import refuse_low_h0
    from pystamps.corrections.power_law_soundings import power_law_of_soundings

    settings = plan.config.troposphere
    h0_km, alpha = settings.h0_km, settings.alpha
    if settings.soundings is not None:
        h0_km, alpha = power_law_of_soundings(read_soundings(settings.soundings), h0_km=h0_km)
    refuse_low_h0(h0_km, float(np.nanmax(height)))
    extent = np.array(ground_extent(lonlat, plan.root_parameters.heading)) / 1000
    power_law_of_settings(settings, extent, h0_km=h0_km, alpha=alpha)


def _scene(plan: WorkflowPlan) -> tuple[Float64, Float64]:
    """Give positions, degrees, and heights, m, of what is known so far; NaN = no heights."""
    pixels, heights = (plan.root / artifact_name(kind, _SELECTED) for kind in (Pixels, Height))
    if pixels.is_file():
        lonlat = read_artifact(Pixels, pixels).lonlat
        hgt = read_artifact(Height, heights).hgt if heights.is_file() else np.array([np.nan])
        return lonlat, np.ravel(hgt).astype(np.float64)
    parameters = plan.root_parameters
    found = [
        read_raw_patch(
            plan.root / patch,
            parameters.insar_processor,
            is_small_baseline=parameters.small_baseline_flag,
            raw_root=plan.config.runtime.raw_root,
        ).candidates
        for patch in plan.patches
    ]
    known = [np.ravel(patch.hgt) for patch in found if patch.hgt is not None]
    height = np.concatenate([np.array([np.nan]), *known])
    return np.concatenate([patch.lonlat for patch in found]), height.astype(np.float64)
