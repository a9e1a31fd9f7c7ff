"""The page of the accuracy benchmark: tables and limits in words, from the results of scenes."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from accuracy_runs.acceptance import Result, chance_of, judged, ratio, ratios
from accuracy_runs.chance import INSIDE
from accuracy_runs.variants import TOGETHER, concerns
from pystamps.simulate.families import FAMILIES

HARM = 1.05
"""Ratio to the default chain above which a mode does harm."""

_INTRODUCTION = """\
# How accurate the results are

Made by `make accuracy`; nothing here is written by hand. Every scene is drawn by its seed from a
family of the [simulator](simulator.md), simulated as an export, prepared and taken through stages 1
to 8 with the default settings: selection, unwrapping and filters are the real ones. Then every
accuracy mode that this version has runs on the same results, each alone and all of the set
`accurate` together. Errors are at selected true scatterers: velocity and height with their mean
removed, displacement without a plane per image (median of the images).

Simulated stacks are kinder than real ones: scatterers do not change, delays follow the models of
the simulator, unwrapping has no layover. Ratios of two methods on the same scene say more than the
numbers themselves.
"""


def page_of(results: list[Result], first: str) -> str:
    """Give the page in Markdown; ``first`` says how the results were made."""
    sections = [
        _INTRODUCTION,
        first,
        "## Acceptance\n\n" + "\n".join(_acceptance(results)),
        "## The default chain\n\n" + "\n".join(_default_chain(results)),
        "## Velocity of the modes\n\n" + _VELOCITY + "\n".join(_ratios(results, "v-do")),
        _BETTER + "\n".join(_ratios(results, "better")),
        "## Height of the modes\n\n" + _HEIGHT + "\n".join(_ratios(results, "height")),
        "## Series of the modes\n\n" + _SERIES + "\n".join(_ratios(results, "series")),
        "## Uncertainty and cycles of the modes\n\n" + "\n".join(_shares(results)),
        _COVERAGE + "\n".join(_coverage(results)),
        _by_chance(results),
        "## Where modes do harm\n\n" + "\n".join(_harm(results)),
        _LIMITS,
    ]
    return "\n\n".join(section.strip() for section in sections if section.strip()) + "\n"


_VELOCITY = """\
Rms of the error over that of `v-do`, the default of the product: median, and worst in brackets.
Below 1 = better than the default chain.

"""
_BETTER = """\
The same over that of the better one of `v-do` and `v-d`, which nobody knows without a truth:

"""
_CONCERNED = {"v-do": "velocity", "better": "velocity", "height": "height", "series": "series"}
"""Result that a ratio is about."""

_HEIGHT = "Rms of the error over that of the height of stage 7: median, and worst in brackets.\n\n"
_SERIES = "Rms of the error over that of `u-dms`: median, and worst in brackets.\n\n"


_COVERAGE = f"""\
By family, for `{TOGETHER}`: share of velocities and of heights whose truth lies within the stated
standard deviations (nominal .68 and .95), median of the scenes; scenes in which a test of the modes
warned (a plane kept as motion, atmosphere that lasts).

"""
_LIMITS = """\
## Limits

- A plane over the whole scene is orbit or motion; one track cannot tell. `combined` takes off what
  orbits can have made, and the standard deviation says that it may have been motion. Where orbits
  drift steadily (`drift`), the planes of the images do not show it, and the deviation is too small.
- Delay that returns every year with height, or lasts for months, looks like motion. Where a test
  shows that the noise is correlated in time, deviations grow and collocation claims nothing; delay
  that only some hundred independent pixels share may pass the test.
- Gradients of more than half a cycle per node of stage 6 (`fast-bowls`) are lost before any of
  these modes begins: what is missing there is motion, and no standard deviation of a linear
  estimate holds it.
- The velocity of a motion that is not linear depends on the dates; its deviation is larger than its
  error then.
- Windows of 700 m and bands of 150 m and more: a bowl of 120 m keeps its motion by the guard of
  single pixels, with a bias beside the unshrunk velocity that rule A6 limits.
