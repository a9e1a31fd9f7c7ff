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
    settings : tuple of str
        Settings of ``troposphere`` that it alone has; the others refuse them.
    """

    name: str
    meaning: str
    entry_point: str
    stored_as: str
    is_from_phase: bool = False
    source: str = ""
    patterns: tuple[str, ...] = ()
    settings: tuple[str, ...] = ()

    def load(self) -> Callable[..., Any]:
        """Give the function of the entry point."""
        module, function = self.entry_point.split(":")
        loaded: Callable[..., Any] = getattr(import_module(module), function)
        return loaded


_OF_POINTS = ("quantity", "unit", "is_relative")
_FILES = "pystamps.pipeline.entry.delay_sources"
_PHASE = "pystamps.pipeline.entry.delays_from_phase"

TROPOSPHERE_METHODS = {
    method.name: method
    for method in (
        TroposphereMethod(
            "gacos", "zenith delays of GACOS", f"{_FILES}:phase_of_gacos", "a_gacos",
            source="folder",
            patterns=("*.ztd", "*.ztd.rsc", "*.ztd.tif", "*/*.ztd", "*/*.ztd.rsc", "*/*.ztd.tif"),
        ),
        TroposphereMethod(
            "era5", "delays that MintPy has made of ERA5", f"{_FILES}:phase_of_mintpy", "a_era5",
            source="file",
        ),
        TroposphereMethod(
            "raider", "cubes of RAiDER", f"{_FILES}:phase_of_raider", "a_era5",
            source="folder", patterns=("*.nc",),
        ),
        TroposphereMethod(
            "csv", "a table of delays at points", f"{_FILES}:phase_of_table", "a_linear-man",
            source="file", settings=_OF_POINTS,
        ),
        TroposphereMethod(
            "hdf5", "delays at points in HDF5", f"{_FILES}:phase_of_hdf5", "a_linear-man",
            source="file", settings=_OF_POINTS,
        ),
        TroposphereMethod(
            "linear", "the part of the unwrapped phase that is proportional to height",
            f"{_PHASE}:phase_linear_in_height", "a_linear", is_from_phase=True,
        ),
        TroposphereMethod(
            "power_law", "the part of the unwrapped phase that is a power law of height",
            f"{_PHASE}:phase_power_law_of_height", "a_powerlaw", is_from_phase=True,
        ),
    )
}  # fmt: skip
"""Methods by name; without ``none``."""
