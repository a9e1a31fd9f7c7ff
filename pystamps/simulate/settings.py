"""Groups of settings of a simulated scene."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from pystamps.errors import ParameterError
from pystamps.simulate.checks import at_least, at_most, one_of
from pystamps.simulate.sensors import SENSORS, Sensor

PASSES = ("ascending", "descending")


@dataclass(frozen=True, slots=True)
class View:
    """How the satellite sees the scene.

    Attributes
    ----------
    sensor : str
        sentinel-1, ers or terrasar-x.
    orbit : str
        ascending or descending; the radar looks to the right.
    centre_lonlat : tuple of float
        Degrees.
    azimuth_spacing_m, range_spacing_m : float or None
        Size of a pixel, range in slant range; None = as the sensor has it.
    near_range_m, heading_deg : float or None
        None = as the sensor has it.
    """

    sensor: str = "sentinel-1"
    orbit: str = "ascending"
    centre_lonlat: tuple[float, float] = (-84.1, 36.55)
    azimuth_spacing_m: float | None = None
    range_spacing_m: float | None = None
    near_range_m: float | None = None
    heading_deg: float | None = None

    def __post_init__(self) -> None:
        """Refuse what cannot be simulated."""
        one_of(self, "view.", "sensor", SENSORS)
        one_of(self, "view.", "orbit", PASSES)
        at_least(self, "view.", 0, "azimuth_spacing_m", "range_spacing_m", "near_range_m",
                 exclusive=True)  # fmt: skip
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
    """A time without images.

    Attributes
    ----------
    start, end : date
        First and last day of it.
    """

    start: date
    end: date


@dataclass(frozen=True, slots=True)
class AcquisitionSettings:
    """Days and baselines of the images.

    Attributes
    ----------
    interferograms : int
        Secondary images; there is one image more.
    first_date : date
    revisit_days : int or None
        Repeat cycle; None = that of the sensor.
    cycles : tuple of float
        Probability that the next image comes after one, two, three ... cycles.
    gaps : tuple of Gap
        Times from which no image comes.
    master : int or None
        Position of the reference image, from 0; None = the middle.
    baseline_std_m : float or None
        Standard deviation of the perpendicular baselines; None = that of the sensor.
    baseline_drift_m_yr : float
        Trend of the perpendicular baselines.
    """

    interferograms: int = 28
    first_date: date = date(2018, 1, 7)
    revisit_days: int | None = None
    cycles: tuple[float, ...] = (0.3, 0.5, 0.2)
    gaps: tuple[Gap, ...] = ()
    master: int | None = None
    baseline_std_m: float | None = None
    baseline_drift_m_yr: float = 0.0

    def __post_init__(self) -> None:
        """Refuse what cannot be simulated."""
        at_least(self, "acquisitions.", 1, "interferograms")
        at_least(self, "acquisitions.", 0, "cycles", "baseline_std_m", "master")
        at_least(self, "acquisitions.", 0, "revisit_days", exclusive=True)
        if not sum(self.cycles) > 0:
            raise ParameterError(
                f"scene: acquisitions.cycles={self.cycles}, expected probabilities; change it"
            )
        if self.master is not None:
            at_most(self, "acquisitions.", self.interferograms, "master")


@dataclass(frozen=True, slots=True)
class Terrain:
    """Heights of the elevation model.

    Attributes
    ----------
    mean_m, std_m : float
        Built-in terrain: mean and standard deviation of a random surface.
    exponent : float
        Of its two-dimensional power spectrum.
    dem_file : Path or None
        Heights of your own in m: NumPy (.npy), HDF5 (.h5, dataset ``height``), or raw float32 in
        the byte order of this machine, first row in the north.
    dem_shape : tuple of int
        Rows and columns of a raw file.
    dem_extent : tuple of float
        West, south, east, north in degrees: centres of the outer cells.
    """

    mean_m: float = 300.0
    std_m: float = 60.0
    exponent: float = 3.6
    dem_file: Path | None = None
    dem_shape: tuple[int, int] = (0, 0)
    dem_extent: tuple[float, float, float, float] = (0.0, 0.0, 0.0, 0.0)

    def __post_init__(self) -> None:
        """Refuse what cannot be simulated."""
        at_least(self, "terrain.", 0, "std_m", "exponent")
        west, south, east, north = self.dem_extent
        if self.dem_file is not None and not (west < east and south < north):
            raise ParameterError(
                f"scene: terrain.dem_extent={self.dem_extent}, expected west < east and "
                "south < north in degrees; give the extent of dem_file"
            )


@dataclass(frozen=True, slots=True)
class PointScatterers:
    """Persistent scatterers.

    Attributes
    ----------
    density_per_km2 : float
        On land.
    clustering : float
        Strength of their grouping in settlements; 0 = evenly random.
    settlement_size_m : float
        Size of the groups.
    signal_to_clutter_db, signal_to_clutter_std_db : float
        Mean and standard deviation of the power ratio in decibel.
    phase_noise_rad : float
        Phase noise of every scatterer and image beside what the clutter causes.
    side_lobes : int
        Pixels that the response reaches to each side; 0 = one pixel per scatterer. With side
        lobes a scatterer lies anywhere in its pixel.
    """

    density_per_km2: float = 170.0
    clustering: float = 0.5
    settlement_size_m: float = 500.0
    signal_to_clutter_db: float = 11.0
    signal_to_clutter_std_db: float = 4.0
    phase_noise_rad: float = 0.25
    side_lobes: int = 0

    def __post_init__(self) -> None:
        """Refuse what cannot be simulated."""
        at_least(self, "scatterers.", 0, "density_per_km2", "clustering", "phase_noise_rad",
                 "signal_to_clutter_std_db", "side_lobes")  # fmt: skip
        at_least(self, "scatterers.", 0, "settlement_size_m", exclusive=True)
        at_most(self, "scatterers.", 16, "side_lobes")


@dataclass(frozen=True, slots=True)
class Background:
    """Everything that is no persistent scatterer: circular Gaussian samples.

    Attributes
    ----------
    amplitude : float
        Standard deviation of the samples.
    texture : float
        Standard deviation of the logarithm of the amplitude over the scene.
    memory_days : float
        Time in which vegetation loses 63 % of the coherence that it can lose.
    long_term_coherence : float
        Coherence that vegetation never loses.
    geometric_decorrelation : bool
        Coherence falls with the baseline, to 0 at the critical one.
    distributed_fraction : float
        Part of the land that is distributed scatterers (fields, rock).
    distributed_memory_days, distributed_long_term_coherence : float
        The same for them.
    distributed_size_m : float
        Size of their areas.
    water_fraction : float
        Part of the scene that is water: no coherence, no scatterers.
    water_db : float
        Power of water relative to land.
    water_size_m : float
    gain_spread : float
        Relative standard deviation of the radiometric level of the images (uniform; below 0.5).
    """

    amplitude: float = 40.0
    texture: float = 0.25
    memory_days: float = 6.0
    long_term_coherence: float = 0.0
    geometric_decorrelation: bool = True
    distributed_fraction: float = 0.0
    distributed_memory_days: float = 120.0
    distributed_long_term_coherence: float = 0.25
    distributed_size_m: float = 400.0
    water_fraction: float = 0.0
    water_db: float = -16.0
    water_size_m: float = 1500.0
    gain_spread: float = 0.1

    def __post_init__(self) -> None:
        """Refuse what cannot be simulated."""
        at_least(self, "background.", 0, "amplitude", "memory_days", "distributed_memory_days",
                 "distributed_size_m", "water_size_m", exclusive=True)  # fmt: skip
        shares = ("long_term_coherence", "distributed_fraction", "water_fraction",
                  "distributed_long_term_coherence", "gain_spread")  # fmt: skip
        at_least(self, "background.", 0, "texture", *shares)
        at_most(self, "background.", 1, *shares)
        at_most(self, "background.", 0.5, "gain_spread")


@dataclass(frozen=True, slots=True)
class DemError:
    """Errors of the elevation model.

    Attributes
    ----------
    uncorrelated_m : float
        Height of scatterers above the model, independent of each other (standard deviation).
    correlated_m : float
        Standard deviation of the smooth error.
    exponent : float
        Of the two-dimensional power spectrum of the smooth error.
    """

    uncorrelated_m: float = 4.0
    correlated_m: float = 1.5
    exponent: float = 3.6

    def __post_init__(self) -> None:
        """Refuse what cannot be simulated."""
        at_least(self, "dem_error.", 0, "uncorrelated_m", "correlated_m", "exponent")


@dataclass(frozen=True, slots=True)
class Atmosphere:
    """Delay of each image, and orbits.

    Attributes
    ----------
    rms_rad : float
        Turbulent delay of one image.
    spread : float
        Images have between 1 - spread and 1 + spread of it (uniform).
    exponent : float
        Of the two-dimensional power spectrum (11/3: turbulence at scales of a scene).
    stratified_rad_per_km : float
        Standard deviation over the images of the delay that is proportional to height.
    ramp_rad : float
        Standard deviation of the orbital phase plane, edge to edge, in each direction.
    """

    rms_rad: float = 0.6
    spread: float = 0.5
    exponent: float = 11.0 / 3.0
    stratified_rad_per_km: float = 0.8
    ramp_rad: float = 1.0

    def __post_init__(self) -> None:
        """Refuse what cannot be simulated."""
        at_least(self, "atmosphere.", 0, "rms_rad", "spread", "exponent", "stratified_rad_per_km",
                 "ramp_rad")  # fmt: skip
        at_most(self, "atmosphere.", 1, "spread")


@dataclass(frozen=True, slots=True)
class PreparationSettings:
    """How the export is prepared (stage 0).

    Attributes
    ----------
    patches : tuple of int
        Patches in range and azimuth.
    overlap : tuple of int
        Samples and lines of overlap.
    dispersion_threshold : float
        Largest amplitude dispersion of a candidate.
    """

    patches: tuple[int, int] = (1, 2)
    overlap: tuple[int, int] = (20, 20)
    dispersion_threshold: float = 0.4

    def __post_init__(self) -> None:
        """Refuse what cannot be simulated."""
        at_least(self, "preparation.", 1, "patches")
        at_least(self, "preparation.", 0, "overlap")
        at_least(self, "preparation.", 0, "dispersion_threshold", exclusive=True)
