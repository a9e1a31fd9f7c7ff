"""A simulated scene: all settings, and ready-made scenes."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from pystamps.config.setting import setting
from pystamps.errors import ParameterError
from pystamps.simulate.checks import refuse_outside_limits
from pystamps.simulate.disturbances import Disturbances
from pystamps.simulate.settings import (
    AcquisitionSettings,
    Atmosphere,
    Background,
    DemError,
    PointScatterers,
    PreparationSettings,
    Terrain,
    View,
)
from pystamps.simulate.sources import Bowl, Source, TimeFunction


@dataclass(frozen=True, slots=True)
class Scene:
    """What is simulated; two equal scenes give equal data sets.

    Attributes
    ----------
    seed, lines, samples : int
    view : View
    acquisitions : AcquisitionSettings
    terrain : Terrain
    scatterers : PointScatterers
    background : Background
    dem_error : DemError
    deformation : tuple of Bowl, Mogi, Fault or ScrewFault
    atmosphere : Atmosphere
    disturbances : Disturbances
    preparation : PreparationSettings
    """

    seed: int = setting(1, "Seed of every random stream.", minimum=0)
    lines: int = setting(240, "Azimuth lines of the image.", unit="pixels", minimum=2)
    samples: int = setting(240, "Range samples of the image.", unit="pixels", minimum=2)
    view: View = field(default_factory=lambda: View(azimuth_spacing_m=32.0, range_spacing_m=19.0))
    acquisitions: AcquisitionSettings = field(default_factory=AcquisitionSettings)
    terrain: Terrain = field(default_factory=Terrain)
    scatterers: PointScatterers = field(default_factory=PointScatterers)
    background: Background = field(default_factory=Background)
    dem_error: DemError = field(default_factory=DemError)
    deformation: tuple[Source, ...] = setting(
        (
            Bowl((0.42, 0.55), (900.0, 1250.0), -28.0),
            Bowl((0.42, 0.55), (900.0, 1250.0), 3.0, TimeFunction("seasonal")),
            Bowl((0.78, 0.25), (700.0, 600.0), 9.0),
        ),
        "Sources of deformation, each with a time function.",
    )
    atmosphere: Atmosphere = field(default_factory=Atmosphere)
    disturbances: Disturbances = field(default_factory=Disturbances)
    preparation: PreparationSettings = field(default_factory=PreparationSettings)

    def __post_init__(self) -> None:
        """Refuse what cannot be simulated."""
        refuse_outside_limits(self, "")
        patches = self.preparation.patches
        if patches[0] > self.samples or patches[1] > self.lines:
            raise ParameterError(
                f"scene: preparation.patches={patches} does not divide {self.samples} samples and "
                f"{self.lines} lines; give no more patches than pixels"
            )


PRESETS: Mapping[str, Scene] = MappingProxyType(
    {
        "demo": Scene(),
        "tiny": Scene(
            lines=126,
            samples=126,
            view=View(azimuth_spacing_m=60.0, range_spacing_m=35.6),
            acquisitions=AcquisitionSettings(interferograms=14, revisit_days=24),
            scatterers=PointScatterers(density_per_km2=85.0, clustering=0.3),
            preparation=PreparationSettings(overlap=(12, 12)),
        ),
    }
)
"""Ready-made scenes: ``demo`` shows what the method does, ``tiny`` is for tests."""


def preset_scene(name: str, changes: Mapping[str, Any] | None = None) -> Scene:
    """Give a ready-made scene, with settings changed by name.

    Parameters
    ----------
    name : str
    changes : mapping, optional
        As for :func:`changed_scene`.

    Raises
    ------
    ParameterError
        There is no such preset, or a value is impossible.
    """
    if name not in PRESETS:
        raise ParameterError(f"scene: preset {name!r} is unknown; use {' or '.join(PRESETS)}")
    return changed_scene(PRESETS[name], changes or {})


def changed_scene(scene: Scene, changes: Mapping[str, Any]) -> Scene:
    """Give a scene with other settings.

    Parameters
    ----------
    scene : Scene
    changes : mapping
        Names with their group to values: ``{"scatterers.density_per_km2": 50.0, "lines": 90}``.
    """
    top: dict[str, Any] = {}
    groups: dict[str, dict[str, Any]] = {}
    for name, value in changes.items():
        group, dot, setting = name.partition(".")
        if dot:
            groups.setdefault(group, {})[setting] = value
        else:
            top[name] = value
    for group, values in groups.items():
        top[group] = dataclasses.replace(getattr(scene, group), **values)
    return dataclasses.replace(scene, **top)