"""


def _of_family(results: list[Result]) -> Iterator[tuple[str, list[Result]]]:
    for family in FAMILIES:
        chosen = [each for each in results if each["family"] == family]
        if chosen:
            yield family, chosen


def _acceptance(results: list[Result]) -> Iterator[str]:
    yield "Over the seven families that decide; the others break on purpose what modes assume."
    yield ""
    yield "| rule | what has to hold | found | verdict |"
    yield "|---|---|---|---|"
    for rule in judged(results):
        yield f"| {rule.number} | {rule.text} | {rule.found or '-'} | {rule.verdict} |"


def _default_chain(results: list[Result]) -> Iterator[str]:
    yield "Median of the scenes, and worst in brackets; coverage: share of velocities `v-d` whose"
    yield "truth lies within 1 and 2 stated standard deviations (nominal .68 and .95)."
    yield ""
    yield ("| family | scenes | v, mm/yr | v-d | v-do | height, m | u-dms, mm | wrong cycles, % | "
           "within 1, 2 |")  # fmt: skip
    yield "|---|---|---|---|---|---|---|---|---|"
    for family, chosen in _of_family(results):
        stamps = [each["stamps"] for each in chosen]
        cells = [_two([s["velocity"][name] for s in stamps]) for name in ("v", "v-d", "v-do")]
        cells += [_two([s[name] for s in stamps]) for name in ("height", "series")]
        cells.append(_two([100 * s["wrong_cycles"] for s in stamps]))
        cells.append(", ".join(_median([s[f"within_{k}"] for s in stamps]) for k in (1, 2)))
        yield f"| `{family}` | {len(chosen)} | {' | '.join(cells)} |"
    yield ""
    for family, _ in _of_family(results):
        yield f"- `{family}`: {FAMILIES[family].meaning}."


def _modes(results: list[Result]) -> list[str]:
    names = dict.fromkeys(name for each in results for name in each["modes"])
    return [
        *(name for name in names if name != TOGETHER),
        *([TOGETHER] if TOGETHER in names else []),
    ]


def _modes_about(results: list[Result], of: str) -> list[str]:
    """Give the modes that are about a result and have one."""
    return [
        mode
        for mode in _modes(results)
        if concerns(mode, _CONCERNED[of]) and ratios(results, mode, of).size
    ]


def _ratios(results: list[Result], of: str) -> Iterator[str]:
    modes = _modes_about(results, of)
    if not modes:
        yield "No mode of this version makes it."
        return
    yield "| family | " + " | ".join(f"`{mode}`" for mode in modes) + " |"
    yield "|---|" + "---|" * len(modes)
    for family, chosen in _of_family(results):
        cells = [_two(list(ratios(chosen, mode, of))) for mode in modes]
        yield f"| `{family}` | {' | '.join(cells)} |"
    for label, stress in (("**the seven**", False), ("**the others**", True)):
        chosen = [each for each in results if FAMILIES[each["family"]].is_stress is stress]
        cells = [_two(list(ratios(chosen, mode, of))) for mode in modes]
        yield f"| {label} | {' | '.join(cells)} |"


def _shares(results: list[Result]) -> Iterator[str]:
    modes = _modes(results)
    if not modes:
        yield "This version has no accuracy modes."
        return
    yield "Pooled over the scenes of the seven families; processor seconds are medians."
    yield ""
    yield "| mode | velocities within 1, 2 sigma | wrong cycles, % (default) | seconds | refused |"
    yield "|---|---|---|---|---|"
    plain = [each for each in results if not FAMILIES[each["family"]].is_stress]
    for mode in modes:
        found = [(each["modes"].get(mode, {}), each["stamps"]) for each in plain]
        shares = ", ".join(_median([f.get(f"within_{k}") for f, _ in found]) for k in (1, 2))
        cycles = [(100 * f["wrong_cycles"], 100 * s["wrong_cycles"]) for f, s in found
                  if "wrong_cycles" in f]  # fmt: skip
        shown = "-"
        if cycles:
            mine, theirs = np.mean(cycles, axis=0)
            shown = f"{mine:.2f} ({theirs:.2f})"
        refused = sum("refused" in f for f, _ in found)
        seconds = _median([f.get("processor_seconds") for f, _ in found])
        yield f"| `{mode}` | {shares} | {shown} | {seconds} | {refused} of {len(found)} |"


def _coverage(results: list[Result]) -> Iterator[str]:
    yield "| family | within 1, 2 sigma | heights within 1 | warned |"
    yield "|---|---|---|---|"
    for family, chosen in _of_family(results):
        found = [each["modes"].get(TOGETHER, {}) for each in chosen]
        shares = ", ".join(_median([f.get(f"within_{k}") for f in found]) for k in (1, 2))
        warned = sum(bool(f.get("warnings")) for f in found)
        height = _median([f.get("height_within_1") for f in found])
        yield f"| `{family}` | {shares} | {height} | {warned} of {len(found)} |"


def _by_chance(results: list[Result]) -> str:
    plain = [each for each in results if not FAMILIES[each["family"]].is_stress]
    chance = chance_of(plain)
    if chance is None:
        return ""
    low, high = INSIDE
    words = f"""\
