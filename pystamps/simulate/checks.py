"""Refusing settings of a scene that cannot be simulated."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

from pystamps.errors import ParameterError


def at_least(owner: Any, group: str, limit: float, *names: str, exclusive: bool = False) -> None:
    """Refuse numbers below a limit; None (not set) passes.

    Raises
    ------
    ParameterError
        A value is not finite, below the limit, or at it where that is excluded.
    """
    for name in names:
        value = getattr(owner, name)
        for number in value if isinstance(value, tuple) else (value,):
            if number is None:
                continue
            if not math.isfinite(number) or number < limit or (exclusive and number == limit):
                sign = ">" if exclusive else ">="
                raise ParameterError(
                    f"scene: {group}{name}={value}, expected {sign} {limit:g}; change it"
                )


def at_most(owner: Any, group: str, limit: float, *names: str) -> None:
    """Refuse numbers above a limit."""
    for name in names:
        value = getattr(owner, name)
        if value > limit:
            raise ParameterError(f"scene: {group}{name}={value}, expected <= {limit:g}; change it")


def one_of(owner: Any, group: str, name: str, choices: Iterable[str]) -> None:
    """Refuse a word that is not among the choices."""
    value, known = getattr(owner, name), tuple(choices)
    if value not in known:
        raise ParameterError(
            f"scene: {group}{name}={value!r} is unknown; use one of {', '.join(known)}"
        )
