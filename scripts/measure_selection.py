"""Whether selecting by coherence and amplitude dispersion together makes results better.

    python scripts/measure_selection.py                      three scenes, from their seeds
    python scripts/measure_selection.py --scenes bare-14 --first-seed 500

Each scene is simulated and taken through stages 1 to 3. Two normal distributions are fitted to
logit of coherence and logarithm of amplitude dispersion of all candidates, without the truth; the
logarithm of their ratio ranks candidates, as coherence alone does. Both rankings are compared with
the scatterers of the truth, then each is cut, stages 4 to 7 go on with what is left, and the
velocity is compared with the truth: of all pixels, of scatterers, of scatterers that every cut has.
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from pystamps.arrays import Bool, Float64, Index
from pystamps.config import RunConfig
from pystamps.io.artifacts import artifact_name, read_artifact, write_artifact
from pystamps.model import AmplitudeDispersion, PhaseNoise, Pixels, Selection
from pystamps.products.comparison import Comparison, compare_with_truth, positions_in_truth
from pystamps.simulate.scene import Scene, changed_scene
from pystamps.simulate.truth import read_truth
from pystamps.simulate.writer import simulate_dataset
from pystamps.stage_table import STAGES

_RARE = {
    "scatterers.density_per_km2": 60.0,
    "scatterers.signal_to_clutter_db": 8.0,
    "scatterers.signal_to_clutter_std_db": 5.0,
    "preparation.patches": (1, 1),
    "preparation.dispersion_threshold": 0.6,
}
_FIELDS = {**_RARE, "background.distributed_fraction": 0.4}
SCENES: dict[str, dict[str, Any]] = {
    "fields-14": {**_FIELDS, "acquisitions.interferograms": 14},
    "fields-24": {**_FIELDS, "acquisitions.interferograms": 24},
    "bare-14": {**_RARE, "acquisitions.interferograms": 14},
}
"""Rare and faint scatterers, candidates up to a dispersion of 0.6; fields: 40 % of the land is
distributed scatterers, which are partly coherent."""

FALSE_PER_KM2, STRICT = 20.0, 0.01
_LEAST = 1e-3
_ITERATIONS = 200


@dataclass(frozen=True, slots=True)
class Candidates:
    """Candidates of a scene after stage 3: what ranks them, and the truth."""

    coherence: Float64
    dispersion: Float64
    is_scatterer: Bool
    is_eligible: Bool
    selection: Selection
    area_km2: float


def main() -> None:
    """Measure every scene asked for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--scenes", nargs="+", choices=SCENES, default=list(SCENES))
    parser.add_argument("--first-seed", type=int, default=21)
    arguments = parser.parse_args()
    for number, name in enumerate(arguments.scenes):
        with tempfile.TemporaryDirectory(prefix="pystamps-selection-") as scratch:
            measure_selections(Path(scratch), name, arguments.first_seed + number)


def measure_selections(scratch: Path, name: str, seed: int) -> None:
    """Print how well both rankings find scatterers, and what each cut does to the velocity."""
    root = scratch / "dataset"
    simulate_dataset(root, changed_scene(Scene(), {**SCENES[name], "seed": seed}))
    run_stages(root, lambda step: 1 <= step <= 3)
    found = read_candidates(root)
    log_odds = mixture_log_odds(found.coherence, found.dispersion)
    is_ps = found.is_scatterer
    print(f"{name}, seed {seed}: {is_ps.size} candidates, {np.count_nonzero(is_ps)} scatterers")
    for label, score in (("coherence", found.coherence), ("mixture", log_odds)):
        print(
            f"  {label:10} area under the curve {area_under_curve(score, is_ps):.3f}, "
            f"found at 1 % of the false {found_share(score, is_ps, STRICT):.3f}"
        )
    results: dict[str, tuple[Comparison, Index]] = {}
    cuts = selections(found, log_odds) | {"StaMPS, density_rand 1": kept_with(root, density_rand=1)}
    for label, keep in cuts.items():
        copy = scratch / "copy"
        shutil.copytree(root, copy)
        path = copy / "PATCH_1" / artifact_name(Selection, 1)
        write_artifact(path, replace(found.selection, keep_ix=keep[found.selection.ix]))
        shutil.rmtree(copy / ".pystamps")  # the records speak of the file before
        run_stages(copy, lambda step: 4 <= step <= 7)
        run_stages(copy, lambda step: step == 8, name="product_mean_velocity")
        places = read_artifact(Pixels, copy / artifact_name(Pixels, 2)).ij[:, 1:]
        key = places[:, 0].astype(np.int64) * 1_000_000 + places[:, 1].astype(np.int64)
        results[label] = (compare_with_truth(copy, copy / "truth.h5"), key)
        shutil.rmtree(copy)
    print_velocities(results)