The plane of a scene is one draw for all of its scatterers, and a large part of the stated variance:
coverage varies from scene to scene by itself. Errors drawn exactly as stated, one plane for each
scene and the rest independent from scatterer to scatterer, have on average {chance.outside:.1f} of
{chance.scenes} scenes outside {low:g} to {high:g} (standard deviation {chance.outside_std:.1f}),
and within 1 sigma, pooled, {chance.pooled:.2f} (standard deviation {chance.pooled_std:.3f}).
Neighbours share the rest too, and scenes of one seed the draws of atmosphere and orbits, whatever
their family, which is left out here: in truth it varies more. What rule A5 finds has to be read
beside these numbers: a right statement leaves as many scenes outside. A larger pooled share says
that deviations are larger than errors: with `long_wave_motion: possible` every
plane may be motion, and in most of these families none is."""
    return textwrap.fill(" ".join(words.split()), 100, break_on_hyphens=False)


def _harm(results: list[Result]) -> Iterator[str]:
    what = {"v-do": "velocity", "height": "height", "series": "displacement"}
    modes = _modes(results)
    if not modes:
        yield "This version has no accuracy modes."
        return
    yield f"A mode does harm where its error is more than {HARM:g} times that of the default chain"
    yield "(`v-do`, height of stage 7, `u-dms`). Scenes in which it is, by family:"
    yield ""
    for mode in modes:
        lines = [
            f"  - {text}: {shown}"
            for of, text in what.items()
            if mode in _modes_about(results, of)
            for shown in [_families_harmed(results, mode, of)]
        ]
        if lines:
            yield f"- `{mode}`"
            yield from lines


def _families_harmed(results: list[Result], mode: str, of: str) -> str:
    found = []
    for family, chosen in _of_family(results):
        values = ratios(chosen, mode, of)
        harmed = int((values > HARM).sum())
        warned = sum(
            ratio(each, mode, of) > HARM and bool(each["modes"][mode].get("warnings"))
            for each in chosen
        )
        if harmed:
            words = f", {warned} with a warning" if warned else ""
            found.append(f"`{family}` {harmed} of {values.size} (worst {values.max():.2f}{words})")
    return "; ".join(found) or "nowhere"


def _known(values: list[Any]) -> list[float]:
    return [value for value in values if value is not None]


def _two(values: list[Any]) -> str:
    known = _known(values)
    return f"{np.median(known):.2f} ({_worst(known):.2f})" if known else "-"


def _median(values: list[Any]) -> str:
    known = _known(values)
    return f"{np.median(known):.2f}" if known else "-"


_worst: Callable[[list[float]], float] = max
