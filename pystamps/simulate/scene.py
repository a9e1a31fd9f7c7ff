"""Settings of a simulated scene."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType

from pystamps.errors import ParameterError


@dataclass(frozen=True, slots=True)
class Bowl:
    """One area of deformation: an elliptical Gaussian.

    Attributes
    ----------
    centre : tuple of float
        Position as a fraction of the samples and of the lines.
    radius_m : tuple of float
        Standard deviation on the ground in range and azimuth.
    velocity_mm_yr : float
        Velocity at the centre, positive toward the satellite.
    seasonal_mm : float
        Amplitude of a yearly sine at the centre.
    """

    centre: tuple[float, float]
    radius_m: tuple[float, float]
    velocity_mm_yr: float
    seasonal_mm: float = 0.0


@dataclass(frozen=True, slots=True)
class Scene:
    """What is simulated; two equal scenes give equal data sets.

    Attributes
    ----------
    seed : int
        Seed of every random stream.
    interferograms : int
        Secondary images; there is one image more.
    first_date : date
        Day of the first image.
    revisit_days : int
        Repeat cycle; images follow each other after one, two or three cycles.
    baseline_std_m : float
        Standard deviation of the perpendicular baselines.
    lines, samples : int
        Size of the image.
    azimuth_spacing_m, range_spacing_m : float
        Size of a pixel; range in slant range.
    centre_lonlat : tuple of float
        Degrees.
    heading_deg : float
        Flight direction clockwise from north; the radar looks to the right.
    near_range_m : float
        Slant range of the first sample.
    radar_frequency_hz : float
    patches : tuple of int
        Patches in range and azimuth.
    overlap : tuple of int
        Samples and lines of overlap.
    dispersion_threshold : float
        Largest amplitude dispersion of a candidate.
    terrain_mean_m, terrain_std_m : float
        Heights; the spectrum is a power law.
    ps_density_per_km2 : float
        Persistent scatterers on the ground.
    ps_clustering : float
        Strength of their grouping in settlements; 0 = evenly random.
    ps_signal_to_clutter_db, ps_signal_to_clutter_std_db : float
        Mean and standard deviation of the power ratio in decibel.
    ps_phase_noise_rad : float
        Phase noise of every scatterer and image beside what the clutter causes.
    clutter_memory_days : float
        Time in which the clutter loses 63 % of its correlation.
    dem_error_std_m : float
        Height of scatterers above the surface of the elevation model, independent of each other.
    dem_error_correlated_m : float
        Standard deviation of the smooth error of the elevation model.
    bowls : tuple of Bowl
        Deformation.
    atmosphere_rms_rad : float
        Turbulent delay of one image; single images have between half and one and a half of it.
    atmosphere_exponent : float
        Exponent of the two-dimensional power spectrum (11/3: turbulence at scales of a scene).
    stratified_rad_per_km : float
        Standard deviation over the images of the delay that is proportional to height.
    ramp_rad : float
        Standard deviation of the orbital phase plane, edge to edge, in each direction.
    gain_spread : float
        Relative standard deviation of the radiometric level of the images (uniform; below 0.5).
    """

    seed: int = 1
    interferograms: int = 28
    first_date: date = date(2018, 1, 7)
    revisit_days: int = 12
    baseline_std_m: float = 80.0
    lines: int = 240
    samples: int = 240
    azimuth_spacing_m: float = 32.0
    range_spacing_m: float = 19.0
    centre_lonlat: tuple[float, float] = (-84.1, 36.55)
    heading_deg: float = -12.6231
    near_range_m: float = 845000.0
    radar_frequency_hz: float = 5.4050005e9
    patches: tuple[int, int] = (1, 2)
    overlap: tuple[int, int] = (20, 20)
    dispersion_threshold: float = 0.4
    terrain_mean_m: float = 300.0
    terrain_std_m: float = 60.0
    ps_density_per_km2: float = 170.0
    ps_clustering: float = 0.5
    ps_signal_to_clutter_db: float = 11.0
    ps_signal_to_clutter_std_db: float = 4.0
    ps_phase_noise_rad: float = 0.25
    clutter_memory_days: float = 6.0
    dem_error_std_m: float = 4.0
    dem_error_correlated_m: float = 1.5
    bowls: tuple[Bowl, ...] = (
        Bowl((0.42, 0.55), (900.0, 1250.0), -28.0, 3.0),
        Bowl((0.78, 0.25), (700.0, 600.0), 9.0),
    )
    atmosphere_rms_rad: float = 0.6
    atmosphere_exponent: float = 11.0 / 3.0
    stratified_rad_per_km: float = 0.8
    ramp_rad: float = 1.0
    gain_spread: float = 0.1

    def __post_init__(self) -> None:
        """Refuse what cannot be simulated."""
        self._check("interferograms", at_least=1)
        for name in ("lines", "samples"):
            self._check(name, at_least=2)
        for name in ("azimuth_spacing_m", "range_spacing_m", "near_range_m", "radar_frequency_hz"):
            self._check(name, at_least=0, exclusive=True)
        for name in ("revisit_days", "clutter_memory_days", "dispersion_threshold"):
            self._check(name, at_least=0, exclusive=True)
        for name in (
            "baseline_std_m", "terrain_std_m", "ps_density_per_km2", "ps_clustering",
            "ps_phase_noise_rad", "dem_error_std_m", "dem_error_correlated_m",
            "atmosphere_rms_rad", "stratified_rad_per_km", "ramp_rad", "gain_spread", "seed",
        ):  # fmt: skip
            self._check(name, at_least=0)
        if min(self.patches) < 1 or self.patches[0] > self.samples or self.patches[1] > self.lines:
            raise ParameterError(
                f"scene: patches={self.patches} does not divide {self.samples} samples and "
                f"{self.lines} lines; give 1 or more patches and no more than pixels"
            )

    def _check(self, name: str, *, at_least: float, exclusive: bool = False) -> None:
        value = getattr(self, name)
        if not math.isfinite(value) or value < at_least or (exclusive and value == at_least):
            sign = ">" if exclusive else ">="
            raise ParameterError(f"scene: {name}={value}, expected {sign} {at_least}; change it")


PRESETS: Mapping[str, Scene] = MappingProxyType(
    {
        "demo": Scene(),
        "tiny": Scene(
            interferograms=14,
            revisit_days=24,
            lines=126,
            samples=126,
            azimuth_spacing_m=60.0,
            range_spacing_m=35.6,
            overlap=(12, 12),
            ps_density_per_km2=85.0,
            ps_clustering=0.3,
        ),
    }
)
"""Ready-made scenes: ``demo`` shows what the method does, ``tiny`` is for tests."""


def preset(name: str, **changes: object) -> Scene:
    """Give a ready-made scene, with settings changed by name.

    Raises
    ------
    ParameterError
        There is no such preset.
    """
    if name not in PRESETS:
        raise ParameterError(f"scene: preset {name!r} is unknown; use {' or '.join(PRESETS)}")
    return dataclasses.replace(PRESETS[name], **changes)  # type: ignore[arg-type]
