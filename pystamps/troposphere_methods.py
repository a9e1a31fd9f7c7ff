"""The methods that make tropospheric phase: one record each (``troposphere.method``).

A new method is one record here and its function, which takes the job and the pixels and gives a
:class:`pystamps.corrections.delay_phase.TroposphericPhase`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import Any

NO_METHOD = "none"
"""Nothing is made: what lies there is used, where ``subtr_tropo`` asks for it."""


@dataclass(frozen=True, slots=True)
class TroposphereMethod:
    """One way to tropospheric phase.

    Attributes
    ----------
    name : str
        Value of ``troposphere.method``.
    meaning : str
        What it takes the phase from, for people.
    entry_point : str
        ``module:function``; called with the job and the pixels.
    stored_as : str
        ``tropo_method`` that reads the result, unless ``troposphere.stored_as`` says another.
    is_from_phase : bool
        It is estimated from the unwrapped phase: it runs after stage 6, which subtracts nothing.
    source : str
        What ``troposphere.source`` has to be: a file, a folder, or nothing.
    patterns : tuple of str
        Files of a folder that belong to it, as the workflow declares them.
    """

    name: str
    meaning: str
    entry_point: str
    stored_as: str
    is_from_phase: bool = False
    source: str = ""
    patterns: tuple[str, ...] = ()

    def load(self) -> Callable[..., Any]:
        """Give the function of the entry point."""
        module, function = self.entry_point.split(":")
        loaded: Callable[..., Any] = getattr(import_module(module), function)
        return loaded


_FILES = "pystamps.pipeline.entry.delay_sources"

TROPOSPHERE_METHODS = {
    method.name: method
    for method in (
        TroposphereMethod(
            "gacos", "zenith delays of GACOS", f"{_FILES}:phase_of_gacos", "a_gacos",
            source="folder",
            patterns=("*.ztd", "*.ztd.rsc", "*.ztd.tif", "*/*.ztd", "*/*.ztd.rsc", "*/*.ztd.tif"),
        ),
    )
}  # fmt: skip
"""Methods by name; without ``none``."""
