"""From a mapping, as a YAML file or Snakemake gives it, to checked groups of settings."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from functools import cache
from typing import Any

from pystamps.config.combinations import contradictions, implied_parameters
from pystamps.config.earlier import EARLIER_KEYS, translated_configuration
from pystamps.config.groups import GROUPS, settings_of_group
from pystamps.config.problems import Translated, all_keys, schema_problems
from pystamps.config.schema import configuration_schema
from pystamps.config.setting import Setting
from pystamps.config.yaml_values import yaml_value
from pystamps.errors import ParameterError
from pystamps.io.user_paths import path_of_user
from pystamps.parameters.overrides import (
    in_one_message,
    parsed_and_wrong,
)
from pystamps.parameters.values import (
    stamps_value,
)

log = logging.getLogger(__name__)

_WORDS_OF_YAML = {"true": True, "false": False}


def checked_fields(
    mapping: Mapping[str, Any], *, source: str, usual: Mapping[str, Any], is_checked: bool = False
) -> dict[str, Any]:
    """Give the fields of :class:`pystamps.config.RunConfig` from a mapping.

    Parameters
    ----------
    mapping : mapping
        Keys of earlier versions are moved to today's, each with a line in the log.
    source : str
        Beginning of messages.
    usual : mapping
        The configuration whose settings all have their defaults.
    is_checked : bool
        It is known to follow the schema.

    Raises
    ------
    ParameterError
        Keys are unknown or values are not allowed, by themselves or together: all of them.
    """
    given = {str(key): yaml_value(value) for key, value in mapping.items() if value is not None}
    translated = translated_configuration(given)
    wrong = translated.wrong + _stamps_problems(given)
    if isinstance(given.get("dataset"), str):
        given["dataset"] = {"path": given["dataset"]}
    for key in GROUPS:
        for setting in settings_of_group(key):
            _repair_yaml(_group_of(given, key), setting)
    if not (is_checked or _is_default(translated.given, usual)):
        wrong += _schema_problems(translated)
    wrong += contradictions(translated)
    if wrong:
        raise ParameterError(in_one_message(source, wrong))
    for note in translated.notes:
        log.warning("%s: %s", source, note)
    dataset = given.get("dataset", {}).get("path", "")
    groups = {key.rpartition(".")[2]: _typed_group(given, key) for key in GROUPS}
    return {
        "dataset": path_of_user(dataset).absolute(),
        "stamps": implied_parameters(groups["troposphere"]) | given.get("stamps", {}),
        **groups,
    }


def _stamps_problems(given: dict[str, Any]) -> list[str]:
    """Bring the StaMPS parameters into their form; give a line for each that is wrong."""
    stamps = given.get("stamps")
    if not isinstance(stamps, dict):
        return []
    parsed, wrong = parsed_and_wrong(stamps, meant=all_keys())
    given["stamps"] = {k: "nan" if v is None else stamps_value(v) for k, v in parsed.items()}
    return wrong


def _group_of(given: Any, key: str) -> Any:
    """Give the mapping of a group (``a`` or ``a.b``), or an empty one when it is not given."""
    for part in key.split("."):
        found = given.get(part) if isinstance(given, dict) else None
        given = {} if found is None else found
    return given


def _typed_group(given: dict[str, Any], key: str) -> Any:
    """Give the dataclass of a group whose values are checked."""
    values = _group_of(given, key)
    settings = (item for item in settings_of_group(key) if item.name in values)
    return GROUPS[key].owner(
        **{item.name: item.with_absolute_path(values[item.name]) for item in settings}
    )


def _repair_yaml(group: Any, setting: Setting) -> None:
    """Repair what YAML makes of ``1e-4`` (a text) and of ``mat_version: 7.3`` (a number).

    On the command line of Snakemake, ``--config runtime={io_workers: 2}``, everything is a text.
    """
    if not isinstance(group, dict):
        return
    value = group.get(setting.name)
    if value is None:
        group.pop(setting.name, None)
    elif setting.type in (int, float) and isinstance(value, str):
        try:
            group[setting.name] = setting.type(value)
        except ValueError:
            return  # the schema refuses the text and says what is expected
    elif setting.type is bool and isinstance(value, str):
        group[setting.name] = _WORDS_OF_YAML.get(value, value)
    elif setting.type is str and isinstance(value, int | float) and not isinstance(value, bool):
        group[setting.name] = str(value)


def _is_default(given: Mapping[str, Any], usual: Mapping[str, Any]) -> bool:
    """Tell whether nothing but the path of the data set is other than the default.

    To compare that with the schema would take longer than most commands: loading what does it.
    """
    dataset = given.get("dataset")
    path = dataset.get("path") if isinstance(dataset, dict) else None
    if not (isinstance(path, str) and path):
        return False
    known = {**usual, "dataset": {**usual["dataset"], "path": path}}
    return _are_among(given, _without_none(known))


def _are_among(given: Mapping[str, Any], known: Mapping[str, Any]) -> bool:
    """Tell whether all values are known ones, of the same types: ``True`` is no 1 in YAML."""
    return all(
        _are_among(value, of_key)
        if isinstance(value, dict) and isinstance(of_key := known.get(key), dict)
        else key in known and type(value) is type(known[key]) and value == known[key]
        for key, value in given.items()
    )


def _without_none(group: Mapping[str, Any]) -> dict[str, Any]:
    return {
        key: _without_none(value) if isinstance(value, dict) else value
        for key, value in group.items()
        if value is not None
    }


@cache
def _validator(*, is_dataset_a_group: bool) -> Any:
    """Give what checks a configuration.

    The schema allows two forms of ``dataset``, and then errors say no more than that neither
    fits. Where it is a group, only that form is tried, so that the key inside is named.
    """
    from jsonschema import Draft202012Validator

    schema = configuration_schema()
    if is_dataset_a_group:
        schema["properties"]["dataset"] = schema["properties"]["dataset"]["anyOf"][1]
    return Draft202012Validator(schema)


def _schema_problems(translated: Translated) -> list[str]:
    """Compare a configuration with its schema; give a line for each thing that is wrong."""
    given = translated.given
    validator = _validator(is_dataset_a_group=isinstance(given.get("dataset"), dict))
    earlier = [item.key for item in EARLIER_KEYS]
    return list(schema_problems(validator.iter_errors(given), translated, earlier))
