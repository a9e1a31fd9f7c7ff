"""The JSON schema of a configuration, from the fields of the groups and the parameter table.

``scripts/generate_tables.py`` writes it to ``config/schemas/config.schema.yaml``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import inf
from pathlib import Path
from typing import Any

from pystamps.config.groups import GROUPS, settings_of_group
from pystamps.config.setting import Setting, SettingInfo, TextForm
from pystamps.config.yaml_values import yaml_value
from pystamps.parameters import ParameterInfo, parameter_table
from pystamps.parameters.values import default_text

_NUMBER_OR_INF = {"anyOf": [{"type": "number"}, {"enum": ["Inf", "-Inf"]}]}


def configuration_schema() -> dict[str, Any]:
    """Give the JSON schema of the configuration."""
    groups = {key: group_schema(settings_of_group(key), GROUPS[key].meaning) for key in GROUPS}
    path = {"type": "string", "minLength": 1, "description": "Root of the data set."}
    raw = groups.pop("dataset.raw")
    dataset = {
        "anyOf": [path, _mapping_schema({"path": path, "raw": raw}, "The data set.")],
        "description": "Data set.",
    }
    stamps = {
        name: _parameter_schema(info, default) for name, _, info, default in parameter_table()
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Configuration of pySTAMPS",
        "type": "object",
        "additionalProperties": False,
        "properties": {
            "dataset": dataset,
            "stamps": _mapping_schema(
                stamps, "StaMPS parameters; null = parms.mat, else the default."
            ),
            **groups,
        },
    }


def group_schema(settings: Iterable[Setting], meaning: str) -> dict[str, Any]:
    """Give the schema of a group of settings."""
    return _mapping_schema({item.name: setting_schema(item) for item in settings}, meaning)


def setting_schema(setting: Setting) -> dict[str, Any]:
    """Give the schema of a setting from its type and limits."""
    info = setting.info
    if info.names:
        return _mapping_schema(
            {name: {"enum": list(info.choices)} for name in info.names}, info.meaning
        )
    return {
        "description": info.meaning,
        **_allowed_values(setting),
        "default": yaml_value(setting.default),
    }


def _allowed_values(setting: Setting) -> dict[str, Any]:
    info = setting.info
    if info.choices:
        return {"enum": list(info.choices)}
    if setting.type is bool:
        return {"type": "boolean"}
    if setting.type in (int, float):
        return {"type": "integer" if setting.type is int else "number"} | _limits_schema(info)
    if setting.type == Path | None:
        return {"type": ["string", "null"]}
    if info.form:
        return _form_schema(info.form, may_be_empty=info.may_be_empty)
    return {"type": "string", "minLength": 0 if info.may_be_empty else 1}


def _form_schema(form: TextForm, *, may_be_empty: bool) -> dict[str, Any]:
    """Give the schema of a text that has a form; the title says it for people."""
    empty = ("|", " or nothing") if may_be_empty else ("", "")
    return {
        "title": form.words + empty[1],
        "type": "string",
        "pattern": f"^({form.pattern}{empty[0]})$",
    }


def _mapping_schema(properties: dict[str, Any], description: str) -> dict[str, Any]:
    return {
        "description": description,
        "type": ["object", "null"],
        "additionalProperties": False,
        "properties": properties,
    }


def _parameter_schema(info: ParameterInfo, default: Any) -> dict[str, Any]:
    """Give the schema of a StaMPS parameter; null = not set, "nan" = back to the default."""
    unit = f" [{info.unit}]" if info.unit else ""
    schema: dict[str, Any] = {
        "description": f"{info.meaning}{unit}; default {default_text(info, default)}"
    }
    reset = [] if info.is_of_dataset else ["nan"]
    if info.kind == "flag":
        return schema | {"enum": ["y", "n", True, False, *reset, None]}
    if info.kind == "text":
        choices = (
            {"enum": [*info.choices, *reset, None]}
            if info.choices
            else {"type": ["string", "null"]}
        )
        return schema | choices
    if info.kind == "vector":
        value = _vector_schema(info)
    elif info.kind == "index_list":
        value = {"type": "array", "items": {"type": "integer", "minimum": 1}}
    else:
        value = _number_schema(info)
    words = [*reset, *([info.keyword] if info.keyword else []), None]
    if info.kind == "number" and info.maximum == inf:
        words += ["Inf", "-Inf"] if info.minimum == -inf else ["Inf"]
    return schema | {"anyOf": [value, {"enum": words}]}


def _vector_schema(info: ParameterInfo) -> dict[str, Any]:
    length = {"minItems": info.length, "maxItems": info.length}
    schema: dict[str, Any] = {"type": "array", "items": _NUMBER_OR_INF}
    return schema | ({"anyOf": [length, {"maxItems": 0}]} if info.optional else length)


def _number_schema(info: ParameterInfo) -> dict[str, Any]:
    multiple = {"multipleOf": info.multiple_of} if info.multiple_of > 1 else {}
    return {"type": info.kind} | _limits_schema(info) | multiple


def _limits_schema(info: SettingInfo | ParameterInfo) -> dict[str, float]:
    found = {}
    if info.minimum > -inf:
        found["exclusiveMinimum" if info.is_minimum_excluded else "minimum"] = info.minimum
    if info.maximum < inf:
        found["maximum"] = info.maximum
    return found


def allowed_in_words(schema: Mapping[str, Any]) -> str:
    """Say in words what a schema allows."""
    if "enum" in schema:
        return f"one of {', '.join(str(word) for word in schema['enum'] if word is not None)}"
    if "anyOf" in schema:
        return " or ".join(allowed_in_words(part) for part in schema["anyOf"])
    if "pattern" in schema:
        return str(schema["title"])
    kinds = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    words = {
        "object": "a group of settings",
        "boolean": "true or false",
        "integer": "a whole number",
        "number": "a number",
        "string": "a text",
        "null": "null",
    }
    signs = {"minimum": ">=", "exclusiveMinimum": ">", "maximum": "<="}
    limits = " and".join(f" {sign} {schema[k]:g}" for k, sign in signs.items() if k in schema)
    return " or ".join(words[str(kind)] for kind in kinds) + limits
