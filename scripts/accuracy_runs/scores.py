"""Errors of a run, and of the accuracy modes on it, against the truth of its scene."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from accuracy_runs.chance import coverage_by_chance
from pystamps.io.artifacts import read_artifact, read_variable
from pystamps.io.mat import read_mat
from pystamps.model import (
    AccurateSeries,
    AccurateVelocity,
    InterferogramNoise,
    Pixels,
    SelectedNoise,
    Unwrapped,
)
from pystamps.parameters.files import effective_parameters
from pystamps.products.agreement import rms, without_plane
from pystamps.products.assessment import assess
from pystamps.products.comparison import MergedResults, compare_with_truth
from pystamps.products.image_agreement import wrong_cycles
from pystamps.products.velocity import mean_velocity, velocity_mm_per_year
from pystamps.simulate.scatterer_motion import SINGLE_MOVERS
from pystamps.simulate.truth import PATTERN, Truth, read_truth

VELOCITIES = ("v", "v-d", "v-do")
VELOCITY_OF_MODE = "v"
"""Name under which the velocity of a mode stands."""

_ENDS = 3
_CLAIMED_MM = 0.01
_WITHIN_RADIUS = float(np.exp(-0.5))
"""Share of the deepest value of a Gaussian bowl at its radius."""

Score = dict[str, Any]


@dataclass(frozen=True)
class Scene:
    """A finished run beside its truth, at the selected persistent scatterers.

    Arrays have a row for every pixel of the run; ``ps`` are the rows of true scatterers.
    """

    root: Path
    pixels: Pixels
    truth: Truth
    line: np.ndarray
    sample: np.ndarray
    ps: np.ndarray
    place: np.ndarray
    velocity: np.ndarray
    displacement: np.ndarray

    @classmethod
    def of(cls, root: Path) -> Scene:
        """Read a finished run."""
        pixels, truth = read_artifact(Pixels, root / "ps2.mat"), read_truth(root / "truth.h5")
        line, sample = (np.rint(pixels.ij[:, k]).astype(np.int64) for k in (1, 2))
        ps = np.flatnonzero(truth.at("ps_mask", line, sample))
        velocity = truth.at("velocity", line, sample).astype(float)
        shown = truth.displacement(line, sample)
        return cls(root, pixels, truth, line, sample, ps, pixels.xy[ps, 1:].astype(float),
                   velocity, shown)  # fmt: skip

    @property
    def secondaries(self) -> np.ndarray:
        """Columns of the images but the reference."""
        return np.setdiff1d(np.arange(self.pixels.day.size), [self.truth.header.master_position])


def of_stamps(scene: Scene) -> Score:
    """Give the errors of what the default chain makes."""
    found = compare_with_truth(scene.root, scene.root / "truth.h5")
    summary = assess(found)
    coverage = summary.coverage
    assert found.displacement_error_mm is not None, "the run has no series"
    assert summary.dem_error is not None, "the run has no heights"
    assert summary.unwrapping is not None, "the run is not unwrapped"
    return {
        "velocity": _velocities(scene),
        "height": summary.dem_error.rms,
        **_series(scene, np.asarray(found.displacement_error_mm)),
        "wrong_cycles": summary.unwrapping.wrong_fraction,
        "within_1": None if isinstance(coverage, str | None) else coverage.within_1,
        "within_2": None if isinstance(coverage, str | None) else coverage.within_2,
        **_alone(scene, _velocity(scene, "v-d"), ""),
    }


def of_mode(scene: Scene) -> Score:
    """Give the errors of the results that accuracy modes have left in the run."""
    score: Score = {}
    velocity = scene.root / "accurate_v.mat"
    if velocity.is_file():
        score |= _accurate_velocity(scene, read_artifact(AccurateVelocity, velocity))
    series = scene.root / "accurate_series.mat"
    if series.is_file():
        values = np.asarray(read_variable(AccurateSeries, "displacement", series), dtype=float)
        score |= _series(scene, values - scene.displacement) | _claims(scene, values)
    phase = scene.root / "accurate_uw.mat"
    if phase.is_file():
        score["wrong_cycles"] = _wrong_share(scene, np.asarray(read_mat(phase)["ph_uw"], float))
    return score


def _velocities(scene: Scene) -> dict[str, float]:
    return {name: _error(scene, _velocity(scene, name)) for name in VELOCITIES}


def _velocity(scene: Scene, name: str) -> np.ndarray:
    parameters = effective_parameters(scene.root, scene.root, {})
    parts = MergedResults(scene.root, scene.pixels).parts()
    assert parts is not None, "the run has no look-angle error"
    noise = read_variable(InterferogramNoise, "ifg_std_deg", scene.root / "ifgstd2.mat")
    m = mean_velocity(parts, parameters, value_type=name, ifg_std_deg=noise).m
    return velocity_mm_per_year(m, parameters.lambda_).astype(float)


def _error(scene: Scene, velocity: np.ndarray) -> float:
    return _spread((velocity - scene.velocity)[scene.ps])


def _spread(values: np.ndarray) -> float:
    known = values[np.isfinite(values)]
    return rms(known - known.mean())


def _accurate_velocity(scene: Scene, found: AccurateVelocity) -> Score:
    error = (found.v - scene.velocity)[scene.ps]
    known = np.isfinite(error)
    centred = error - error[known].mean()
    std = found.v_std[scene.ps]
    sure = known & np.isfinite(std)
    per_height = scene.truth.header.phase_per_height[scene.sample]
    height = found.k_ps / per_height - scene.truth.at("dem_error", scene.line, scene.sample)
    score = {
        "velocity": {VELOCITY_OF_MODE: _spread(error)},
        "velocity_without_plane": rms(without_plane(centred[known], scene.place[known])),
        "height": _spread(height[scene.ps]),
        "within_1": float(np.mean(np.abs(centred[sure]) <= std[sure])) if sure.any() else None,
        "within_2": float(np.mean(np.abs(centred[sure]) <= 2 * std[sure])) if sure.any() else None,
        "map_rms": _spread(found.v[scene.ps]),
        "map_std": rms(std[sure]) if sure.any() else None,
        **_alone(scene, found.v, ""),
        **_alone(scene, found.v_unshrunk, "_unshrunk"),
    }
    if sure.any():
        plane_std = found.plane_std[scene.ps][sure]
        score |= coverage_by_chance(scene.place[sure], std[sure], plane_std)
    if found.k_std is not None:
        error, std = height[scene.ps], np.abs(found.k_std / per_height)[scene.ps]
        score["height_within_1"] = float(np.mean(np.abs(error - np.nanmean(error)) <= std))
    return score


def _series(scene: Scene, error: np.ndarray) -> Score:
    chosen = error[scene.ps]
    known = np.isfinite(chosen).all(axis=0)
    size = np.full(chosen.shape[1], np.nan)
    size[known] = np.sqrt(np.mean(without_plane(chosen[:, known], scene.place) ** 2, axis=0))
    return {
        "series": float(np.nanmedian(size[scene.secondaries])),
        "series_ends": float(np.nanmean(np.r_[size[:_ENDS], size[-_ENDS:]])),
    }


def _claims(scene: Scene, displacement: np.ndarray) -> Score:
    """Give the share of scatterers whose series is no straight line: motion that is claimed."""
    day = scene.pixels.day - scene.pixels.day[scene.truth.header.master_position]
    values = displacement[scene.ps]
    known = np.isfinite(values).all(axis=0)
    design = np.stack([np.ones(known.sum()), day[known]], axis=1)
    left = values[:, known] - values[:, known] @ np.linalg.pinv(design).T @ design.T
    return {"claimed": float(np.mean(np.sqrt(np.mean(left**2, axis=1)) > _CLAIMED_MM))}


def _alone(scene: Scene, velocity: np.ndarray, ending: str) -> Score:
    """Give what becomes of what moves alone: mean errors in the direction of the motion.

    Of single scatterers, and of those within the radius of the last source of the ground, the small
    bowl of the family that has both.
    """
    header = scene.truth.header
    if SINGLE_MOVERS not in header.own_motions:
        return {}
    ground = len(header.displacement_time) - len(header.own_motions)
    planes = scene.truth.plane(PATTERN)
    patterns = planes[:, scene.line, scene.sample]
    own = patterns[ground + header.own_motions.index(SINGLE_MOVERS)]
    bowl = patterns[ground - 1]
    error = velocity - scene.velocity
    error = error - np.nanmedian(error[scene.ps])
    movers = np.intersect1d(np.flatnonzero(own), scene.ps)
    deepest = np.abs(planes[ground - 1]).max()
    near = np.flatnonzero(np.abs(bowl) > _WITHIN_RADIUS * deepest)
    near = np.setdiff1d(np.intersect1d(near, scene.ps), movers)
    found = {"mover": (movers, own), "bowl": (near, bowl)}
    return {
        f"{name}_bias{ending}": float(np.nanmean(error[rows] * np.sign(motion[rows])))
        for name, (rows, motion) in found.items()
        if rows.size
    }


def _wrong_share(scene: Scene, phase: np.ndarray) -> float:
    error = phase - scene.truth.phase(scene.line, scene.sample)
    error += read_variable(SelectedNoise, "c_ps", scene.root / "pm2.mat")[:, None]
    original = read_variable(Unwrapped, "ph_uw", scene.root / "phuw2.mat")
    used = [k for k in scene.secondaries if original[:, k].any()]
    return float(np.mean(wrong_cycles(error[scene.ps][:, used]) != 0))
