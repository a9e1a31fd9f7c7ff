"""Groups of settings of a simulated scene: every field states default, meaning, unit, limits."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from pystamps.config.setting import POSITIVE, needed_setting, setting
from pystamps.errors import ParameterError
from pystamps.simulate.checks import refuse_outside_limits
from pystamps.simulate.sensors import SENSORS, Sensor

PASSES = ("ascending", "descending")
_LIKE_SENSOR = "null = as the sensor has it."
_EXPONENT = "Exponent of the two-dimensional power spectrum"


@dataclass(frozen=True, slots=True)
class View:
    """How the satellite sees the scene."""

    sensor: str = setting("sentinel-1", "Satellite.", choices=tuple(SENSORS))
    orbit: str = setting(
        "ascending", "Flight direction; the radar looks to the right.", choices=PASSES
    )
    centre_lonlat: tuple[float, float] = setting(
        (-84.1, 36.55), "Centre of the scene: longitude, latitude.", unit="deg"
    )
    azimuth_spacing_m: float | None = setting(
        None, f"Size of a pixel in azimuth; {_LIKE_SENSOR}", unit="m", **POSITIVE
    )
    range_spacing_m: float | None = setting(
        None, f"Size of a pixel in slant range; {_LIKE_SENSOR}", unit="m", **POSITIVE
    )
    near_range_m: float | None = setting(
        None, f"Slant range of the first sample; {_LIKE_SENSOR}", unit="m", **POSITIVE
    )
    heading_deg: float | None = setting(
        None, f"Heading, clockwise from north; {_LIKE_SENSOR}", unit="deg"
    )

    def __post_init__(self) -> None:
        """Refuse what cannot be simulated."""
        refuse_outside_limits(self, "view.")
        if abs(self.centre_lonlat[1]) > 80:
            raise ParameterError(
                f"scene: view.centre_lonlat={self.centre_lonlat}, expected a latitude between -80 "
                "and 80 degrees; change it"
            )

    @property
    def satellite(self) -> Sensor:
        """Numbers of the sensor."""
        return SENSORS[self.sensor]


@dataclass(frozen=True, slots=True)
class Gap:
    """A time without images."""

    start: date = needed_setting("First day without images.")
    end: date = needed_setting("Last day without images.")


@dataclass(frozen=True, slots=True)
class AcquisitionSettings:
    """Days and baselines of the images."""

    interferograms: int = setting(
        28, "Number of secondary images; there is one image more.", unit="images", minimum=1
    )
    first_date: date = setting(date(2018, 1, 7), "Day of the first image.")
    revisit_days: int | None = setting(
        None, "Repeat cycle; null = that of the sensor.", unit="days", **POSITIVE
    )
    cycles: tuple[float, ...] = setting(
        (0.3, 0.5, 0.2),
        "Probability that the next image comes after one, two, three ... cycles.",
        minimum=0,
    )
    gaps: tuple[Gap, ...] = setting((), "Times (start, end) from which no image comes.")
    master: int | None = setting(
        None, "Position of the reference image, from 0; null = the middle.", minimum=0
    )
    baseline_std_m: float | None = setting(
        None,
        "Standard deviation of the perpendicular baselines; null = that of the sensor.",
        unit="m",
        minimum=0,
    )
    baseline_drift_m_yr: float = setting(0.0, "Trend of the perpendicular baselines.", unit="m/yr")
    pairs_with_next: int | None = setting(
        None,
        "Small baselines: every image is combined with so many later ones; null = no such limit. "
        "Without any of the three limits all images are combined with the reference image.",
        unit="images",
        minimum=1,
    )
    longest_pair_days: int | None = setting(
        None, "Small baselines: longest time between two images of a pair.", unit="days", **POSITIVE
    )
    largest_pair_baseline_m: float | None = setting(
        None,
        "Small baselines: largest perpendicular baseline of a pair, at the centre.",
        unit="m",
        **POSITIVE,
    )

    @property
    def has_pairs(self) -> bool:
        """Whether pairs of images are combined instead of all with the reference image."""
        limits = (self.pairs_with_next, self.longest_pair_days, self.largest_pair_baseline_m)
        return any(limit is not None for limit in limits)

    def __post_init__(self) -> None:
        """Refuse what cannot be simulated."""
        refuse_outside_limits(self, "acquisitions.")
        if not sum(self.cycles) > 0:
            raise ParameterError(
                f"scene: acquisitions.cycles={self.cycles}, expected probabilities; change it"
            )
        if self.master is not None and self.master > self.interferograms:
            raise ParameterError(
                f"scene: acquisitions.master={self.master}, expected <= {self.interferograms}; "
                "change it"
            )


@dataclass(frozen=True, slots=True)
class Terrain:
    """Heights of the elevation model."""

    mean_m: float = setting(300.0, "Built-in terrain: mean height.", unit="m")
    std_m: float = setting(
        60.0, "Built-in terrain: standard deviation of a random surface.", unit="m", minimum=0
    )
    exponent: float = setting(3.6, f"{_EXPONENT} of the built-in terrain.", minimum=0)
    dem_file: Path | None = setting(
        None,
        "Heights of your own in m: NumPy (.npy), HDF5 (.h5, dataset height), or raw float32 in the "
        "byte order of this machine, first row in the north.",
    )
    dem_shape: tuple[int, int] = setting((0, 0), "Rows and columns of a raw file.", unit="cells")
    dem_extent: tuple[float, float, float, float] = setting(
        (0.0, 0.0, 0.0, 0.0), "West, south, east, north: centres of the outer cells.", unit="deg"
    )

    def __post_init__(self) -> None:
        """Refuse what cannot be simulated."""
        refuse_outside_limits(self, "terrain.")
        west, south, east, north = self.dem_extent
        if self.dem_file is not None and not (west < east and south < north):
            raise ParameterError(
                f"scene: terrain.dem_extent={self.dem_extent}, expected west < east and "
                "south < north in degrees; give the extent of dem_file"
            )


@dataclass(frozen=True, slots=True)
class PointScatterers:
    """Persistent scatterers."""

    density_per_km2: float = setting(
        170.0, "Persistent scatterers on land.", unit="per km2", minimum=0
    )
    clustering: float = setting(
        0.5, "Strength of their grouping in settlements; 0 = evenly random.", minimum=0
    )
    settlement_size_m: float = setting(500.0, "Size of the groups.", unit="m", **POSITIVE)
    signal_to_clutter_db: float = setting(11.0, "Mean signal-to-clutter ratio.", unit="dB")
    signal_to_clutter_std_db: float = setting(
        4.0, "Standard deviation of the signal-to-clutter ratio.", unit="dB", minimum=0
    )
    phase_noise_rad: float = setting(
        0.25,
        "Phase noise of every scatterer and image beside what the clutter causes.",
        unit="rad",
        minimum=0,
    )
    side_lobes: int = setting(
        0,
        "Pixels that the response reaches to each side; 0 = one pixel per scatterer. With side "
        "lobes a scatterer lies anywhere in its pixel.",
        unit="pixels",
        minimum=0,
        maximum=16,
    )

    def __post_init__(self) -> None:
        """Refuse what cannot be simulated."""
        refuse_outside_limits(self, "scatterers.")


@dataclass(frozen=True, slots=True)
class Background:
    """Everything that is no persistent scatterer: circular Gaussian samples."""

    amplitude: float = setting(40.0, "Standard deviation of the samples.", **POSITIVE)
    texture: float = setting(
        0.25, "Standard deviation of the logarithm of the amplitude over the scene.", minimum=0
    )
    memory_days: float = setting(
        6.0,
        "Time in which vegetation loses 63 % of the coherence that it can lose.",
        unit="days",
        **POSITIVE,
    )
    long_term_coherence: float = setting(
        0.0, "Coherence that vegetation never loses.", minimum=0, maximum=1
    )
    geometric_decorrelation: bool = setting(
        True, "Coherence falls with the baseline, to 0 at the critical one."
    )
    distributed_fraction: float = setting(
        0.0,
        "Part of the land that is distributed scatterers (fields, rock).",
        minimum=0,
        maximum=1,
    )
    distributed_memory_days: float = setting(
        120.0,
        "Time in which distributed scatterers lose 63 % of the coherence that they can lose.",
        unit="days",
        **POSITIVE,
    )
    distributed_long_term_coherence: float = setting(
        0.25, "Coherence that distributed scatterers never lose.", minimum=0, maximum=1
    )
    distributed_size_m: float = setting(
        400.0, "Size of the areas of distributed scatterers.", unit="m", **POSITIVE
    )
    water_fraction: float = setting(
        0.0,
        "Part of the scene that is water: no coherence, no scatterers.",
        minimum=0,
        maximum=1,
    )
    water_db: float = setting(-16.0, "Power of water relative to land.", unit="dB")
    water_size_m: float = setting(1500.0, "Size of the areas of water.", unit="m", **POSITIVE)
    gain_spread: float = setting(
        0.1,
        "Relative standard deviation of the radiometric level of the images (uniform).",
        minimum=0,
        maximum=0.5,
    )

    def __post_init__(self) -> None:
        """Refuse what cannot be simulated."""
        refuse_outside_limits(self, "background.")


@dataclass(frozen=True, slots=True)
class DemError:
    """Errors of the elevation model."""

    uncorrelated_m: float = setting(
        4.0,
        "Height of scatterers above the model, independent of each other (standard deviation).",
        unit="m",
        minimum=0,
    )
    correlated_m: float = setting(
        1.5, "Standard deviation of the smooth error.", unit="m", minimum=0
    )
    exponent: float = setting(3.6, f"{_EXPONENT} of the smooth error.", minimum=0)

    def __post_init__(self) -> None:
        """Refuse what cannot be simulated."""
        refuse_outside_limits(self, "dem_error.")


@dataclass(frozen=True, slots=True)
class Atmosphere:
    """Delay of each image, and orbits."""

    rms_rad: float = setting(0.6, "Turbulent delay of one image, rms.", unit="rad", minimum=0)
    spread: float = setting(
        0.5,
        "Images have between 1 - spread and 1 + spread of the turbulent delay (uniform).",
        minimum=0,
        maximum=1,
    )
    exponent: float = setting(
        11.0 / 3.0,
        f"{_EXPONENT} of the turbulent delay (11/3: turbulence at scales of a scene).",
        minimum=0,
    )
    stratified_rad_per_km: float = setting(
        0.8,
        "Standard deviation over the images of the delay that is proportional to height.",
        unit="rad/km",
        minimum=0,
    )
    ramp_rad: float = setting(
        1.0,
        "Standard deviation of the orbital phase plane, edge to edge, in each direction.",
        unit="rad",
        minimum=0,
    )

    def __post_init__(self) -> None:
        """Refuse what cannot be simulated."""
        refuse_outside_limits(self, "atmosphere.")


@dataclass(frozen=True, slots=True)
class PreparationSettings:
    """How the export is prepared (stage 0)."""

    patches: tuple[int, int] = setting(
        (1, 2), "Patches in range and azimuth.", unit="patches", minimum=1
    )
    overlap: tuple[int, int] = setting(
        (20, 20), "Samples and lines of overlap.", unit="pixels", minimum=0
    )
    dispersion_threshold: float | None = setting(
        None,
        "Amplitude dispersion (small baselines: of the differences) below which a pixel is a "
        "candidate; null = 0.4 (small baselines 0.6).",
        **POSITIVE,
    )

    def __post_init__(self) -> None:
        """Refuse what cannot be simulated."""
        refuse_outside_limits(self, "preparation.")
