"""Names of the interferometric processors; everything may import this, it imports nothing.

A new processor is one line here and the module that the line names.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

MODULES = {
    "snap": "pystamps.processors.snap",
    "gamma": "pystamps.processors.gamma",
    "isce": "pystamps.processors.isce",
    "doris": "pystamps.processors.doris",
}
"""Where each processor is described: the module holds its record as ``PROCESSOR``."""

DEFAULT = "doris"
"""Processor of a data set that does not name one, as in StaMPS."""

REFUSED = ("gsar",)
"""What StaMPS knows and pySTAMPS refuses by name."""


def record_of(name: str) -> Any:
    """Import the module of a processor and give its record."""
    return import_module(MODULES[name]).PROCESSOR


def angle_name(processor: str) -> str:
    """Give the base name of the angle artifact: ``inc`` for ISCE, ``la`` otherwise."""
    return str(record_of(processor).angle) if processor in MODULES else "la"
