"""The JSON schema of the configuration, and checking a configuration against it.

The schema is made from the dataclasses of :mod:`pystamps.config` (types, defaults, meaning from
their docstrings) and from the parameter table. ``scripts/generate_tables.py`` writes it to
``config/schemas/config.schema.yaml``.
"""

from __future__ import annotations

import dataclasses
import inspect
import re
import typing
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from math import inf
from pathlib import Path
from typing import Any

from pystamps import config
from pystamps.errors import ParameterError
from pystamps.parameters import ParameterInfo, parameter_table
from pystamps.parameters.values import default_text, nearest_name, parse_overrides, stamps_value
from pystamps.processors.names import MODULES
from pystamps_kernels import KERNELS, backend_settings

GROUPS: dict[str, type] = {
    "runtime": config.Runtime,
    "kernels": config.KernelSettings,
    "tolerance": config.Tolerance,
    "tools": config.Tools,
    "compat": config.Compat,
}
"""Groups of the configuration beside ``dataset`` and ``stamps``."""

RAW_GROUP = "dataset.raw"
"""Settings of the preparation; a group within ``dataset``."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What the type of a setting does not say."""

    unit: str = ""
    minimum: float = -inf
    choices: tuple[str, ...] = ()
    may_be_empty: bool = False


LIMITS = {
    "dataset.raw.processor": Limits(choices=tuple(MODULES)),
    "dataset.raw.master": Limits(may_be_empty=True),
    "dataset.raw.area": Limits(may_be_empty=True),
    "dataset.raw.paths": Limits(choices=("auto", "relative", "absolute")),
    "runtime.memory_budget_mb": Limits("MB", 100),
    "runtime.unwrap_workers": Limits(minimum=0),
    "runtime.mat_version": Limits(choices=("5", "7.3")),
    "kernels.backend": Limits(choices=backend_settings()),
    "kernels.kernel_backend_overrides": Limits(choices=backend_settings()),
    "kernels.native_threads": Limits(minimum=0),
    "tolerance.relative": Limits(minimum=0),
    "tolerance.absolute": Limits("unit of the variable", 0),
    "tolerance.phase_rad": Limits("rad", 0),
    "tools.delaunay": Limits(choices=("qhull", "triangle")),
}


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting outside the group ``stamps``, for schema and tables."""

    group: str
    name: str
    default: Any
    type: Any
    meaning: str
    limits: Limits


def settings() -> list[Setting]:
    """Give all settings of :data:`GROUPS` in the order of the dataclasses."""
    return _settings_of(GROUPS)


def raw_settings() -> list[Setting]:
    """Give the settings of the preparation, ``dataset.raw``."""
    return _settings_of({RAW_GROUP: config.RawExport})


def _settings_of(groups: Mapping[str, type]) -> list[Setting]:
    found = []
    for group, owner in groups.items():
        types, meanings = typing.get_type_hints(owner), meanings_of(owner)
        defaults = owner()
        for item in dataclasses.fields(owner):
            limits = LIMITS.get(f"{group}.{item.name}", Limits())
            default = getattr(defaults, item.name)
            meaning = meanings.get(item.name, "")
            found.append(Setting(group, item.name, default, types[item.name], meaning, limits))
    return found


def meanings_of(owner: type) -> dict[str, str]:
    """Give the text of every attribute in the docstring of a dataclass."""
    lines = inspect.getdoc(owner) or ""
    _, _, attributes = lines.partition("Attributes\n----------\n")
    found = re.findall(r"^(\w+) : .*\n((?:[ ]+.*\n?)+)", attributes, flags=re.MULTILINE)
    return {name: " ".join(text.split()) for name, text in found}


def configuration_schema() -> dict[str, Any]:
    """Give the JSON schema of the configuration."""
    groups: dict[str, Any] = {
        name: _object({}, (inspect.getdoc(owner) or name).splitlines()[0])
        for name, owner in GROUPS.items()
    }
    for setting in settings():
        groups[setting.group]["properties"][setting.name] = _setting_schema(setting)
    path = {"type": "string", "minLength": 1, "description": "Root of the data set."}
    raw = _object(
        {setting.name: _setting_schema(setting) for setting in raw_settings()},
        "The raw export that the data set is prepared from (stage 0).",
    )
    dataset = {
        "anyOf": [path, _object({"path": path, "raw": raw}, "The data set.")],
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
            "stamps": _object(stamps, "StaMPS parameters; null = parms.mat, else the default."),
            **groups,
        },
    }


def _object(properties: dict[str, Any], description: str) -> dict[str, Any]:
    return {
        "description": description,
        "type": ["object", "null"],
        "additionalProperties": False,
        "properties": properties,
    }


def _setting_schema(setting: Setting) -> dict[str, Any]:
    """Give the schema of a setting from its type and limits."""
    limits = setting.limits
    schema: dict[str, Any] = {"description": setting.meaning}
    if setting.type is bool:
        schema["type"] = "boolean"
    elif setting.type in (int, float):
        schema["type"] = "integer" if setting.type is int else "number"
        if limits.minimum > -inf:
            schema["minimum"] = limits.minimum
    elif setting.type is str:
        schema |= (
            {"enum": list(limits.choices)}
            if limits.choices
            else {"type": "string", "minLength": 0 if limits.may_be_empty else 1}
        )
    elif setting.type == Path | None:
        schema["type"] = ["string", "null"]
    else:
        backends = {kernel: {"enum": list(limits.choices)} for kernel in KERNELS}
        return _object(backends, setting.meaning)
    return schema | {"default": plain(setting.default)}


def _parameter_schema(info: ParameterInfo, default: Any) -> dict[str, Any]:
    """Give the schema of a StaMPS parameter; null = not set, "nan" = back to the default."""
    unit = f" [{info.unit}]" if info.unit else ""
    schema: dict[str, Any] = {
        "description": f"{info.meaning}{unit}; default {default_text(info, default)}"
    }
    if info.kind == "flag":
        return schema | {"enum": ["y", "n", True, False, "nan", None]}
    if info.kind == "text":
        choices = (
            {"enum": [*info.choices, "nan", None]} if info.choices else {"type": ["string", "null"]}
        )
        return schema | choices
    if info.kind == "vector":
        limit = {"minItems": 0 if info.optional else info.length, "maxItems": info.length}
        value: dict[str, Any] = {"type": "array", "items": _NUMBER_OR_INF} | limit
    elif info.kind == "index_list":
        value = {"type": "array", "items": {"type": "integer", "minimum": 1}}
    else:
        value = _number_schema(info)
    words = ["nan", *([info.keyword] if info.keyword else []), None]
    if info.kind == "number" and info.maximum == inf:
        words += ["Inf", "-Inf"] if info.minimum == -inf else ["Inf"]
    return schema | {"anyOf": [value, {"enum": words}]}


_NUMBER_OR_INF = {"anyOf": [{"type": "number"}, {"enum": ["Inf", "-Inf"]}]}


def _number_schema(info: ParameterInfo) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": info.kind}
    if info.minimum > -inf:
        schema["exclusiveMinimum" if info.exclusive_minimum else "minimum"] = info.minimum
    if info.maximum < inf:
        schema["maximum"] = info.maximum
    if info.multiple_of > 1:
        schema["multipleOf"] = info.multiple_of
    return schema


def plain(value: Any) -> Any:
    """Give a setting or a group of settings as values that YAML and JSON know."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {item.name: plain(getattr(value, item.name)) for item in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, tuple | list):
        return [plain(item) for item in value]
    return str(value) if isinstance(value, Path) else value


