"""The ``stamps`` group of a configuration: names to typed values, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pystamps.errors import ParameterError
from pystamps.parameters.info import ParameterValue
from pystamps.parameters.values import PARAMETER_INFO, is_reset, nearest_name, parse_value


def full_name(name: str, *, source: str) -> str:
    """Resolve a StaMPS name or a unique beginning of one; an exact name wins.

    Raises
    ------
    ParameterError
        No parameter, or more than one, begins with ``name``.
    """
    if name in PARAMETER_INFO:
        return name
    matches = [known for known in PARAMETER_INFO if name and known.startswith(name)]
    if len(matches) == 1:
        return matches[0]
    if matches:
        raise ParameterError(
            f"{source}: parameter {name}* is not unique; it may be {', '.join(matches)}"
        )
    raise ParameterError(
        f"{source}: there is no StaMPS parameter {name!r}{nearest_name(name, PARAMETER_INFO)}; "
        "`pystamps params` lists all"
    )


def parse_overrides(
    overrides: Mapping[str, Any], *, source: str = "configuration"
) -> dict[str, ParameterValue | None]:
    """Check the ``stamps`` group of a configuration.

    Parameters
    ----------
    overrides : mapping
        StaMPS names (or unique beginnings) to values; None = not set, NaN = the default.
    source : str
        Beginning of error messages.

    Returns
    -------
    dict
        Full StaMPS names to typed values; None stands for "back to the default".

    Raises
    ------
    ParameterError
        A name is unknown, ambiguous or given twice, or a value is not allowed.
    """
    parsed, wrong = parsed_and_wrong(overrides)
    if wrong:
        raise ParameterError(in_one_message(source, wrong))
    return parsed


def parsed_and_wrong(
    overrides: Mapping[str, Any], *, meant: Mapping[str, str] | None = None
) -> tuple[dict[str, ParameterValue | None], list[str]]:
    """Check as :func:`parse_overrides`; give what is right, and a line for each that is wrong.

    ``meant`` are names that are no parameters and what they are, for messages.
    """
    parsed: dict[str, ParameterValue | None] = {}
    wrong: list[str] = []
    for key, raw in overrides.items():
        try:
            _refuse_setting(str(key), meant or {})
            _parse_override(str(key), raw, parsed)
        except ParameterError as error:
            wrong.append(str(error))
    return parsed, wrong


def _refuse_setting(key: str, meant: Mapping[str, str]) -> None:
    """Refuse what is no parameter but a setting of another group."""
    if key in meant and not any(name.startswith(key) for name in PARAMETER_INFO):
        raise ParameterError(
            f"stamps.{key}: there is no StaMPS parameter {key!r} (did you mean {meant[key]!r}?)"
        )


def in_one_message(source: str, wrong: Sequence[str]) -> str:
    """Give the message of one or several wrong settings: a line for each, after the source."""
    if len(wrong) == 1:
        return f"{source}: {wrong[0]}"
    return "\n  ".join([f"{source}: {len(wrong)} settings are wrong:", *wrong])


def _parse_override(key: str, raw: Any, parsed: dict[str, ParameterValue | None]) -> None:
    """Add one parameter to those that are parsed."""
    where = f"stamps.{key}"
    name = full_name(key, source=where)
    if raw is None:
        return
    if name in parsed:
        raise ParameterError(f"{where}: parameter {name} is given twice; keep one of them")
    if not is_reset(raw):
        parsed[name] = parse_value(name, raw, source=where)
    elif PARAMETER_INFO[name].is_of_dataset:
        raise ParameterError(f"{where}: cannot be reset, it belongs to the data set; remove it")
    else:
        parsed[name] = None
