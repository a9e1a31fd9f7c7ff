"""Where the errors of the results come from: each true part of the phase sent through the chain.

From unwrapped phase on the chain is linear: the look-angle error (least squares), the contribution
of the reference image, the planes and the filter of stage 8, the straight line. So its errors are
the sum of what it makes of each part alone, and the parts of a simulated stack are known.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from pystamps.arrays import Bool, Float64, FloatArray, Index
from pystamps.config import Compat
from pystamps.errors import ArtifactError, ParameterError
from pystamps.parameters import Parameters
from pystamps.products.agreement import rms, without_plane
from pystamps.products.comparison import positions_in_truth
from pystamps.products.image_stack import ImageStack, read_image_stack
from pystamps.products.phase import PhaseParts
from pystamps.products.true_parts import HEIGHT, MOTION, TruePart, true_parts
from pystamps.products.velocity import (
    displacement_series_mm,
    mean_velocity,
    mm_per_radian,
    velocity_mm_per_year,
)
from pystamps.simulate.truth import read_truth
from pystamps.stages.stage7_scla import estimate_look_angle_error
from pystamps.stages.stage8_filter import ScnInput, filter_correlated_noise

VELOCITIES = ("v", "v-d", "v-do", "v-dos")
"""Value types of the velocity that the budget has."""

SERIES = ("u-dm", "u-dms")
"""Value types of the displacement that the budget has."""

_ENDS = 3
_TOTAL = "all together"


@dataclass(frozen=True, slots=True)
class BudgetLine:
    """What one part of the phase does to the results, at selected persistent scatterers.

    Attributes
    ----------
    name : str
    velocity_mm_yr : dict of value type to rms of the error, mean removed
    height_m : float
        Rms of the error of the height, mean removed.
    displacement_mm : dict of value type to rms of the error without a plane, median of the images
    """

    name: str
    velocity_mm_yr: dict[str, float]
    height_m: float
    displacement_mm: dict[str, float]


@dataclass(frozen=True, slots=True)
class ErrorBudget:
    """Errors of a run by their causes.

    Attributes
    ----------
    parts : tuple of BudgetLine
    total : BudgetLine
        Of the whole phase.
    not_additive_mm_yr : float
        Rms of ``v-do`` of the whole phase less the sum over the parts: 0 but for rounding where
        the chain is linear.
    lost_plane_mm_yr : float
        Rms of the plane of the true velocity, which value types with ``o`` lose.
    leak_mm : tuple of three floats
        Rms of the true motion that stage 8 takes for noise: the first three, the middle three and
        the last three images.
    """

    parts: tuple[BudgetLine, ...]
    total: BudgetLine
    not_additive_mm_yr: float
    lost_plane_mm_yr: float
    leak_mm: tuple[float, float, float]

    def lines(self) -> list[str]:
        """Give the budget as lines for people."""
        head = f"{'error from':<42}" + "".join(f"{name:>8}" for name in (*VELOCITIES, "height"))
        head += "".join(f"{name:>8}" for name in SERIES)
        first, middle, last = self.leak_mm
        return [
            f"{'rms at true scatterers':<42}{'mm/yr':>8}{'':>24}{'m':>8}{'mm':>8}",
            head,
            *(_row(line) for line in (*self.parts, self.total)),
            f"plane of the true velocity, lost with o: {self.lost_plane_mm_yr:.2f} mm/yr",
            f"motion that stage 8 takes for noise: {first:.2f} mm in the first {_ENDS} images, "
            f"{middle:.2f} in the middle, {last:.2f} in the last {_ENDS}",
            f"parts add up to the whole within {self.not_additive_mm_yr:.2g} mm/yr (v-do)",
        ]


def _row(line: BudgetLine) -> str:
    values = (*line.velocity_mm_yr.values(), line.height_m, *line.displacement_mm.values())
    return f"{line.name:<42}" + "".join(f"{value:8.2f}" for value in values)


def error_budget(
    root: Path,
    truth: Path,
    *,
    stamps: Mapping[str, Any] | None = None,
    compat: Compat | None = None,
) -> ErrorBudget:
    """Send each true part of the phase of a simulated data set through stages 7 and 8 alone.

    Parameters
    ----------
    root : Path
        Root of the data set, after stage 6.
    truth : Path
        ``truth.h5`` of the simulation.
    stamps : mapping, optional
        StaMPS parameters of the configuration.
    compat : Compat, optional
        Of the configuration.

    Raises
    ------
    ArtifactError
        A file is missing, or the truth belongs to another data set.
    ParameterError
        Stages 7 and 8 are not linear with these parameters, or tropospheric phase was taken off.

    Notes
    -----
    Of small baselines the parts are those of the images that the inversion has left; what it did
    to cycles of pairs stands with the wrong cycles and the noise of the images.
    """
    root, known = Path(root), read_truth(truth)
    stack = read_image_stack(root, stamps)
    pixels, ph_uw = stack.pixels, stack.ph_uw
    line, sample = positions_in_truth(pixels, known)
    _refuse_what_is_not_linear(stack.parameters)
    steps = _Chain(stack, compat or Compat(), 1 / known.header.phase_per_height[sample])
    is_ps = known.at("ps_mask", line, sample).astype(np.bool_)
    if is_ps.sum() < _ENDS:
        raise ArtifactError(f"{root}: {int(is_ps.sum())} selected pixels are persistent scatterers "
                            f"of {known.path}, a budget needs {_ENDS}; give its truth")  # fmt: skip
    parts = true_parts(known, line, sample, ph_uw, is_ps)
    found = [steps.results_of(part.phase) for part in parts]
    whole = steps.results_of(ph_uw)
    place = pixels.xy[is_ps, 1:].astype(np.float64)
    used = stack.secondaries
    lines = [_line(part, each, is_ps, place, used) for part, each in zip(parts, found, strict=True)]
    aim = _sum_of_aims(parts)
    motion = found[[part.name for part in parts].index(MOTION)]
    velocity = np.asarray(aim.velocity)[is_ps]
    difference = whole.velocity["v-do"] - np.sum([each.velocity["v-do"] for each in found], axis=0)
    return ErrorBudget(
        parts=tuple(lines),
        total=_line(aim, whole, is_ps, place, used),
        not_additive_mm_yr=rms(difference[is_ps] - difference[is_ps].mean()),
        lost_plane_mm_yr=rms(velocity - velocity.mean() - without_plane(velocity, place)),
        leak_mm=_leak(motion.noise_mm[is_ps], known.header.master_position),
    )


def _refuse_what_is_not_linear(parameters: Parameters) -> None:
    if parameters.scla_method.upper() != "L2":
        raise ParameterError(
            f"scla_method={parameters.scla_method}: parts do not add up where stage 7 minimises "
            "absolute values, so that there is no budget; set scla_method=L2"
        )
    if parameters.scn_kriging_flag:
        raise ParameterError(
            "scn_kriging_flag=y: the filter of stage 8 depends on the phase, so that there is no "
            "budget; set it to n"
        )
    if parameters.subtr_tropo:
        raise ParameterError(
            "subtr_tropo=y: tropospheric phase was taken off before stage 7, and the budget is of "
            "phase that has it; run without a correction"
        )


@dataclass(frozen=True, slots=True)
class _Results:
    """What the chain makes of some phase: mm/yr by value type, m, mm by value type, mm."""

    velocity: dict[str, Float64]
    height_m: Float64
    series_mm: dict[str, Float64]
    noise_mm: Float64


class _Chain:
    """Stages 7 and 8 and the products of a data set, for any phase of its images."""

    def __init__(self, stack: ImageStack, compat: Compat, metres: Float64) -> None:
        self._stack, self._compat, self._metres = stack, compat, metres

    def results_of(self, phase: FloatArray) -> _Results:
        """Give what stages 7, 8 and the products make of the phase of the images, in rad."""
        stack, ph = self._stack, np.asarray(phase, dtype=np.float32)
        parameters, wavelength = stack.parameters, stack.parameters.lambda_
        scla = estimate_look_angle_error(stack.scla_input(ph), parameters)
        noise = filter_correlated_noise(
            ScnInput(stack.pixels, ph, scla.ph_scla, scla.c_ps_uw, scla.ph_ramp),
            parameters,
            compat=self._compat,
        )
        parts = stack.parts(ph, scla, noise)
        std = stack.ifg_std_deg
        return _Results(
            velocity={
                name: velocity_mm_per_year(
                    mean_velocity(parts, parameters, value_type=name, ifg_std_deg=std).m,
                    wavelength,
                ).astype(np.float64)
                for name in VELOCITIES
            },
            height_m=np.asarray(scla.k_ps_uw) * self._metres,
            series_mm={name: self._series(parts, name) for name in SERIES},
            noise_mm=np.asarray(noise.ph_scn_slave[:]) * -mm_per_radian(wavelength),
        )

    def _series(self, parts: PhaseParts, name: str) -> Float64:
        """Give the displacement of all images; NaN of those that are not used."""
        parameters, day = self._stack.parameters, self._stack.pixels.day
        found = displacement_series_mm(
            parts, parameters, value_type=name, wavelength=parameters.lambda_
        )
        every = np.full((len(found.displacement_mm), day.size), np.nan)
        every[:, np.searchsorted(day, found.day)] = found.displacement_mm
        return every


def _sum_of_aims(parts: list[TruePart]) -> TruePart:
    """Give what is to be found of all parts together."""
    return TruePart(
        _TOTAL,
        np.zeros((0, 0)),
        np.sum(
            [np.asarray(part.velocity) + 0 * np.asarray(parts[0].velocity) for part in parts], 0
        ),
        next(part.height_m for part in parts if part.name == HEIGHT),
        np.sum([np.asarray(part.displacement_mm) + 0 * parts[0].phase for part in parts], 0),
    )


def _line(aim: TruePart, found: _Results, is_ps: Bool, place: Float64, used: Index) -> BudgetLine:
    return BudgetLine(
        aim.name,
        {name: _spread((each - aim.velocity)[is_ps]) for name, each in found.velocity.items()},
        _spread((found.height_m - aim.height_m)[is_ps]),
        {
            name: _median_rms((each - aim.displacement_mm)[is_ps][:, used], place)
            for name, each in found.series_mm.items()
        },
    )


def _spread(values: Float64) -> float:
    return rms(values - values.mean())


def _median_rms(errors: Float64, place: Float64) -> float:
    return float(np.median(np.sqrt(np.mean(without_plane(errors, place) ** 2, axis=0))))


def _leak(noise: Float64, master: int) -> tuple[float, float, float]:
    """Give the size of what the filter takes off at both ends and in the middle of the series."""
    size = np.sqrt(np.mean((noise - noise.mean(axis=0)) ** 2, axis=0))
    near = [k for k in (master - 2, master - 1, master + 1, master + 2) if 0 <= k < size.size]
    groups = (size[:_ENDS], size[near], size[-_ENDS:])
    first, middle, last = (float(np.sqrt(np.mean(each**2))) for each in groups)
    return first, middle, last