def read_mapping(path: Path) -> dict[str, Any]:
    """Read a YAML file that holds a mapping; an empty file is an empty mapping.

    Raises
    ------
    ParameterError
        The file is missing or is not YAML.
    """
    import yaml

    try:
        found = yaml.safe_load(Path(path).read_text(encoding="utf-8"))
    except OSError as error:
        raise ParameterError(
            f"{path}: cannot be read ({error.strerror}); give a YAML file"
        ) from error
    except UnicodeDecodeError as error:
        raise ParameterError(f"{path}: not a text file; give a YAML file") from error
    except yaml.YAMLError as error:
        raise ParameterError(f"{path}: not YAML ({' '.join(str(error).split())})") from error
    if found is None:
        return {}
    if not isinstance(found, dict):
        raise ParameterError(f"{path}: found a {type(found).__name__}, expected groups of settings")
    return found


def checked_groups(mapping: Mapping[str, Any], *, source: str) -> dict[str, Any]:
    """Give the fields of :class:`pystamps.config.RunConfig` from a checked mapping.

    Raises
    ------
    ParameterError
        A key is unknown or a value is not allowed.
    """
    given = {str(key): plain(value) for key, value in mapping.items() if value is not None}
    if isinstance(given.get("stamps"), dict):
        parsed = parse_overrides(given["stamps"], source=source)
        given["stamps"] = {k: "nan" if v is None else stamps_value(v) for k, v in parsed.items()}
    dataset = given.get("dataset", {})
    dataset = {"path": dataset} if isinstance(dataset, str) else dataset
    raw = (dataset.get("raw") or {}) if isinstance(dataset, dict) else {}
    for setting in settings():
        _from_text(given.get(setting.group), setting)
    for setting in raw_settings():
        _from_text(raw, setting)
    if isinstance(dataset, dict) and dataset:
        given["dataset"] = dataset
    _check(given, source)
    groups = {name: owner(**given[name]) for name, owner in GROUPS.items() if name in given}
    if "runtime" in given and given["runtime"].get("raw_root"):
        raw_root = Path(given["runtime"]["raw_root"]).expanduser().absolute()
        groups["runtime"] = dataclasses.replace(groups["runtime"], raw_root=raw_root)
    snaphu = given.get("tools", {}).get("snaphu", "")
    if "/" in snaphu:
        snaphu = str(Path(snaphu).expanduser().absolute())
        groups["tools"] = dataclasses.replace(groups["tools"], snaphu=snaphu)
    return groups | {
        "dataset": Path(dataset.get("path", "")).expanduser().absolute(),
        "raw": config.RawExport(**_raw_paths(raw)),
        "stamps": given.get("stamps", {}),
    }


