"""``parms.mat`` and ``localparms.mat``: reading, precedence, writing back."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pystamps.parameters import Parameters


def effective_parameters(root: Path, directory: Path, overrides: Mapping[str, Any]) -> Parameters:
    """Give the effective parameters of a directory (skeleton, being written)."""
    raise NotImplementedError


def write_back_parameters(root: Path, parameters: Parameters) -> None:
    """Write the effective values to root ``parms.mat`` (skeleton, being written)."""
    raise NotImplementedError
