"""Families of scenes: what a method is judged on; every seed is another scene of its family."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from types import MappingProxyType
from typing import Any

import numpy as np

from pystamps.errors import ParameterError
from pystamps.simulate.random_streams import random_stream
from pystamps.simulate.scene import Scene, changed_scene
from pystamps.simulate.sources import Bowl, ScrewFault, Source, TimeFunction

Changes = dict[str, Any]
"""Settings by their names, as :func:`~pystamps.simulate.scene.changed_scene` takes them."""


@dataclass(frozen=True, slots=True)
class Family:
    """A kind of scene.

    Attributes
    ----------
    meaning : str
        What its scenes have, for people.
    is_stress : bool
        It breaks on purpose what methods assume.
    changes : callable
        Gives the settings of a scene from a random generator.
    """

    meaning: str
    is_stress: bool
    changes: Callable[[np.random.Generator], Changes]


def family_scene(name: str, seed: int) -> Scene:
    """Give the scene of a family that belongs to a seed.

    Parameters
    ----------
    name : str
        Of :data:`FAMILIES`.
    seed : int
        Decides the settings of the scene and is its own seed.

    Raises
    ------
    ParameterError
        There is no such family, or the seed is negative.
    """
    if name not in FAMILIES:
        raise ParameterError(f"family {name!r} is unknown; use one of {', '.join(FAMILIES)}")
    if seed < 0:
        raise ParameterError(f"seed={seed}, expected >= 0; change it")
    generator = random_stream(seed, f"family {name}")
    return changed_scene(Scene(), {**FAMILIES[name].changes(generator), "seed": seed})


def _common(generator: np.random.Generator) -> Changes:
    """Give what differs from scene to scene in every family."""
    return {
        "acquisitions.interferograms": int(generator.integers(22, 37)),
        "atmosphere.rms_rad": generator.uniform(0.5, 1.3),
        "atmosphere.ramp_rad": generator.uniform(0.6, 1.6),
        "atmosphere.stratified_rad_per_km": generator.uniform(0.4, 1.2),
        "scatterers.signal_to_clutter_db": generator.uniform(10.0, 13.0),
        "scatterers.density_per_km2": generator.uniform(130.0, 200.0),
        "deformation": _bowls(generator, 3, radius=(600.0, 1400.0), amplitude=(6.0, 28.0)),
    }


def _bowls(
    generator: np.random.Generator,
    most: int,
    *,
    radius: tuple[float, float],
    amplitude: tuple[float, float],
    time: TimeFunction | None = None,
) -> tuple[Bowl, ...]:
    """Give one to ``most`` bowls, most of them subsiding."""
    return tuple(
        Bowl(
            centre=_place(generator),
            radius_m=tuple(generator.uniform(*radius, 2).tolist()),
            amplitude_mm=float(generator.uniform(*amplitude) * generator.choice([-1, -1, -1, 1])),
            time=time or TimeFunction(),
        )
        for _ in range(generator.integers(1, most + 1))
    )


def _place(generator: np.random.Generator) -> tuple[float, float]:
    across, along = generator.uniform(0.15, 0.85, 2).tolist()
    return across, along


def _sentinel(generator: np.random.Generator) -> Changes:
    return _common(generator)


def _ers(generator: np.random.Generator) -> Changes:
    return _common(generator) | {
        "view.sensor": "ers",
        "acquisitions.cycles": (0.6, 0.3, 0.1),
        "deformation": _bowls(generator, 3, radius=(600.0, 1400.0), amplitude=(4.0, 15.0)),
    }


def _terrasar(generator: np.random.Generator) -> Changes:
    return _common(generator) | {
        "view.sensor": "terrasar-x",
        "view.azimuth_spacing_m": 30.0,
        "view.range_spacing_m": 18.0,
        "scatterers.density_per_km2": generator.uniform(200.0, 270.0),
        "atmosphere.rms_rad": generator.uniform(0.5, 1.2),
        "deformation": _bowls(generator, 2, radius=(400.0, 900.0), amplitude=(4.0, 14.0)),
    }


def _fast_bowls(generator: np.random.Generator) -> Changes:
    small = [
        bowl
        for _ in range(3)
        for bowl in _bowls(generator, 2, radius=(130.0, 280.0), amplitude=(35.0, 80.0))
    ]
    return _common(generator) | {
        "deformation": (*small, *_bowls(generator, 1, radius=(700.0, 1200.0), amplitude=(5, 15))),
        "scatterers.density_per_km2": generator.uniform(170.0, 230.0),
    }


def _long_wave_fault(generator: np.random.Generator) -> Changes:
    fault = ScrewFault(
        centre=_place(generator),
        strike_deg=float(generator.uniform(0, 180)),
        locking_depth_m=float(generator.uniform(4000, 12000)),
        slip_m=float(generator.uniform(0.015, 0.04) * generator.choice([-1, 1])),
    )
    return _common(generator) | {"deformation": (fault,)}


def _non_linear(generator: np.random.Generator) -> Changes:
    start = Scene().acquisitions.first_date + timedelta(days=int(generator.integers(120, 420)))
    sources: list[Source] = []
    for kind in generator.choice(["step", "exponential", "logarithmic", "seasonal"], 2, False):
        time = TimeFunction(str(kind), start, float(generator.uniform(40, 150)))
        most = 9.0 if kind == "seasonal" else 25.0
        sources += _bowls(generator, 2, radius=(600.0, 1300.0), amplitude=(5.0, most), time=time)
    return _common(generator) | {"deformation": tuple(sources)}


def _side_lobes(generator: np.random.Generator) -> Changes:
    return _common(generator) | {
        "scatterers.side_lobes": int(generator.integers(2, 5)),
        "scatterers.density_per_km2": generator.uniform(90.0, 140.0),
        "scatterers.signal_to_clutter_std_db": 6.0,
    }


def _still(generator: np.random.Generator) -> Changes:
    return _common(generator) | {"deformation": ()}


def _short_ramps(generator: np.random.Generator) -> Changes:
    return _common(generator) | {
        "acquisitions.interferograms": 20,
        "acquisitions.cycles": (0.6, 0.4),
        "atmosphere.ramp_rad": generator.uniform(2.5, 5.0),
    }


def _seasonal_stratified(generator: np.random.Generator) -> Changes:
    return _common(generator) | {
        "terrain.std_m": generator.uniform(150.0, 300.0),
        "disturbances.seasonal_stratified_rad_per_km": generator.uniform(2.0, 5.0),
    }


def _fronts(generator: np.random.Generator) -> Changes:
    return _common(generator) | {
        "disturbances.front_share": 0.25,
        "disturbances.front_rad": generator.uniform(2.0, 4.0),
    }


def _slow_turbulence(generator: np.random.Generator) -> Changes:
    return _common(generator) | {
        "disturbances.turbulence_memory_days": generator.uniform(60.0, 180.0)
    }


def _thermal(generator: np.random.Generator) -> Changes:
    return _common(generator) | {
        "dem_error.uncorrelated_m": generator.uniform(8.0, 14.0),
        "disturbances.thermal_expansion_ppm_k": 12.0,
        "disturbances.temperature_amplitude_k": generator.uniform(8.0, 14.0),
    }


def _drift(generator: np.random.Generator) -> Changes:
    return _common(generator) | {"disturbances.ramp_drift_rad_yr": generator.uniform(1.0, 3.0)}


def _movers(generator: np.random.Generator) -> Changes:
    small = Bowl(_place(generator), (120.0, 120.0), -12.0)
    return _common(generator) | {
        "deformation": (*_bowls(generator, 2, radius=(600, 1400), amplitude=(6, 20)), small),
        "disturbances.movers_share": float(generator.choice([0.002, 0.01])),
    }


FAMILIES: Mapping[str, Family] = MappingProxyType(
    {
        "sentinel": Family("Sentinel-1, one to three bowls", False, _sentinel),
        "ers": Family("ERS: long baselines, long intervals", False, _ers),
        "terrasar": Family("TerraSAR-X: short wavelength, many scatterers", False, _terrasar),
        "fast-bowls": Family(
            "small bowls of 35 to 80 mm/yr: steep gradients of the phase", False, _fast_bowls
        ),
        "long-wave-fault": Family(
            "a locked fault whose motion is nearly a plane over the scene", False, _long_wave_fault
        ),
        "non-linear": Family(
            "steps, decaying, logarithmic and seasonal motion", False, _non_linear
        ),
        "side-lobes": Family(
            "scatterers that reach neighbouring pixels, bright ones among them", False, _side_lobes
        ),
        "still": Family("no motion at all", True, _still),
        "short-ramps": Family(
            "20 images of less than a year, strong planes of orbits", True, _short_ramps
        ),
        "seasonal-stratified": Family(
            "mountains under a delay that comes back every year", True, _seasonal_stratified
        ),
        "fronts": Family("weather fronts in a quarter of the images", True, _fronts),
        "slow-turbulence": Family(
            "turbulence that lasts from image to image", True, _slow_turbulence
        ),
        "thermal": Family("buildings that grow in the heat", True, _thermal),
        "drift": Family("orbits whose error grows with time", True, _drift),
        "movers": Family("single scatterers at 10 mm/yr, and a bowl of 120 m", True, _movers),
    }
)
"""Families by name; the first seven decide acceptance, the others show where methods break."""