def run_stages(
    root: Path,
    wanted: Callable[[int], bool],
    *,
    name: str = "",
    stamps: dict[str, Any] | None = None,
) -> None:
    """Run stages by their number, or one product, in the root and the only patch."""
    config = RunConfig(dataset=root, stamps=stamps or {})
    for stage in STAGES:
        if stage.name == name or (not name and wanted(stage.step) and not stage.is_product):
            entry: Callable[..., Any] = stage.load()
            entry(root / "PATCH_1" if stage.scope == "patch" else root, config)


def kept_with(root: Path, **stamps: float) -> Bool:
    """Give the candidates that stage 3 keeps with other parameters."""
    copy = root.with_name("other_parameters")
    shutil.copytree(root, copy)
    run_stages(copy, lambda step: step == 3, stamps=stamps)
    keep = read_candidates(copy).is_eligible
    shutil.rmtree(copy)
    return keep


def read_candidates(root: Path) -> Candidates:
    """Read what stages 1 to 3 have left; the coherence is the new one where there is one."""
    patch = root / "PATCH_1"
    pixels = read_artifact(Pixels, patch / artifact_name(Pixels, 1))
    selection = read_artifact(Selection, patch / artifact_name(Selection, 1))
    coherence = read_artifact(PhaseNoise, patch / artifact_name(PhaseNoise, 1)).coh_ps.copy()
    coherence[selection.ix] = selection.coh_ps2
    known = read_truth(root / "truth.h5")
    is_ps = known.at("ps_mask", *positions_in_truth(pixels, known)).astype(np.bool_)
    is_eligible = np.zeros(coherence.size, np.bool_)
    is_eligible[selection.ix[selection.keep_ix]] = True
    width, height = np.ptp(pixels.xy[:, 1:], axis=0)
    dispersion = read_artifact(AmplitudeDispersion, patch / artifact_name(AmplitudeDispersion, 1))
    return Candidates(
        coherence, dispersion.d_a, is_ps, is_eligible, selection, float(width * height) / 1e6
    )


def mixture_log_odds(coherence: Float64, dispersion: Float64) -> Float64:
    """Give the logarithm of the odds that a candidate belongs to the more coherent of two classes.

    Two normal distributions of (logit of coherence, logarithm of dispersion), fitted by expectation
    and maximisation (Dempster et al. 1977, J. R. Stat. Soc. B 39, 1-38).
    """
    inside = np.clip(coherence, _LEAST, 1 - _LEAST)
    x = np.column_stack([np.log(inside / (1 - inside)), np.log(dispersion)])
    weight = (inside > 0.5).astype(np.float64)
    odds = np.zeros(weight.size)
    for _ in range(_ITERATIONS):
        odds = _log_density(x, weight) - _log_density(x, 1 - weight)
        before, weight = weight, 1 / (1 + np.exp(-np.clip(odds, -500, 500)))
        if np.abs(weight - before).max() < 1e-6:
            break
    return odds


def _log_density(x: Float64, weight: Float64) -> Float64:
    """Give the logarithm of share times density of the normal distribution with these weights."""
    total = weight.sum()
    off = x - weight @ x / total
    covariance = (weight * off.T) @ off / total + 1e-6 * np.eye(x.shape[1])
    distance = np.einsum("ij,ij->i", off @ np.linalg.inv(covariance), off)
    density: Float64 = np.log(total / len(x)) - (np.linalg.slogdet(covariance)[1] + distance) / 2
    return density


