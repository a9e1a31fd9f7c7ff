"""Values of settings as YAML and JSON know them."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any


def yaml_value(value: Any) -> Any:
    """Give a setting, or a dataclass of settings, as values that YAML and JSON know."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = dataclasses.fields(value)
        return {item.name: yaml_value(getattr(value, item.name)) for item in fields}
    if isinstance(value, Mapping):
        return {str(key): yaml_value(item) for key, item in value.items()}
    if isinstance(value, tuple | list):
        return [yaml_value(item) for item in value]
    if isinstance(value, date):
        return f"{value:%Y-%m-%d}"
    return str(value) if isinstance(value, Path) else value
