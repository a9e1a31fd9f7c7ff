"""Which values of StaMPS parameters differ: from the defaults, or between two data sets."""

from __future__ import annotations

from dataclasses import dataclass

from pystamps.parameters.files import SourcedParameters
from pystamps.parameters.table import default_parameters, parameter_table
from pystamps.parameters.values import same_value, shown_value

DEFAULT_SOURCE = "default"


@dataclass(frozen=True, slots=True)
class ParameterDifference:
    """A parameter with two values.

    Attributes
    ----------
    name : str
        StaMPS name.
    value, other : str
        As people write them; ``other`` is the default, or the value of the other data set.
    source, other_source : str
        Where each comes from.
    """

    name: str
    value: str
    other: str
    source: str
    other_source: str


def differences_from_defaults(found: SourcedParameters) -> tuple[ParameterDifference, ...]:
    """Give the parameters whose value is not the default.

    Constants of the stack (wavelength, heading, ...) have no default and are left out.
    """
    is_small_baseline = found.parameters.small_baseline_flag
    defaults = default_parameters(small_baseline=is_small_baseline)
    of_stack = {name for name, _, info, _ in parameter_table() if info.from_headers}
    sources = dict.fromkeys(found.sources, DEFAULT_SOURCE)
    every = differences_between(found, SourcedParameters(defaults, sources))
    return tuple(item for item in every if item.name not in of_stack)


def differences_between(
    one: SourcedParameters, other: SourcedParameters
) -> tuple[ParameterDifference, ...]:
    """Give the parameters that have different values in two data sets, in their order."""
    found = []
    for name, field_name, _, _ in parameter_table():
        value = getattr(one.parameters, field_name)
        second = getattr(other.parameters, field_name)
        if not same_value(value, second):
            shown = (shown_value(value), shown_value(second))
            found.append(ParameterDifference(name, *shown, one.sources[name], other.sources[name]))
    return tuple(found)