def area_under_curve(score: Float64, is_ps: Bool) -> float:
    """Give the probability that a scatterer has a higher score than another candidate."""
    others = np.sort(score[~is_ps])
    below = np.searchsorted(others, score[is_ps], "left")
    upto = np.searchsorted(others, score[is_ps], "right")
    return float((below + upto).mean() / 2 / others.size)


def found_share(score: Float64, is_ps: Bool, false_share: float) -> float:
    """Give the share of scatterers above the score that a share of the other candidates has."""
    return float((score[is_ps] > np.quantile(score[~is_ps], 1 - false_share)).mean())


def selections(found: Candidates, log_odds: Float64) -> dict[str, Bool]:
    """Give the candidates that each cut keeps, all among those that StaMPS keeps."""
    n_false = np.count_nonzero(~found.is_scatterer)
    most = FALSE_PER_KM2 * found.area_km2
    ordered = np.argsort(-log_odds)
    expected = np.cumsum(1 / (1 + np.exp(np.clip(log_odds[ordered], -500, 500))))
    mixture = first_of(log_odds, found, int(np.searchsorted(expected, most)))
    strict = up_to_false(log_odds, found, int(STRICT * n_false))
    loose_false = int(np.count_nonzero(mixture & ~found.is_scatterer))
    return {
        "StaMPS": found.is_eligible,
        f"mixture, {FALSE_PER_KM2:.0f} false per km2 expected": mixture,
        "coherence, as many false": up_to_false(found.coherence, found, loose_false),
        "mixture, 1 % of the false": strict,
        "coherence, as many pixels": first_of(
            found.coherence, found, int(np.count_nonzero(strict))
        ),
        "coherence, 1 % of the false": up_to_false(found.coherence, found, int(STRICT * n_false)),
    }


def first_of(score: Float64, found: Candidates, number: int) -> Bool:
    """Keep so many candidates of the highest score."""
    ordered = np.argsort(-np.where(found.is_eligible, score, -np.inf))
    keep = np.zeros(score.size, np.bool_)
    keep[ordered[:number]] = True
    return keep & found.is_eligible


def up_to_false(score: Float64, found: Candidates, number: int) -> Bool:
    """Keep candidates of the highest score until so many of them are no scatterers."""
    ordered = np.argsort(-np.where(found.is_eligible, score, -np.inf))
    false = np.cumsum(~found.is_scatterer[ordered])
    return first_of(score, found, int(np.searchsorted(false, number, "right")))


def print_velocities(results: dict[str, tuple[Comparison, Index]]) -> None:
    """Print pixels and errors of the velocity of every cut, mean and plane off."""
    of_all = [set(key[one.is_ps].tolist()) for one, key in results.values()]
    common = np.array(sorted(set.intersection(*of_all)))
    print(f"  {'cut':38} pixels  false  found  mm/yr: all  scatterers  common {common.size}")
    for label, (one, key) in results.items():
        error = (one.velocity_mm_yr[0] - one.velocity_mm_yr[1]).astype(np.float64)
        every = np.ones(key.size, np.bool_)
        all_pixels, scatterers, shared = (
            rms_without_plane(error[which], one.place[which])
            for which in (every, one.is_ps, np.isin(key, common))
        )
        share = np.count_nonzero(one.is_ps) / one.scatterers
        print(
            f"  {label:38} {key.size:6} {1 - one.is_ps.mean():6.2f} {share:6.2f} "
            f"{all_pixels:11.2f} {scatterers:11.2f} {shared:7.2f}",
            flush=True,
        )


def rms_without_plane(error: Float64, place: Float64) -> float:
    """Give the root mean square of an error without its mean and plane."""
    design = np.column_stack([np.ones(error.size), place - place.mean(axis=0)])
    left = error - design @ np.linalg.lstsq(design, error, rcond=None)[0]
    return float(np.sqrt((left**2).mean()))


if __name__ == "__main__":
    main()
