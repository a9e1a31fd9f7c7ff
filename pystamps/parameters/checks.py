"""What must hold for the parameters before a stage starts."""

from __future__ import annotations

from collections.abc import Mapping
from math import isfinite
from typing import Any

from pystamps.errors import ParameterError, UnsupportedError
from pystamps.parameters.table import Parameters, parameter_table
from pystamps.processors.names import LOADED_ONLY


def require_finite(parameters: Parameters, *names: str) -> None:
    """Refuse to go on without a constant of the data set (``lambda``, ``heading``).

    Raises
    ------
    ParameterError
        One of the named parameters is NaN.
    """
    for name, field_name, info, _ in parameter_table():
        if name in names and not isfinite(getattr(parameters, field_name)):
            raise ParameterError(
                f"{name}: neither parms.mat nor the headers of the stack say the {info.meaning}; "
                f"set stamps: {{{name}: ...}} in the configuration, in {info.unit}, or name the "
                "folder of a raw export that was moved, runtime: {raw_root: ...}"
            )


def parameters_without_effect(stamps: Mapping[str, Any]) -> tuple[str, ...]:
    """Give the names of those parameters of a configuration that nothing reads."""
    table = {name: info for name, _, info, _ in parameter_table()}
    return tuple(
        name
        for name, value in stamps.items()
        if value is not None and name in table and not (table[name].stages or table[name].used_by)
    )


def refuse_unsupported(parameters: Parameters) -> None:
    """Refuse by name what StaMPS has a setting for and nothing that reads it.

    Raises
    ------
    UnsupportedError
    """
    processor = parameters.insar_processor
    if parameters.small_baseline_flag and processor in LOADED_ONLY:
        raise UnsupportedError(
            f"insar_processor={processor} with small_baseline_flag=y: nothing reads small "
            "baselines of this processor, in StaMPS either; set small_baseline_flag to n, or make "
            "the pairs with another processor"
        )
