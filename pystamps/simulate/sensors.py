"""Radar satellites: the numbers that a simulated export needs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Sensor:
    """A radar satellite; rounded values of the missions, not of a certain product.

    Attributes
    ----------
    title : str
        Sensor line of the image parameter files.
    radar_frequency_hz : float
    bandwidth_hz : float
        Of the chirp; it decides the critical baseline.
    near_range_m : float
        Slant range of the first sample.
    sar_to_earth_centre_m, earth_radius_m : float
    ground_speed_m_s : float
        Speed of the footprint; with the azimuth spacing it gives the line rate.
    range_spacing_m, azimuth_spacing_m : float
        Size of a single-look pixel, range in slant range.
    headings_deg : tuple of float
        Flight direction clockwise from north: ascending, descending.
    revisit_days : int
    baseline_std_m : float
        Usual spread of the perpendicular baselines.
    """

    title: str
    radar_frequency_hz: float
    bandwidth_hz: float
    near_range_m: float
    sar_to_earth_centre_m: float
    earth_radius_m: float
    ground_speed_m_s: float
    range_spacing_m: float
    azimuth_spacing_m: float
    headings_deg: tuple[float, float]
    revisit_days: int
    baseline_std_m: float


SENSORS: Mapping[str, Sensor] = MappingProxyType(
    {
        "sentinel-1": Sensor(
            title="S1A IW IW2 VV",
            radar_frequency_hz=5.4050005e9,
            bandwidth_hz=56.5e6,
            near_range_m=845000.0,
            sar_to_earth_centre_m=7069000.0,
            earth_radius_m=6370000.0,
            ground_speed_m_s=6800.0,
            range_spacing_m=2.329562,
            azimuth_spacing_m=13.94,
            headings_deg=(-12.6231, -167.3769),
            revisit_days=12,
            baseline_std_m=80.0,
        ),
        "ers": Sensor(
            title="ERS2",
            radar_frequency_hz=5.3e9,
            bandwidth_hz=15.55e6,
            near_range_m=833000.0,
            sar_to_earth_centre_m=7153000.0,
            earth_radius_m=6370000.0,
            ground_speed_m_s=6700.0,
            range_spacing_m=7.904890,
            azimuth_spacing_m=3.98,
            headings_deg=(-13.5, -166.5),
            revisit_days=35,
            baseline_std_m=300.0,
        ),
        "terrasar-x": Sensor(
            title="TSX-1",
            radar_frequency_hz=9.65e9,
            bandwidth_hz=150.0e6,
            near_range_m=615000.0,
            sar_to_earth_centre_m=6884000.0,
            earth_radius_m=6370000.0,
            ground_speed_m_s=7050.0,
            range_spacing_m=0.909403,
            azimuth_spacing_m=1.90,
            headings_deg=(-10.0, -170.0),
            revisit_days=11,
            baseline_std_m=130.0,
        ),
    }
)
"""Satellites by the names that a scene file uses."""
