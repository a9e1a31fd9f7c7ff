"""Reader of the unit vectors (JSON, column-major, null = NaN)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np


def load_vector(path: Path) -> dict[str, Any]:
    """Give the whole object with every array of ``inputs`` and ``outputs`` as a NumPy array."""
    return _decode(json.loads(path.read_text()))


def _decode(item: Any) -> Any:
    if isinstance(item, dict) and "shape" in item:
        return _array(item)
    if isinstance(item, dict):
        return {name: _decode(value) for name, value in item.items()}
    return item


def _array(item: dict[str, Any]) -> Any:
    if "data" in item:
        values = _floats(item["data"])
    else:
        values = _floats(item["re"]) + 1j * _floats(item["im"])
    return values.astype(item["dtype"]).reshape(item["shape"], order="F")


def _floats(values: list[Any]) -> Any:
    return np.array([np.nan if value is None else float(value) for value in values])
