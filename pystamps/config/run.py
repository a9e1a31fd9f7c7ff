"""A whole configuration: the data set, the StaMPS parameters and the groups of settings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from pystamps.config.accuracy_settings import Accuracy
from pystamps.config.groups import (
    KERNELS_OF_SCHEDULE,
    Compat,
    KernelSettings,
    MethodSettings,
    Products,
    RawExport,
    Runtime,
    Storage,
    Tolerance,
    Tools,
    Troposphere,
)
from pystamps.config.yaml_files import read_yaml_mapping
from pystamps.config.yaml_values import yaml_value
from pystamps_kernels import AUTO, KernelChoice


@dataclass(frozen=True, slots=True)
class RunConfig:
    """Everything that a run needs to know beside the data set itself.

    Attributes
    ----------
    dataset : Path
        Root of the data set.
    raw : RawExport
        What the data set is prepared from.
    stamps : mapping
        StaMPS parameters (StaMPS names) that override parms.mat; "nan" resets to the default.
        Those that ``runtime.passing_parameters`` names hold for this run only.
    runtime, kernels, tolerance, method, tools, storage : dataclass
        See :data:`pystamps.config.groups.GROUPS`.
    products, troposphere, accuracy, compat : dataclass
        See :data:`pystamps.config.groups.GROUPS`.
    """

    dataset: Path = Path()
    raw: RawExport = field(default_factory=RawExport)
    stamps: Mapping[str, Any] = field(default_factory=dict)
    runtime: Runtime = field(default_factory=Runtime)
    kernels: KernelSettings = field(default_factory=KernelSettings)
    tolerance: Tolerance = field(default_factory=Tolerance)
    method: MethodSettings = field(default_factory=MethodSettings)
    tools: Tools = field(default_factory=Tools)
    storage: Storage = field(default_factory=Storage)
    products: Products = field(default_factory=Products)
    troposphere: Troposphere = field(default_factory=Troposphere)
    accuracy: Accuracy = field(default_factory=Accuracy)
    compat: Compat = field(default_factory=Compat)

    @property
    def kept_stamps(self) -> Mapping[str, Any]:
        """StaMPS parameters that ``parms.mat`` keeps: all of ``stamps`` but the passing ones."""
        passing = {name.strip() for name in self.runtime.passing_parameters.split(",")}
        return {name: value for name, value in self.stamps.items() if name not in passing}

    @property
    def kernel_choice(self) -> KernelChoice:
        """Backends in the form that kernels take; ``runtime.backend`` may decide about all."""
        k = self.kernels
        forced = KERNELS_OF_SCHEDULE.get(self.runtime.backend)
        if forced is None:
            return KernelChoice(k.backend, k.kernel_backend_overrides, k.native_threads)
        named = {n: b for n, b in k.kernel_backend_overrides.items() if b != AUTO.backend}
        return KernelChoice(forced, named, k.native_threads)

    @classmethod
    def from_file(cls, path: Path) -> RunConfig:
        """Read a configuration file (YAML or JSON).

        Raises
        ------
        ParameterError
            The file is missing or unreadable, a key is unknown, or a value is not allowed.
        """
        return cls.from_mapping(read_yaml_mapping(path), source=str(path))

    @classmethod
    def from_mapping(
        cls,
        mapping: Mapping[str, Any],
        *,
        source: str = "configuration",
        is_checked: bool = False,
    ) -> RunConfig:
        """Check the groups of a configuration file and give them their types.

        Parameters
        ----------
        mapping : mapping
            As in ``config/config.yaml``; groups and keys may be left out or None (default).
            Relative paths count from the current directory.
        source : str
            Beginning of error messages, usually the file.
        is_checked : bool
            The mapping has been compared with the schema, in the process that has started this
            one; that takes a while, most of it for loading the package that does it.

        Raises
        ------
        ParameterError
            A key is unknown or a value is not allowed.
        """
        from pystamps.config.checks import checked_fields  # takes the table of parameters along

        usual = cls().to_mapping()
        fields = checked_fields(mapping, source=source, usual=usual, is_checked=is_checked)
        return cls(**fields)

    def to_mapping(self) -> dict[str, Any]:
        """Give the configuration as plain values, the inverse of :meth:`from_mapping`."""
        groups = {item.name: yaml_value(getattr(self, item.name)) for item in fields(self)}
        return groups | {"dataset": {"path": str(self.dataset), "raw": groups.pop("raw")}}


def load_config(path: Path | str) -> RunConfig:
    """Read a configuration file, as :meth:`RunConfig.from_file`.

    Parameters
    ----------
    path : Path
        YAML, or JSON with the ending ``.json``.

    Raises
    ------
    ParameterError
        As :meth:`RunConfig.from_file`.
    """
    return RunConfig.from_file(Path(path))
