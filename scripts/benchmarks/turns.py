"""How everything here is repeated: in turns, so that all see the same machine."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Repeats:
    """How often a measurement is repeated after a first, warm one.

    Attributes
    ----------
    count : int
        At most; the median is reported.
    seconds : float
        Time for all repeats; what takes longer is measured once.
    """

    count: int = 5
    seconds: float = 10.0


def repeat_in_turns(
    first: Mapping[str, float], again: Callable[[str], object], repeats: Repeats
) -> None:
    """Repeat measurements by name, one after the other, as long as their time lasts.

    Parameters
    ----------
    first : mapping of str to float
        Seconds that each took the first time.
    again : callable
        Measures what has this name.
    repeats : Repeats
    """
    for turn in range(1, repeats.count + 1):
        for name, seconds in first.items():
            if turn <= repeats.seconds / max(seconds, 1e-9):
                again(name)
