"""Which images of a simulated stack are combined where they are not all combined with one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from pystamps.arrays import Float64
from pystamps.errors import ParameterError
from pystamps.simulate.settings import AcquisitionSettings

Pair = tuple[int, int]
"""Positions of an earlier and a later image."""


def image_pairs(
    settings: AcquisitionSettings, dates: Sequence[date], baseline_m: Float64, master: int
) -> tuple[Pair, ...]:
    """Give the pairs of a small-baseline stack in the order of their dates; none of other stacks.

    Parameters
    ----------
    settings : AcquisitionSettings
    dates : sequence of date, ascending
    baseline_m : float64, (images,), perpendicular baseline at the centre
    master : int
        Position of the reference image.

    Raises
    ------
    ParameterError
        No image, or not the reference image, has a partner.
    """
    if not settings.has_pairs:
        return ()
    pairs = tuple(
        (first, second)
        for first in range(len(dates))
        for second in range(first + 1, len(dates))
        if _is_within(settings.pairs_with_next, second - first)
        and _is_within(settings.longest_pair_days, (dates[second] - dates[first]).days)
        and _is_within(
            settings.largest_pair_baseline_m, abs(float(baseline_m[second] - baseline_m[first]))
        )
    )
    if not any(master in pair for pair in pairs):
        raise ParameterError(
            f"scene: acquisitions: the reference image {dates[master]:%Y-%m-%d} is in none of the "
            f"{len(pairs)} pairs, and series of the images are relative to it; raise "
            "pairs_with_next, longest_pair_days or largest_pair_baseline_m, or choose another "
            "master"
        )
    return pairs


def _is_within(limit: float | None, value: float) -> bool:
    return limit is None or value <= limit
