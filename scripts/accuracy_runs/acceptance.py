"""What the accuracy modes have to reach: every rule passes, fails or was not measured."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from accuracy_runs.chance import INSIDE
from accuracy_runs.variants import TOGETHER
from pystamps.simulate.families import FAMILIES

Result = dict[str, Any]
LINEAR = tuple(name for name, each in FAMILIES.items() if not each.is_stress
               and name != "non-linear")  # fmt: skip
FULL_SIZE = 10_000 * 30


@dataclass(frozen=True)
class Rule:
    """A rule and what was found.

    Attributes
    ----------
    number : str
        As in the acceptance list.
    text : str
        What has to hold.
    found : str
        What was found; empty where nothing could be measured.
    holds : bool or None
        None = not measured.
    """

    number: str
    text: str
    found: str
    holds: bool | None

    @property
    def verdict(self) -> str:
        """Say it in a word."""
        return {True: "pass", False: "**fail**", None: "not measured"}[self.holds]


def judged(results: Iterable[Result]) -> list[Rule]:
    """Judge all rules on results of scenes."""
    every = list(results)
    plain = [each for each in every if not FAMILIES[each["family"]].is_stress]
    return [
        *(*_velocity(plain), *_series(plain), *_height(plain), *_cycles(plain)),
        *(*_coverage(plain), *_alone(every), *_still(every), *_elsewhere(), *_cost(plain)),
    ]


def ratio(result: Result, mode: str, of: str) -> float:
    """Give the error of a mode over that of the default chain; NaN where either is missing.

    ``of`` is a value type of the velocity, "better" (the smaller one of v-do and v-d), "series" or
    "height".
    """
    found = result["modes"].get(mode, {})
    velocity = result["stamps"]["velocity"]
    if of in ("series", "height"):
        mine, theirs = found.get(of), result["stamps"][of]
    else:
        mine = found.get("velocity", {}).get("v")
        theirs = min(velocity["v-do"], velocity["v-d"]) if of == "better" else velocity[of]
    return float("nan") if mine is None else mine / theirs


def ratios(results: Iterable[Result], mode: str, of: str) -> np.ndarray:
    """Give the known ones of them."""
    found = np.array([ratio(each, mode, of) for each in results])
    return found[np.isfinite(found)]


def _limit(
    number: str, text: str, values: np.ndarray, at_most: float, measure: Callable[..., Any]
) -> Rule:
    if not values.size:
        return Rule(number, f"{text} <= {at_most:g}", "", None)
    found = float(measure(values))
    shown = f"{found:.2f} ({values.size} scenes)"
    return Rule(number, f"{text} <= {at_most:g}", shown, found <= at_most)


def _velocity(plain: list[Result]) -> list[Rule]:
    own, better = ratios(plain, TOGETHER, "v-do"), ratios(plain, TOGETHER, "better")
    return [
        _limit("A1", "velocity over v-do, median", own, 0.60, np.median),
        _limit("A1", "velocity over the better of v-do and v-d, median", better, 0.80, np.median),
        _limit("A1", "velocity over the better of v-do and v-d, worst", better, 1.05, np.max),
    ]


def _series(plain: list[Result]) -> list[Rule]:
    linear = [each for each in plain if each["family"] in LINEAR]
    other = [each for each in plain if each["family"] not in LINEAR]
    trend, collocation = "scn_trend=remove", "series=collocation"
    return [
        _limit("A2", "series without trend over u-dms, median of linear scenes",
               ratios(linear, trend, "series"), 0.85, np.median),
        _limit("A2", "series without trend over u-dms, worst of non-linear scenes",
               ratios(other, trend, "series"), 1.10, np.max),
        _limit("A2", "collocation over u-dms, median",
               ratios(plain, collocation, "series"), 0.45, np.median),
        _limit("A2", "collocation over u-dms, worst",
               ratios(plain, collocation, "series"), 0.80, np.max),
    ]  # fmt: skip


def _height(plain: list[Result]) -> list[Rule]:
    values = ratios(plain, TOGETHER, "height")
    return [
        _limit("A3", "height over that of stage 7, median", values, 0.60, np.median),
        _limit("A3", "height over that of stage 7, worst", values, 1.00, np.max),
    ]


def _cycles(plain: list[Result]) -> list[Rule]:
    def shares(mode: str, families: tuple[str, ...]) -> tuple[np.ndarray, np.ndarray]:
        chosen = [each for each in plain if each["family"] in families
                  and "wrong_cycles" in each["modes"].get(mode, {})]  # fmt: skip
        before = np.array([each["stamps"]["wrong_cycles"] for each in chosen])
        return before, np.array([each["modes"][mode]["wrong_cycles"] for each in chosen])

    before, after = shares("unwrap_model=cycles", tuple(FAMILIES))
    added = 100 * (after - before)
    long_before, long_after = shares("unwrap_model=cycles", ("ers", "terrasar"))
    left = np.array([long_after.sum() / long_before.sum()]) if long_before.sum() else np.zeros(0)
    _, arcs = shares("unwrap_model=arcs", ("fast-bowls",))
    return [
        _limit("A4", "wrong cycles that `cycles` adds, percentage points, worst", added, 0.02,
               np.max),
        _limit("A4", "share of the wrong cycles of ERS and TerraSAR-X that `cycles` leaves", left,
               0.10, np.max),
        _limit("A4", "wrong cycles after `arcs` on fast small bowls, %, worst", 100 * arcs, 1.0,
               np.max),
    ]  # fmt: skip


def _coverage(plain: list[Result]) -> list[Rule]:
    rules = []
    for sigmas, low, high in ((1, 0.63, 0.73), (2, 0.92, 0.97)):
        known = [each for each in plain if _within(each, sigmas) is not None]
        text = f"velocities within {sigmas} sigma, pooled, {low:g} to {high:g}"
        if not known:
            rules.append(Rule("A5", text, "", None))
            continue
        shares = np.array([_within(each, sigmas) for each in known], dtype=float)
        pooled = float(np.average(shares, weights=[each["scatterers"] for each in known]))
        apart = _error_over_seeds(shares, [each["seed"] for each in known])
        found = f"{pooled:.2f} (standard error over seeds {apart:.2f})"
        rules.append(Rule("A5", text, found, low <= pooled <= high))
    rules += [_each("A5", plain, "within_1", "velocities"),
              _each("A5", plain, "height_within_1", "heights")]  # fmt: skip
    return rules


def _within(result: Result, sigmas: int) -> float | None:
    share: float | None = result["modes"].get(TOGETHER, {}).get(f"within_{sigmas}")
    return share


def _error_over_seeds(shares: np.ndarray, seeds: list[int]) -> float:
    """Give the standard error of a mean over scenes; NaN where all are of one seed.

    Scenes of one seed share the draws of atmosphere and orbits: they are one sample.
    """
    _, number = np.unique(seeds, return_inverse=True)
    means = np.bincount(number, weights=shares) / np.bincount(number)
    return float(means.std(ddof=1) / np.sqrt(means.size)) if means.size > 1 else float("nan")


def _each(number: str, plain: list[Result], name: str, what: str) -> Rule:
    low, high = INSIDE
    values = [each["modes"].get(TOGETHER, {}).get(name) for each in plain]
    known = np.array([value for value in values if value is not None])
    text = f"{what} within 1 sigma, every scene, {low:g} to {high:g}"
    if not known.size:
        return Rule(number, text, "", None)
    inside = (known >= low) & (known <= high)
    found = f"{known.min():.2f} to {known.max():.2f}, {int((~inside).sum())} outside"
    chance = chance_of(plain)
    if name == "within_1" and chance:
        found += f" (errors exactly as stated: {chance.outside:.1f} +- {chance.outside_std:.1f})"
    return Rule(number, text, found, bool(inside.all()))


@dataclass(frozen=True)
class Chance:
    """What errors exactly as stated would give, over scenes; each has a plane of its own.

    Attributes
    ----------
    scenes : int
    pooled, pooled_std : float
        Share of velocities within 1 sigma over all of them.
    outside, outside_std : float
        Number of scenes outside :data:`~accuracy_runs.chance.INSIDE`.
    """

    scenes: int
    pooled: float
    pooled_std: float
    outside: float
    outside_std: float


def chance_of(results: Iterable[Result]) -> Chance | None:
    """Give what errors exactly as stated would give; None where no scene says it."""
    modes = [(each["modes"].get(TOGETHER, {}), each["scatterers"]) for each in results]
    known = np.array([
        (mode["within_1_expected"], mode["within_1_spread"], mode["outside_by_chance"], count)
        for mode, count in modes if "outside_by_chance" in mode
    ])  # fmt: skip
    if not known.size:
        return None
    share, spread, outside, count = known.T
    weight = count / count.sum()
    return Chance(
        len(known),
        float(weight @ share),
        float(np.sqrt(weight**2 @ spread**2)),
        float(outside.sum()),
        float(np.sqrt((outside * (1 - outside)).sum())),
    )


def _alone(every: list[Result]) -> list[Rule]:
    texts = {"mover": "single scatterers at 10 mm/yr", "bowl": "a bowl of 120 m"}
    rules = []
    for name, text in texts.items():
        modes = [each["modes"].get(TOGETHER, {}) for each in every]
        values = [abs(each[f"{name}_bias"] - each[f"{name}_bias_unshrunk"]) for each in modes
                  if f"{name}_bias" in each]  # fmt: skip
        rules.append(
            _limit("A6", f"{text}: bias beside the unshrunk velocity, mm/yr, worst",
                   np.array(values), 0.5, np.max)
        )  # fmt: skip
    return rules


def _still(every: list[Result]) -> list[Rule]:
    scenes = [each["modes"] for each in every if each["family"] == "still"]
    maps = [each.get(TOGETHER, {}) for each in scenes]
    over = np.array([each["map_rms"] / each["map_std"] for each in maps if each.get("map_std")])
    claims = [each.get("series=collocation", {}).get("claimed") for each in scenes]
    claimed = np.array([100 * each for each in claims if each is not None])
    return [
        _limit("A7", "no motion: rms of the map over its stated std, worst", over, 1.0, np.max),
        _limit("A7", "no motion: scatterers for which collocation claims some, %, worst", claimed,
               1.0, np.max),
    ]  # fmt: skip


def _elsewhere() -> list[Rule]:
    return [Rule("A8", "options off: golden trees bit for bit (the test suite)", "", None)]


def _cost(plain: list[Result]) -> list[Rule]:
    def seconds(mode: str) -> np.ndarray:
        return np.array([
            each["modes"][mode]["processor_seconds"] * FULL_SIZE / (each["pixels"] * each["images"])
            for each in plain if "processor_seconds" in each["modes"].get(mode, {})
        ])  # fmt: skip

    text = "processor seconds for 10 000 pixels and 30 images, median:"
    return [
        _limit("A9", f"{text} the set accurate without its arcs",
               seconds(TOGETHER) - seconds("unwrap_model=arcs"), 1.0, np.median),
        _limit("A9", f"{text} arcs", seconds("unwrap_model=arcs"), 5.0, np.median),
    ]  # fmt: skip