def _raw_paths(raw: dict[str, Any]) -> dict[str, Any]:
    """Make the paths among the settings of the preparation absolute."""
    found = dict(raw)
    for name in ("export", "mask", "water_mask"):
        if found.get(name):
            found[name] = Path(found[name]).expanduser().absolute()
    area = str(found.get("area", ""))
    if area and not re.fullmatch(r"[-+\d.eE,\s]+", area):
        found["area"] = str(Path(area).expanduser().absolute())
    return found


def _from_text(group: Any, setting: Setting) -> None:
    """Repair what YAML makes of ``1e-4`` (a text) and of ``mat_version: 7.3`` (a number)."""
    if not isinstance(group, dict):
        return
    value = group.get(setting.name)
    if value is None:
        group.pop(setting.name, None)
    elif setting.type is float and isinstance(value, str):
        try:
            group[setting.name] = float(value)
        except ValueError:
            return  # the schema refuses the text and says what is expected
    elif setting.type is str and isinstance(value, int | float) and not isinstance(value, bool):
        group[setting.name] = str(value)


@cache
def _validator() -> Any:
    from jsonschema import Draft202012Validator

    return Draft202012Validator(configuration_schema())


def _check(given: dict[str, Any], source: str) -> None:
    """Check against the schema; the first error becomes one line."""
    from jsonschema.exceptions import best_match

    error = best_match(_validator().iter_errors(given))
    if error is None:
        return
    key = ".".join(str(part) for part in error.absolute_path)
    if error.validator == "additionalProperties":
        known = error.schema["properties"]
        unknown = next(name for name in error.instance if name not in known)
        raise ParameterError(
            f"{source}: {key and f'{key}.'}{unknown}: unknown key{nearest_name(unknown, known)}; "
            f"known are {', '.join(known)}"
        )
    raise ParameterError(
        f"{source}: {key}: {error.instance!r} is not allowed; expected {_expected(error.schema)}"
    )


def _expected(schema: Mapping[str, Any]) -> str:
    """Say in words what a schema allows."""
    if "enum" in schema:
        return f"one of {', '.join(str(word) for word in schema['enum'] if word is not None)}"
    if "anyOf" in schema:
        return " or ".join(_expected(part) for part in schema["anyOf"])
    kinds = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    words = {
        "object": "a group of settings",
        "boolean": "true or false",
        "integer": "a whole number",
        "number": "a number",
        "string": "a text",
        "null": "null",
    }
    limit = f" >= {schema['minimum']:g}" if "minimum" in schema else ""
    return " or ".join(words[str(kind)] for kind in kinds) + limit
