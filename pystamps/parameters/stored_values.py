"""Values of parameter files as they are stored: read, and compared before and after a change."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from typing import Any

from pystamps.errors import ParameterError
from pystamps.parameters.info import ParameterValue
from pystamps.parameters.table import parameter_table
from pystamps.parameters.values import PARAMETER_INFO, is_reset, parse_value, shown_value


def parsed_or_none(name: str, raw: Any) -> ParameterValue | None:
    """Parse a value of the file; None when it is absent or not allowed and must be replaced."""
    if raw is None:
        return None
    if is_reset(raw):
        return math.nan
    try:
        return parse_value(name, raw, source="parms.mat")
    except ParameterError:
        return None


def old_and_new(
    before: Mapping[str, Any], written: Mapping[str, Any], removed: Collection[str]
) -> dict[str, tuple[str, str]]:
    """Give the values of parameters before and after a change, as people write them."""
    after = {**before, **written}
    return {
        name: (value_in_file(name, before), value_in_file(name, after))
        if name not in removed
        else (value_in_file(name, before), "")
        for name in (*written, *removed)
        if name in PARAMETER_INFO
    }


def value_in_file(name: str, variables: Mapping[str, Any]) -> str:
    """Give the value of a parameter in a file for people; empty where it is not set there."""
    value = parsed_or_none(name, variables.get(name))
    is_set = value is not None and not (isinstance(value, float) and math.isnan(value))
    return shown_value(value) if value is not None and is_set else ""


def changed_by_settings(
    before: Mapping[str, Any], written: Mapping[str, Any]
) -> dict[str, tuple[str, str]]:
    """Give the parameters that have other values than before.

    What was not in the file and gets its default, or what the headers say, is no change.
    """
    silent = {name for name, _, info, _ in parameter_table() if info.from_headers}
    defaults = {name: default for name, _, _, default in parameter_table()}
    return {
        name: (old, new)
        for name, (old, new) in old_and_new(before, written, ()).items()
        if old or not (name in silent or new == shown_value(defaults[name]))
    }
