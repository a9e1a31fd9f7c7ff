"""Settings as YAML knows them: files with groups of settings, and values to write into them."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pystamps.errors import ParameterError


def yaml_value(value: Any) -> Any:
    """Give a setting, or a dataclass of settings, as values that YAML and JSON know."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = dataclasses.fields(value)
        return {item.name: yaml_value(getattr(value, item.name)) for item in fields}
    if isinstance(value, Mapping):
        return {str(key): yaml_value(item) for key, item in value.items()}
    if isinstance(value, tuple | list):
        return [yaml_value(item) for item in value]
    return str(value) if isinstance(value, Path) else value


def read_yaml_mapping(path: Path) -> dict[str, Any]:
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
